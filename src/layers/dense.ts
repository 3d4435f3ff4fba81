/** Dense, with Keras's options and defaults. */
import { ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { dense as denseOp } from '../kernels/dense/dense.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { activate, byValue } from './activations.ts'
import type { KerasConfig, LayerConfig, MakeLayer } from './config.ts'
import { checkCount, KernelLayer, kernelOptions, type KernelOptions } from './kernel_options.ts'
import type { EmitContext, SymbolicShape } from './layer.ts'
import { sizesOf } from './open_sizes.ts'

export interface DenseOptions extends KernelOptions {
  /** Output features K. */
  units: number
}

/** Fully connected over the last axis: x [N,...,C], kernel [C,K] -> [N,...,K]. */
export class Dense extends KernelLayer {
  readonly className = 'Dense'
  readonly units: number

  constructor(options: DenseOptions) {
    super('dense', options)
    this.units = checkCount(this.name, 'units', options.units)
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): Dense {
    return new Dense({ ...kernelOptions(c, make), units: c.number(['units', 'output_dim']) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), units: this.units }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (!x || x.length < 2) throw new ShapeError(this.name, `dense takes rank 2 or more, got ${formatShape(x)}`)
    sizesOf(this.name, x)
    return [...x.slice(0, -1), this.units]
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', [shape.at(-1) as number, this.units], this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.units], this.biasInitializer)
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    const [w, b] = this.weights.map((p) => graph.parameter(p))
    const C = x.shape.at(-1)!
    const rows = graph.view(x, [sizeOf(x.shape) / C, C])
    const { activation } = this
    const y = graph.add(denseOp, [rows, w, b, undefined], { activation: 'linear' })
    const whole = (made: Node) => graph.view(made, [...x.shape.slice(0, -1), this.units])
    // Where it may be fused, or where its axes are.
    return byValue(activation) ? whole(activate(graph, y, activation)) : activate(graph, whole(y), activation)
  }
}
