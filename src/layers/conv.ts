/** Layers with kernels: Conv2D and Dense. Options and defaults are Keras's. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { conv2d as conv2dOp } from '../kernels/conv2d.ts'
import { dense as denseOp } from '../kernels/dense.ts'
import { formatShape, window2d, type Padding } from '../shape.ts'
import { activate, checkActivation, type Activation } from './activations.ts'
import { initializer, zeros, type Initializer, type InitializerName } from './initializers.ts'
import { knownShape, Layer, type EmitContext, type LayerOptions, type SymbolicShape } from './layer.ts'

interface KernelOptions extends LayerOptions {
  /** Default `linear`. */
  activation?: Activation
  /** Default true. */
  useBias?: boolean
  /** Default `glorotUniform` with seed 0. */
  kernelInitializer?: Initializer | InitializerName
}

export type Pair = number | readonly [number, number]

/** Two positive whole numbers from one or two. @throws ArgumentError */
export function pair(layer: string, what: string, value: Pair): [number, number] {
  const [a, b] = typeof value === 'number' ? [value, value] : value
  if (!Number.isInteger(a) || !Number.isInteger(b) || a < 1 || b < 1) {
    throw new ArgumentError(layer, `${what} must be one or two positive whole numbers, got ${String(value)}`)
  }
  return [a, b]
}

/** @throws ArgumentError unless it is same, valid or four counts. */
export function checkPadding(layer: string, padding: Padding | undefined): Padding {
  const p = padding ?? 'valid'
  const counts = Array.isArray(p) && p.length === 4 && p.every((n) => Number.isInteger(n) && n >= 0)
  if (p !== 'same' && p !== 'valid' && !counts) {
    throw new ArgumentError(layer, `padding must be same, valid or [top,left,bottom,right], got ${String(padding)}`)
  }
  return p
}

function checkCount(layer: string, what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw new ArgumentError(layer, `${what} must be a positive whole number, got ${value}`)
  return value
}

export interface Conv2DOptions extends KernelOptions {
  /** Output channels K. */
  filters: number
  /** R and S, or one number for both. */
  kernelSize: Pair
  /** Default 1. */
  strides?: Pair
  /** Default `valid`. */
  padding?: Padding
  /** Default 1. Must divide both input channels and filters. */
  groups?: number
}

/** 2-D convolution: x [N,H,W,C], kernel [R,S,C/groups,K] -> [N,P,Q,K]. */
export class Conv2D extends Layer {
  readonly className = 'Conv2D'
  readonly filters: number
  readonly kernelSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly groups: number
  readonly activation: Activation
  readonly useBias: boolean
  readonly #init: Initializer

  constructor(options: Conv2DOptions) {
    super('conv2d', options)
    this.filters = checkCount(this.name, 'filters', options.filters)
    this.kernelSize = pair(this.name, 'kernelSize', options.kernelSize)
    this.strides = pair(this.name, 'strides', options.strides ?? 1)
    this.padding = checkPadding(this.name, options.padding)
    this.groups = checkCount(this.name, 'groups', options.groups ?? 1)
    this.activation = checkActivation(this.name, options.activation)
    this.useBias = options.useBias ?? true
    this.#init = initializer(this.name, options.kernelInitializer ?? 'glorotUniform')
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = knownShape(this.name, x, 4) as [number, number, number]
    if (C % this.groups || this.filters % this.groups) {
      throw new ShapeError(
        this.name,
        `groups must divide channels and filters, got ${this.groups} groups, ${C} channels and ${this.filters} filters`,
      )
    }
    const { P, Q } = window2d(this.name, [H, W], this.kernelSize, this.strides, this.padding)
    return [null, P, Q, this.filters]
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', [...this.kernelSize, (shape[3] as number) / this.groups, this.filters], this.#init)
    if (this.useBias) this.addWeight('bias', [this.filters], zeros())
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const [w, b] = this.weights.map((p) => graph.parameter(p))
    const { strides, padding, groups } = this
    const y = graph.add(conv2dOp, [x, w, b, undefined], { strides, padding, groups, activation: 'linear' })
    return activate(graph, y, this.activation)
  }
}

export interface DenseOptions extends KernelOptions {
  /** Output features K. */
  units: number
}

/** Fully connected: x [N,C], kernel [C,K] -> [N,K]. */
export class Dense extends Layer {
  readonly className = 'Dense'
  readonly units: number
  readonly activation: Activation
  readonly useBias: boolean
  readonly #init: Initializer

  constructor(options: DenseOptions) {
    super('dense', options)
    this.units = checkCount(this.name, 'units', options.units)
    this.activation = checkActivation(this.name, options.activation)
    this.useBias = options.useBias ?? true
    this.#init = initializer(this.name, options.kernelInitializer ?? 'glorotUniform')
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (x?.length !== 2) throw new ShapeError(this.name, `dense takes rank 2 (flatten or pool images first), got ${formatShape(x)}`)
    knownShape(this.name, x, 2)
    return [null, this.units]
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', [shape[1] as number, this.units], this.#init)
    if (this.useBias) this.addWeight('bias', [this.units], zeros())
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const [w, b] = this.weights.map((p) => graph.parameter(p))
    return activate(graph, graph.add(denseOp, [x, w, b, undefined], { activation: 'linear' }), this.activation)
  }
}
