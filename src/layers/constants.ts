/** What graphs read that is neither an input nor a weight. */
import { ArgumentError } from '../errors.ts'
import { fromArray, Parameter } from '../parameter.ts'
import { formatShape, type Shape } from '../shape.ts'

/** An array of numbers. */
export interface Numbers {
  readonly shape: Shape
  readonly data: readonly number[]
}

/** The constants of one layer's graphs: parameters that are no weights, and in no file. Each is one, however often it is asked for. */
export class Constants {
  /** Whose they are. */
  readonly layer: string
  readonly #known = new Map<string, Parameter>()

  constructor(layer: string) {
    this.layer = layer
  }

  get parameters(): readonly Parameter[] {
    return [...this.#known.values()]
  }

  /** @throws ArgumentError for a finite number that f32 does not have */
  of({ shape, data }: Numbers): Parameter {
    const key = `${formatShape(shape)} ${data.join()}`
    const known = this.#known.get(key)
    if (known) return known
    const values = Float32Array.from(data)
    const strange = values.findIndex((v, i) => !Number.isFinite(v) && Number.isFinite(data[i]))
    if (strange >= 0) throw new ArgumentError(this.layer, `constants must be finite in f32, got ${data[strange]}`)
    const made = new Parameter(this.layer, `constant${this.#known.size}`, { ...fromArray(shape, values), anyNumbers: true })
    this.#known.set(key, made)
    return made
  }
}
