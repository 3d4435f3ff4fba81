/** RandomCrop and CenterCrop: pictures of one size cut out of larger ones. */
import type { Graph, Node } from '../../graph/graph.ts'
import { pad } from '../../kernels/pad.ts'
import { resizeBilinear } from '../../kernels/resize_bilinear.ts'
import type { KerasConfig, LayerConfig } from '../config.ts'
import { checkCount } from '../kernel_options.ts'
import { Layer, type EmitContext, type SymbolicShape } from '../layer.ts'
import { Space, spaceOptions, type SpaceOptions } from '../space.ts'
import { Augmentation, augmentationOptions, type AugmentationOptions } from './augmentation.ts'
import { COPY, transformed } from './geometric.ts'

export interface CropOptions extends SpaceOptions {
  /** Of the result, in pixels. */
  height: number
  width: number
}

interface Size {
  readonly height: number
  readonly width: number
}

const sizeOf = ({ shape }: Node): Size => ({ height: shape[1]!, width: shape[2]! })

/** Rows and columns from a place on, as many as there are. */
function cut(graph: Graph, x: Node, top: number, left: number, { height, width }: Size): Node {
  const of = sizeOf(x)
  const [bottom, right] = [Math.max(0, of.height - top - height), Math.max(0, of.width - left - width)]
  if (!(top || left || bottom || right)) return x
  return graph.add(pad, [x], { padding: [-top, -left, -bottom, -right] })
}

/** Bilinear, where it is not of that size. */
function resized(graph: Graph, x: Node, { height, width }: Size): Node {
  const of = sizeOf(x)
  return of.height === height && of.width === width ? x : graph.add(resizeBilinear, [x], { height, width, mode: 'halfPixel' })
}

/** The largest part of a picture in the middle that has the proportions of a size. */
function largest({ height, width }: Size, to: Size): Size & { readonly top: number; readonly left: number } {
  const within = (least: number, most: number) => Math.max(Math.min(most, Math.floor(least)), 1)
  const part = { height: within((width * to.height) / to.width, height), width: within((height * to.width) / to.height, width) }
  return { ...part, top: Math.floor((height - part.height) / 2), left: Math.floor((width - part.width) / 2) }
}

/** Keras's `smart_resize`: the largest part with the right proportions, resized. */
function smartResized(graph: Graph, x: Node, size: Size): Node {
  const part = largest(sizeOf(x), size)
  return resized(graph, cut(graph, x, part.top, part.left, part), size)
}

const croppedShape = (space: Space, x: SymbolicShape | undefined, { height, width }: Size): SymbolicShape =>
  space.shape([height, width, space.picture(x)[2]])

/** [N,H,W,C] -> [N,height,width,C]: the middle; of smaller pictures the largest part with these proportions, resized. */
export class CenterCrop extends Layer {
  readonly className = 'CenterCrop'
  readonly height: number
  readonly width: number
  override readonly space: Space

  constructor(options: CropOptions) {
    super('center_crop', options)
    this.space = new Space(this.name, 2, options)
    this.height = checkCount(this.name, 'height', options.height)
    this.width = checkCount(this.name, 'width', options.width)
  }

  static fromConfig(c: LayerConfig): CenterCrop {
    return new CenterCrop({ ...spaceOptions(c), height: c.number(['height']), width: c.number(['width']) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), ...this.space.config(), height: this.height, width: this.width }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return croppedShape(this.space, x, this)
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return this.space.on(graph, inputs[0]!, (x) => {
      const [rows, columns] = [x.shape[1]! - this.height, x.shape[2]! - this.width]
      if (rows < 0 || columns < 0) return smartResized(graph, x, this)
      return cut(graph, x, Math.floor(rows / 2), Math.floor(columns / 2), this)
    })
  }
}

/**
 * [N,H,W,C] -> [N,height,width,C]: while training, a part of each sample anywhere in it. Otherwise the largest part with these proportions, resized, as
 * Keras says that it does (3.15 passes everything then, and what comes out has not the shape that the layer says).
 */
export class RandomCrop extends Augmentation {
  readonly className = 'RandomCrop'
  readonly height: number
  readonly width: number

  constructor(options: CropOptions & AugmentationOptions) {
    super('random_crop', options, ['height', 'width'])
    this.height = checkCount(this.name, 'height', options.height)
    this.width = checkCount(this.name, 'width', options.width)
  }

  static fromConfig(c: LayerConfig): RandomCrop {
    return new RandomCrop({ ...augmentationOptions(c), height: c.number(['height']), width: c.number(['width']) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), height: this.height, width: this.width }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return croppedShape(this.space, x, this)
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.space.on(c.graph, inputs[0]!, (x) => (c.augment ? this.augment(c, x) : smartResized(c.graph, x, this)))
  }

  protected override augment(c: EmitContext, x: Node): Node {
    const { height, width } = this
    const of = sizeOf(x)
    if (of.height <= height || of.width <= width) {
      // As Keras: from where the largest part begins, as much as there is.
      const { top, left } = largest(of, this)
      return resized(c.graph, cut(c.graph, x, top, left, this), this)
    }
    const places = this.draw(c, x, [0, of.height - height + 1], [0, of.width - width + 1])
    return transformed(c, x, places, { kind: 'crop' }, COPY, { height, width })
  }
}
