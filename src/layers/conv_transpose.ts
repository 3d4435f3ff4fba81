/** Transposed convolutions. Options and defaults are Keras's. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { conv2dTranspose as conv2dTransposeOp, transposedWindow, type TransposedWindow } from '../kernels/conv2d/transpose.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerConfig, MakeLayer } from './config.ts'
import { checkCount, type Pair } from './kernel_options.ts'
import type { SymbolicShape } from './layer.ts'
import { dimsOf, windowOf, type Dims, type Picture } from './space.ts'
import { WindowLayer, windowOptions, type OnSequences, type SequenceWindow, type WindowOptions } from './window_layer.ts'

export interface Conv2DTransposeOptions extends WindowOptions {
  /** Output channels K. */
  filters: number
  padding?: 'same' | 'valid'
  /** Rows and columns added at the end, below the strides. Default: what gives H * stride with `same`, the least with `valid`. */
  outputPadding?: Pair
}

export type Conv1DTransposeOptions = Omit<OnSequences<Conv2DTransposeOptions, SequenceWindow>, 'outputPadding'> & {
  /** Steps added at the end, below the stride. Default: what gives W * stride with `same`, the least with `valid`. */
  outputPadding?: number
}

/** Transposed convolution: x [N,H,W,C], kernel [R,S,K,C] -> [N,P,Q,K]; of sequences x [N,W,C], kernel [S,K,C] -> [N,Q,K]. */
export class ConvTranspose extends WindowLayer {
  readonly className: 'Conv1DTranspose' | 'Conv2DTranspose'
  readonly filters: number
  readonly outputPadding: readonly [number, number] | undefined
  /** The output shape that Keras 1 wants to be told. */
  #declared: SymbolicShape | undefined

  constructor(dims: Dims, options: Conv2DTransposeOptions | Conv1DTransposeOptions) {
    super(`conv${dims}d_transpose`, dims, options)
    this.className = `Conv${dims}DTranspose`
    this.filters = checkCount(this.name, 'filters', options.filters)
    const { outputPadding: extra } = options
    this.outputPadding = typeof extra === 'number' ? [dims === 1 ? 0 : extra, extra] : extra
    if (typeof this.padding !== 'string')
      throw new ArgumentError(this.name, `padding must be same or valid, got ${formatShape(this.padding)}`)
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): ConvTranspose {
    const window = windowOptions(c, make)
    if (typeof window.padding !== 'string') {
      const { kernelSize: kernel_size, strides } = window
      throw c.refuse('padding same of the Theano backend must be with odd windows and strides of 1', { kernel_size, strides })
    }
    const options = { ...window, padding: window.padding, filters: c.number(['filters', 'nb_filter']) }
    const extra = c.value('output_padding') === undefined ? {} : { outputPadding: windowOf(c, ['output_padding']) }
    const layer = new ConvTranspose(dimsOf(c), { ...options, ...extra })
    const declared = c.value('output_shape')
    if (Array.isArray(declared)) layer.#declared = [null, ...(declared.slice(1) as number[])]
    return layer
  }

  override getConfig(): KerasConfig {
    const { outputPadding: extra, filters } = this
    return { ...super.getConfig(), filters, output_padding: extra ? this.space.kept(extra) : null }
  }

  get #window(): TransposedWindow {
    return { strides: this.strides, padding: this.padding as 'same' | 'valid', outputPadding: this.outputPadding }
  }

  protected override made([H, W]: Picture): Picture {
    const { P, Q } = transposedWindow(this.name, [H, W], this.reach, this.#window)
    const shape = this.space.shape([P, Q, this.filters])
    if (this.#declared?.some((d, axis) => d !== null && shape[axis] !== null && d !== shape[axis])) {
      const rule = 'output_shape must be what strides and padding give'
      throw new ShapeError(this.name, `${rule}, got ${formatShape(this.#declared)} and ${formatShape(shape)}`)
    }
    return [P, Q, this.filters]
  }

  protected override build(shape: SymbolicShape): void {
    this.addWeight('kernel', this.kernelShape(this.filters, this.channelsOf(shape)), this.kernelInitializer)
    if (this.useBias) this.addWeight('bias', [this.filters], this.biasInitializer)
  }

  protected override slide(graph: Graph, x: Node, [w, b]: readonly Node[]): Node {
    const [H, W] = x.shape.slice(1) as [number, number]
    const { P, Q, top, left } = transposedWindow(this.name, [H, W], this.reach, this.#window)
    const attrs = { ...this.steps, groups: 1, size: [P, Q], cut: [top, left], activation: 'linear' } as const
    return graph.add(conv2dTransposeOp, [x, w, b], attrs)
  }
}
