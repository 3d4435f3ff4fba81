/** RMSNormalization: each sample by the root of the mean of its squares (Zhang and Sennrich 2019; keras/src/layers/normalization/rms_normalization.py). */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { combine } from '../kernels/combine.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { rescale } from '../kernels/rescale.ts'
import { unary } from '../kernels/unary.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { resolved, type Axes } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { ones } from './initializers.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

/** x / sqrt(mean(x^2) + epsilon) * scale, over the last axes. Without a mean that is taken off, unlike LayerNormalization. */
export class RMSNormalization extends Layer {
  readonly className = 'RMSNormalization'
  readonly axis: Axes
  readonly epsilon: number

  /** @param options axis: the last, or some at the end, default -1; epsilon: default 1e-6 */
  constructor(options: LayerOptions & { axis?: Axes; epsilon?: number } = {}) {
    super('rms_normalization', options)
    this.axis = options.axis ?? -1
    this.epsilon = options.epsilon ?? 1e-6
    if (!(this.epsilon >= 0)) throw new ArgumentError(this.name, `epsilon must be 0 or more, got ${this.epsilon}`)
  }

  static fromConfig(c: LayerConfig): RMSNormalization {
    return new RMSNormalization({ ...c.options(), axis: c.numbers('axis') ?? -1, epsilon: c.number(['epsilon'], 1e-6) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: this.axis, epsilon: this.epsilon }
  }

  /** Sizes of the axes. @throws ShapeError where one of them is open, or they are not the last: Keras multiplies by a scale that has the last axes */
  #sizes(x: SymbolicShape): number[] {
    const axes = [...resolved(this.name, this.axis, x)].sort((a, b) => a - b)
    if (axes[0] !== x.length - axes.length || axes.some((a) => x[a] === null))
      throw new ShapeError(this.name, `axes must be the last, of known sizes, got ${formatShape([this.axis].flat())} of ${formatShape(x)}`)
    return axes.map((a) => x[a]!)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    this.#sizes(x!)
    return x!
  }

  protected override build(x: SymbolicShape): void {
    this.addWeight('scale', this.#sizes(x), ones())
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const C = sizeOf(this.#sizes(x!.shape))
    const rows = graph.view(x!, [sizeOf(x!.shape) / C, C])
    const times = (a: Node, b: Node) => graph.add(combine, [a, b], { kind: 'multiply', activation: 'linear' })
    const mean = graph.add(globalAvgPool, [graph.view(times(rows, rows), [rows.shape[0]!, C, 1, 1])], {})
    const inverse = graph.add(unary, [graph.add(rescale, [mean], { scale: 1, offset: this.epsilon })], { kind: 'rsqrt' })
    return graph.view(times(times(rows, inverse), graph.view(graph.parameter(this.weights[0]!), [C])), x!.shape)
  }
}
