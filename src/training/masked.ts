/**
 * Losses and metrics of outputs with masks: each step is a sample of its own, and those that do not count are left out, as Keras 3 has it
 * (keras/src/losses/loss.py, apply_mask).
 */
import type { Graph, Node } from '../graph/graph.ts'
import { activation } from '../kernels/activation/activation.ts'
import { combine, type CombineAttrs } from '../kernels/combine.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { rescale } from '../kernels/rescale.ts'
import { sizeOf } from '../shape.ts'

/** The steps of all samples of a batch, S of them. */
export interface Steps {
  /** [S,C]. */
  readonly y: Node
  /** [S,...]: targets, a row for each step. */
  readonly t: Node
  /** [S]: 1, 0 for steps that do not count and for those of padding. */
  readonly weight: Node
}

const joined = (g: Graph, kind: CombineAttrs['kind'], a: Node, b: Node) => g.add(combine, [a, b], { kind, activation: 'linear' })

/** @param mask [N,...]; @param weight [N]: 0 for a sample that is padding */
export function stepsOf(g: Graph, y: Node, t: Node, mask: Node, weight: Node): Steps {
  const [N, S] = [weight.shape[0]!, sizeOf(mask.shape)]
  const counted = joined(g, 'multiply', g.view(mask, [N, S / N]), g.view(weight, [N, 1]))
  return { y: g.view(y, [S, y.shape.at(-1)!]), t: g.view(t, [S, sizeOf(t.shape) / S]), weight: g.view(counted, [S]) }
}

/** What sums over a whole batch are under, so that they are known in a graph. */
const SCOPE = 'steps that count'

/** Whether the loss of a sample depends on how many steps of the others of its batch count. */
export const countsSteps = (graph: Graph): boolean => graph.nodes.some((n) => n.kind === 'op' && n.name === SCOPE)

/** The sum of rows [N,K] -> [N]. */
function sums(g: Graph, x: Node): Node {
  const [N, K] = x.shape as readonly [number, number]
  return g.view(g.add(rescale, [g.add(globalAvgPool, [g.view(x, [N, K, 1, 1])], {})], { scale: K, offset: 0 }), [N])
}

/**
 * The loss of every sample, [N]: their mean over a batch is that over all steps of it that count, 0 where none does.
 * @param values [S]; @param weight [N], as of stepsOf
 */
export function lossBySteps(g: Graph, values: Node, steps: Steps, weight: Node): Node {
  const [N, S] = [weight.shape[0]!, values.shape[0]!]
  const own = sums(g, g.view(joined(g, 'multiply', values, steps.weight), [N, S / N]))
  const before = g.scope
  g.scope = SCOPE
  const [samples, counted] = [weight, steps.weight].map((x) => sums(g, g.view(x, [1, sizeOf(x.shape)])))
  // A count is 0, and nothing is summed then, or 1 and more.
  const above = g.add(activation, [g.add(rescale, [counted!], { scale: 1, offset: -1 })], { activation: 'relu' })
  const share = joined(g, 'divide', samples!, g.add(rescale, [above], { scale: 1, offset: 1 }))
  g.scope = before
  return joined(g, 'multiply', own, share)
}
