/** PReLU: a leaky relu whose slope is learned. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { prelu as preluOp } from '../kernels/prelu.ts'
import { formatShape } from '../shape.ts'
import { permuted, resolved } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { zeros } from './initializers.ts'
import type { EmitContext, SymbolicShape } from './layer.ts'
import { Elementwise } from './activation_layers.ts'

/** x where it is positive, alpha * x elsewhere, with a learned alpha for each value of a sample; the same along sharedAxes. */
export class PReLU extends Elementwise {
  readonly className = 'PReLU'
  /** The batch is 0. */
  readonly sharedAxes: readonly number[]

  /**
   * @param options sharedAxes: such as an image's rows and columns, [1, 2]; none from the end, which Keras counts as one before. Default none
   * @throws ArgumentError for axes below 1
   */
  constructor(options: LayerOptions & { sharedAxes?: readonly number[] } = {}) {
    super('p_re_lu', options)
    this.sharedAxes = [...(options.sharedAxes ?? [])].sort((a, b) => a - b)
    if (!this.sharedAxes.every((a) => Number.isInteger(a) && a > 0)) {
      const rule = 'sharedAxes must be whole numbers from 1, the batch being 0'
      throw new ArgumentError(this.name, `${rule}, got ${JSON.stringify(options.sharedAxes)}`)
    }
  }

  static fromConfig(c: LayerConfig): PReLU {
    const axes = c.numbers('shared_axes') ?? []
    return new PReLU({ ...c.options(), sharedAxes: typeof axes === 'number' ? [axes] : axes })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), shared_axes: this.sharedAxes.length ? this.sharedAxes : null }
  }

  /** Counted from 0. @throws ArgumentError */
  #shared(x: SymbolicShape): readonly number[] {
    return this.sharedAxes.length ? resolved(this.name, this.sharedAxes, x) : []
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const shared = this.#shared(x!)
    const open = x!.findIndex((d, axis) => axis > 0 && d === null && !shared.includes(axis))
    if (open > 0) throw new ShapeError(this.name, `axes of an open size must be shared, got axis ${open} of ${formatShape(x)}`)
    return x!
  }

  protected override build(x: SymbolicShape): void {
    const shared = this.#shared(x)
    const sizes = x.slice(1) as number[]
    this.addWeight(
      'alpha',
      sizes.map((d, i) => (shared.includes(i + 1) ? 1 : d)),
      zeros(),
    )
  }

  /** The shared axes go to the front, behind the batch: then alpha repeats as a whole. */
  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const { shape } = inputs[0]!
    const shared = this.#shared(shape)
    const own = shape.flatMap((_, i) => (i > 0 && !shared.includes(i) ? [i] : []))
    const order = [0, ...shared, ...own]
    const alpha = graph.view(graph.parameter(this.weights[0]!), own.length ? own.map((a) => shape[a]!) : [1])
    const x = permuted(graph, inputs[0]!, order)
    const y = graph.add(preluOp, [own.length ? x : graph.view(x, [...shape, 1]), alpha], {})
    return permuted(
      graph,
      graph.view(y, x.shape),
      order.map((_, i) => order.indexOf(i)),
    )
  }
}
