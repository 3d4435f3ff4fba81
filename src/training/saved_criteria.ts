/** What files keep of the losses and metrics of compile: those that were given by name, as Keras's compile takes them. */
import { structured, type Structure } from '../structure.ts'
import { givenLosses, givenMetrics, weightsOf, type CriteriaOptions } from './criteria.ts'
import { losses } from './losses/index.ts'
import { kerasName, keyOfName, snakeCase } from './names.ts'

export interface SavedCriteria {
  readonly loss: unknown
  readonly loss_weights: unknown
  readonly metrics: unknown
  readonly weighted_metrics: unknown
}

/** What Keras has no metric for, under that name. */
const NO_METRICS: readonly string[] = [
  'confusion_matrix',
  'binary_focal_crossentropy',
  'categorical_focal_crossentropy',
  'huber',
  'log_cosh',
]

/** A metric by Keras's name. */
function metricName(given: string): string {
  const name = kerasName(given).toLowerCase()
  return name === 'kld' ? 'kl_divergence' : name
}

/**
 * @param outputs the model's, in its structure
 * @param names of the outputs
 * @param given to compile, which took it. Where a loss is no name there is none in the file: Keras would train for the others alone
 */
export function criteriaToWrite(outputs: Structure<unknown>, names: readonly string[], given: CriteriaOptions): SavedCriteria {
  const like = (values: readonly unknown[]) => (names.length > 1 ? structured(outputs, values) : values[0])
  const keys = givenLosses(given.loss, names).map((one) => (one === null ? null : keyOfName(one, losses)))
  const loss = keys.includes(undefined) || keys.every((key) => key === null) ? null : like(keys.map((key) => key && snakeCase(key)))
  const weights = weightsOf(given.lossWeights, names)
  const unweighted = loss === null || weights.every((weight) => weight === 1)
  const metricsOf = (key: 'metrics' | 'weightedMetrics') => {
    const each = givenMetrics(key, given[key], names).map((list) =>
      list.flatMap((one) => (typeof one === 'string' ? [metricName(one)] : [])).filter((name) => !NO_METRICS.includes(name)),
    )
    return each.some((list) => list.length) ? like(each) : null
  }
  return {
    loss,
    // Keras refuses a whole number that stands alone.
    loss_weights: unweighted ? null : names.length > 1 ? structured(outputs, weights) : weights,
    metrics: metricsOf('metrics'),
    weighted_metrics: metricsOf('weightedMetrics'),
  }
}
