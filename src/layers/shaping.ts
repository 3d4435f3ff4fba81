/** Layers without weights that move values: input, flatten, reshape, permute, repeat. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { resizeNearest } from '../kernels/resize_nearest.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { permuted } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { shapeOfSizes, sizesOf } from './open_sizes.ts'
import { checkCount } from './kernel_options.ts'
import { checkFormat, kerasFormat, spaceOptions, type SpaceOptions } from './space.ts'

/**
 * [N,...] -> [N,D], row-major as Keras flattens: [N,H,W,C] to rows of [H,W,C]. With `channelsFirst`, [N,C,H,W] to rows of [H,W,C], too, so that weights
 * behind it fit models of either order; without it, as Keras before 2.2 always did, to rows of [C,H,W].
 */
export class Flatten extends Layer {
  readonly className = 'Flatten'
  override readonly space: { readonly first: true } | undefined

  constructor(options: SpaceOptions = {}) {
    super('flatten', options)
    this.space = checkFormat(this.name, options.dataFormat) === 'channelsFirst' ? { first: true } : undefined
  }

  static fromConfig(c: LayerConfig): Flatten {
    return new Flatten(spaceOptions(c))
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), ...kerasFormat(this.space !== undefined) }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return shapeOfSizes([sizesOf(this.name, x).reduce((n, d) => n * d, 1)])
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const [, C, ...sizes] = inputs[0]!.shape.map((_, i) => i)
    const x = this.space && C !== undefined ? permuted(graph, inputs[0]!, [0, ...sizes, C]) : inputs[0]!
    return graph.view(x, [x.shape[0]!, sizeOf(x.shape.slice(1))])
  }
}

/** The same values of each sample under another shape, row-major. */
export class Reshape extends Layer {
  readonly className = 'Reshape'
  readonly targetShape: readonly number[]

  /** @param options targetShape: without the batch; one size may be -1, which is then what is left */
  constructor(options: LayerOptions & { targetShape: readonly number[] }) {
    super('reshape', options)
    this.targetShape = options.targetShape
    const unknown = this.targetShape.filter((d) => d === -1).length
    if (unknown > 1 || this.targetShape.some((d) => d !== -1 && (!Number.isInteger(d) || d < 1))) {
      throw new ArgumentError(
        this.name,
        `a target shape must be positive whole numbers, one of them -1 at most, got ${formatShape(this.targetShape)}`,
      )
    }
  }

  static fromConfig(c: LayerConfig): Reshape {
    const shape = c.value('target_shape')
    if (!Array.isArray(shape)) throw c.refuse('target_shape must be a list', shape)
    return new Reshape({ ...c.options(), targetShape: shape as number[] })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), target_shape: this.targetShape }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const size = x!.slice(1).reduce<number>((n, d) => n * (d ?? NaN), 1)
    const known = this.targetShape.reduce((n, d) => (d === -1 ? n : n * d), 1)
    const shape = this.targetShape.map((d) => (d === -1 ? size / known : d))
    if (Number.isNaN(size)) return shapeOfSizes(shape) // whether it fits is seen when the sizes are known
    if (!shape.every(Number.isInteger) || shape.reduce((n, d) => n * d, 1) !== size) {
      throw new ShapeError(
        this.name,
        `a target shape must keep the ${size} values of a sample, got ${formatShape(this.targetShape)} for ${formatShape(x)}`,
      )
    }
    return [null, ...shape]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    const shape = this.outputShape([[null, ...x.shape.slice(1)]])
    return graph.view(x, [x.shape[0]!, ...(shape.slice(1) as number[])])
  }
}

/** The axes of each sample in another order. */
export class Permute extends Layer {
  readonly className = 'Permute'
  readonly dims: readonly number[]

  /** @param options dims: which axis of the input each axis of the output is, counted from 1 */
  constructor(options: LayerOptions & { dims: readonly number[] }) {
    super('permute', options)
    this.dims = options.dims
  }

  static fromConfig(c: LayerConfig): Permute {
    const dims = c.numbers('dims')
    return new Permute({ ...c.options(), dims: typeof dims === 'number' ? [dims] : (dims ?? []) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), dims: this.dims }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const axes = x!.slice(1).map((_, i) => i + 1)
    if ([...this.dims].sort((a, b) => a - b).join() !== axes.join() || axes.length > 3) {
      throw new ShapeError(
        this.name,
        `dims must be a permutation of the axes of a sample, 3 at most, got ${formatShape(this.dims)} for ${formatShape(x)}`,
      )
    }
    return [null, ...this.dims.map((d) => x![d]!)]
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return permuted(graph, x!, [0, ...this.dims])
  }
}

/** A vector as every step of a sequence: [N,C] -> [N,n,C]. */
export class RepeatVector extends Layer {
  readonly className = 'RepeatVector'
  readonly n: number

  /** @param options n: how many steps */
  constructor(options: LayerOptions & { n: number }) {
    super('repeat_vector', options)
    this.n = checkCount(this.name, 'n', options.n)
  }

  static fromConfig(c: LayerConfig): RepeatVector {
    return new RepeatVector({ ...c.options(), n: c.number(['n']) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), n: this.n }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return [null, this.n, ...sizesOf(this.name, x, 2)]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const [N, C] = inputs[0]!.shape as [number, number]
    return graph.view(graph.add(resizeNearest, [graph.view(inputs[0]!, [N, 1, 1, C])], { height: 1, width: this.n }), [N, this.n, C])
  }
}
