/** Layers without weights that scale values: rescaling, preprocessing. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { rescale } from '../kernels/rescale.ts'
import { preprocessNumbers, type PreprocessMode } from '../preprocess_modes.ts'
import type { Structure } from '../structure.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Layer, type CallOptions, type EmitContext, type SymbolicShape, type SymbolicTensor } from './layer.ts'
import { sizesOf } from './open_sizes.ts'

export interface RescalingOptions extends LayerOptions {
  /** One, or one for each of up to four channels. */
  scale: number | readonly number[]
  /** Default 0. */
  offset?: number | readonly number[]
}

/** y = x * scale + offset. */
export class Rescaling extends Layer {
  readonly className = 'Rescaling'
  readonly scale: number | readonly number[]
  readonly offset: number | readonly number[]

  /** @param base automatic name */
  constructor(options: RescalingOptions, base = 'rescaling') {
    super(base, options)
    this.scale = options.scale
    this.offset = options.offset ?? 0
    if (![this.scale, this.offset].flat().every(Number.isFinite)) {
      throw new ArgumentError(this.name, `scale and offset must be finite, got ${String(this.scale)} and ${String(this.offset)}`)
    }
  }

  static fromConfig(c: LayerConfig): Rescaling {
    return new Rescaling({ ...c.options(), scale: c.numbers('scale') ?? 1, offset: c.numbers('offset') ?? 0 })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    rescale.shape([x!.map((d) => d ?? 1)], { scale: this.scale, offset: this.offset }) // refuses what does not fit
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(rescale, [x], { scale: this.scale, offset: this.offset })
  }
}

export type { PreprocessMode }

/**
 * Channels from the last to the first, up to four of them, RGB to BGR: Keras 3's ops.flip along the last axis. Not `x[..., ::-1]`, whose slice Keras's
 * reader of `.h5` cannot read.
 */
class ReversedChannels extends Layer {
  readonly className = 'Flip'

  override serialize(): KerasConfig {
    const config = { name: this.name, axis: -1 }
    return { module: 'keras.src.ops.numpy', class_name: this.className, config, registered_name: this.className }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(rescale, [x], { scale: 1, offset: 0, reverse: true })
  }
}

/** What Keras calls preprocess_input, as layers that Keras has: a Rescaling; for BGR, a flip of the channels before it, named `..._bgr`. */
export class Preprocess extends Rescaling {
  readonly mode: PreprocessMode
  readonly #reversed: ReversedChannels | undefined

  constructor({ mode, ...options }: LayerOptions & { mode: PreprocessMode }) {
    const { rgb, reverse, divisor, mean, std } = preprocessNumbers(options.name ?? 'preprocess', mode)
    const channels = rgb ? [0, 1, 2] : [0]
    const scale = channels.map((c) => 1 / (divisor * std[c]!))
    super(
      { ...options, scale: reverse || !rgb ? scale[0]! : scale, offset: rgb ? channels.map((c) => -mean[c]! / std[c]!) : -mean[0] },
      'preprocess',
    )
    this.mode = mode
    this.#reversed = reverse ? new ReversedChannels('', { name: `${this.name}_bgr` }) : undefined
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    sizesOf(this.name, x, 4)
    preprocessNumbers(this.name, this.mode, x)
    return x!
  }

  override applyAll(input: Structure<SymbolicTensor>, call: CallOptions = {}): readonly SymbolicTensor[] {
    return super.applyAll(this.#reversed?.apply(input, call) ?? input, call)
  }
}
