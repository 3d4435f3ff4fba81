/** Weight initializers: seeded, computed in slices, so that a network of any size can be made without holding it. */
import { ArgumentError } from '../errors.ts'
import { filled } from '../parameter.ts'
import type { TensorSource } from '../tensor_source.ts'
import type { Shape } from '../shape.ts'

/** Makes the source of a weight of this shape. `path` is `layer/weight`; it decorrelates weights that share a seed. */
export type Initializer = (shape: Shape, path: string) => TensorSource

export type InitializerName = 'glorotUniform' | 'heUniform' | 'zeros' | 'ones'

/** FNV-1a of a string, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** A counter-based generator: element i of a stream does not depend on how the stream is cut. Uniform in [0, 1). */
function uniformAt(seed: number, index: number): number {
  let h = Math.imul((index ^ seed) + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(seed, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return ((h ^ (h >>> 15)) >>> 8) / 0x1000000
}

/** Inputs and outputs of one unit, as Keras counts them: the receptive field times the channels. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const field = shape.slice(0, -2).reduce((n, d) => n * d, 1)
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) }
}

function uniform(limitOf: (shape: Shape) => number, seed: number): Initializer {
  return (shape, path) => {
    const limit = limitOf(shape)
    const stream = (seed ^ hash(path)) >>> 0
    const read = (begin: number, end: number): Promise<Float32Array<ArrayBuffer>> => {
      const values = new Float32Array(end - begin)
      for (let i = 0; i < values.length; i++) values[i] = (2 * uniformAt(stream, begin + i) - 1) * limit
      return Promise.resolve(values)
    }
    return { shape, read }
  }
}

/** Uniform in +-sqrt(6 / (fanIn + fanOut)): Keras's default for kernels (Glorot and Bengio 2010). */
export function glorotUniform(seed = 0): Initializer {
  return uniform((shape) => Math.sqrt(6 / (fans(shape).fanIn + fans(shape).fanOut)), seed)
}

/** Uniform in +-sqrt(6 / fanIn), for deep stacks of ReLU layers (He et al. 2015). */
export function heUniform(seed = 0): Initializer {
  return uniform((shape) => Math.sqrt(6 / fans(shape).fanIn), seed)
}

export function zeros(): Initializer {
  return (shape) => filled(shape, 0)
}

export function ones(): Initializer {
  return (shape) => filled(shape, 1)
}

/** An initializer by name or as it is. @throws ArgumentError for an unknown name. */
export function initializer(layer: string, given: Initializer | InitializerName): Initializer {
  if (typeof given === 'function') return given
  const known = { glorotUniform, heUniform, zeros, ones }
  if (!Object.hasOwn(known, given))
    throw new ArgumentError(layer, `an initializer must be one of ${Object.keys(known).join(', ')}, got ${String(given)}`)
  return known[given]()
}
