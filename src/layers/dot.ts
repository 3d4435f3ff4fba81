/** Dot: what two tensors have in common, sample by sample; and the products that it, and matmul, are made of. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { activation } from '../kernels/activation/activation.ts'
import { combine } from '../kernels/combine.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { rescale } from '../kernels/rescale.ts'
import { unary } from '../kernels/unary.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { permuted, resolvedAxis } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

/** x [B,K,Q] -> [B,Q]: sums along the middle axis. */
export function sums(graph: Graph, x: Node, B: number, K: number, Q: number): Node {
  const means = graph.add(globalAvgPool, [graph.view(x, [B, K, 1, Q])], {})
  return graph.add(rescale, [means], { scale: K, offset: 0 })
}

/**
 * Appends a [B,P,K] times b [B,K,Q] -> [B,P,Q], matrix by matrix. All products are in memory at once, B*P*K*Q values: for the heads of networks of pictures,
 * not for long texts.
 */
export function matrixProducts(graph: Graph, a: Node, b: Node): Node {
  const [B, P, K] = a.shape as readonly [number, number, number]
  const Q = b.shape[2]!
  const pair = [graph.view(a, [B, P, K, 1]), graph.view(b, [B, 1, K, Q])]
  const products = graph.add(combine, pair, { kind: 'multiply', activation: 'linear' })
  return graph.view(sums(graph, products, B * P, K, Q), [B, P, Q])
}

/** The least square of a length that vectors are divided by, as in Keras: nought stays nought. */
const LEAST = 1e-14

/** Vectors in the last axis of x [B,P,K] made 1 long. */
function normalized(graph: Graph, x: Node): Node {
  const [B, P, K] = x.shape as readonly [number, number, number]
  const squares = graph.add(combine, [x, x], { kind: 'multiply', activation: 'linear' })
  const plus = (x: Node, offset: number) => graph.add(rescale, [x], { scale: 1, offset })
  const least = plus(graph.add(activation, [plus(sums(graph, squares, B * P, K, 1), -LEAST)], { activation: 'relu' }), LEAST)
  const inverse = graph.view(graph.add(unary, [least], { kind: 'rsqrt' }), [B, P, 1])
  return graph.add(combine, [x, inverse], { kind: 'multiply', activation: 'linear' })
}

export interface DotOptions extends LayerOptions {
  /** The axis of both tensors, or of each, along which products are summed; the batch, which is none of them, is 0. */
  axes: number | readonly [number, number]
  /** Whether the vectors along those axes are made 1 long before: then it is the cosine of the angle between them. Default false. */
  normalize?: boolean
}

/**
 * The products of two tensors, summed along an axis of each: of [N,C] and [N,C] -> [N,1], of [N,...a,K] and [N,...b,K] -> [N,...a,...b]
 * (keras/src/layers/merging/dot.py).
 */
export class Dot extends Layer {
  readonly className = 'Dot'
  protected override readonly merges = true
  readonly axes: number | readonly [number, number]
  readonly normalize: boolean

  constructor(options: DotOptions) {
    super('dot', options)
    const { axes } = options
    const two = [axes].flat()
    if (!two.every(Number.isInteger) || (Array.isArray(axes) && two.length !== 2))
      throw new ArgumentError(this.name, `axes must be a whole number or two of them, got ${JSON.stringify(axes)}`)
    this.axes = axes
    this.normalize = options.normalize ?? false
  }

  static fromConfig(c: LayerConfig): Dot {
    const axes = c.numbers('axes')
    if (axes === undefined) throw c.refuse('axes must be one or two numbers', axes)
    return new Dot({ ...c.options(), axes: axes as DotOptions['axes'], normalize: c.flag('normalize', false) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize }
  }

  /** The axes counted from 0. @throws ShapeError for what cannot be multiplied */
  #axesOf(shapes: readonly SymbolicShape[]): readonly [number, number] {
    const got = shapes.map(formatShape).join(' and ')
    if (shapes.length !== 2) throw new ShapeError(this.name, `dot takes two tensors, got ${shapes.length}`)
    const [first, second = first] = [this.axes].flat() as [number, number?]
    const found = [resolvedAxis(this.name, first, shapes[0]!), resolvedAxis(this.name, second, shapes[1]!)] as const
    const [a, b] = shapes.map((s, i) => s[found[i]!])
    if (a === null || a !== b)
      throw new ShapeError(this.name, `axes ${found[0]} and ${found[1]} of the tensors must be of the same known size, got ${got}`)
    return found
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const axes = this.#axesOf(shapes)
    const rest = shapes.flatMap((s, i) => s.filter((_, axis) => axis > 0 && axis !== axes[i]))
    return [shapes[0]![0]!, ...(rest.length ? rest : [1])]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const axes = this.#axesOf(inputs.map((x) => x.shape))
    const [a, b] = inputs.map((x, i) => rows(graph, x, axes[i]!)) as [Node, Node]
    const [left, right] = this.normalize ? [normalized(graph, a), normalized(graph, b)] : [a, b]
    const y = matrixProducts(graph, left, permuted(graph, right, [0, 2, 1]))
    return graph.view(y, this.outputShape(inputs.map((x) => x.shape)) as readonly number[])
  }
}

/** x [N,...] -> [N,P,K] with one of its axes last. */
function rows(graph: Graph, x: Node, axis: number): Node {
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis)
  const [N, K] = [x.shape[0]!, x.shape[axis]!]
  return graph.view(permuted(graph, x, [...others, axis]), [N, sizeOf(x.shape) / (N * K), K])
}
