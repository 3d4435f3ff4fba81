/** Loss and metrics over labelled data. */
import { DataError } from '../errors.ts'
import { inOrder } from './data.ts'
import type { Engine, Evaluation } from './engine.ts'
import { evaluationGraph, lossGraph } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { checkLabelled, type LabelledData } from './inputs.ts'
import type { Loss } from './losses.ts'
import type { Logs, Tally } from './metrics.ts'
import { feedOf, runPass, type PassOptions } from './pass.ts'
import { checkPredictOptions, type PredictOptions } from './predict.ts'

/** What the sums of a pass say. @throws DataError when the loss is not finite */
export async function readLogs(where: string, { store }: Engine, tally: Tally): Promise<Logs> {
  const logs = tally.logs(await tally.read(store))
  if (Number.isFinite(logs.loss)) return logs
  const causes = 'NaN or infinite values in the samples, or a learning rate that is too high'
  throw new DataError(where, `the loss must be finite, got ${logs.loss} (${causes})`)
}

/** One pass through an evaluation plan, when all passes before it are over. @throws as runPass and readLogs */
export function runEvaluation(
  where: string,
  engine: Engine,
  { plan, tally, turns }: Evaluation,
  options: Pick<PassOptions, 'feed' | 'batchSize' | 'signal' | 'onBatch'>,
): Promise<Logs> {
  return turns.take(async () => {
    tally.write(engine.store)
    await runPass({ ...options, plan, order: inOrder(options.feed.count), run: (inputs) => plan.run(inputs, []) })
    return readLogs(where, engine, tally)
  })
}

/** See Model.evaluate. */
export async function evaluate(engine: Engine, loss: Loss, data: LabelledData<Structure<Tensor>>, options: PredictOptions): Promise<Logs> {
  const { network } = engine
  checkPredictOptions('evaluate', options)
  const { samples, targets } = checkLabelled('evaluate', data, network, loss)
  const target = targets.shape.slice(1)
  const build = (batch: number, tally: Tally) => lossGraph(network, { loss, tally, target }, batch, false)
  const batchSize = engine.fittingBatch(options.batchSize, samples.count, (n) => build(n, engine.tally))
  const evaluation = await engine.evaluation(`${batchSize} of ${target.join()}`, (tally) => evaluationGraph(build(batchSize, tally)))
  return runEvaluation('evaluate', engine, evaluation, {
    feed: feedOf(samples, { t: targets }),
    batchSize,
    signal: options.signal,
    onBatch: (done) => options.onProgress?.(done, samples.count),
  })
}
