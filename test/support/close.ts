/** Compares f32 results with the oracle: element by element, within the oracle's own bound, non-finite values in kind and place. */
import { expect } from 'vitest'
import type { Reference } from '../reference/reference.ts'
import type { Shape } from '../../src/shape.ts'

/** Row-major index of element `i`. */
function coordinates(i: number, shape: Shape): string {
  const at: number[] = []
  let rest = i
  for (const d of [...shape].reverse()) {
    at.unshift(rest % d)
    rest = Math.floor(rest / d)
  }
  return `[${at.join(',')}]`
}

function fits(actual: number, y: number, bound: number): boolean {
  if (!Number.isFinite(y)) return Object.is(actual, y)
  return bound === 0 ? actual === Math.fround(y) : Math.abs(actual - y) <= bound
}

/** What is wrong, or undefined. */
export function mismatch(actual: Float32Array, { y, bound, shape }: Reference): string | undefined {
  if (actual.length !== y.length) return `length ${actual.length} instead of ${y.length}`
  const wrong: number[] = []
  for (let i = 0; i < y.length; i++) if (!fits(actual[i]!, y[i]!, bound[i]!)) wrong.push(i)
  if (!wrong.length) return undefined
  const shown = wrong.slice(0, 4).map((i) => `${coordinates(i, shape)}: ${actual[i]} instead of ${y[i]} +- ${bound[i]}`)
  return `${wrong.length} of ${y.length} values off; ${shown.join('; ')}`
}

export function expectClose(actual: Float32Array, reference: Reference): void {
  expect(mismatch(actual, reference), 'difference from the oracle').toBeUndefined()
}
