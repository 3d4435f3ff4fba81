/** Losses of numbers, of signs, and of directions (keras/src/losses/losses.py). Each is a mean over all values, or vectors, of a sample. */
import type { Graph, Node } from '../../graph/graph.ts'
import type { PointwiseFunction } from '../../kernels/pointwise_loss/functions.ts'
import { pointwiseLoss } from '../../kernels/pointwise_loss/pointwise_loss.ts'
import { rowLoss } from '../../kernels/row_loss/row_loss.ts'
import { byLastAxis, bySample, meanBySample, option, optionsOf, type Loss } from './loss.ts'
import { categories, numbers, shares, signs } from './targets.ts'

/** Appends the mean of f over all values of each sample. @param scale of the mean. Default 1 */
export function pointwiseMean(g: Graph, y: Node, t: Node, f: PointwiseFunction, scale = 1): Node {
  const N = t.shape[0]!
  const rows = bySample(g, y, N)
  return g.add(pointwiseLoss, [rows, bySample(g, t, N)], { f, scale: scale / rows.shape[1]! })
}

function pointwise(
  name: string,
  f: PointwiseFunction,
  { scale = 1, targets = numbers }: { scale?: number; targets?: Loss['targets'] } = {},
): Loss {
  return { name, targets, loss: (g, y, t) => pointwiseMean(g, y, t, f, scale) }
}

/** Mean of (y - t)^2. */
export const meanSquaredError = (): Loss => pointwise('meanSquaredError', 'squared')

/** Mean of |y - t|. */
export const meanAbsoluteError = (): Loss => pointwise('meanAbsoluteError', 'absolute')

/** Mean of 100 * |y - t| / max(|t|, 1e-7). */
export const meanAbsolutePercentageError = (): Loss => pointwise('meanAbsolutePercentageError', 'relative', { scale: 100 })

/** Mean of (log(1 + y) - log(1 + t))^2; what is below 1e-7 counts as that. */
export const meanSquaredLogarithmicError = (): Loss => pointwise('meanSquaredLogarithmicError', 'squaredLog')

export interface HuberOptions {
  /** Where the square becomes a line, above 0. Default 1. */
  delta?: number
}

/** Mean of d^2 / 2 for d = |y - t| up to delta, of delta * d - delta^2 / 2 beyond. */
export function huber(options: HuberOptions = {}): Loss {
  const { delta } = optionsOf('huber', options, { delta: 1 }, { delta: option.positive })
  return pointwise('huber', { kind: 'huber', delta })
}

/** Mean of log(cosh(y - t)). */
export const logCosh = (): Loss => pointwise('logCosh', 'logCosh')

/** Mean of max(1 - t * y, 0), for targets -1 and 1, or 0 and 1, which are taken as those. */
export const hinge = (): Loss => pointwise('hinge', 'hinge', { targets: signs })

/** As hinge, squared. */
export const squaredHinge = (): Loss => pointwise('squaredHinge', 'squaredHinge', { targets: signs })

/** Mean of y - t * log(y + 1e-7). */
export const poisson = (): Loss => pointwise('poisson', 'poisson')

/** Sum over the last axis of t * log(t / y), both clipped to [1e-7, 1]. */
export function klDivergence(): Loss {
  return { name: 'klDivergence', targets: shares, loss: (g, y, t) => pointwiseMean(g, y, t, 'klDivergence', y.shape.at(-1)) }
}

const NO_OPTIONS = { alpha: 1, gamma: 0, labelSmoothing: 0 }

/** max(0, largest y of another class - y of the target + 1), for one-hot targets [N,...,K]. */
export function categoricalHinge(): Loss {
  const name = 'categoricalHinge'
  const loss: Loss['loss'] = (g, y, t) =>
    meanBySample(g, g.add(rowLoss, [byLastAxis(g, y), byLastAxis(g, t)], { kind: 'hinge', ...NO_OPTIONS }), y.shape[0]!)
  return { name, targets: categories(name), loss }
}

/** Minus the cosine of the angle between y and t along the last axis: -1 where they point the same way. */
export function cosineSimilarity(): Loss {
  const loss: Loss['loss'] = (g, y, t) =>
    meanBySample(g, g.add(rowLoss, [byLastAxis(g, y), byLastAxis(g, t)], { kind: 'cosine', ...NO_OPTIONS }), y.shape[0]!)
  return { name: 'cosineSimilarity', targets: numbers, loss }
}
