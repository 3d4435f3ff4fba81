/** PReLU: a leaky relu whose slope is learned. */
import { ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { prelu as preluOp } from '../kernels/prelu.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { zeros } from './initializers.ts'
import { knownShape, type EmitContext, type SymbolicShape } from './layer.ts'
import { Elementwise } from './activation_layers.ts'

/** x where it is positive, alpha * x elsewhere, with a learned alpha for each value of a sample; the same along sharedAxes. */
export class PReLU extends Elementwise {
  readonly className = 'PReLU'
  /** Counted from 1; the batch is 0. */
  readonly sharedAxes: readonly number[]

  /** @param options sharedAxes: the leading ones of a sample, such as an image's rows and columns, [1, 2]. Default none. */
  constructor(options: LayerOptions & { sharedAxes?: readonly number[] } = {}) {
    super('p_re_lu', options)
    this.sharedAxes = [...(options.sharedAxes ?? [])].sort((a, b) => a - b)
  }

  static fromConfig(c: LayerConfig): PReLU {
    const axes = c.numbers('shared_axes') ?? []
    return new PReLU({ ...c.options(), sharedAxes: typeof axes === 'number' ? [axes] : axes })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), shared_axes: this.sharedAxes.length ? this.sharedAxes : null }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    knownShape(this.name, x, x?.length ?? 0)
    // Leading axes only: then alpha repeats as a whole.
    if (this.sharedAxes.some((a, i) => a !== i + 1) || this.sharedAxes.length >= x!.length - 1) {
      const rule = 'shared axes must be the leading ones of a sample, and leave one'
      throw new ShapeError(this.name, `${rule}, got [${this.sharedAxes.join(',')}] and ${formatShape(x)}`)
    }
    return x!
  }

  protected override build(shape: SymbolicShape): void {
    const sizes = shape.slice(1) as number[]
    this.addWeight(
      'alpha',
      sizes.map((d, i) => (this.sharedAxes.includes(i + 1) ? 1 : d)),
      zeros(),
    )
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const alpha = graph.parameter(this.weights[0]!)
    return graph.add(preluOp, [x, graph.view(alpha, alpha.shape.slice(this.sharedAxes.length))], {})
  }
}
