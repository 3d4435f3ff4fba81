import { expect, test } from 'vitest'
import { values } from '../support/values.ts'
import { denseReference } from './dense.ts'

test('columns from xBegin on: the product with the rows of w that would meet them, and the others zero', () => {
  const [x, w] = [values([3, 9], 1), values([4, 5], 2)]
  const whole = { shape: [9, 5], data: Float32Array.from({ length: 45 }, (_, i) => w.data[i - 10] ?? 0) }
  const attrs = { activation: 'linear' } as const
  expect(denseReference([x, w], { ...attrs, xBegin: 2 }).y).toEqual(denseReference([x, whole], attrs).y)
})
