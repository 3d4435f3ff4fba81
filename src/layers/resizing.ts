/** Layers that resize pictures. */
import { ArgumentError } from '../errors.ts'
import { Graph, type Node } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import { Constants } from './constants.ts'
import type { Pair } from './kernel_options.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { checkInterpolation, checkResize, KERAS_INTERPOLATIONS, resize, type Interpolation, type Resize } from './resize.ts'
import { dimsOf, Space, spaceOptions, windowOf, type Dims, type Picture, type SpaceOptions } from './space.ts'

/** The interpolation of a config, of those that Keras has. */
function interpolationOf(c: LayerConfig, fallback: Interpolation): (typeof KERAS_INTERPOLATIONS)[number] {
  c.only('interpolation', ...KERAS_INTERPOLATIONS)
  return (c.value('interpolation') ?? fallback) as (typeof KERAS_INTERPOLATIONS)[number]
}

/** As Keras 3 calls it. @throws ArgumentError for the ones that it no longer has */
function savedInterpolation(layer: string, given: Interpolation): string {
  if (!(KERAS_INTERPOLATIONS as readonly string[]).includes(given))
    throw new ArgumentError(layer, `an interpolation must be one of Keras to be saved, got ${given}`)
  return given
}

/** A layer that makes pictures of another size. */
abstract class Resizer extends Layer {
  abstract override readonly space: Space
  readonly #constants = new Constants(this.name)

  override get constants(): readonly Parameter[] {
    return this.#constants.parameters
  }

  /** How a picture of this size is resized. */
  protected abstract resize(rows: number, columns: number): Resize

  /** Where the input's size is open, its weights are made when it is known. */
  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = this.space.picture(x)
    const how = this.resize(H, W)
    if (!Number.isNaN(H * W)) this.#resized(new Graph(), [H, W, C], how)
    return this.space.shape([how.height, how.width, C])
  }

  #resized(graph: Graph, [H, W, C]: Picture, how: Resize): void {
    resize(graph, this.#constants, graph.input('x', [1, H, W, C]), how)
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return this.space.on(graph, inputs[0]!, (x) => {
      const [, H, W] = x.shape as [number, number, number]
      return resize(graph, this.#constants, x, this.resize(H, W))
    })
  }
}

export interface ResizingOptions extends SpaceOptions {
  height: number
  width: number
  /**
   * `bilinear`, `nearest`, `bicubic` (Keys, a = -0.5), `lanczos3` and `lanczos5` have half-pixel centres and the weights of Keras's JAX backend; `area`,
   * which Keras has with TensorFlow only, means of what a pixel covers; `bilinearLegacy` is TF1's `resize_images`, `bilinearCorners` that with
   * align_corners=True. Default `bilinear`.
   */
  interpolation?: Interpolation
  /** Where pixels become fewer, all of them count: the filter is as wide as a pixel of the result. Not for `nearest` and `area`. Default false. */
  antialias?: boolean
  /** Cut the picture to the shape of the result first, around its middle, so that nothing is distorted. Default false. */
  cropToAspectRatio?: boolean
  /** Fill it up to the shape of the result first, evenly on both sides. Default false. */
  padToAspectRatio?: boolean
  /** What it is filled up with. Default 0. */
  fillValue?: number
}

/** [N,H,W,C] -> [N,height,width,C]. */
export class Resizing extends Resizer {
  readonly className = 'Resizing'
  override readonly space: Space
  readonly #how: Required<Resize>

  constructor(options: ResizingOptions) {
    super('resizing', options)
    this.space = new Space(this.name, 2, options)
    const { height, width, interpolation = 'bilinear', antialias = false, fillValue = 0 } = options
    const { cropToAspectRatio = false, padToAspectRatio = false } = options
    this.#how = { height, width, interpolation, antialias, cropToAspectRatio, padToAspectRatio, fillValue }
    checkResize(this.name, this.#how)
  }

  static fromConfig(c: LayerConfig): Resizing {
    c.only('fill_mode', 'constant')
    const [cropToAspectRatio, padToAspectRatio] = [c.flag('crop_to_aspect_ratio', false), c.flag('pad_to_aspect_ratio', false)]
    if (cropToAspectRatio && padToAspectRatio)
      throw c.refuse('only one of crop_to_aspect_ratio and pad_to_aspect_ratio may be true', [true, true])
    return new Resizing({
      ...{ ...spaceOptions(c), height: c.number(['height']), width: c.number(['width']), interpolation: interpolationOf(c, 'bilinear') },
      ...{ antialias: c.flag('antialias', false), cropToAspectRatio, padToAspectRatio, fillValue: c.number(['fill_value'], 0) },
    })
  }

  override getConfig(): KerasConfig {
    const { height, width, antialias, fillValue } = this.#how
    return {
      ...{ ...super.getConfig(), ...this.space.config(), height, width, antialias, fill_mode: 'constant', fill_value: fillValue },
      interpolation: savedInterpolation(this.name, this.#how.interpolation),
      crop_to_aspect_ratio: this.#how.cropToAspectRatio,
      pad_to_aspect_ratio: this.#how.padToAspectRatio,
    }
  }

  get height(): number {
    return this.#how.height
  }

  get width(): number {
    return this.#how.width
  }

  get interpolation(): Interpolation {
    return this.#how.interpolation
  }

  protected override resize(): Resize {
    return this.#how
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
   * As of Resizing. `bilinearLegacy` samples pixels by their corners, as Keras 2.2 and 2.3 do, and tf.keras up to 1.14. Default `nearest`.
   */
  interpolation?: Interpolation
}

/** Height and width times whole numbers: [N,H,W,C] -> [N,H*size,W*size,C]; of sequences [N,W,C] -> [N,W*size,C], always `nearest`. */
export class UpSampling extends Resizer {
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

  protected override resize(rows: number, columns: number): Resize {
    return { height: rows * this.size[0], width: columns * this.size[1], interpolation: this.interpolation }
  }
}
