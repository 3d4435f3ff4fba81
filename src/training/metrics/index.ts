/** Metrics: numbers that tell how good a model is, by Keras's names. */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import { losses } from '../losses/index.ts'
import { kerasName, keyOfName, type KerasName } from '../names.ts'
import {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.ts'
import { auc, confusionMatrix, f1Score, fBetaScore, precision, recall } from './counts.ts'
import type { Metric } from './metric.ts'
import { cosineSimilarity, lossMetric, rootMeanSquaredError } from './of_losses.ts'

export { meanMetric, type Detail, type Metric, type MetricBatch } from './metric.ts'
export { accuracy } from './accuracy.ts'
export type { BinaryAccuracyOptions, TopKOptions } from './accuracy.ts'
export type { AucOptions, F1Options, FBetaOptions, ThresholdOptions } from './counts.ts'
export { Tally, type Details, type Logged, type Logs, type OutputBatch } from './tally.ts'

const named = {
  accuracy,
  auc,
  binaryAccuracy,
  categoricalAccuracy,
  confusionMatrix,
  cosineSimilarity,
  f1Score,
  fBetaScore,
  precision,
  recall,
  rootMeanSquaredError,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
}

/**
 * What makes each metric that is no loss; `lossMetric(losses.huber({ delta: 2 }))` makes one of any loss.
 * @example
 * await model.compile({ device, loss: 'sparseCategoricalCrossentropy', metrics: [metrics.sparseTopKCategoricalAccuracy({ k: 2 })] })
 * const logs = await model.evaluate({ x, y })
 * Object.keys(logs) // ["loss", "sparse_top_k_categorical_accuracy"]
 */
export const metrics = { ...named, lossMetric }

/** In camelCase, or as Keras writes it: `binary_accuracy`, `acc`, `mse`. Any loss is one, too. See {@link metrics}. */
export type MetricName = KerasName<keyof typeof named | keyof typeof losses> | 'acc'

/** A metric by its name, or as it is. By a name it is logged as Keras logs it: `binary_accuracy`, `mse`. @throws ArgumentError for anything else */
export function metricOf(given: unknown): Metric {
  const key = given === 'acc' ? 'accuracy' : keyOfName(given, named)
  if (key) return { ...named[key](), name: kerasName(given as string) }
  const loss = keyOfName(given, losses)
  if (loss) return lossMetric(losses[loss](), kerasName(given as string))
  const methods = isRecord(given) && typeof given['add'] === 'function' && ['result', 'details'].some((k) => typeof given[k] === 'function')
  if (methods && typeof given['name'] === 'string') return given as unknown as Metric
  const rule = `a metric must be one of ${Object.keys(named).join(', ')}, a loss, or an object with name, sums, add(g, batch, sums) and result(sums)`
  throw new ArgumentError('compile', `${rule}, got ${described(given)}`)
}
