/** Layers that are made of others, whose weights are theirs. */
import type { Parameter } from '../parameter.ts'
import { Layer, type Part, type SymbolicShape } from './layer.ts'
import { InputLayer } from './input_layer.ts'

/** A layer made of parts, which freeze, begin anew and are saved with it. */
export abstract class Composite extends Layer {
  abstract override get parts(): readonly Part[]

  override get weights(): readonly Parameter[] {
    return this.parts.flatMap(({ layer }) => layer.weights)
  }

  override get changing(): readonly Parameter[] {
    return this.parts.flatMap(({ layer }) => layer.changing)
  }

  override get constants(): readonly Parameter[] {
    return this.parts.flatMap(({ layer }) => layer.constants)
  }

  override get trainable(): boolean {
    return super.trainable
  }

  override set trainable(value: boolean) {
    super.trainable = value
    for (const { layer } of this.parts) layer.trainable = value
  }

  override reinitialize(seed = 0): void {
    for (const { layer } of this.parts) layer.reinitialize(seed)
  }
}

/** Makes the weights of a part, which is given samples of this shape; what it gives. @throws as applying it */
export function builtFor(part: Layer, shape: SymbolicShape): SymbolicShape {
  return part.apply(new InputLayer({ name: `${part.name}_input`, shape: shape.slice(1) }).tensor()).shape
}
