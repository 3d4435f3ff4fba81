/** Depthwise and separable convolutions. Options and defaults are Keras's. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { conv2d as conv2dOp } from '../kernels/conv2d/conv2d.ts'
import { depthwiseConv2d as depthwiseConv2dOp } from '../kernels/depthwise_conv2d/depthwise_conv2d.ts'
import { sizeOf } from '../shape.ts'
import type { KerasConfig, LayerConfig, MakeLayer } from './config.ts'
import { checkCount } from './kernel_options.ts'
import type { SymbolicShape } from './layer.ts'
import { dimsOf, type Dims, type Picture } from './space.ts'
import {
  renamed,
  WindowLayer,
  windowOptions,
  type CausalWindow,
  type OnSequences,
  type OptionsOf,
  type SequenceWindow,
  type WindowOptions,
} from './window_layer.ts'

export interface DepthwiseConv2DOptions extends WindowOptions, OptionsOf<'depthwise'> {
  /** Filters M of each input channel. Default 1. */
  depthMultiplier?: number
}

export type DepthwiseConv1DOptions = OnSequences<DepthwiseConv2DOptions, SequenceWindow>

/** The filters of each channel: w [R,S,C,M] is [R,S,C*M] as it lies in memory, which is what the kernel takes. */
function depthwise(graph: Graph, x: Node, w: Node, b: Node | undefined, layer: WindowLayer): Node {
  const { steps, padding } = layer
  const flat = graph.view(w, [...layer.kernelSize, sizeOf(w.shape.slice(2))])
  return graph.add(depthwiseConv2dOp, [x, flat, b, undefined], { ...steps, padding, activation: 'linear' })
}

/** Every channel by itself: x [N,H,W,C], kernel [R,S,C,M] -> [N,P,Q,C*M]; of sequences x [N,W,C], kernel [S,C,M] -> [N,Q,C*M]. */
export class DepthwiseConv extends WindowLayer {
  readonly className: 'DepthwiseConv1D' | 'DepthwiseConv2D'
  readonly depthMultiplier: number

  constructor(dims: Dims, options: DepthwiseConv2DOptions | DepthwiseConv1DOptions) {
    super(`depthwise_conv${dims}d`, dims, renamed(options, 'depthwise'))
    this.className = `DepthwiseConv${dims}D`
    this.depthMultiplier = checkCount(this.name, 'depthMultiplier', options.depthMultiplier ?? 1)
  }

  protected override ruleName(name: string): string {
    return name === 'kernel' ? 'depthwise' : name
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): DepthwiseConv {
    return new DepthwiseConv(dimsOf(c), { ...windowOptions(c, make), depthMultiplier: c.number(['depth_multiplier'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), depth_multiplier: this.depthMultiplier }
  }

  protected override made(x: Picture): Picture {
    return this.window(x, x[2] * this.depthMultiplier)
  }

  protected override build(shape: SymbolicShape): void {
    const C = this.channelsOf(shape)
    this.addWeight('kernel', this.kernelShape(C, this.depthMultiplier), this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [C * this.depthMultiplier], this.biasInitializer)
  }

  protected override slide(graph: Graph, x: Node, [w, b]: readonly Node[]): Node {
    return depthwise(graph, x, w!, b, this)
  }
}

export interface SeparableConv2DOptions extends DepthwiseConv2DOptions, OptionsOf<'pointwise'> {
  /** Output channels K. */
  filters: number
}

export type SeparableConv1DOptions = OnSequences<SeparableConv2DOptions, CausalWindow>

/**
 * A depthwise convolution, then a 1x1 convolution: x [N,H,W,C], kernels [R,S,C,M] and [1,1,C*M,K] -> [N,P,Q,K]; of sequences x [N,W,C],
 * kernels [S,C,M] and [1,C*M,K] -> [N,Q,K]. Keras 3 has no `causal` here: it can be read from files of Keras 2, and not be saved.
 */
export class SeparableConv extends WindowLayer {
  readonly className: 'SeparableConv1D' | 'SeparableConv2D'
  readonly filters: number
  readonly depthMultiplier: number

  constructor(dims: Dims, options: SeparableConv2DOptions | SeparableConv1DOptions) {
    super(`separable_conv${dims}d`, dims, renamed(options, 'depthwise', 'pointwise'), true)
    this.className = `SeparableConv${dims}D`
    this.filters = checkCount(this.name, 'filters', options.filters)
    this.depthMultiplier = checkCount(this.name, 'depthMultiplier', options.depthMultiplier ?? 1)
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): SeparableConv {
    const filters = c.number(['filters', 'nb_filter'])
    return new SeparableConv(dimsOf(c), { ...windowOptions(c, make, true), filters, depthMultiplier: c.number(['depth_multiplier'], 1) })
  }

  override getConfig(): KerasConfig {
    if (this.causal)
      throw new ArgumentError(this.name, 'padding of SeparableConv1D must be same or valid to be saved for Keras 3, got causal')
    return { ...super.getConfig(), filters: this.filters, depth_multiplier: this.depthMultiplier }
  }

  protected override made(x: Picture): Picture {
    return this.window(x, this.filters)
  }

  protected override build(shape: SymbolicShape): void {
    const C = this.channelsOf(shape)
    this.addWeight('depthwise_kernel', this.kernelShape(C, this.depthMultiplier), this.kernelInitializer)
    this.addWeight('pointwise_kernel', [...this.space.kept([1, 1]), C * this.depthMultiplier, this.filters], this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  protected override slide(graph: Graph, x: Node, [w, pointwise, b]: readonly Node[]): Node {
    const deep = depthwise(graph, x, w!, undefined, this)
    const attrs = { strides: [1, 1], padding: 'valid', groups: 1, activation: 'linear' } as const
    return graph.add(conv2dOp, [deep, pointwise, b, undefined], attrs)
  }
}
