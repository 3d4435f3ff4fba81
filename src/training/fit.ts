/** Training: from data to epochs. */
import { DeviceError, isOutOfMemory } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { once, type Engine } from './engine.ts'
import { firstEpoch, reporter, trainEpochs, type Validation } from './epochs.ts'
import { evaluationGraph, gatheringGraph, trainingGraph } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { settingsOf, type FitOptions, type History, type Settings, type TrainingEngine } from './fit_options.ts'
import { checkLabelled, type Labelled, type LabelledData } from './inputs.ts'
import { stepBytes, stepWithin } from './memory.ts'
import { mixInputs } from './mix.ts'
import { sideOf, sourcesOf, type Side } from './sides.ts'
import type { Source } from './sources.ts'
import { setState } from './state.ts'
import { Steps } from './steps.ts'

/** Brings the state to where training begins: that of the options, or the start of the next epoch. */
async function begin(engine: Engine, { state, signal }: FitOptions, seed: number, count: number): Promise<void> {
  if (state) await setState(engine, state, count)
  await engine.betweenSteps(async () => {
    await engine.adoptMoments(signal ? { signal } : {})
    const { progress } = engine
    if (!state && progress.position) Object.assign(progress, { epoch: progress.epoch + 1, position: 0 }) // the unfinished epoch is given up
    progress.seed = seed
  })
}

/** Trains; see Model.fit. */
export async function fit(engine: TrainingEngine, data: LabelledData<Structure<Tensor>>, options: FitOptions): Promise<History> {
  const settings = settingsOf(options)
  const { network, criteria } = engine
  const { classWeight, validationData } = options
  const train = checkLabelled('fit', data, network, criteria, { classWeight })
  const validation = validationData === undefined ? undefined : checkLabelled('fit', validationData, network, criteria)
  return engine.whileTraining(async () => {
    const history = await run(engine, train, validation, options, settings)
    await engine.betweenSteps(() => engine.takeAverages())
    return history
  })
}

async function run(
  engine: TrainingEngine,
  labelled: Labelled,
  validation: Labelled | undefined,
  options: FitOptions,
  settings: Settings,
): Promise<History> {
  const train = sideOf(engine, 'training', labelled, engine.tally, options)
  const validate = validation && sideOf(engine, 'validation', validation, engine.validationTally, options)
  const stepOf = (budget: number) =>
    once((rows) =>
      stepWithin(budget, engine.device, (part) => trainingGraph(train.head(rows), engine.optimizer, (w) => engine.momentsOf(w), part)),
    )
  let graph = stepOf(options.activationMemory ?? Infinity)
  graph(settings.batchSize) // refuses what cannot be trained before anything has changed
  await begin(engine, options, settings.seed, labelled.samples.count)
  options.signal?.throwIfAborted()

  const { step } = engine.progress
  const started = performance.now()
  let room = engine.device.featureMemory
  try {
    for (;;) {
      try {
        return await runSides(engine, { train, validate, graph, started, room }, options, settings)
      } catch (error) {
        if (!isOutOfMemory(error) || engine.progress.step !== step) throw error
        // First without features on the device, then with more and more of the forward pass computed again.
        const released = engine.releaseRows() && room > 0
        room = 0
        if (released) continue
        graph = stepOf(0.7 * stepBytes(graph(settings.batchSize), engine.device))
        if (!possible(() => graph(settings.batchSize))) throw error
      }
    }
  } finally {
    engine.releaseRows()
  }
}

/** Whether a step as small as that can be. */
function possible(build: () => unknown): boolean {
  try {
    build()
    return true
  } catch (error) {
    if (error instanceof DeviceError) return false
    throw error
  }
}

interface Sides {
  readonly train: Side
  readonly validate: Side | undefined
  /** Of a training step for a number of rows. */
  readonly graph: (rows: number) => Graph
  readonly started: number
  /** Bytes of features and targets that the device may take. */
  readonly room: number
}

/** Features of the frozen trunk, then the epochs. */
async function runSides(
  engine: TrainingEngine,
  { train, validate, graph, started, room }: Sides,
  options: FitOptions,
  settings: Settings,
): Promise<History> {
  const sides = validate ? [train, validate] : [train]
  const { batchSize } = settings
  const report = (total: number) => reporter(options, settings)('features', firstEpoch(options), total)
  const sources = await sourcesOf(engine, sides, { room, signal: options.signal, report })
  const [source, validationSource] = sources as [Source, Source?]
  const trunkSeconds = sides.some((s) => s.split) ? (performance.now() - started) / 1000 : 0
  const { mix } = options
  const sample = engine.network.inputs[0]!.shape.slice(1) as number[]
  const draw = mix && ((rows: number, count: number, seed: number) => mixInputs(mix, rows, count, sample, seed))
  const steps = new Steps(engine, { batchSize, graph: (rows) => gatheringGraph(graph(rows), source.stored), draw })
  try {
    await steps.prepare(source.count)
    const trainAll = (validation?: Validation) => trainEpochs(engine, { steps, source, validation, started }, options, settings)
    if (!validate || !validationSource) return { epochs: await trainAll(), trunkSeconds }
    const { tally } = validate
    await engine.adopt([...tally.parameters])
    const evaluation = gatheringGraph(evaluationGraph(validate.head(batchSize)), validationSource.stored)
    const epochs = await engine.planned(evaluation, (plan) => trainAll({ plan, tally, source: validationSource }))
    return { epochs, trunkSeconds }
  } finally {
    await steps.close()
  }
}
