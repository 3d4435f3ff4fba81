/**
 * The functional API: layers applied to symbolic tensors. A layer knows its output shape and its weights, and appends graph nodes
 * when a graph is built for a batch size. Nothing here needs a GPU.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { Parameter } from '../parameter.ts'
import type { KerasConfig, LayerOptions } from './config.ts'
import type { Initializer } from './initializers.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'

/** A shape with an unknown batch: null first. */
export type SymbolicShape = readonly (number | null)[]

/** The result of applying a layer: a shape, and how it came about. */
export interface SymbolicTensor {
  readonly shape: SymbolicShape
  readonly layer: Layer
  readonly inputs: readonly SymbolicTensor[]
}

/** What a layer may use while it appends its nodes. */
export interface EmitContext {
  readonly graph: Graph
  /** True in a training step: dropout drops, trainable batch normalisation would use batch statistics. */
  readonly training: boolean
  /** The step's random seed, a u32 tensor [1]; asked for only by layers that draw. */
  seed(): Node
}

const counters = new Map<string, number>()

/** `conv2d`, `conv2d_1`, ... as Keras counts them within one process. */
function autoName(base: string): string {
  const n = counters.get(base) ?? 0
  counters.set(base, n + 1)
  return n === 0 ? base : `${base}_${n}`
}

export abstract class Layer {
  /** Keras class name, such as `Conv2D`. */
  abstract readonly className: string
  readonly name: string
  readonly #weights: Parameter[] = []
  #trainable: boolean
  #builtFor: SymbolicShape | undefined

  /** @param base automatic name without its number */
  constructor(base: string, options: LayerOptions = {}) {
    this.name = options.name ?? autoName(base)
    this.#trainable = options.trainable ?? true
  }

  /** In Keras order; empty before the layer is applied for the first time. */
  get weights(): readonly Parameter[] {
    return this.#weights
  }

  get trainable(): boolean {
    return this.#trainable
  }

  /** Freezes or thaws the layer. A model must be compiled again afterwards, as in Keras. */
  set trainable(value: boolean) {
    this.#trainable = value
    this.weights.forEach((w) => (w.trainable = value && !this.isStatistic(w.name)))
  }

  /** Whether the layer takes several tensors. */
  protected readonly merges: boolean = false

  /** Output shape for input shapes. @throws ShapeError */
  abstract outputShape(shapes: readonly SymbolicShape[]): SymbolicShape
  /** Appends this layer's nodes for one batch. Inputs have full shapes. */
  abstract emit(c: EmitContext, inputs: readonly Node[]): Node

  /** The layer's config in Keras 3's dialect, by Keras's keys. @throws ArgumentError for what Keras has no layer for */
  getConfig(): KerasConfig {
    return { name: this.name, trainable: this.trainable }
  }

  /** The config and what Keras 3 puts around it, but for how the layer is connected. @throws ArgumentError as getConfig */
  serialize(): KerasConfig {
    return { module: 'keras.layers', class_name: this.className, config: this.getConfig(), registered_name: null }
  }

  /** Creates the weights, once, when the input shape is known. */
  protected build(_shape: SymbolicShape): void {}

  /** Weights that no optimizer touches, whatever `trainable` says. */
  protected isStatistic(_name: string): boolean {
    return false
  }

  protected addWeight(name: string, shape: Shape, initializer: Initializer): Parameter {
    const p = new Parameter(this.name, name, initializer(shape, `${this.name}/${name}`), this.trainable && !this.isStatistic(name))
    this.#weights.push(p)
    return p
  }

  /** Weight by Keras name, or undefined where the layer has none of that name (no bias, scale=false). */
  protected weight(name: string): Parameter | undefined {
    return this.weights.find((w) => w.name === name)
  }

  /**
   * Applies the layer to one tensor, or to several where the layer merges them.
   * @throws ShapeError when the input's shape does not fit the layer, or the weights it already has; ArgumentError for several tensors where
   * the layer takes one, or none.
   */
  apply(input: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    const inputs = Array.isArray(input) ? (input as readonly SymbolicTensor[]) : [input as SymbolicTensor]
    const shapes = inputs.map((t) => t.shape)
    const first = shapes[0]
    if (!first) throw new ArgumentError(this.name, 'a layer must be applied to at least one tensor, got none')
    if (shapes.length > 1 && !this.merges)
      throw new ArgumentError(this.name, `a layer that does not merge must be applied to one tensor, got ${shapes.length}`)
    const shape = this.outputShape(shapes)
    if (!this.#builtFor) {
      this.build(first)
      this.#builtFor = first
    } else if (this.weights.length && this.#builtFor.at(-1) !== first.at(-1)) {
      throw new ShapeError(
        this.name,
        `a shared layer must see the channels it was built for, got ${formatShape(first)} and ${formatShape(this.#builtFor)}`,
      )
    }
    return { shape, layer: this, inputs }
  }

  /** Number of elements of all weights. */
  countParams(): number {
    return this.weights.reduce((n, w) => n + sizeOf(w.shape), 0)
  }
}

/** Channels of a symbolic shape. @throws ShapeError unless the rank is as wanted and all sizes but the batch are known. */
export function knownShape(where: string, shape: SymbolicShape | undefined, rank: number): number[] {
  const known = shape?.slice(1)
  if (!known || shape!.length !== rank || known.some((d) => d === null)) {
    throw new ShapeError(where, `input must have rank ${rank} with known sizes, got ${formatShape(shape)}`)
  }
  return known as number[]
}

/** @throws ArgumentError unless an axis, the batch counted, is the last of a shape. */
export function checkLastAxis(where: string, axis: number, shape: SymbolicShape): void {
  if (axis === -1 || axis === shape.length - 1) return
  throw new ArgumentError(where, `axis must be the last one, -1 or ${shape.length - 1}, got ${axis}`)
}
