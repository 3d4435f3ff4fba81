/** Loss and metrics over labelled data. */
import { DataError } from '../errors.ts'
import type { Batches } from '../dataset.ts'
import { averagingOf, type AugmentOptions, type Averaging } from './augment.ts'
import { Filler, firstOf, within, type Batch, type BatchStream } from './batches.ts'
import type { Callbacks, EpochLogs, Training } from './callbacks/callback.ts'
import type { Graph } from '../graph/graph.ts'
import { checkOptions } from '../options.ts'
import type { Plan, PlanInputs } from '../plan/plan.ts'
import { once, type Engine } from './engine.ts'
import { augmentedGraph, evaluationGraph, lossGraph, scoringGraph, type Objective } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import type { Given } from './given.ts'
import { kindOf, type LabelledData } from './inputs.ts'
import { labelledGiven } from './labelled.ts'
import { Tally, type Details, type Logs } from './metrics/index.ts'
import { runPass } from './pass.ts'
import { AUGMENT_OPTIONS, PREDICT_OPTIONS, type PredictOptions } from './predict.ts'
import { countOf, inOrderBy } from './sources.ts'

/** What a pass has found. See {@link metrics}. */
export interface Scores {
  /** Loss and metrics by their names. */
  readonly logs: Logs
  /** What is no single number, by the metrics' names. */
  readonly details: Details
}

/** Why a loss may not be finite. */
export const NOT_FINITE = 'NaN or infinite values in the samples, or a learning rate that is too high'

/** @throws DataError when the loss is not finite */
function finite(scores: Scores): Scores {
  const { loss } = scores.logs
  if (Number.isFinite(loss)) return scores
  throw new DataError('evaluate', `the loss must be finite, got ${loss} (${NOT_FINITE})`)
}

export interface EvaluationPass {
  readonly batches: BatchStream
  /** Rows that the plan takes. */
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** Samples done so far. */
  readonly onBatch: (done: number) => void
  /** What the plan takes besides. */
  readonly more?: (batch: Batch) => Promise<PlanInputs>
}

/** Who hears of a pass. */
export interface Listeners {
  readonly callbacks: Callbacks
  readonly training: Training
}

/** One pass through a plan that adds to the sums of a tally, which nobody else uses meanwhile. @throws as runPass */
export async function runEvaluation(
  engine: Engine,
  { plan, tally }: { readonly plan: Plan; readonly tally: Tally },
  { batches, batchSize, signal, onBatch, more }: EvaluationPass,
  listeners?: Listeners,
): Promise<Scores> {
  const { callbacks, training } = listeners ?? {}
  await callbacks?.tell((c) => c.onTestBegin?.(training!))
  tally.write(engine.store)
  const filler = new Filler(plan, batchSize)
  const readMeans = async () => tally.logs(await tally.read(engine.store)) as EpochLogs
  let n = 0
  await runPass({
    batches: within(batchSize, batches),
    signal,
    start: async (batch) => {
      if (callbacks?.has('onTestBatchBegin')) await callbacks.tell((c) => c.onTestBatchBegin?.(n, training!))
      const others = await more?.(batch)
      const started = await plan.start({ ...filler.inputs(batch), ...others }, [])
      if (callbacks?.has('onTestBatchEnd')) await callbacks.tell((c) => c.onTestBatchEnd?.(n, readMeans, training!))
      n++
      return started
    },
    onBatch: ({ done }) => onBatch(done),
  })
  const sums = await tally.read(engine.store)
  const scores = { logs: tally.logs(sums), details: tally.details(sums) }
  await callbacks?.tell((c) => c.onTestEnd?.({ ...scores.logs }, training!))
  return scores
}

/** With `augment`, loss and metrics are those of the averaged predictions. See {@link metrics}. */
export interface EvaluateOptions extends PredictOptions, AugmentOptions {
  /** Whether to give what is no single number, too. Default false. */
  details?: boolean
}

/** See Model.evaluate. */
export async function evaluate(engine: Engine, data: LabelledData<Structure<Tensor>> | Batches, options: EvaluateOptions): Promise<Scores> {
  const { criteria } = engine
  checkOptions('evaluate', options, { ...PREDICT_OPTIONS, ...AUGMENT_OPTIONS, details: 'boolean' })
  const averaging = averagingOf('evaluate', options)
  const { signal, steps } = options
  const given = await labelledGiven('evaluate', data, engine, { ...inOrderBy(0, signal, steps), batchSize: options.batchSize })
  try {
    const { network, types, rows, source } = given
    const of = kindOf(given)
    const tally = new Tally(criteria.logged)
    const objective = { criteria, tally, rows, types }
    const build = once((batch) =>
      averaging ? augmentedGraph(network, objective, batch, averaging.layers) : lossGraph(network, objective, batch, false),
    )
    const key = `evaluate ${averaging ? 'augmented ' : ''}${of} ${JSON.stringify(rows)}`
    const batchSize = given.stream ? given.batchSize : engine.fittingBatch(key, options.batchSize, source.count, build)
    const total = countOf(source, batchSize, steps)
    const times = averaging?.times ?? 1
    const pass = {
      batches: source.batches(inOrderBy(batchSize, signal, steps)),
      batchSize,
      signal,
      onBatch: (done: number) => options.onProgress?.(done * times, total * times),
    }
    if (averaging) return finite(await evaluateAveraged(engine, given, objective, build(batchSize), averaging, pass))
    const scores = await engine.evaluation(
      `${key} by ${batchSize}`,
      () => engine.openEvaluation(tally, evaluationGraph(build(batchSize))),
      (evaluation) => evaluation.turns.take(() => runEvaluation(engine, evaluation, pass)),
    )
    return finite(scores)
  } finally {
    await given.stream?.close()
  }
}

/** Loss and metrics of averaged predictions. @param predicting gives them of a batch, once */
function evaluateAveraged(
  engine: Engine,
  given: Given,
  objective: Objective,
  predicting: Graph,
  averaging: Averaging,
  pass: EvaluationPass,
): Promise<Scores> {
  const names = [...predicting.outputs.keys()]
  const { batchSize } = pass
  return engine.planned(predicting, (plan) => {
    averaging.checkDraws('evaluate', plan)
    const filler = new Filler(plan, batchSize)
    const more = async (batch: Batch) => (await averaging.start(plan, filler.inputs(batch), names, firstOf(batch))).values
    return engine.evaluation(
      `score ${kindOf(given)} ${names.join()} ${JSON.stringify(objective.rows)} by ${batchSize}`,
      () => engine.openEvaluation(objective.tally, evaluationGraph(scoringGraph(given.network, objective, batchSize, names))),
      (evaluation) => evaluation.turns.take(() => runEvaluation(engine, evaluation, { ...pass, more })),
    )
  })
}
