/** The oracle's gradients against central differences in f64. No GPU. */
import { describe, expect, test } from 'vitest'
import { lcg } from '../support/values.ts'
import { denseGradWReference, denseGradXReference, denseReference } from './dense.ts'
import type { Reference } from './reference.ts'
import type { Values } from './values.ts'

type Dense64 = Values & { readonly data: Float64Array }

function random(shape: readonly number[], seed: number): Dense64 {
  const next = lcg(seed)
  return { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1) }
}

const STEP = 2 ** -10

/**
 * d(sum of y * dy) / dx by central differences. y is linear in each input here, so that truncation adds nothing; rounding of sums
 * of at most 100 values below 10 adds about 1000 * 2^-53 / STEP, near 1e-10.
 */
function numeric(f: (x: Values) => Reference, x: Dense64, dy: Dense64): number[] {
  const along = (i: number, h: number) => {
    const data = Float64Array.from(x.data)
    data[i]! += h
    return f({ shape: x.shape, data }).y.reduce((sum, y, k) => sum + y * dy.data[k]!, 0)
  }
  return Array.from(x.data, (_, i) => (along(i, STEP) - along(i, -STEP)) / (2 * STEP))
}

function expectGradient(analytic: Reference, differences: readonly number[]): void {
  expect(analytic.y.length).toBe(differences.length)
  differences.forEach((d, i) => expect(Math.abs(analytic.y[i]! - d), `element ${i}: ${analytic.y[i]} and ${d}`).toBeLessThan(1e-9))
}

describe.each([
  [1, 4, 3],
  [3, 5, 7],
  [6, 1, 2],
  [4, 9, 1],
])('%i x %i x %i', (N, C, K) => {
  const [x, w, b, r, dy] = [random([N, C], 1), random([C, K], 2), random([K], 3), random([N, K], 4), random([N, K], 5)]
  const attrs = { activation: 'linear' } as const

  test('by x', () =>
    expectGradient(
      denseGradXReference([dy, w]),
      numeric((v) => denseReference([v, w, b, r], attrs), x, dy),
    ))
  test('by w', () =>
    expectGradient(
      denseGradWReference([x, dy]),
      numeric((v) => denseReference([x, v, b, r], attrs), w, dy),
    ))
  test('by x and w through relu: that of dy where y > 0', () => {
    const { y } = denseReference([x, w, b, r], { activation: 'relu' })
    const dz = { shape: dy.shape, data: dy.data.map((d, i) => (y[i]! > 0 ? d : 0)) }
    expect(Math.min(...denseReference([x, w, b, r], attrs).y.map(Math.abs)), 'distance from the kink').toBeGreaterThan(2 * STEP)
    expectGradient(
      denseGradXReference([dz, w]),
      numeric((v) => denseReference([v, w, b, r], { activation: 'relu' }), x, dy),
    )
    expectGradient(
      denseGradWReference([x, dz]),
      numeric((v) => denseReference([x, v, b, r], { activation: 'relu' }), w, dy),
    )
  })
})

test('columns from xBegin on: the product with the rows of w that would meet them, and the others zero', () => {
  const [x, w] = [random([3, 9], 1), random([4, 5], 2)]
  const whole = { shape: [9, 5], data: Float64Array.from({ length: 45 }, (_, i) => w.data[i - 10] ?? 0) }
  const attrs = { activation: 'linear' } as const
  expect(denseReference([x, w], { ...attrs, xBegin: 2 }).y).toEqual(denseReference([x, whole], attrs).y)
})
