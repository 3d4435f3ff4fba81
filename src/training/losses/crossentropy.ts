/** Cross-entropies (keras/src/losses/losses.py). From scores they are computed without overflow; so they are where a model ends in a softmax or sigmoid. */
import type { Graph, Node } from '../../graph/graph.ts'
import { oneHot } from '../../kernels/one_hot.ts'
import type { PointwiseFunction } from '../../kernels/pointwise_loss/functions.ts'
import { rescale } from '../../kernels/rescale.ts'
import { rowLoss } from '../../kernels/row_loss/row_loss.ts'
import { softmax } from '../../kernels/softmax.ts'
import { softmaxCrossEntropy } from '../../kernels/softmax_cross_entropy/softmax_cross_entropy.ts'
import { activation } from '../../kernels/activation/activation.ts'
import { beforeSigmoid, beforeSoftmax, byLastAxis, meanBySample, option, optionsOf, type Loss } from './loss.ts'
import { pointwiseMean } from './pointwise.ts'
import { categories, classNumbers, shares } from './targets.ts'

export interface CrossentropyOptions {
  /** Whether the model gives scores, as a last layer without activation does. Default false: probabilities. */
  fromLogits?: boolean
}

export interface SmoothedOptions extends CrossentropyOptions {
  /** From 0 to 1: so much of a target is shared among all classes. Default 0. */
  labelSmoothing?: number
}

const SCORES = { fromLogits: option.flag }
const SMOOTHED = { ...SCORES, labelSmoothing: option.share }

/** Over the last axis; the mean over the axes before it. */
function categorical(g: Graph, y: Node, t: Node, { fromLogits = false, labelSmoothing = 0 }: SmoothedOptions): Node {
  const scores = fromLogits ? byLastAxis(g, y) : beforeSoftmax(y)
  const goals = byLastAxis(g, t)
  const K = goals.shape[1]!
  if (!scores) {
    const attrs = { kind: 'categorical', alpha: 1, gamma: 0, labelSmoothing } as const
    return meanBySample(g, g.add(rowLoss, [byLastAxis(g, y), goals], attrs), y.shape[0]!)
  }
  const smooth = labelSmoothing ? g.add(rescale, [goals], { scale: 1 - labelSmoothing, offset: labelSmoothing / K }) : goals
  return meanBySample(g, g.add(softmaxCrossEntropy, [scores, smooth], {}), y.shape[0]!)
}

/**
 * For one-hot or soft targets [N,...,K].
 * @example
 * await model.compile({ device, optimizer: 'adam', loss: categoricalCrossentropy({ labelSmoothing: 0.1 }) })
 * await model.fit({ x, y: toCategorical(y, 3) })
 */
export function categoricalCrossentropy(options: SmoothedOptions = {}): Loss {
  const name = 'categoricalCrossentropy'
  const o = optionsOf(name, options, { fromLogits: false, labelSmoothing: 0 }, SMOOTHED)
  return { name, targets: categories(name), loss: (g, y, t) => categorical(g, y, t, o) }
}

/**
 * For class numbers, N or [N,...], of an output [N,...,K].
 * @example
 * const linear = model.until('pool') // no softmax at the end
 * await linear.compile({ device, optimizer: 'adam', loss: sparseCategoricalCrossentropy({ fromLogits: true }) })
 * await linear.fit({ x, y })
 * linear.dispose()
 */
export function sparseCategoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  const name = 'sparseCategoricalCrossentropy'
  const o = optionsOf(name, options, { fromLogits: false }, SCORES)
  const loss: Loss['loss'] = (g, y, t) => categorical(g, y, g.add(oneHot, [t], { classes: y.shape.at(-1)! }), o)
  return { name, targets: classNumbers, loss }
}

export interface CategoricalFocalOptions extends SmoothedOptions {
  /** Weight of the whole. Default 0.25. */
  alpha?: number
  /** How much less what is well predicted counts, from 0. Default 2. */
  gamma?: number
}

/** Cross-entropy times alpha * (1 - p)^gamma (Lin et al. 2018), for one-hot targets [N,...,K]. */
export function categoricalFocalCrossentropy(options: CategoricalFocalOptions = {}): Loss {
  const name = 'categoricalFocalCrossentropy'
  const defaults = { fromLogits: false, labelSmoothing: 0, alpha: 0.25, gamma: 2 }
  const { fromLogits, ...o } = optionsOf(name, options, defaults, { ...SMOOTHED, alpha: option.finite, gamma: option.fromZero })
  const loss: Loss['loss'] = (g, y, t) => {
    const rows = byLastAxis(g, y)
    const p = fromLogits ? g.add(softmax, [rows], {}) : rows
    return meanBySample(g, g.add(rowLoss, [p, byLastAxis(g, t)], { kind: 'categorical', ...o }), y.shape[0]!)
  }
  return { name, targets: categories(name), loss }
}

/** For targets from 0 to 1, of the output's shape; the mean over all values of a sample. */
export function binaryCrossentropy(options: SmoothedOptions = {}): Loss {
  const name = 'binaryCrossentropy'
  const { fromLogits, labelSmoothing } = optionsOf(name, options, { fromLogits: false, labelSmoothing: 0 }, SMOOTHED)
  const loss: Loss['loss'] = (g, y, t) => {
    const scores = fromLogits ? y : beforeSigmoid(g, y)
    const kind = scores ? 'binaryOfScore' : 'binary'
    return pointwiseMean(g, scores ?? y, t, { kind, labelSmoothing })
  }
  return { name, targets: shares, loss }
}

export interface BinaryFocalOptions extends SmoothedOptions {
  /** Weigh class 1 by alpha and class 0 by 1 - alpha. Default false. */
  applyClassBalancing?: boolean
  /** Default 0.25. */
  alpha?: number
  /** How much less what is well predicted counts, from 0. Default 2. */
  gamma?: number
}

/** Binary cross-entropy times (1 - p)^gamma of the probability of what is so (Lin et al. 2018). */
export function binaryFocalCrossentropy(options: BinaryFocalOptions = {}): Loss {
  const name = 'binaryFocalCrossentropy'
  const defaults = { fromLogits: false, labelSmoothing: 0, applyClassBalancing: false, alpha: 0.25, gamma: 2 }
  const checks = { ...SMOOTHED, applyClassBalancing: option.flag, alpha: option.share, gamma: option.fromZero }
  const { fromLogits, applyClassBalancing, alpha, gamma, labelSmoothing } = optionsOf(name, options, defaults, checks)
  const f: PointwiseFunction = { kind: 'focal', gamma, alpha: applyClassBalancing ? alpha : undefined, labelSmoothing }
  const loss: Loss['loss'] = (g, y, t) => pointwiseMean(g, fromLogits ? g.add(activation, [y], { activation: 'sigmoid' }) : y, t, f)
  return { name, targets: shares, loss }
}
