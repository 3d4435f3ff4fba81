/** Training: from data to epochs. */
import type { Batches } from '../dataset.ts'
import { ArgumentError, DeviceError, isOutOfMemory } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { once, type Engine } from './engine.ts'
import { Callbacks, type TrainedModel, type Training } from './callbacks/callback.ts'
import { reporter, trainEpochs, type Session } from './epochs.ts'
import { Keeper } from './keeper.ts'
import type { Parameter } from '../parameter.ts'
import type { Plan } from '../plan/plan.ts'
import { Recovery } from './recover.ts'
import { evaluationGraph, gatheringGraph } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { settingsOf, type FitOptions, type History, type Settings, type TrainingEngine } from './fit_options.ts'
import type { Given } from './given.ts'
import type { LabelledData } from './inputs.ts'
import { countsSteps } from './masked.ts'
import { stepBytes, stepWithin } from './memory.ts'
import { mixInputs } from './mix.ts'
import { noteChange } from './notes.ts'
import { sideOf, sourcesOf, type Side } from './sides.ts'
import { closeSides, firstPasses, openSides, type FirstPasses } from './open_sides.ts'
import { countOf, type Source } from './sources.ts'
import { readWeights, setState, writeWeights } from './state.ts'
import type { Trained } from './optimizers/optimizer.ts'
import { accumulatingGraph, batchStatistics, trainingGraph, updatingGraph } from './step_graphs.ts'
import { Steps, type StepGraphs } from './steps.ts'
import { applyConstraints } from './weight_rules.ts'

/** Brings the state to where training begins: that of the options, or the start of the next epoch. */
async function begin(engine: Engine, { state, signal }: FitOptions, seed: number, count: number): Promise<void> {
  if (state) await setState(engine, state, count)
  await engine.betweenSteps(async () => {
    await engine.adoptMoments(signal ? { signal } : {})
    await engine.beginAverages()
    const { progress } = engine
    if (!state && progress.position) Object.assign(progress, { epoch: progress.epoch + 1, position: 0 }) // the unfinished epoch is given up
    progress.seed = seed
  })
}

/**
 * Trains; see Model.fit.
 * @param byHand a step of a training that is somebody else's: no state is kept of it, and averages stay beside the weights
 */
export async function fit(
  engine: TrainingEngine,
  data: LabelledData<Structure<Tensor>> | Batches,
  options: FitOptions,
  byHand = false,
): Promise<History> {
  const asked = settingsOf(options)
  if (options.recover && !engine.device.reopens)
    throw new ArgumentError('fit', 'recover needs a device that openDevice gave, got one that cannot be opened again')
  return engine.whileTraining(async () => {
    const given = await openSides(engine, data, options, asked)
    const [train, validation] = given
    try {
      return await run(engine, train, validation, options, { ...asked, batchSize: train.batchSize, byHand })
    } finally {
      await closeSides(given)
    }
  })
}

async function run(
  engine: TrainingEngine,
  given: Given,
  validation: Given | undefined,
  options: FitOptions,
  settings: Settings,
): Promise<History> {
  const train = sideOf(engine, 'training', given, engine.tally, options)
  const validate = validation && sideOf(engine, 'validation', validation, engine.validationTally, options)
  const stepOf = stepsOf(engine, train, options, settings)
  stepOf(options.activationMemory ?? Infinity) // refuses what cannot be trained before anything has changed
  const note = noteChange(engine.network)
  if (note) options.onNote?.(note)
  const passes = firstPasses(engine, options, settings, settings.batchSize)
  const count = countOf(given.source, settings.batchSize, settings.stepsPerEpoch)
  await begin(engine, options, settings.seed, given.stream ? Infinity : count)
  options.signal?.throwIfAborted()
  const session = sessionOf(engine, options, settings, count)
  if (!settings.byHand) await session.keeper.keep()
  await session.keeper.settled()
  const recovery = new Recovery()
  const isGone = () => [given, validation].some((g) => g?.stream?.isOnce && !g.stream.isBegun)
  for (;;) {
    try {
      const trunkSeconds = await withRoom(session, stepOf, isGone, (room, step) =>
        runSides(session, { train, validate, passes, step, room }),
      )
      return { epochs: session.told.log, trunkSeconds, notes: note ? [note] : [] }
    } catch (error) {
      if (isGone()) throw error // what an iterator has given does not come again
      await recovery.from(error, session)
    } finally {
      engine.releaseWork()
      await session.keeper.settled()
    }
  }
}

/**
 * Gives the graphs of steps whose tensors take so many bytes at most.
 * @throws ArgumentError for micro-batches that the batch has not, or not apart from the rest of it
 */
function stepsOf(engine: TrainingEngine, train: Side, { microBatch, mix }: FitOptions, { batchSize }: Settings): StepsWithin {
  const { network, optimizer } = engine
  const size = microBatch ?? batchSize
  if (size > batchSize) throw new ArgumentError('fit', `microBatch must be from 1 to batchSize, ${batchSize}, got ${size}`)
  const inParts = size < batchSize
  const mixing = inParts ? (batchStatistics(train.head(size)) ?? mix) : undefined
  if (mixing) {
    const what = mixing === mix ? 'samples are mixed with others of the batch' : 'statistics of the batch train'
    throw new ArgumentError(mixing.name, `microBatch must be batchSize where ${what}, got ${size} and ${batchSize}`)
  }
  if (inParts && countsSteps(train.head(size)))
    throw new ArgumentError('fit', `microBatch must be batchSize where an output with a loss has a mask, got ${size} and ${batchSize}`)
  const momentsOf = (w: Parameter) => engine.momentsOf(w)
  const updating = { optimizer, momentsOf, constrained: (g: Graph, t: readonly Trained[]) => applyConstraints(g, network, t) }
  const sums = new Map<Parameter, Parameter>()
  const sumOf = (w: Parameter) => {
    sums.set(w, engine.sumOf(w))
    return engine.sumOf(w)
  }
  const build = inParts
    ? (rows: number, bytes?: number) => accumulatingGraph(train.head(rows), sumOf, bytes)
    : (rows: number, bytes?: number) => trainingGraph(train.head(rows), updating, bytes)
  return (budget) => {
    const graph = once((rows) => stepWithin(budget, engine.device, (bytes) => build(rows, bytes)))
    graph(size)
    return { size, graph, sums: [...sums.values()], update: inParts ? updatingGraph(sums.keys(), sumOf, updating) : undefined }
  }
}

/** Gives the graphs of steps within so many bytes. */
type StepsWithin = (budget: number) => StepGraphs

/** Runs with less and less of what takes memory, where there is none left before the first step. */
async function withRoom<T>(
  { engine, options }: Session,
  stepOf: StepsWithin,
  isGone: () => boolean,
  job: (room: number, step: StepGraphs) => Promise<T>,
): Promise<T> {
  const { step } = engine.progress
  let room = engine.device.featureMemory
  let steps = stepOf(options.activationMemory ?? Infinity)
  for (;;) {
    try {
      return await job(room, steps)
    } catch (error) {
      if (!isOutOfMemory(error) || engine.progress.step !== step || isGone()) throw error
      // First without features on the device, then with more and more of the forward pass computed again.
      const released = engine.releaseRows() && room > 0
      room = 0
      if (released) continue
      const smaller = possible(() => stepOf(0.7 * stepBytes(steps.graph(steps.size), engine.device)))
      if (!smaller) throw error
      steps = smaller
    }
  }
}

/** Steps as small as that, where there can be such. */
function possible(build: () => StepGraphs): StepGraphs | undefined {
  try {
    return build()
  } catch (error) {
    if (error instanceof DeviceError) return undefined
    throw error
  }
}

/** What belongs to this call, whatever devices it takes. */
function sessionOf(engine: TrainingEngine, options: FitOptions, settings: Settings, count: number): Session {
  const { optimizer, criteria, network, progress } = engine
  const { epochs, batchSize } = settings
  const callbacks = new Callbacks(options.callbacks ?? [])
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
  // Before they have heard of this training they have counted what was counted before it.
  engine.callbacks = { getState: () => (told.began ? callbacks.getState() : (options.state?.callbacks ?? {})) }
  return { engine, options, settings, callbacks, training, keeper: new Keeper(engine), told }
}

interface Sides {
  readonly train: Side
  readonly validate: Side | undefined
  readonly passes: FirstPasses
  readonly step: StepGraphs
  /** Bytes of features and targets that the device may take. */
  readonly room: number
}

/** Features of the frozen trunk, then the epochs. @returns seconds spent on the trunk */
async function runSides(session: Session, { train, validate, passes, step, room }: Sides): Promise<number> {
  const { engine, options, settings, keeper } = session
  const sides = validate ? [train, validate] : [train]
  const { batchSize } = settings
  const started = performance.now()
  const report = (total: number) => reporter(options, settings)('features', engine.progress.epoch - session.told.base, total)
  const request = ({ name, given }: Side) => ({ ...passes[name], batchSize: given.batchSize })
  const sources = await sourcesOf(engine, sides, { room, signal: options.signal, request, report })
  const [source, validationSource] = sources as [Source, Source?]
  const trunkSeconds = sides.some((s) => s.split) ? (performance.now() - started) / 1000 : 0
  const { mix } = options
  const sample = train.given.network.inputs[0]!.shape.slice(1) as number[]
  const draw = mix && ((rows: number, count: number, seed: number) => mixInputs(mix, rows, count, sample, seed))
  const steps = new Steps(engine, {
    ...step,
    graph: (rows) => gatheringGraph(step.graph(rows), source.stored),
    draw,
    hyper: (step) => keeper.hyper(step, () => engine.optimizer.hyper(step)),
  })
  try {
    await engine.adoptMoments()
    await steps.prepare(countOf(source, batchSize, settings.stepsPerEpoch))
    if (validate && validationSource) {
      const { tally, given } = validate
      await engine.adopt([...tally.parameters])
      const evaluation = gatheringGraph(evaluationGraph(validate.head(given.batchSize)), validationSource.stored)
      const validation = (plan: Plan) => ({ plan, tally, source: validationSource, batchSize: given.batchSize })
      await engine.planned(evaluation, (plan) => trainEpochs(session, { steps, source, validation: validation(plan) }))
    } else await trainEpochs(session, { steps, source, validation: undefined })
    return trunkSeconds
  } finally {
    await steps.close()
  }
}
