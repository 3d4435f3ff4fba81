/** Normalization by statistics of the data. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { rescale } from '../kernels/rescale.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { alongSeveral, resolved, type Axes } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { ones, zeros } from './initializers.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

export interface NormalizationOptions extends LayerOptions {
  /** Known numbers instead of weights that a file brings: one, or one for each value along the axis where there is one. Both or none. */
  mean?: number | readonly number[]
  variance?: number | readonly number[]
  /** What has statistics of its own, the batch counted; [] or null: all values have the same. Default -1. */
  axis?: Axes | null
}

/** Channels that the kernel can scale by numbers. */
const MAX_NUMBERS = 4

/** Smallest standard deviation that is divided by, as in Keras. */
const MIN_DEVIATION = 1e-7

/** (x - mean) / sqrt(variance) along axes, with statistics of the data: weights from a file, or numbers. */
export class Normalization extends Layer {
  readonly className = 'Normalization'
  readonly mean: number | readonly number[] | undefined
  readonly variance: number | readonly number[] | undefined
  readonly axis: readonly number[]

  constructor(options: NormalizationOptions = {}) {
    super('normalization', options)
    this.mean = options.mean
    this.variance = options.variance
    this.axis = options.axis === null ? [] : [options.axis ?? -1].flat()
    if ((this.mean === undefined) !== (this.variance === undefined)) {
      throw new ArgumentError(this.name, `mean and variance must be given together, got ${String(this.mean)} and ${String(this.variance)}`)
    }
    const [means, variances] = [[this.mean ?? 0].flat(), [this.variance ?? 1].flat()]
    if (this.axis.length > 1 && means.length * variances.length > 1) {
      const rule = 'mean and variance must be one number each where there are several axes'
      throw new ArgumentError(this.name, `${rule}, got ${means.length} and ${variances.length} for ${formatShape(this.axis)}`)
    }
    if (!means.every(Number.isFinite) || !variances.every((v) => Number.isFinite(v) && v >= 0)) {
      const rule = 'mean and variance must be finite, and variance at least 0'
      throw new ArgumentError(this.name, `${rule}, got ${means.join(', ')} and ${variances.join(', ')}`)
    }
  }

  static fromConfig(c: LayerConfig): Normalization {
    c.only('invert', false)
    const [mean, variance] = [c.numbers('mean'), c.numbers('variance')]
    const axis = c.raw['axis']
    const none = axis === null || (Array.isArray(axis) && !axis.length)
    return new Normalization({
      ...c.options(),
      axis: none ? null : (c.numbers('axis') ?? -1),
      ...(mean !== undefined && { mean }),
      ...(variance !== undefined && { variance }),
    })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: this.axis, invert: false, mean: this.mean ?? null, variance: this.variance ?? null }
  }

  /** Counted from 0, ascending. @throws ArgumentError */
  #axes(x: SymbolicShape): readonly number[] {
    return this.axis.length ? [...resolved(this.name, this.axis, x)].sort((a, b) => a - b) : []
  }

  #sizes(x: SymbolicShape): number[] {
    return this.#axes(x).map((a) => x[a]!)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const sizes = this.#sizes(x!)
    if (sizes.includes(null as unknown as number))
      throw new ShapeError(this.name, `sizes that have statistics of their own must be known, got ${formatShape(x)}`)
    const own = sizeOf(sizes)
    const counts = [this.mean ?? 0, this.variance ?? 0].flatMap((n) => (typeof n === 'number' ? [] : [n.length]))
    if (counts.some((n) => n !== own || n > MAX_NUMBERS)) {
      const rule = `mean and variance must be one number, or one for each of up to ${MAX_NUMBERS} values along the axes`
      throw new ShapeError(this.name, `${rule}, got ${counts.join(' and ')} numbers and ${formatShape(x)}`)
    }
    return x!
  }

  protected override channelsOf(x: SymbolicShape): number | null {
    return sizeOf(this.#sizes(x))
  }

  protected override isStatistic(): boolean {
    return true
  }

  protected override build(x: SymbolicShape): void {
    if (this.mean !== undefined) return
    this.addWeight('mean', this.#sizes(x), zeros())
    this.addWeight('variance', this.#sizes(x), ones())
    this.addWeight('count', [], zeros())
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return alongSeveral(graph, inputs[0]!, this.#axes(inputs[0]!.shape), (x) => {
      if (this.mean !== undefined) return this.#byNumbers(graph, x)
      const [mean, variance] = this.weights.slice(0, 2).map((p) => graph.view(graph.parameter(p), x.shape.slice(-1)))
      return graph.add(batchNorm, [x, undefined, undefined, mean, variance], { epsilon: MIN_DEVIATION ** 2 })
    })
  }

  #byNumbers(graph: Graph, x: Node): Node {
    const list = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : value)
    const [means, variances] = [list(this.mean!), list(this.variance!)]
    const count = Math.max(means.length, variances.length)
    const at = (numbers: readonly number[], c: number) => numbers[numbers.length === 1 ? 0 : c]!
    const scale = Array.from({ length: count }, (_, c) => 1 / Math.max(Math.sqrt(at(variances, c)), MIN_DEVIATION))
    return graph.add(rescale, [x], { scale, offset: scale.map((s, c) => -at(means, c) * s) })
  }
}
