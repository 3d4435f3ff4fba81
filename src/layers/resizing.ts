/** Layers that resize pictures. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { resizeBilinear } from '../kernels/resize_bilinear.ts'
import { resizeNearest } from '../kernels/resize_nearest.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import type { Pair } from './kernel_options.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { dimsOf, Space, spaceOptions, windowOf, type Dims, type SpaceOptions } from './space.ts'

export const INTERPOLATIONS = ['bilinear', 'nearest', 'bilinearLegacy', 'bilinearCorners'] as const

export type Interpolation = (typeof INTERPOLATIONS)[number]

const MODES = { bilinear: 'halfPixel', bilinearLegacy: 'legacy', bilinearCorners: 'corners' } as const

/** [N,H,W,C] -> [N,height,width,C]. */
export function resize(graph: Graph, x: Node, height: number, width: number, interpolation: Interpolation): Node {
  if (interpolation === 'nearest') return graph.add(resizeNearest, [x], { height, width })
  return graph.add(resizeBilinear, [x], { height, width, mode: MODES[interpolation] })
}

/** The interpolation of a config, of those that Keras has and we do. */
function interpolationOf(c: LayerConfig, fallback: Interpolation): 'bilinear' | 'nearest' {
  c.only('interpolation', 'bilinear', 'nearest')
  return (c.value('interpolation') ?? fallback) as 'bilinear' | 'nearest'
}

/** @throws ArgumentError unless it is one of them */
function checkInterpolation(layer: string, given: Interpolation): void {
  if (INTERPOLATIONS.includes(given)) return
  throw new ArgumentError(layer, `interpolation must be one of ${INTERPOLATIONS.join(', ')}, got ${String(given)}`)
}

/** As Keras 3 calls it. @throws ArgumentError for the one that it no longer has */
function savedInterpolation(layer: string, given: Interpolation): string {
  if (given !== 'bilinear' && given !== 'nearest')
    throw new ArgumentError(layer, `an interpolation must be one of Keras to be saved, got ${given}`)
  return given
}

export interface ResizingOptions extends SpaceOptions {
  height: number
  width: number
  /**
   * `bilinear` and `nearest` have half-pixel centres (Keras Resizing, TF2); `bilinearLegacy` is TF1's `resize_images`, `bilinearCorners` that with align_corners=True. Default
   * `bilinear`.
   */
  interpolation?: Interpolation
}

/** [N,H,W,C] -> [N,height,width,C], without antialiasing. */
export class Resizing extends Layer {
  readonly className = 'Resizing'
  readonly height: number
  readonly width: number
  readonly interpolation: Interpolation
  override readonly space: Space

  constructor(options: ResizingOptions) {
    super('resizing', options)
    this.space = new Space(this.name, 2, options)
    const { height, width, interpolation = 'bilinear' } = options
    if (![height, width].every((n) => Number.isInteger(n) && n > 0)) {
      throw new ArgumentError(this.name, `height and width must be positive whole numbers, got ${height} and ${width}`)
    }
    checkInterpolation(this.name, interpolation)
    this.height = height
    this.width = width
    this.interpolation = interpolation
  }

  static fromConfig(c: LayerConfig): Resizing {
    for (const key of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']) c.only(key, false)
    const interpolation = interpolationOf(c, 'bilinear')
    return new Resizing({ ...spaceOptions(c), height: c.number(['height']), width: c.number(['width']), interpolation })
  }

  override getConfig(): KerasConfig {
    const { height, width } = this
    return {
      ...super.getConfig(),
      ...this.space.config(),
      height,
      width,
      interpolation: savedInterpolation(this.name, this.interpolation),
    }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return this.space.shape([this.height, this.width, this.space.picture(x)[2]])
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return this.space.on(graph, inputs[0]!, (x) => resize(graph, x, this.height, this.width, this.interpolation))
  }
}

/**
 * Which bilinear resize a config of UpSampling2D means. Keras 2.2 and 2.3 call TensorFlow 1's (`resize_images` of their tensorflow_backend), with Theano
 * another; tf.keras wrote the interpolation down from 1.15 on, when it had half-pixel centres. TensorFlow.js has corners to this day.
 */
function upSamplingOf(c: LayerConfig): Interpolation {
  const { theano, version } = c.origin
  if (theano) throw c.refuse('interpolation of the Theano backend must be nearest', 'bilinear')
  if (c.keras !== 2) return 'bilinear'
  if (version === undefined || /^2\.?$/.test(version)) {
    const rule = "the option kerasVersion must say which Keras 2 wrote interpolation bilinear, such as '2.2.4', '2.2.4-tf' or '2.15'"
    throw new ArgumentError(c.name, `${rule}, got ${version ?? 'none'}`)
  }
  return /^2\.[0-3](\.|$)|^tfjs-layers/.test(version) && !version.endsWith('-tf') ? 'bilinearLegacy' : 'bilinear'
}

export interface UpSampling2DOptions extends SpaceOptions {
  /** Factors for height and width. Default 2. */
  size?: Pair
  /**
   * `bilinear` has half-pixel centres; `bilinearLegacy` samples pixels by their corners, as Keras 2.2 and 2.3 do, and tf.keras up to 1.14. Default
   * `nearest`.
   */
  interpolation?: Interpolation
}

/** Height and width times whole numbers: [N,H,W,C] -> [N,H*size,W*size,C]; of sequences [N,W,C] -> [N,W*size,C], always `nearest`. */
export class UpSampling extends Layer {
  readonly className: `UpSampling${Dims}D`
  readonly size: readonly [number, number]
  readonly interpolation: Interpolation
  override readonly space: Space

  constructor(dims: Dims, options: UpSampling2DOptions = {}) {
    super(`up_sampling${dims}d`, options)
    this.className = `UpSampling${dims}D`
    this.space = new Space(this.name, dims, options)
    this.size = this.space.pair('size', options.size ?? 2)
    this.interpolation = options.interpolation ?? 'nearest'
    checkInterpolation(this.name, this.interpolation)
  }

  static fromConfig(c: LayerConfig): UpSampling {
    const size = windowOf(c, ['size', 'length'], 2)
    const given = interpolationOf(c, 'nearest')
    return new UpSampling(dimsOf(c), { ...spaceOptions(c), size, interpolation: given === 'bilinear' ? upSamplingOf(c) : given })
  }

  override getConfig(): KerasConfig {
    const { size } = this
    const interpolation = savedInterpolation(this.name, this.interpolation)
    const own = this.space.dims === 1 ? { size: size[1] } : { size, interpolation }
    return { ...super.getConfig(), ...this.space.config(this.space.dims === 2), ...own }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = this.space.picture(x)
    return this.space.shape([H * this.size[0], W * this.size[1], C])
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return this.space.on(graph, inputs[0]!, (x) => {
      const [, H, W] = x.shape as [number, number, number]
      return resize(graph, x, H * this.size[0], W * this.size[1], this.interpolation)
    })
  }
}
