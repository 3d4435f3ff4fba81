/** Convolutions of pictures and sequences. Options and defaults are Keras's. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { conv2d as conv2dOp } from '../kernels/conv2d/conv2d.ts'
import { conv2dTranspose as conv2dTransposeOp, transposedWindow, type TransposedWindow } from '../kernels/conv2d/transpose.ts'
import { depthwiseConv2d as depthwiseConv2dOp } from '../kernels/depthwise_conv2d/depthwise_conv2d.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import { checkCount, type Pair } from './kernel_options.ts'
import type { SymbolicShape } from './layer.ts'
import { dimsOf, windowOf, type Dims, type Picture } from './space.ts'
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

export interface Conv2DOptions extends WindowOptions {
  /** Output channels K. */
  filters: number
  /** Default 1. Must divide both input channels and filters. */
  groups?: number
}

export type Conv1DOptions = OnSequences<Conv2DOptions, CausalWindow>

/** Convolution: x [N,H,W,C], kernel [R,S,C/groups,K] -> [N,P,Q,K]; of sequences x [N,W,C], kernel [S,C/groups,K] -> [N,Q,K]. */
export class Conv extends WindowLayer {
  readonly className: 'Conv1D' | 'Conv2D'
  readonly filters: number
  readonly groups: number

  constructor(dims: Dims, options: Conv2DOptions | Conv1DOptions) {
    super(`conv${dims}d`, dims, options, true)
    this.className = `Conv${dims}D`
    this.filters = checkCount(this.name, 'filters', options.filters)
    this.groups = checkCount(this.name, 'groups', options.groups ?? 1)
  }

  static fromConfig(c: LayerConfig): Conv {
    const filters = c.number(['filters', 'nb_filter'])
    return new Conv(dimsOf(c), { ...windowOptions(c, true), filters, groups: c.number(['groups'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), filters: this.filters, groups: this.groups }
  }

  protected override made(x: Picture): Picture {
    const C = x[2]
    if (C % this.groups || this.filters % this.groups) {
      throw new ShapeError(
        this.name,
        `groups must divide channels and filters, got ${this.groups} groups, ${C} channels and ${this.filters} filters`,
      )
    }
    return this.window(x, this.filters)
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', this.kernelShape(shape.at(-1)! / this.groups, this.filters), this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  protected override slide(graph: Graph, x: Node, [w, b]: readonly Node[]): Node {
    const { steps, padding, groups } = this
    return graph.add(conv2dOp, [x, w, b, undefined], { ...steps, padding, groups, activation: 'linear' })
  }
}

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

  static fromConfig(c: LayerConfig): DepthwiseConv {
    return new DepthwiseConv(dimsOf(c), { ...windowOptions(c), depthMultiplier: c.number(['depth_multiplier'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), depth_multiplier: this.depthMultiplier }
  }

  protected override made(x: Picture): Picture {
    return this.window(x, x[2] * this.depthMultiplier)
  }

  protected override build(shape: SymbolicShape): void {
    const C = shape.at(-1)!
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

  static fromConfig(c: LayerConfig): SeparableConv {
    const filters = c.number(['filters', 'nb_filter'])
    return new SeparableConv(dimsOf(c), { ...windowOptions(c, true), filters, depthMultiplier: c.number(['depth_multiplier'], 1) })
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
    const C = shape.at(-1)!
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

export interface Conv2DTransposeOptions extends WindowOptions {
  /** Output channels K. */
  filters: number
  padding?: 'same' | 'valid'
  /** Rows and columns added at the end, below the strides. Default: what gives H * stride with `same`, the least with `valid`. */
  outputPadding?: Pair
}

export type Conv1DTransposeOptions = Omit<OnSequences<Conv2DTransposeOptions, SequenceWindow>, 'outputPadding'> & {
  /** Steps added at the end, below the stride. Default: what gives W * stride with `same`, the least with `valid`. */
  outputPadding?: number
}

/** Transposed convolution: x [N,H,W,C], kernel [R,S,K,C] -> [N,P,Q,K]; of sequences x [N,W,C], kernel [S,K,C] -> [N,Q,K]. */
export class ConvTranspose extends WindowLayer {
  readonly className: 'Conv1DTranspose' | 'Conv2DTranspose'
  readonly filters: number
  readonly outputPadding: readonly [number, number] | undefined
  /** The output shape that Keras 1 wants to be told. */
  #declared: SymbolicShape | undefined

  constructor(dims: Dims, options: Conv2DTransposeOptions | Conv1DTransposeOptions) {
    super(`conv${dims}d_transpose`, dims, options)
    this.className = `Conv${dims}DTranspose`
    this.filters = checkCount(this.name, 'filters', options.filters)
    const { outputPadding: extra } = options
    this.outputPadding = typeof extra === 'number' ? [dims === 1 ? 0 : extra, extra] : extra
    if (typeof this.padding !== 'string')
      throw new ArgumentError(this.name, `padding must be same or valid, got ${formatShape(this.padding)}`)
  }

  static fromConfig(c: LayerConfig): ConvTranspose {
    const window = windowOptions(c)
    if (typeof window.padding !== 'string') {
      const { kernelSize: kernel_size, strides } = window
      throw c.refuse('padding same of the Theano backend must be with odd windows and strides of 1', { kernel_size, strides })
    }
    const options = { ...window, padding: window.padding, filters: c.number(['filters', 'nb_filter']) }
    const extra = c.value('output_padding') === undefined ? {} : { outputPadding: windowOf(c, ['output_padding']) }
    const layer = new ConvTranspose(dimsOf(c), { ...options, ...extra })
    const declared = c.value('output_shape')
    if (Array.isArray(declared)) layer.#declared = [null, ...(declared.slice(1) as number[])]
    return layer
  }

  override getConfig(): KerasConfig {
    const { outputPadding: extra, filters } = this
    return { ...super.getConfig(), filters, output_padding: extra ? this.space.kept(extra) : null }
  }

  get #window(): TransposedWindow {
    return { strides: this.strides, padding: this.padding as 'same' | 'valid', outputPadding: this.outputPadding }
  }

  protected override made([H, W]: Picture): Picture {
    const { P, Q } = transposedWindow(this.name, [H, W], this.reach, this.#window)
    const shape = this.space.shape([P, Q, this.filters])
    if (this.#declared && formatShape(this.#declared) !== formatShape(shape)) {
      const rule = 'output_shape must be what strides and padding give'
      throw new ShapeError(this.name, `${rule}, got ${formatShape(this.#declared)} and ${formatShape(shape)}`)
    }
    return [P, Q, this.filters]
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', this.kernelShape(this.filters, shape.at(-1)!), this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  protected override slide(graph: Graph, x: Node, [w, b]: readonly Node[]): Node {
    const [H, W] = x.shape.slice(1) as [number, number]
    const { P, Q, top, left } = transposedWindow(this.name, [H, W], this.reach, this.#window)
    const attrs = { ...this.steps, groups: 1, size: [P, Q], cut: [top, left], activation: 'linear' } as const
    return graph.add(conv2dTransposeOp, [x, w, b], attrs)
  }
}
