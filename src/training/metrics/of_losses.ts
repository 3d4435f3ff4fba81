/** Losses as metrics, and what is made of them (keras/src/metrics/regression_metrics.py). */
import { rescale } from '../../kernels/rescale.ts'
import { sizeOf } from '../../shape.ts'
import { losses } from '../losses/index.ts'
import type { Loss } from '../losses/loss.ts'
import { snakeCase } from '../names.ts'
import { areClassNumbers, meanMetric, refuseTargets, type Metric } from './metric.ts'

/** The mean of a loss over all samples. @param name under which it is logged. Default: the loss's, as Keras writes it */
export function lossMetric(loss: Loss, name = snakeCase(loss.name)): Metric {
  const mean = meanMetric(name, (g, y, t) => {
    const fits = loss.name === 'sparseCategoricalCrossentropy' ? areClassNumbers(y, t) : sizeOf(t.shape) === sizeOf(y.shape)
    return fits ? loss.loss(g, y, t) : refuseTargets(name, 'those that the loss takes', y, t)
  })
  return { ...mean, direction: 'down' }
}

/** The cosine of the angle between y and t along the last axis: 1 where they point the same way. */
export function cosineSimilarity(): Metric {
  const away = losses.cosineSimilarity()
  const negative = { name: away.name, loss: (...c) => c[0].add(rescale, [away.loss(...c)], { scale: -1, offset: 0 }) } satisfies Loss
  return { ...lossMetric(negative), direction: 'up' }
}

/** The root of the mean of (y - t)^2. */
export function rootMeanSquaredError(): Metric {
  const mean = lossMetric(losses.meanSquaredError(), 'root_mean_squared_error')
  return { ...mean, bySteps: false, result: (sums) => Math.sqrt(mean.result!(sums)) }
}
