/** Splits a graph where the frozen part ends, so that what never changes for a sample is computed once and kept. */
import type { DType } from '../dtype.ts'
import { moments } from '../kernels/moments.ts'
import { halfWords, packHalf } from '../kernels/pack_half.ts'
import { unpack } from '../kernels/unpack.ts'
import { unpackHalf } from '../kernels/unpack_half.ts'
import type { Parameter } from '../parameter.ts'
import { isOp, isOpNamed, reachable, rewrite, storageOf, type Graph, type Node } from './graph.ts'
import { sizeOf, type Shape } from '../shape.ts'

export interface Feature {
  /** `feature0`, ...: an output of the trunk and an input of the head. */
  readonly name: string
  readonly dtype: DType
  /** With the batch first. */
  readonly shape: Shape
}

export interface SplitGraph {
  /** From the samples to the features; depends on frozen parameters only. */
  readonly trunk: Graph
  /** From the features on, all outputs of the whole graph. */
  readonly head: Graph
  readonly features: readonly Feature[]
}

/** Whether a node itself differs from step to step, or from batch to batch for one sample. */
function isChanging(n: Node, changing: ReadonlySet<Parameter>): boolean {
  if (n.kind === 'parameter') return n.parameter.trainable || changing.has(n.parameter)
  return n.kind === 'op' && (n.updates.length > 0 || isOp(n, moments))
}

/**
 * @param samples names of the inputs that hold the samples; the head has those of them that go straight into something that changes.
 * @param changing parameters that change while the features are kept, besides the trainable ones: moving statistics
 * @returns undefined when nothing between the samples and the first thing that changes is worth keeping: all samples go straight
 * into a trainable or random op, if only as f32.
 */
export function splitFrozen(
  graph: Graph,
  samples: readonly string[],
  changing: ReadonlySet<Parameter> = new Set(),
): SplitGraph | undefined {
  const alive = reachable(graph)
  const nodes = graph.nodes.filter((n) => alive.has(n.id))
  const sampled = new Set<number>() // depends on the samples
  const moving = new Set<number>() // depends on the batch as a whole, or on anything but samples and frozen weights
  for (const n of nodes) {
    const own = n.kind === 'input' ? !samples.includes(n.name) : isChanging(n, changing)
    if (own || n.inputs.some((i) => i && moving.has(i.id))) moving.add(n.id)
    if ((n.kind === 'input' && samples.includes(n.name)) || n.inputs.some((i) => i && sampled.has(i.id))) sampled.add(n.id)
  }
  // Rows of means and rows of variances are no rows of samples: what changes takes what they are of, and computes them.
  for (const n of nodes.filter((n) => moving.has(n.id))) for (const i of n.inputs) if (isOpNamed(i, 'layerNormMoments')) moving.add(i.id)
  const frozen = (n: Node) => sampled.has(n.id) && !moving.has(n.id)
  const ends = new Set<Node>()
  for (const n of nodes) if (!frozen(n)) for (const i of n.inputs) if (i && frozen(i)) ends.add(storageOf(i))
  for (const n of graph.outputs.values()) if (frozen(n)) ends.add(storageOf(n))
  const kept = [...ends].filter((n) => n.kind === 'op' && !isOp(n, unpack))
  if (!kept.length) return undefined
  const names = new Map<Node, string>(kept.map((n, i) => [n, `feature${i}`]))

  // An op may see a sample as several rows; a feature has the batch first.
  const batch = nodes.find((n) => n.kind === 'input' && samples.includes(n.name))!.shape[0]!
  const shapeOf = ({ shape }: Node) => (shape[0] === batch ? shape : [batch, sizeOf(shape) / batch])
  const head = rewrite(graph, (n, { g }) => {
    const name = names.get(n)
    return name === undefined ? undefined : g.view(g.input(name, shapeOf(n), n.dtype), n.shape)
  })
  const trunk = rewrite(graph.select(new Map([...names].map(([n, name]) => [name, n]))))
  for (const [name, n] of trunk.outputs) trunk.outputs.set(name, trunk.view(n, shapeOf(n)))
  return { trunk, head, features: [...names].map(([n, name]) => ({ name, shape: shapeOf(n), dtype: n.dtype })) }
}

/** The same split with features in half the bytes: the trunk rounds them to f16, and the head takes them as words of two. */
export function inHalves({ trunk, head, features }: SplitGraph): SplitGraph {
  const halved = new Map(features.filter(({ dtype }) => dtype === 'f32').map((f) => [f.name, f.shape]))
  const words = (shape: Shape) => [shape[0]!, halfWords(sizeOf(shape.slice(1)))]
  const packing = rewrite(trunk)
  for (const [name, n] of packing.outputs) if (halved.has(name)) packing.outputs.set(name, packing.add(packHalf, [n], {}))
  const unpacking = rewrite(head, (n, { g }) => {
    const shape = n.kind === 'input' ? halved.get(n.name) : undefined
    return shape && g.add(unpackHalf, [g.input(n.name, words(shape), 'u32')], { row: shape.slice(1) })
  })
  return {
    trunk: packing,
    head: unpacking,
    features: features.map((f) => (halved.has(f.name) ? { name: f.name, shape: words(f.shape), dtype: 'u32' } : f)),
  }
}
