/** The oracle's own gradients against central differences in f64, along every input and a few seeds. No GPU. */
import { describe, expect, test } from 'vitest'
import { lcg } from '../support/values.ts'
import { addReference, dropoutReference, reluGradReference, reluReference } from './elementwise.ts'
import { softmaxCrossEntropyGradReference, softmaxCrossEntropyReference, softmaxGradReference, softmaxReference } from './loss.ts'
import { columnSumReference, globalAvgPoolGradReference, globalAvgPoolReference } from './pooling.ts'
import type { Reference } from './reference.ts'
import type { Values } from './values.ts'

/** f64 values in [low, high). */
function random(shape: number[], seed: number, low = -2, high = 2): { shape: number[]; data: Float64Array } {
  const next = lcg(seed)
  return { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * next()) }
}

const STEP = 1e-5

/**
 * d(sum of y * dy) / dx by central differences. With values and derivatives of order 1, its error is of the order of
 * STEP^2 (truncation) + 2^-52 / STEP (rounding), both about 1e-10.
 */
function numeric(f: (x: Values) => Reference, x: { shape: number[]; data: Float64Array }, dy: Values): number[] {
  const along = (i: number, h: number) => {
    const data = Float64Array.from(x.data)
    data[i]! += h
    return f({ shape: x.shape, data }).y.reduce((sum, y, k) => sum + y * dy.data[k]!, 0)
  }
  return Array.from(x.data, (_, i) => (along(i, STEP) - along(i, -STEP)) / (2 * STEP))
}

function expectGradient(analytic: Reference, differences: readonly number[]): void {
  expect(analytic.y.length).toBe(differences.length)
  differences.forEach((d, i) => expect(Math.abs(analytic.y[i]! - d), `element ${i}: ${analytic.y[i]} and ${d}`).toBeLessThan(1e-8))
}

/** Away from 0, where relu has no derivative. */
function awayFrom0(x: { shape: number[]; data: Float64Array }) {
  return { ...x, data: x.data.map((v) => v + Math.sign(v) * 0.1) }
}

function reluOf(x: Values): Values {
  const { shape, y } = reluReference([x])
  return { shape, data: y }
}

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('relu', () => {
    const x = awayFrom0(random([3, 7], seed))
    const dy = random([3, 7], seed + 10)
    expectGradient(
      reluGradReference([reluOf(x), dy]),
      numeric((v) => reluReference([v]), x, dy),
    )
  })

  test('add with relu: the same gradient for both', () => {
    const [sum, b, dy] = [awayFrom0(random([3, 7], seed)), random([3, 7], seed + 10), random([3, 7], seed + 20)]
    const a = { shape: [3, 7], data: sum.data.map((v, i) => v - b.data[i]!) }
    const y = addReference([a, b], { activation: 'relu' })
    const d = reluGradReference([{ shape: y.shape, data: y.y }, dy])
    expectGradient(
      d,
      numeric((v) => addReference([v, b], { activation: 'relu' }), a, dy),
    )
    expectGradient(
      d,
      numeric((v) => addReference([a, v], { activation: 'relu' }), b, dy),
    )
  })

  test('softmax', () => {
    const [x, dy] = [random([3, 5], seed), random([3, 5], seed + 10)]
    const y = softmaxReference([x])
    expectGradient(
      softmaxGradReference([{ shape: y.shape, data: y.y }, dy]),
      numeric((v) => softmaxReference([v]), x, dy),
    )
  })

  test('softmax cross-entropy with soft targets and weights', () => {
    const [x, t, dy] = [random([4, 5], seed), random([4, 5], seed + 10, 0, 1), random([4], seed + 20)]
    const weight = { shape: [4], data: [1, 0.5, 0, 2] }
    const analytic = softmaxCrossEntropyGradReference([x, t, weight, dy])
    expectGradient(
      analytic,
      numeric((v) => softmaxCrossEntropyReference([v, t, weight]), x, dy),
    )
  })

  test('dropout with a fixed mask: the same op on dy', () => {
    const [x, dy] = [random([5, 9], seed), random([5, 9], seed + 10)]
    const fixed = { shape: [1], data: [seed] }
    const attrs = { rate: 0.4, salt: 3 }
    expectGradient(
      dropoutReference([dy, fixed], attrs),
      numeric((v) => dropoutReference([v, fixed], attrs), x, dy),
    )
  })

  test('global average pooling', () => {
    const [x, dy] = [random([2, 3, 5, 2], seed), random([2, 2], seed + 10)]
    expectGradient(
      globalAvgPoolGradReference([dy], { height: 3, width: 5 }),
      numeric((v) => globalAvgPoolReference([v]), x, dy),
    )
  })

  test('columnSum is the gradient of a bias added to every row', () => {
    const [b, dy] = [random([4], seed), random([3, 4], seed + 10)]
    const repeated = (v: Values) => ({ shape: [3, 4], data: Array.from({ length: 12 }, (_, i) => v.data[i % 4]!) })
    const rows = (v: Values) => addReference([repeated(v), dy], { activation: 'linear' })
    expectGradient(columnSumReference([dy]), numeric(rows, b, dy))
  })
})
