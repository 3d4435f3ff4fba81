/** Training: from data to epochs. */
import { ArgumentError, DeviceError, isOutOfMemory } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { once, type Engine } from './engine.ts'
import { Callbacks, type TrainedModel, type Training } from './callbacks/callback.ts'
import { reporter, trainEpochs, type Session } from './epochs.ts'
import { Keeper } from './keeper.ts'
import type { Plan } from '../plan/plan.ts'
import { Recovery } from './recover.ts'
import { evaluationGraph, gatheringGraph, trainingGraph } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { settingsOf, type FitOptions, type History, type Settings, type TrainingEngine } from './fit_options.ts'
import { checkLabelled, type Labelled, type LabelledData } from './inputs.ts'
import { stepBytes, stepWithin } from './memory.ts'
import { mixInputs } from './mix.ts'
import { sideOf, sourcesOf, type Side } from './sides.ts'
import type { Source } from './sources.ts'
import { readWeights, setState, writeWeights } from './state.ts'
import type { Trained } from './optimizers/optimizer.ts'
import { Steps } from './steps.ts'
import { applyConstraints } from './weight_rules.ts'

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
  const { network, criteria, device } = engine
  if (options.recover && !device.reopens)
    throw new ArgumentError('fit', 'recover needs a device that openDevice gave, got one that cannot be opened again')
  const { classWeight, validationData } = options
  const train = checkLabelled('fit', data, network, criteria, { classWeight })
  const validation = validationData === undefined ? undefined : checkLabelled('fit', validationData, network, criteria)
  return engine.whileTraining(() => run(engine, train, validation, options, settings))
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
  const constrained = (g: Graph, trained: readonly Trained[]) => applyConstraints(g, engine.network, trained)
  const graphOf = (rows: number, part?: number) =>
    trainingGraph(train.head(rows), engine.optimizer, (w) => engine.momentsOf(w), part, constrained)
  const stepOf = (budget: number) => once((rows) => stepWithin(budget, engine.device, (part) => graphOf(rows, part)))
  stepOf(options.activationMemory ?? Infinity)(settings.batchSize) // refuses what cannot be trained before anything has changed
  await begin(engine, options, settings.seed, labelled.samples.count)
  options.signal?.throwIfAborted()
  const session = sessionOf(engine, options, settings, labelled.samples.count)
  await session.keeper.keep()
  await session.keeper.settled()
  const recovery = new Recovery()
  for (;;) {
    try {
      const trunkSeconds = await withRoom(session, stepOf, (room, graph) => runSides(session, { train, validate, graph, room }))
      return { epochs: session.told.log, trunkSeconds }
    } catch (error) {
      await recovery.from(error, session)
    } finally {
      engine.releaseRows()
    }
  }
}

/** Runs with less and less of what takes memory, where there is none left before the first step. */
async function withRoom<T>(
  { engine, options, settings }: Session,
  stepOf: (budget: number) => (rows: number) => Graph,
  job: (room: number, graph: (rows: number) => Graph) => Promise<T>,
): Promise<T> {
  const { step } = engine.progress
  let room = engine.device.featureMemory
  let graph = stepOf(options.activationMemory ?? Infinity)
  for (;;) {
    try {
      return await job(room, graph)
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

/** What belongs to this call, whatever devices it takes. */
function sessionOf(engine: TrainingEngine, options: FitOptions, settings: Settings, count: number): Session {
  const { optimizer, criteria, network, progress } = engine
  const { epochs, batchSize } = settings
  const callbacks = new Callbacks(options.callbacks ?? [])
  engine.callbacks = callbacks
  engine.kept = undefined
  const training: Training = {
    model: network as TrainedModel,
    optimizer,
    metrics: criteria.logged,
    params: { epochs, steps: Math.ceil(count / batchSize), batchSize },
    signal: options.signal,
    stopTraining: false,
    readWeights: () => readWeights(engine),
    writeWeights: (values) => writeWeights(engine, values),
  }
  const told = {
    base: progress.epoch - (options.state?.epoch ?? 0),
    began: false,
    epoch: -1,
    since: performance.now(),
    begun: progress.step,
    step: progress.step,
    ended: undefined,
    log: [],
  }
  return { engine, options, settings, callbacks, training, keeper: new Keeper(engine), told }
}

interface Sides {
  readonly train: Side
  readonly validate: Side | undefined
  /** Of a training step for a number of rows. */
  readonly graph: (rows: number) => Graph
  /** Bytes of features and targets that the device may take. */
  readonly room: number
}

/** Features of the frozen trunk, then the epochs. @returns seconds spent on the trunk */
async function runSides(session: Session, { train, validate, graph, room }: Sides): Promise<number> {
  const { engine, options, settings, keeper } = session
  const sides = validate ? [train, validate] : [train]
  const { batchSize } = settings
  const started = performance.now()
  const report = (total: number) => reporter(options, settings)('features', engine.progress.epoch - session.told.base, total)
  const sources = await sourcesOf(engine, sides, { room, signal: options.signal, report })
  const [source, validationSource] = sources as [Source, Source?]
  const trunkSeconds = sides.some((s) => s.split) ? (performance.now() - started) / 1000 : 0
  const { mix } = options
  const sample = engine.network.inputs[0]!.shape.slice(1) as number[]
  const draw = mix && ((rows: number, count: number, seed: number) => mixInputs(mix, rows, count, sample, seed))
  const steps = new Steps(engine, {
    batchSize,
    graph: (rows) => gatheringGraph(graph(rows), source.stored),
    draw,
    hyper: (step) => keeper.hyper(step, () => engine.optimizer.hyper(step)),
  })
  try {
    await engine.adoptMoments()
    await steps.prepare(source.count)
    if (validate && validationSource) {
      const { tally } = validate
      await engine.adopt([...tally.parameters])
      const evaluation = gatheringGraph(evaluationGraph(validate.head(batchSize)), validationSource.stored)
      const validation = (plan: Plan) => ({ plan, tally, source: validationSource })
      await engine.planned(evaluation, (plan) => trainEpochs(session, { steps, source, validation: validation(plan) }))
    } else await trainEpochs(session, { steps, source, validation: undefined })
    return trunkSeconds
  } finally {
    await steps.close()
  }
}
