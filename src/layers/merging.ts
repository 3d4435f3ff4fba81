/** Layers that make one tensor of several. */
import { ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { broadcast, combine, type CombineAttrs } from '../kernels/combine.ts'
import { concat } from '../kernels/concat.ts'
import { rescale } from '../kernels/rescale.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { resolvedAxis } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

export type MergeName = 'Add' | 'Subtract' | 'Multiply' | 'Average' | 'Maximum' | 'Minimum'

/** Which op joins two, and whether the result is divided by their number. */
const MERGES: Readonly<Record<MergeName, CombineAttrs['kind']>> = {
  Add: 'add',
  Subtract: 'subtract',
  Multiply: 'multiply',
  Average: 'add',
  Maximum: 'maximum',
  Minimum: 'minimum',
}

/**
 * Sum, difference, product, mean, largest or smallest of tensors [N,...], value by value, rank 4 at most. Axes of size 1 are repeated; tensors
 * of a lower rank get them behind the batch.
 */
export class Merge extends Layer {
  readonly className: MergeName
  protected override readonly merges = true

  constructor(className: MergeName, options: LayerOptions = {}) {
    super(className.toLowerCase(), options)
    this.className = className
  }

  static fromConfig(c: LayerConfig): Merge {
    return new Merge(c.className as MergeName, c.options())
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const what = this.className.toLowerCase()
    if (shapes.length < 2 || (this.className === 'Subtract' && shapes.length !== 2)) {
      const rule = this.className === 'Subtract' ? 'two tensors' : 'at least two tensors'
      throw new ShapeError(this.name, `${what} takes ${rule}, got ${shapes.length}`)
    }
    const rank = rankOf(shapes)
    return shapes
      .map((s) => atRank(s, rank))
      .reduce((a, b) => {
        const shape = rank <= 4 ? broadcast(a, b) : undefined
        if (shape) return shape
        const rule = `${what} takes tensors of rank 4 at most whose axes are equal or 1`
        throw new ShapeError(this.name, `${rule}, got ${shapes.map(formatShape).join(' and ')}`)
      })
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const kind = MERGES[this.className]
    const rank = rankOf(inputs.map((x) => x.shape))
    const join = (a: Node, b: Node) => graph.add(combine, [a, b], { kind, activation: 'linear' })
    const y = inputs.map((x) => graph.view(x, atRank(x.shape, rank))).reduce(join)
    return this.className === 'Average' ? graph.add(rescale, [y], { scale: 1 / inputs.length, offset: 0 }) : y
  }
}

const rankOf = (shapes: readonly SymbolicShape[]): number => Math.max(...shapes.map((s) => s.length))

/** Axes of size 1 behind the batch, as Keras adds them: a vector meets an image as one value for each channel. */
function atRank<D extends number | null>([batch, ...sizes]: readonly D[], rank: number): (D | 1)[] {
  return [batch!, ...Array.from({ length: rank - 1 - sizes.length }, () => 1 as const), ...sizes]
}

/** Tensors side by side along an axis. */
export class Concatenate extends Layer {
  readonly className = 'Concatenate'
  protected override readonly merges = true
  readonly axis: number

  /** @param options axis: default -1 */
  constructor(options: LayerOptions & { axis?: number } = {}) {
    super('concatenate', options)
    this.axis = options.axis ?? -1
  }

  static fromConfig(c: LayerConfig): Concatenate {
    return new Concatenate({ ...c.options(), axis: c.number(['axis', 'concat_axis'], -1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: this.axis }
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const first = shapes[0]!
    const axis = resolvedAxis(this.name, this.axis, first)
    const like = (d: number | null, i: number) => i === axis || d === null || first[i] === null || d === first[i]
    if (shapes.length < 2 || shapes.some((s) => s.length !== first.length || !s.every(like) || s[axis] === null)) {
      const rule = `concatenate takes tensors that differ in axis ${this.axis} only`
      throw new ShapeError(this.name, `${rule}, got ${shapes.map(formatShape).join(' and ')}`)
    }
    const size = shapes.reduce((sum, s) => sum + s[axis]!, 0)
    return first.map((d, i) => (i === axis ? size : d))
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return concatenated(graph, inputs, resolvedAxis(this.name, this.axis, inputs[0]!.shape))
  }
}

/** Tensors side by side along an axis, counted from 0. The kernel takes a handful of them at a time, along the last axis; more are joined in turns. */
export function concatenated(graph: Graph, inputs: readonly Node[], axis: number): Node {
  const [first] = inputs as readonly [Node]
  const flat = (x: Node) => graph.view(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])
  const atOnce = concat.inputs.length
  let joined = axis === first.shape.length - 1 ? [...inputs] : inputs.map(flat)
  while (joined.length > 1) joined = [graph.add(concat, joined.slice(0, atOnce), {}), ...joined.slice(atOnce)]
  return graph.view(
    joined[0]!,
    first.shape.with(
      axis,
      inputs.reduce((n, x) => n + x.shape[axis]!, 0),
    ),
  )
}

/** Keras 1's Merge, whose mode says which of today's layers it is. */
export function fromKeras1Merge(c: LayerConfig): Layer {
  const modes: Record<string, MergeName> = { sum: 'Add', mul: 'Multiply', ave: 'Average', max: 'Maximum' }
  const mode = c.value('mode') ?? 'sum'
  if (mode === 'concat') return Concatenate.fromConfig(c)
  if (typeof mode !== 'string' || !Object.hasOwn(modes, mode)) throw c.refuse('mode must be sum, mul, ave, max or concat', mode)
  return new Merge(modes[mode]!, c.options())
}
