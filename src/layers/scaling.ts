/** Layers without weights that scale values: rescaling, preprocessing. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { rescale } from '../kernels/rescale.ts'
import { preprocessNumbers, type PreprocessMode } from '../preprocess_modes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { knownShape, Layer, type EmitContext, type SymbolicShape } from './layer.ts'

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

  constructor(options: RescalingOptions) {
    super('rescaling', options)
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
    rescale.shape([[1, ...(x!.slice(1) as number[])]], { scale: this.scale, offset: this.offset }) // refuses what does not fit
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(rescale, [x], { scale: this.scale, offset: this.offset })
  }
}

export type { PreprocessMode }

/** What Keras calls preprocess_input, as a layer: RGB pixels 0..255 in, what the network was trained on out. */
export class Preprocess extends Layer {
  readonly className = 'Preprocess'
  readonly mode: PreprocessMode

  constructor(options: LayerOptions & { mode: PreprocessMode }) {
    super('preprocess', options)
    this.mode = options.mode
    preprocessNumbers(this.name, this.mode)
  }

  override getConfig(): KerasConfig {
    throw new ArgumentError(this.name, `a layer must be one of Keras to be saved, got Preprocess (${this.mode}); Rescaling is one`)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    preprocessNumbers(this.name, this.mode, [null, ...knownShape(this.name, x, 4)])
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const { rgb, reverse, divisor, mean, std } = preprocessNumbers(this.name, this.mode)
    const channels = rgb ? [0, 1, 2] : [0]
    const scale = channels.map((c) => 1 / (divisor * std[c]!))
    return graph.add(rescale, [x], { scale, offset: channels.map((c) => -mean[c]! / std[c]!), reverse })
  }
}
