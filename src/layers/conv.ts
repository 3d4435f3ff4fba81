/** Convolutions. Options and defaults are Keras's. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { conv2d as conv2dOp } from '../kernels/conv2d/conv2d.ts'
import { conv2dTranspose as conv2dTransposeOp, transposedWindow, type TransposedWindow } from '../kernels/conv2d/transpose.ts'
import { depthwiseConv2d as depthwiseConv2dOp } from '../kernels/depthwise_conv2d/depthwise_conv2d.ts'
import { formatShape, sizeOf, window2d, type Padding } from '../shape.ts'
import { activate } from './activations.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import {
  checkCount,
  checkPadding,
  KernelLayer,
  kerasPadding,
  kernelOptions,
  pair,
  type KernelOptions,
  type Pair,
} from './kernel_options.ts'
import { knownShape, type EmitContext, type SymbolicShape } from './layer.ts'

interface WindowOptions extends KernelOptions {
  /** R and S, or one number for both. */
  kernelSize: Pair
  /** Default 1. */
  strides?: Pair
  /** Default `valid`. */
  padding?: Padding
  /** Steps from a tap of the filter to the next. Default 1; excludes strides above 1, as in Keras. */
  dilationRate?: Pair
}

/** A layer that slides a window. */
abstract class WindowLayer extends KernelLayer {
  readonly kernelSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly dilationRate: readonly [number, number]

  constructor(base: string, options: WindowOptions) {
    super(base, options)
    this.kernelSize = pair(this.name, 'kernelSize', options.kernelSize)
    this.strides = pair(this.name, 'strides', options.strides ?? 1)
    this.padding = checkPadding(this.name, options.padding)
    this.dilationRate = pair(this.name, 'dilationRate', options.dilationRate ?? 1)
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1) {
      const got = `${formatShape(this.strides)} and ${formatShape(this.dilationRate)}`
      throw new ArgumentError(this.name, `strides and dilationRate must not both exceed 1, got ${got}`)
    }
  }

  /** Rows and columns that the filter reaches over. */
  protected get reach(): [number, number] {
    return this.kernelSize.map((taps, i) => (taps - 1) * this.dilationRate[i]! + 1) as [number, number]
  }

  /** What the op is told of the window, beside its padding. */
  get steps(): { strides: readonly [number, number]; dilations?: readonly [number, number] } {
    const { strides, dilationRate: dilations } = this
    return Math.max(...dilations) > 1 ? { strides, dilations } : { strides }
  }

  protected window(x: SymbolicShape | undefined): { P: number; Q: number } {
    const [H, W] = knownShape(this.name, x, 4) as [number, number]
    return window2d(this.name, [H, W], this.reach, this.strides, this.padding)
  }

  override getConfig(): KerasConfig {
    const { kernelSize: kernel_size, strides, dilationRate: dilation_rate } = this
    return { ...super.getConfig(), kernel_size, strides, padding: kerasPadding(this.name, this.padding), dilation_rate }
  }
}

/** The window of a config. */
function windowOptions(c: LayerConfig): WindowOptions {
  c.channelsLast()
  const rows = c.value('nb_row') // Keras 1
  const kernelSize = rows === undefined ? c.pair(['kernel_size']) : ([c.number(['nb_row']), c.number(['nb_col'])] as const)
  const [strides, dilationRate] = [c.pair(['strides', 'subsample'], [1, 1]), c.pair(['dilation_rate', 'atrous_rate'], [1, 1])]
  return { ...kernelOptions(c), kernelSize, strides, dilationRate, padding: c.padding() }
}

export interface Conv2DOptions extends WindowOptions {
  /** Output channels K. */
  filters: number
  /** Default 1. Must divide both input channels and filters. */
  groups?: number
}

/** 2-D convolution: x [N,H,W,C], kernel [R,S,C/groups,K] -> [N,P,Q,K]. */
export class Conv2D extends WindowLayer {
  readonly className = 'Conv2D'
  readonly filters: number
  readonly groups: number

  constructor(options: Conv2DOptions) {
    super('conv2d', options)
    this.filters = checkCount(this.name, 'filters', options.filters)
    this.groups = checkCount(this.name, 'groups', options.groups ?? 1)
  }

  static fromConfig(c: LayerConfig): Conv2D {
    return new Conv2D({ ...windowOptions(c), filters: c.number(['filters', 'nb_filter']), groups: c.number(['groups'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), filters: this.filters, groups: this.groups }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const C = knownShape(this.name, x, 4)[2]!
    if (C % this.groups || this.filters % this.groups) {
      throw new ShapeError(
        this.name,
        `groups must divide channels and filters, got ${this.groups} groups, ${C} channels and ${this.filters} filters`,
      )
    }
    const { P, Q } = this.window(x)
    return [null, P, Q, this.filters]
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', [...this.kernelSize, (shape[3] as number) / this.groups, this.filters], this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const [w, b] = this.weights.map((p) => graph.parameter(p))
    const { steps, padding, groups } = this
    const y = graph.add(conv2dOp, [x, w, b, undefined], { ...steps, padding, groups, activation: 'linear' })
    return activate(graph, y, this.activation)
  }
}

type Kind = 'Initializer' | 'Regularizer' | 'Constraint'

/** What is asked for the kernels of a layer that calls them otherwise: by those names, or of all as of `kernel`. */
function renamed<O extends WindowOptions>(options: O, ...names: readonly string[]): O {
  const { kernelInitializer: Initializer, kernelRegularizer: Regularizer, kernelConstraint: Constraint, ...others } = options
  const given = Object.entries({ Initializer, Regularizer, Constraint }).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(names.flatMap((name) => given.map(([kind, value]) => [name + kind, value]))), ...others } as unknown as O
}

/** Options of the weights that Keras calls so. */
type OptionsOf<Name extends string> = { [K in Kind as `${Name}${K}`]?: KernelOptions[`kernel${K}`] }

export interface DepthwiseConv2DOptions extends WindowOptions, OptionsOf<'depthwise'> {
  /** Filters M of each input channel. Default 1. */
  depthMultiplier?: number
}

/** The filters of each channel: w [R,S,C,M] is [R,S,C*M] as it lies in memory, which is what the kernel takes. */
function depthwise({ graph }: EmitContext, x: Node, w: Node, b: Node | undefined, layer: WindowLayer): Node {
  const { steps, padding } = layer
  const flat = graph.view(w, [...layer.kernelSize, sizeOf(w.shape.slice(2))])
  return graph.add(depthwiseConv2dOp, [x, flat, b, undefined], { ...steps, padding, activation: 'linear' })
}

/** Every channel by itself: x [N,H,W,C], kernel [R,S,C,M] -> [N,P,Q,C*M]. */
export class DepthwiseConv2D extends WindowLayer {
  readonly className = 'DepthwiseConv2D'
  readonly depthMultiplier: number

  constructor(options: DepthwiseConv2DOptions) {
    super('depthwise_conv2d', renamed(options, 'depthwise'))
    this.depthMultiplier = checkCount(this.name, 'depthMultiplier', options.depthMultiplier ?? 1)
  }

  protected override ruleName(name: string): string {
    return name === 'kernel' ? 'depthwise' : name
  }

  static fromConfig(c: LayerConfig): DepthwiseConv2D {
    return new DepthwiseConv2D({ ...windowOptions(c), depthMultiplier: c.number(['depth_multiplier'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), depth_multiplier: this.depthMultiplier }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const { P, Q } = this.window(x)
    return [null, P, Q, (x![3] as number) * this.depthMultiplier]
  }

  protected override build(shape: SymbolicShape): void {
    const C = shape[3] as number
    this.addWeight('kernel', [...this.kernelSize, C, this.depthMultiplier], this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [C * this.depthMultiplier], this.biasInitializer)
  }

  override emit(c: EmitContext, [x]: readonly Node[]): Node {
    const [w, b] = this.weights.map((p) => c.graph.parameter(p))
    return activate(c.graph, depthwise(c, x!, w!, b, this), this.activation)
  }
}

export interface SeparableConv2DOptions extends DepthwiseConv2DOptions, OptionsOf<'pointwise'> {
  /** Output channels K. */
  filters: number
}

/** A depthwise convolution, then a 1x1 convolution: x [N,H,W,C], kernels [R,S,C,M] and [1,1,C*M,K] -> [N,P,Q,K]. */
export class SeparableConv2D extends WindowLayer {
  readonly className = 'SeparableConv2D'
  readonly filters: number
  readonly depthMultiplier: number

  constructor(options: SeparableConv2DOptions) {
    super('separable_conv2d', renamed(options, 'depthwise', 'pointwise'))
    this.filters = checkCount(this.name, 'filters', options.filters)
    this.depthMultiplier = checkCount(this.name, 'depthMultiplier', options.depthMultiplier ?? 1)
  }

  static fromConfig(c: LayerConfig): SeparableConv2D {
    const filters = c.number(['filters', 'nb_filter'])
    return new SeparableConv2D({ ...windowOptions(c), filters, depthMultiplier: c.number(['depth_multiplier'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), filters: this.filters, depth_multiplier: this.depthMultiplier }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const { P, Q } = this.window(x)
    return [null, P, Q, this.filters]
  }

  protected override build(shape: SymbolicShape): void {
    const C = shape[3] as number
    this.addWeight('depthwise_kernel', [...this.kernelSize, C, this.depthMultiplier], this.kernelInitializer)
    this.addWeight('pointwise_kernel', [1, 1, C * this.depthMultiplier, this.filters], this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  override emit(c: EmitContext, [x]: readonly Node[]): Node {
    const [w, pointwise, b] = this.weights.map((p) => c.graph.parameter(p))
    const deep = depthwise(c, x!, w!, undefined, this)
    const attrs = { strides: [1, 1], padding: 'valid', groups: 1, activation: 'linear' } as const
    return activate(c.graph, c.graph.add(conv2dOp, [deep, pointwise, b, undefined], attrs), this.activation)
  }
}

export interface Conv2DTransposeOptions extends WindowOptions {
  /** Output channels K. */
  filters: number
  padding?: 'same' | 'valid'
  /** Rows and columns added at the end, below the strides. Default: what gives H * stride with `same`, the least with `valid`. */
  outputPadding?: Pair
}

/** Transposed convolution: x [N,H,W,C], kernel [R,S,K,C] -> [N,P,Q,K]. */
export class Conv2DTranspose extends WindowLayer {
  readonly className = 'Conv2DTranspose'
  readonly filters: number
  readonly outputPadding: readonly [number, number] | undefined
  /** The output shape that Keras 1 wants to be told. */
  #declared: SymbolicShape | undefined

  constructor(options: Conv2DTransposeOptions) {
    super('conv2d_transpose', options)
    this.filters = checkCount(this.name, 'filters', options.filters)
    const { outputPadding: extra } = options
    this.outputPadding = typeof extra === 'number' ? [extra, extra] : extra
    if (typeof this.padding !== 'string')
      throw new ArgumentError(this.name, `padding must be same or valid, got ${formatShape(this.padding)}`)
  }

  static fromConfig(c: LayerConfig): Conv2DTranspose {
    const window = windowOptions(c)
    const options = { ...window, padding: window.padding as 'same' | 'valid', filters: c.number(['filters', 'nb_filter']) }
    const layer = new Conv2DTranspose(
      c.value('output_padding') === undefined ? options : { ...options, outputPadding: c.pair(['output_padding']) },
    )
    const declared = c.value('output_shape')
    if (Array.isArray(declared)) layer.#declared = [null, ...(declared.slice(1) as number[])]
    return layer
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), filters: this.filters, output_padding: this.outputPadding ?? null }
  }

  get #window(): TransposedWindow {
    return { strides: this.strides, padding: this.padding as 'same' | 'valid', outputPadding: this.outputPadding }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W] = knownShape(this.name, x, 4) as [number, number]
    const { P, Q } = transposedWindow(this.name, [H, W], this.reach, this.#window)
    const shape = [null, P, Q, this.filters]
    if (this.#declared && formatShape(this.#declared) !== formatShape(shape)) {
      const rule = 'output_shape must be what strides and padding give'
      throw new ShapeError(this.name, `${rule}, got ${formatShape(this.#declared)} and ${formatShape(shape)}`)
    }
    return shape
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', [...this.kernelSize, this.filters, shape[3] as number], this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const [w, b] = this.weights.map((p) => graph.parameter(p))
    const [H, W] = x!.shape.slice(1) as [number, number]
    const { P, Q, top, left } = transposedWindow(this.name, [H, W], this.reach, this.#window)
    const attrs = { ...this.steps, groups: 1, size: [P, Q], cut: [top, left], activation: 'linear' } as const
    return activate(graph, graph.add(conv2dTransposeOp, [x, w, b], attrs), this.activation)
  }
}
