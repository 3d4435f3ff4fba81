/** Shares of what is right (keras/src/metrics/accuracy_metrics.py). */
import type { Graph, Node } from '../../graph/graph.ts'
import { inTopK } from '../../kernels/in_top_k.ts'
import { sameArgmax } from '../../kernels/same_argmax.ts'
import { sizeOf } from '../../shape.ts'
import { beforeSoftmax, byLastAxis, meanBySample, option, optionsOf } from '../losses/loss.ts'
import { pointwiseMean } from '../losses/pointwise.ts'
import { areClassNumbers, goalsOf, meanMetric, refuseTargets, type Metric } from './metric.ts'

/** Share of the vectors whose largest value is at the place of the largest target. Scores are as good as a softmax of them. */
function sameClass(name: string, g: Graph, y: Node, t: Node): Node {
  const same = g.add(sameArgmax, [beforeSoftmax(y) ?? byLastAxis(g, y), goalsOf(name, g, y, t)], {})
  return meanBySample(g, same, y.shape[0]!)
}

const share = (...mean: Parameters<typeof meanMetric>): Metric => ({ ...meanMetric(...mean), direction: 'up' })

const NAMED = { name: option.text }

/** For one-hot targets of the output's shape. */
export function categoricalAccuracy(options: { name?: string } = {}): Metric {
  const { name } = optionsOf('categoricalAccuracy', options, { name: 'categorical_accuracy' }, NAMED)
  return share(name, (g, y, t) =>
    sizeOf(t.shape) === sizeOf(y.shape) ? sameClass(name, g, y, t) : refuseTargets(name, 'one-hot, of the shape of the output', y, t),
  )
}

/** For class numbers. */
export function sparseCategoricalAccuracy(options: { name?: string } = {}): Metric {
  const { name } = optionsOf('sparseCategoricalAccuracy', options, { name: 'sparse_categorical_accuracy' }, NAMED)
  return share(name, (g, y, t) => (areClassNumbers(y, t) ? sameClass(name, g, y, t) : refuseTargets(name, 'class numbers', y, t)))
}

export interface BinaryAccuracyOptions {
  /** Default 0.5. */
  threshold?: number
  /** Default `binary_accuracy`. */
  name?: string
}

/** Share of the values above a threshold where the target is 1, and not above where it is 0. */
export function binaryAccuracy(options: BinaryAccuracyOptions = {}): Metric {
  const checks = { threshold: option.finite, name: option.text }
  const { threshold, name } = optionsOf('binaryAccuracy', options, { threshold: 0.5, name: 'binary_accuracy' }, checks)
  return share(name, (g, y, t) => {
    if (sizeOf(t.shape) !== sizeOf(y.shape)) return refuseTargets(name, 'of the shape of the output', y, t)
    return pointwiseMean(g, y, t, { kind: 'matching', threshold })
  })
}

/**
 * As Keras resolves `accuracy`: binary for one value, else categorical, or sparse for class numbers.
 * @example
 * await model.compile({ device, loss: 'sparseCategoricalCrossentropy', metrics: [accuracy({ name: 'acc' })] })
 * const { acc } = await model.evaluate({ x, y })
 */
export function accuracy(options: { name?: string } = {}): Metric {
  const { name } = optionsOf('accuracy', options, { name: 'accuracy' }, NAMED)
  return share(name, (g, y, t) => {
    const binary = y.shape.at(-1) === 1 && sizeOf(t.shape) === sizeOf(y.shape)
    return binary ? pointwiseMean(g, y, t, { kind: 'matching', threshold: 0.5 }) : sameClass(name, g, y, t)
  })
}

export interface TopKOptions {
  /** Default 5. */
  k?: number
  /** Default as Keras has it. */
  name?: string
}

function topK(base: string, keras: string, options: TopKOptions, fits: (y: Node, t: Node) => boolean, wanted: string): Metric {
  const { k, name } = optionsOf(base, options, { k: 5, name: keras }, { k: option.count, name: option.text })
  return share(name, (g, y, t) => {
    if (!fits(y, t)) return refuseTargets(name, wanted, y, t)
    return meanBySample(g, g.add(inTopK, [byLastAxis(g, y), goalsOf(name, g, y, t)], { k }), y.shape[0]!)
  })
}

/** Share of the vectors whose value at the largest target is among the k largest, for one-hot targets. */
export function topKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  const same = (y: Node, t: Node) => sizeOf(t.shape) === sizeOf(y.shape)
  return topK('topKCategoricalAccuracy', 'top_k_categorical_accuracy', options, same, 'one-hot, of the shape of the output')
}

/** As topKCategoricalAccuracy, for class numbers. */
export function sparseTopKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  const keras = 'sparse_top_k_categorical_accuracy'
  return topK('sparseTopKCategoricalAccuracy', keras, options, areClassNumbers, 'class numbers')
}
