/** Layers without weights that change shape or scale: input, flatten, padding, resizing, rescaling, preprocessing, merging. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { add as addOp } from '../kernels/add.ts'
import { concat } from '../kernels/concat.ts'
import { pad } from '../kernels/pad.ts'
import { preprocess as preprocessOp, preprocessNumbers, type PreprocessMode } from '../kernels/preprocess.ts'
import { rescale } from '../kernels/rescale.ts'
import { resizeBilinear } from '../kernels/resize_bilinear.ts'
import { formatShape } from '../shape.ts'
import { knownShape, Layer, type EmitContext, type LayerOptions, type SymbolicShape, type SymbolicTensor } from './layer.ts'

/** Where a model begins. Use `input()`. */
export class InputLayer extends Layer {
  readonly className = 'InputLayer'
  readonly shape: SymbolicShape

  constructor(options: LayerOptions & { shape: readonly number[] }) {
    super('input_layer', options)
    if (!options.shape.length || options.shape.some((d) => !Number.isInteger(d) || d < 1)) {
      throw new ArgumentError(
        this.name,
        `an input's shape must be positive whole numbers without the batch, got ${formatShape(options.shape)}`,
      )
    }
    this.shape = [null, ...options.shape]
  }

  override outputShape(): SymbolicShape {
    return this.shape
  }

  override emit(): Node {
    throw new ArgumentError(this.name, 'an input is fed, not computed, got a call to emit')
  }

  tensor(): SymbolicTensor {
    return { shape: this.shape, layer: this, inputs: [] }
  }
}

/** [N,H,W,C] -> [N,H*W*C], row-major as Keras flattens. */
export class Flatten extends Layer {
  readonly className = 'Flatten'

  constructor(options: LayerOptions = {}) {
    super('flatten', options)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return [null, knownShape(this.name, x, x?.length ?? 0).reduce((n, d) => n * d, 1)]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    return graph.view(x, [x.shape[0]!, x.shape.slice(1).reduce((n, d) => n * d, 1)])
  }
}

export interface ZeroPadding2DOptions extends LayerOptions {
  /** One count for all sides, [rows, columns], or [[top,bottom],[left,right]] as in Keras. Default 1. */
  padding?: number | readonly [number, number] | readonly [readonly [number, number], readonly [number, number]]
}

/** Zero rows and columns around the image. */
export class ZeroPadding2D extends Layer {
  readonly className = 'ZeroPadding2D'
  readonly padding: readonly [top: number, left: number, bottom: number, right: number]

  constructor(options: ZeroPadding2DOptions = {}) {
    super('zero_padding2d', options)
    const given = options.padding ?? 1
    const [rows, columns] = typeof given === 'number' ? [given, given] : given
    const [top, bottom] = typeof rows === 'number' ? [rows, rows] : rows
    const [left, right] = typeof columns === 'number' ? [columns, columns] : columns
    this.padding = [top, left, bottom, right]
    if (this.padding.some((n) => !Number.isInteger(n) || n < 0)) {
      throw new ArgumentError(this.name, `padding must be whole numbers from 0, got ${JSON.stringify(options.padding)}`)
    }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = knownShape(this.name, x, 4) as [number, number, number]
    const [top, left, bottom, right] = this.padding
    return [null, H + top + bottom, W + left + right, C]
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(pad, [x], { padding: this.padding })
  }
}

export interface ResizingOptions extends LayerOptions {
  height: number
  width: number
  /** `bilinear` has half-pixel centres (Keras Resizing, TF2); `bilinearLegacy` is TF1's `resize_images`. Default `bilinear`. */
  interpolation?: 'bilinear' | 'bilinearLegacy'
}

/** [N,H,W,C] -> [N,height,width,C], without antialiasing. */
export class Resizing extends Layer {
  readonly className = 'Resizing'
  readonly height: number
  readonly width: number
  readonly mode: 'halfPixel' | 'legacy'

  constructor(options: ResizingOptions) {
    super('resizing', options)
    const { height, width, interpolation = 'bilinear' } = options
    if (![height, width].every((n) => Number.isInteger(n) && n > 0)) {
      throw new ArgumentError(this.name, `height and width must be positive whole numbers, got ${height} and ${width}`)
    }
    if (interpolation !== 'bilinear' && interpolation !== 'bilinearLegacy') {
      throw new ArgumentError(this.name, `interpolation must be bilinear or bilinearLegacy, got ${String(interpolation)}`)
    }
    this.height = height
    this.width = width
    this.mode = interpolation === 'bilinear' ? 'halfPixel' : 'legacy'
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return [null, this.height, this.width, knownShape(this.name, x, 4)[2]!]
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const { height, width, mode } = this
    return graph.add(resizeBilinear, [x], { height, width, mode })
  }
}

export interface RescalingOptions extends LayerOptions {
  scale: number
  /** Default 0. */
  offset?: number
}

/** y = x * scale + offset. */
export class Rescaling extends Layer {
  readonly className = 'Rescaling'
  readonly scale: number
  readonly offset: number

  constructor(options: RescalingOptions) {
    super('rescaling', options)
    this.scale = options.scale
    this.offset = options.offset ?? 0
    if (!Number.isFinite(this.scale) || !Number.isFinite(this.offset)) {
      throw new ArgumentError(this.name, `scale and offset must be finite, got ${this.scale} and ${this.offset}`)
    }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(rescale, [x], { scale: this.scale, offset: this.offset })
  }
}

export type { PreprocessMode }

/** What Keras calls preprocess_input, as a layer: RGB pixels 0..255 in, what the network was trained on out. */
export class Preprocess extends Layer {
  readonly className = 'Preprocess'
  readonly mode: PreprocessMode

  constructor(options: LayerOptions & { mode: PreprocessMode }) {
    super('preprocess', options)
    this.mode = options.mode
    preprocessNumbers(this.name, this.mode)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    preprocessNumbers(this.name, this.mode, [null, ...knownShape(this.name, x, 4)])
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(preprocessOp, [x], { mode: this.mode })
  }
}

/** Sum of two tensors of one shape. */
export class Add extends Layer {
  readonly className = 'Add'

  constructor(options: LayerOptions = {}) {
    super('add', options)
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const [a, b] = shapes
    if (shapes.length !== 2 || formatShape(a) !== formatShape(b)) {
      throw new ShapeError(this.name, `add takes two tensors of one shape, got ${shapes.map(formatShape).join(' and ')}`)
    }
    return a!
  }

  override emit({ graph }: EmitContext, [a, b]: readonly Node[]): Node {
    return graph.add(addOp, [a, b], { activation: 'linear' })
  }
}

/** Tensors side by side along the channels. */
export class Concatenate extends Layer {
  readonly className = 'Concatenate'

  constructor(options: LayerOptions = {}) {
    super('concatenate', options)
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const first = shapes[0]!
    const spatial = formatShape(first.slice(0, -1))
    if (shapes.length < 2 || shapes.some((s) => formatShape(s.slice(0, -1)) !== spatial || s.at(-1) === null)) {
      throw new ShapeError(
        this.name,
        `concatenate takes tensors that differ in channels only, got ${shapes.map(formatShape).join(' and ')}`,
      )
    }
    return [...first.slice(0, -1), shapes.reduce((sum, s) => sum + s.at(-1)!, 0)]
  }

  /** The kernel takes a handful of inputs at a time; more are joined in turns. */
  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const atOnce = concat.inputs.length
    let joined = [...inputs]
    while (joined.length > 1) joined = [graph.add(concat, joined.slice(0, atOnce), {}), ...joined.slice(atOnce)]
    return joined[0]!
  }
}
