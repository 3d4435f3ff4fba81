/** Loss and metrics over labelled data. */
import { DataError } from '../errors.ts'
import { feedOf, Filler, type BatchStream } from './batches.ts'
import type { Plan } from '../plan/plan.ts'
import { once, type Engine } from './engine.ts'
import { evaluationGraph, lossGraph } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { checkLabelled, typesOf, type LabelledData } from './inputs.ts'
import type { Loss } from './losses.ts'
import { Tally, type Logs } from './metrics.ts'
import { runPass } from './pass.ts'
import { checkPredictOptions, type PredictOptions } from './predict.ts'
import { memorySource } from './sources.ts'

/** What the sums of a pass say. @throws DataError when the loss is not finite */
export async function readLogs(where: string, { store }: Engine, tally: Tally): Promise<Logs> {
  const logs = tally.logs(await tally.read(store))
  if (Number.isFinite(logs.loss)) return logs
  const causes = 'NaN or infinite values in the samples, or a learning rate that is too high'
  throw new DataError(where, `the loss must be finite, got ${logs.loss} (${causes})`)
}

export interface EvaluationPass {
  readonly batches: BatchStream
  /** Rows that the plan takes. */
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** Samples done so far. */
  readonly onBatch: (done: number) => void
}

/** One pass through a plan that adds to the sums of a tally, which nobody else uses meanwhile. @throws as runPass and readLogs */
export async function runEvaluation(
  where: string,
  engine: Engine,
  { plan, tally }: { readonly plan: Plan; readonly tally: Tally },
  { batches, batchSize, signal, onBatch }: EvaluationPass,
): Promise<Logs> {
  tally.write(engine.store)
  const filler = new Filler(plan, batchSize)
  await runPass({ batches, signal, start: (batch) => plan.start(filler.inputs(batch), []), onBatch: ({ done }) => onBatch(done) })
  return readLogs(where, engine, tally)
}

/** See Model.evaluate. */
export async function evaluate(engine: Engine, loss: Loss, data: LabelledData<Structure<Tensor>>, options: PredictOptions): Promise<Logs> {
  const { network } = engine
  checkPredictOptions('evaluate', options)
  const { samples, targets } = checkLabelled('evaluate', data, network, loss)
  const target = targets.shape.slice(1)
  const tally = new Tally(engine.metrics)
  const types = typesOf(samples)
  const build = once((batch) => lossGraph(network, { loss, tally, target, types }, batch, false))
  const key = `evaluate ${types.join()} ${target.join()}`
  const batchSize = engine.fittingBatch(key, options.batchSize, samples.count, build)
  const pass = {
    batches: memorySource(feedOf(samples, { t: targets })).batches({ batchSize }),
    batchSize,
    signal: options.signal,
    onBatch: (done: number) => options.onProgress?.(done, samples.count),
  }
  return engine.evaluation(
    `${key} by ${batchSize}`,
    () => engine.openEvaluation(tally, evaluationGraph(build(batchSize))),
    (evaluation) => evaluation.turns.take(() => runEvaluation('evaluate', engine, evaluation, pass)),
  )
}
