/** Whitening, in f64: against its definition. Against Keras: test/training/generator.test.ts. No GPU. */
import { describe, expect, test } from 'vitest'
import { eigenvectors, whiteningMatrix } from '../../src/layers/augmentation/zca.ts'
import { values } from '../support/values.ts'

function result<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

const product = (a: ArrayLike<number>, b: ArrayLike<number>, n: number, k: number, m: number) =>
  Float64Array.from({ length: n * m }, (_, at) => {
    let sum = 0
    for (let i = 0; i < k; i++) sum += a[Math.floor(at / m) * k + i]! * b[i * m + (at % m)]!
    return sum
  })

const transpose = (a: ArrayLike<number>, n: number, m: number) =>
  Float64Array.from({ length: n * m }, (_, at) => a[(at % n) * m + Math.floor(at / n)]!)

const worst = (a: ArrayLike<number>, b: (i: number) => number) =>
  Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b(i))), 0)

describe('eigenvectors', () => {
  const half = values([31, 31], 1)
  const symmetric = half.data.map((v, i) => v + half.data[(i % 31) * 31 + Math.floor(i / 31)]!)
  const given: [string, number, ArrayLike<number>][] = [
    ['one', 1, [3]],
    ['all alike', 3, [2, 0, 0, 0, 2, 0, 0, 0, 2]],
    ['of no rank', 4, new Float64Array(16)],
    ['in blocks', 4, [1, 2, 0, 0, 2, 1, 0, 0, 0, 0, 3, -1, 0, 0, -1, 3]],
    ['of many', 31, symmetric],
  ]
  test.each(given)('%s', (_, n, a) => {
    const { data: v } = result(eigenvectors({ rows: n, columns: n, data: Float64Array.from(a) }))
    const identity = product(v, transpose(v, n, n), n, n, n)
    expect(worst(identity, (i) => +(i % (n + 1) === 0))).toBeLessThan(n * 1e-15)
    const diagonal = product(product(v, a, n, n, n), transpose(v, n, n), n, n, n)
    expect(
      worst(
        diagonal.map((d, i) => (i % (n + 1) ? d : 0)),
        () => 0,
      ),
    ).toBeLessThan(n * n * 1e-15)
  })
})

describe('whitening', () => {
  const [many, few] = [values([50 * 12], 2), values([5 * 12], 3)]

  test('makes covariances one of more pictures than values', () => {
    const matrix = result(whiteningMatrix(Float64Array.from(many.data), 50, 12, 0))
    const white = product(many.data, matrix, 50, 12, 12)
    const covariance = product(transpose(white, 50, 12), white, 12, 50, 12).map((v) => v / 50)
    expect(worst(covariance, (i) => +(i % 13 === 0))).toBeLessThan(1e-5) // the matrix is f32
    expect(worst(matrix, (i) => matrix[(i % 12) * 12 + Math.floor(i / 12)]!)).toBe(0)
  })

  test('of fewer, makes them as long and square to each other', () => {
    const matrix = result(whiteningMatrix(Float64Array.from(few.data), 5, 12, 0))
    const white = product(few.data, matrix, 5, 12, 12)
    const products = product(white, transpose(white, 5, 12), 5, 12, 5)
    expect(worst(products, (i) => (i % 6 === 0 ? 5 : 0))).toBeLessThan(1e-5)
  })

  test('of pictures that are twice there nothing grows beyond bounds', () => {
    const twice = Float64Array.from({ length: 120 }, (_, i) => few.data[i % 60]!)
    const matrix = result(whiteningMatrix(twice, 10, 12, 1e-6))
    const white = product(twice, matrix, 10, 12, 12)
    expect(worst(white, () => 0)).toBeLessThan(Math.sqrt(10))
    expect(worst(matrix, () => 0)).toBeLessThan(100)
  })
})
