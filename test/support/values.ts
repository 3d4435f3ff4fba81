/** Seeded test data. */
import { sizeOf, type Shape } from '../../src/shape.ts'
import type { Tensor } from './run-op.ts'

/** Numerical Recipes' LCG; good enough to be without pattern in a test tensor. */
export function lcg(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

/** f32 values uniform in [low, high). */
export function values(shape: Shape, seed: number, low = -1, high = 1): Tensor & { data: Float32Array<ArrayBuffer> } {
  const next = lcg(seed)
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next()) }
}

/** Mostly small values with a few large ones far apart: a kernel that reads a wrong neighbour is off by far. */
export function spiked(shape: Shape, seed: number): Tensor & { data: Float32Array<ArrayBuffer> } {
  const made = values(shape, seed)
  for (let i = seed % 7; i < made.data.length; i += 13) made.data[i]! *= 1000
  return made
}
