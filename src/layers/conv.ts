/** Convolutions of pictures and sequences. Options and defaults are Keras's. */
import { ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { conv2d as conv2dOp } from '../kernels/conv2d/conv2d.ts'
import type { KerasConfig, LayerConfig, MakeLayer } from './config.ts'
import { checkCount } from './kernel_options.ts'
import type { SymbolicShape } from './layer.ts'
import { dimsOf, type Dims, type Picture } from './space.ts'
import { WindowLayer, windowOptions, type CausalWindow, type OnSequences, type WindowOptions } from './window_layer.ts'

export interface Conv2DOptions extends WindowOptions {
  /** Output channels K. */
  filters: number
  /** Default 1. Must divide both input channels and filters. */
  groups?: number
}

export type Conv1DOptions = OnSequences<Conv2DOptions, CausalWindow>

/** Convolution: x [N,H,W,C], kernel [R,S,C/groups,K] -> [N,P,Q,K]; of sequences x [N,W,C], kernel [S,C/groups,K] -> [N,Q,K]. */
export class Conv extends WindowLayer {
  readonly className: 'Conv1D' | 'Conv2D'
  readonly filters: number
  readonly groups: number

  constructor(dims: Dims, options: Conv2DOptions | Conv1DOptions) {
    super(`conv${dims}d`, dims, options, true)
    this.className = `Conv${dims}D`
    this.filters = checkCount(this.name, 'filters', options.filters)
    this.groups = checkCount(this.name, 'groups', options.groups ?? 1)
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): Conv {
    const filters = c.number(['filters', 'nb_filter'])
    return new Conv(dimsOf(c), { ...windowOptions(c, make, true), filters, groups: c.number(['groups'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), filters: this.filters, groups: this.groups }
  }

  protected override made(x: Picture): Picture {
    const C = x[2]
    if (C % this.groups || this.filters % this.groups) {
      throw new ShapeError(
        this.name,
        `groups must divide channels and filters, got ${this.groups} groups, ${C} channels and ${this.filters} filters`,
      )
    }
    return this.window(x, this.filters)
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', this.kernelShape(this.channelsOf(shape) / this.groups, this.filters), this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  protected override slide(graph: Graph, x: Node, [w, b]: readonly Node[]): Node {
    const { steps, padding, groups } = this
    return graph.add(conv2dOp, [x, w, b, undefined], { ...steps, padding, groups, activation: 'linear' })
  }
}
