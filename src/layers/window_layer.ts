/** What convolutions share: the options of a window, and how it slides over pictures or sequences. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { formatShape, window2d, type Padding } from '../shape.ts'
import { activate, byValue } from './activations.ts'
import type { KerasConfig, LayerConfig, MakeLayer } from './config.ts'
import {
  checkPadding,
  halfBefore,
  KernelLayer,
  kerasPadding,
  kernelOptions,
  paddingOf,
  type KernelOptions,
  type Pair,
} from './kernel_options.ts'
import type { EmitContext, SymbolicShape } from './layer.ts'
import { dimsOf, formatOf, pairOf, Space, windowOf, type Dims, type Picture, type SpaceOptions } from './space.ts'

export interface WindowOptions extends KernelOptions, SpaceOptions {
  /** R and S, or one number for both. */
  kernelSize: Pair
  /** Default 1. */
  strides?: Pair
  /** Default `valid`. */
  padding?: Padding
  /** Steps from a tap of the filter to the next. Default 1; excludes strides above 1, as in Keras. */
  dilationRate?: Pair
}

/** The options that sequences have instead. */
export interface SequenceWindow {
  /** S. */
  kernelSize: number
  /** Default 1. */
  strides?: number
  /** Default `valid`. */
  padding?: 'same' | 'valid'
  /** Steps from a tap of the filter to the next. Default 1; excludes strides above 1, as in Keras. */
  dilationRate?: number
}

/** Of convolutions that can be causal. */
export interface CausalWindow extends Omit<SequenceWindow, 'padding'> {
  /** Default `valid`. `causal`: zeros before the first step alone, so that no output sees a later step. */
  padding?: 'same' | 'valid' | 'causal'
}

/** A layer's options for sequences, by those for pictures. */
export type OnSequences<O extends WindowOptions, W extends object> = Omit<O, keyof SequenceWindow> & W

/** What constructors take, for pictures and sequences. */
type AnyWindow = Omit<WindowOptions, 'padding'> & { padding?: Padding | 'causal' }

/** Rows and columns that a filter reaches over. */
const reachOf = (size: readonly [number, number], rate: readonly [number, number]): [number, number] =>
  size.map((taps, i) => (taps - 1) * rate[i]! + 1) as [number, number]

/** A layer that slides a window. */
export abstract class WindowLayer extends KernelLayer {
  readonly kernelSize: readonly [number, number]
  readonly strides: readonly [number, number]
  /** Zeros before the first step are [0,left,0,0], `causal` or not. */
  readonly padding: Padding
  readonly causal: boolean
  readonly dilationRate: readonly [number, number]
  override readonly space: Space

  /** @param causes whether sequences may be padded by `causal` */
  constructor(base: string, dims: Dims, options: AnyWindow, causes = false) {
    super(base, options)
    this.space = new Space(this.name, dims, options)
    this.kernelSize = this.space.pair('kernelSize', options.kernelSize)
    this.strides = this.space.pair('strides', options.strides ?? 1)
    this.dilationRate = this.space.pair('dilationRate', options.dilationRate ?? 1)
    this.causal = causes && dims === 1 && options.padding === 'causal'
    this.padding = this.causal ? [0, this.reach[1] - 1, 0, 0] : checkPadding(this.name, options.padding as Padding)
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1) {
      const got = `${formatShape(this.strides)} and ${formatShape(this.dilationRate)}`
      throw new ArgumentError(this.name, `strides and dilationRate must not both exceed 1, got ${got}`)
    }
  }

  protected get reach(): [number, number] {
    return reachOf(this.kernelSize, this.dilationRate)
  }

  /** What the op is told of the window, beside its padding. */
  get steps(): { strides: readonly [number, number]; dilations?: readonly [number, number] } {
    const { strides, dilationRate: dilations } = this
    return Math.max(...dilations) > 1 ? { strides, dilations } : { strides }
  }

  /** The picture that the window makes of one, with K channels. @throws ShapeError */
  protected window([H, W]: Picture, K: number): Picture {
    const { P, Q } = window2d(this.name, [H, W], this.reach, this.strides, this.padding)
    return [P, Q, K]
  }

  /** What is made of a picture. @throws ShapeError */
  protected abstract made(x: Picture): Picture
  /** Appends the op. @param weights in the layer's order, kernels as those of pictures */
  protected abstract slide(graph: Graph, x: Node, weights: readonly Node[]): Node

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return this.space.shape(this.made(this.space.picture(x)))
  }

  protected override channelsOf(x: SymbolicShape): number {
    return this.space.picture(x)[2]
  }

  /** The shape of a kernel: that of sequences has no rows. */
  protected kernelShape(...last: readonly number[]): number[] {
    return [...this.space.kept(this.kernelSize), ...last]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const weights = this.weights.map(({ shape }, i) => {
      const w = graph.parameter(this.weights[i]!)
      return shape.length === 3 ? graph.view(w, [1, ...shape]) : w
    })
    const { activation } = this
    const inside = byValue(activation) // where it may be fused; a softmax is over the last axis, be it the channels or not
    const y = this.space.on(graph, inputs[0]!, (x) => {
      const made = this.slide(graph, x, weights)
      return inside ? activate(graph, made, activation) : made
    })
    return inside ? y : activate(graph, y, activation)
  }

  override getConfig(): KerasConfig {
    const [kernel_size, strides, dilation_rate] = [this.kernelSize, this.strides, this.dilationRate].map((p) => this.space.kept(p))
    const padding = this.causal ? 'causal' : kerasPadding(this.name, this.padding)
    return { ...super.getConfig(), ...this.space.config(), kernel_size, strides, padding, dilation_rate }
  }
}

/** The window of a config. @param make of an activation that is a layer @param causes whether sequences may be padded by `causal` */
export function windowOptions(c: LayerConfig, make: MakeLayer, causes = false): WindowOptions {
  const rows = c.value('nb_row') // Keras 1
  const kernelSize =
    rows === undefined ? windowOf(c, ['kernel_size', 'filter_length']) : ([c.number(['nb_row']), c.number(['nb_col'])] as const)
  const strides = windowOf(c, ['strides', 'subsample', 'subsample_length'], 1)
  const dilationRate = windowOf(c, ['dilation_rate', 'atrous_rate'], 1)
  const also = causes && dimsOf(c) === 1 ? (['causal'] as const) : []
  const padding = paddingOf(c, reachOf(pairOf(kernelSize), pairOf(dilationRate)), pairOf(strides), halfBefore, also)
  return { ...kernelOptions(c, make), dataFormat: formatOf(c), kernelSize, strides, dilationRate, padding }
}

type Kind = 'Initializer' | 'Regularizer' | 'Constraint'

/** What is asked for the kernels of a layer that calls them otherwise: by those names, or of all as of `kernel`. */
export function renamed<O extends KernelOptions>(options: O, ...names: readonly string[]): O {
  const { kernelInitializer: Initializer, kernelRegularizer: Regularizer, kernelConstraint: Constraint, ...others } = options
  const given = Object.entries({ Initializer, Regularizer, Constraint }).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(names.flatMap((name) => given.map(([kind, value]) => [name + kind, value]))), ...others } as unknown as O
}

/** Options of the weights that Keras calls so. */
export type OptionsOf<Name extends string> = { [K in Kind as `${Name}${K}`]?: KernelOptions[`kernel${K}`] }
