/** Normalization by statistics of the data. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { rescale } from '../kernels/rescale.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { ones, zeros } from './initializers.ts'
import { checkLastAxis, knownShape, Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { axisOf } from './normalization.ts'

export interface NormalizationOptions extends LayerOptions {
  /** Known numbers instead of weights that a file brings: one, or one for each channel. Both or none. */
  mean?: number | readonly number[]
  variance?: number | readonly number[]
  /** The last one, as -1 (default) or by its number, the batch counted. */
  axis?: number
}

/** Channels that the kernel can scale by numbers. */
const MAX_NUMBERS = 4

/** Smallest standard deviation that is divided by, as in Keras. */
const MIN_DEVIATION = 1e-7

/** (x - mean) / sqrt(variance) over the last axis, with statistics of the data: weights from a file, or numbers. */
export class Normalization extends Layer {
  readonly className = 'Normalization'
  readonly mean: number | readonly number[] | undefined
  readonly variance: number | readonly number[] | undefined
  readonly axis: number

  constructor(options: NormalizationOptions = {}) {
    super('normalization', options)
    this.mean = options.mean
    this.variance = options.variance
    this.axis = options.axis ?? -1
    if ((this.mean === undefined) !== (this.variance === undefined)) {
      throw new ArgumentError(this.name, `mean and variance must be given together, got ${String(this.mean)} and ${String(this.variance)}`)
    }
    const [means, variances] = [[this.mean ?? 0].flat(), [this.variance ?? 1].flat()]
    if (!means.every(Number.isFinite) || !variances.every((v) => Number.isFinite(v) && v >= 0)) {
      const rule = 'mean and variance must be finite, and variance at least 0'
      throw new ArgumentError(this.name, `${rule}, got ${means.join(', ')} and ${variances.join(', ')}`)
    }
  }

  static fromConfig(c: LayerConfig): Normalization {
    c.only('invert', false)
    const [mean, variance] = [c.numbers('mean'), c.numbers('variance')]
    // No axis: one mean for all values, which is the same as numbers for each channel, but not as weights.
    const axis = c.raw['axis']
    const none = axis === null || (Array.isArray(axis) && !axis.length)
    if (none && mean === undefined) throw c.refuse('axis must be the last one', axis)
    return new Normalization({
      ...c.options(),
      axis: none ? -1 : axisOf(c),
      ...(mean !== undefined && { mean }),
      ...(variance !== undefined && { variance }),
    })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: [-1], invert: false, mean: this.mean ?? null, variance: this.variance ?? null }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [channels] = knownShape(this.name, x, x?.length ?? 0).slice(-1)
    checkLastAxis(this.name, this.axis, x!)
    const counts = [this.mean ?? 0, this.variance ?? 0].flatMap((n) => (typeof n === 'number' ? [] : [n.length]))
    if (counts.some((n) => n !== channels || n > MAX_NUMBERS)) {
      const rule = `mean and variance must be one number, or one for each of up to ${MAX_NUMBERS} channels`
      throw new ShapeError(this.name, `${rule}, got ${counts.join(' and ')} numbers and ${formatShape(x)}`)
    }
    return x!
  }

  protected override isStatistic(): boolean {
    return true
  }

  protected override build(shape: SymbolicShape): void {
    if (this.mean !== undefined) return
    const C = [knownShape(this.name, shape, shape.length).at(-1)!]
    this.addWeight('mean', C, zeros())
    this.addWeight('variance', C, ones())
    this.addWeight('count', [], zeros())
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    if (this.mean !== undefined) return this.#byNumbers(graph, inputs[0]!)
    const [mean, variance] = this.weights.map((p) => graph.parameter(p))
    return graph.add(batchNorm, [inputs[0], undefined, undefined, mean, variance], { epsilon: MIN_DEVIATION ** 2 })
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
