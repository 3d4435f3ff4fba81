/** Dropout, and what layers share that act while training only. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { DropoutAttrs } from '../kernels/dropout.ts'
import type { TrainingOps } from '../kernels/training.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { checkSeed, saltOf, seedOf } from './seeds.ts'

export interface NoiseOptions extends LayerOptions {
  /** A whole number; mixed into the seed of `fit`, which alone makes what is drawn the same again. Default: none. */
  seed?: number | null
}

/**
 * A layer that draws in a training step, and passes everything otherwise, and where it is frozen: a frozen trunk runs as it predicts, as Keras does for
 * one that is called with `training=False`.
 */
export abstract class Noise extends Layer {
  readonly seed: number | null

  constructor(base: string, options: NoiseOptions) {
    super(base, options)
    this.seed = checkSeed(this.name, options.seed)
  }

  /** Appends what is done to x with draws of this salt. */
  protected abstract disturb(graph: Graph, x: Node, seed: Node, salt: number, ops: TrainingOps): Node
  /** Nothing is done: then nothing is drawn. */
  protected abstract readonly silent: boolean

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    if (!c.training || !this.trainable || this.silent) return inputs[0]!
    const seed = c.seed()
    return this.disturb(c.graph, inputs[0]!, seed, saltOf(c.graph, this.seed), c.training)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), seed: this.seed }
  }
}

/** A layer that draws by a rate. */
export abstract class RateNoise extends Noise {
  readonly rate: number

  constructor(base: string, options: NoiseOptions & { rate: number }) {
    super(base, options)
    this.rate = options.rate
    if (!(this.rate >= 0 && this.rate < 1)) throw new ArgumentError(this.name, `rate must be in [0, 1), got ${this.rate}`)
  }

  protected get silent(): boolean {
    return this.rate === 0
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), rate: this.rate }
  }
}

/** Name, trainable, seed and rate of a config. */
export function rateOptions(c: LayerConfig): NoiseOptions & { rate: number } {
  return { ...c.options(), seed: seedOf(c), rate: c.number(['rate', 'p']) }
}

/** Keras's `noise_shape`: one draw for all values along the axes that are 1, which must lie side by side. null: the axis of x. */
type NoiseShape = readonly (number | null)[] | null

export function noiseShapeOf(c: LayerConfig): NoiseShape {
  const noiseShape = c.value('noise_shape') ?? null
  if (noiseShape !== null && !Array.isArray(noiseShape)) throw c.refuse('noise_shape must be a list', noiseShape)
  return noiseShape as NoiseShape
}

export type DropoutOptions = NoiseOptions & { rate: number; noiseShape?: NoiseShape }

/** Drops a share of the values while training and scales the rest up (inverted dropout). */
export class Dropout extends RateNoise {
  readonly className: string = 'Dropout'
  readonly noiseShape: NoiseShape

  constructor(options: DropoutOptions, base = 'dropout') {
    super(base, options)
    this.noiseShape = options.noiseShape ?? null
  }

  static fromConfig(c: LayerConfig): Dropout {
    return new Dropout({ ...rateOptions(c), noiseShape: noiseShapeOf(c) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), noise_shape: this.noiseShape }
  }

  /** What dropped values become, and the others. */
  protected get affine(): DropoutAttrs['affine'] {
    return undefined
  }

  protected override disturb(graph: Graph, x: Node, seed: Node, salt: number, { dropout }: TrainingOps): Node {
    const noise = this.noiseShape ? noiseOf(this.name, this.noiseShape, x.shape) : undefined
    return graph.add(dropout, [x, seed], { rate: this.rate, salt, ...(noise && { noise }), ...(this.affine && { affine: this.affine }) })
  }
}

/**
 * How many values share a draw, how far they lie apart, and how many draws a sample has.
 * @throws ShapeError for a noise shape that does not fit, ArgumentError for axes apart
 */
function noiseOf(name: string, noise: NonNullable<NoiseShape>, x: Shape): DropoutAttrs['noise'] {
  if (noise.length !== x.length || noise.some((d, i) => d !== null && d !== 1 && d !== x[i])) {
    throw new ShapeError(
      name,
      `noise shape must have 1, null or the size of x for each axis, got ${formatShape(noise)} and ${formatShape(x)}`,
    )
  }
  const shared = x.flatMap((size, i) => (noise[i] === 1 && size !== 1 ? [i] : []))
  const alike = noise[0] === 1
  if (!shared.length) return alike ? { shared: 1, inner: 1, each: 0 } : undefined
  const [first, last] = [shared[0]!, shared.at(-1)!]
  if (x.some((size, i) => i > first && i < last && size !== 1 && noise[i] !== 1))
    throw new ArgumentError(name, `axes that share a draw must lie side by side, got noise shape ${formatShape(noise)}`)
  const size = sizeOf(x.slice(first, last + 1))
  return { shared: size, inner: sizeOf(x.slice(last + 1)), each: alike ? 0 : sizeOf(x.slice(1)) / size }
}
