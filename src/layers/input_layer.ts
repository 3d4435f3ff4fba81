/** Where a model begins. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerOptions } from './config.ts'
import { Layer, symbolicTensors, type SymbolicShape, type SymbolicTensor } from './layer.ts'

/** Where a model begins. Use `input()`. */
export class InputLayer extends Layer {
  readonly className = 'InputLayer'
  readonly shape: SymbolicShape

  /** @param options shape: of a sample; null where samples say what the size is */
  constructor(options: LayerOptions & { shape: readonly (number | null)[] }) {
    super('input_layer', options)
    if (!options.shape.length || options.shape.some((d) => d !== null && (!Number.isInteger(d) || d < 1))) {
      throw new ArgumentError(
        this.name,
        `an input's shape must be positive whole numbers, or null where it is open, without the batch, got ${formatShape(options.shape)}`,
      )
    }
    this.shape = [null, ...options.shape]
  }

  override getConfig(): KerasConfig {
    return { name: this.name, batch_shape: this.shape, dtype: 'float32' }
  }

  override outputShape(): SymbolicShape {
    return this.shape
  }

  override emit(): Node {
    throw new ArgumentError(this.name, 'an input is fed, not computed, got a call to emit')
  }

  tensor(): SymbolicTensor {
    return symbolicTensors(this, [], [this.shape])[0]!
  }
}
