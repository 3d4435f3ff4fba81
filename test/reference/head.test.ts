/** The oracle checks itself: analytic gradients against central differences, in f64. */
import { expect, test } from 'vitest'
import { lcg } from '../support/values.ts'
import { headStep, type Batch, type DenseWeights } from './head.ts'

const next = lcg(7)
const random = (size: number) => Float64Array.from({ length: size }, () => 2 * next() - 1)
const batch: Batch = {
  x: random(5 * 6),
  t: Float64Array.from({ length: 5 * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 0.7 : 0.2)),
  count: 5,
}
const layers: DenseWeights[] = [
  { w: random(6 * 4), b: random(4) },
  { w: random(4 * 3), b: random(3) },
]

function central(values: Float64Array, i: number): number {
  const h = 1e-6
  const at = values[i]!
  const loss = (v: number) => {
    values[i] = v
    return headStep(batch, layers).loss
  }
  const slope = (loss(at + h) - loss(at - h)) / (2 * h)
  values[i] = at
  return slope
}

test('the gradient of the head oracle is the slope of its loss', () => {
  const { grads, dx } = headStep(batch, layers)
  const pairs: [Float64Array, Float64Array][] = [
    [batch.x, dx],
    ...layers.flatMap((l, i): [Float64Array, Float64Array][] => [
      [l.w, grads[i]!.w],
      [l.b, grads[i]!.b],
    ]),
  ]
  for (const [values, gradient] of pairs) {
    for (let i = 0; i < values.length; i++) expect(Math.abs(central(values, i) - gradient[i]!)).toBeLessThan(1e-8)
  }
})
