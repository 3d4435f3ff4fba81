import { expect, test } from 'vitest'
import { erase, type EraseAttrs } from '../../src/kernels/erase.ts'
import { eraseReference } from '../reference/augmentation.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const BYTES = [0, 255] as const
const seed = { shape: [2], data: Uint32Array.of(7, 0) }
const behind = { shape: [2], data: Uint32Array.of(7, 5) }

/** Three rectangles, the last of which is not to be. */
const numbers = { shape: [3, 6], data: Float32Array.of(0.3, 0.2, 0.6, 0.3, 1, 0, 1, 1, 0.5, 0.5, 0.7, 0.6, 0.9, 0.9, 0, 0, 0.4, 0.4) }

const cases = [1, 3, 6].flatMap((C): OpCase<EraseAttrs>[] => [
  { name: `a value, ${C} channels`, inputs: [spiked([3, 5, 7, C], C), numbers, seed], attrs: { fill: 9, range: BYTES, salt: 1 } },
  { name: `noise, ${C} channels`, inputs: [spiked([3, 5, 7, C], C), numbers, seed], attrs: { fill: null, range: [-1, 1], salt: 2 } },
  { name: `noise behind 5 other rows, ${C} channels`, inputs: [spiked([3, 5, 7, C], C), numbers, behind], attrs: { fill: null, range: [-1, 1], salt: 2 } }, // prettier-ignore
])

testOp(
  erase,
  [...cases, { name: 'a colour', inputs: [spiked([3, 5, 7, 3], 1), numbers, seed], attrs: { fill: [1, 2, 300], range: BYTES, salt: 3 } }],
  eraseReference,
)

testGradient(
  erase,
  [{ name: 'a value', inputs: [values([3, 2, 3, 1], 1), numbers, seed], attrs: { fill: 9, range: BYTES, salt: 1 } }],
  eraseReference,
  { constant: ['numbers'] },
)

test('the oracle: which pixels, and what the noise is like', () => {
  const one = { shape: [1, 6], data: [0.25, 0.25, 0.5, 1, 1, 0] }
  const erased = eraseReference([{ shape: [1, 4, 4, 1], data: new Float32Array(16) }, one, seed], { fill: 1, range: BYTES, salt: 0 })
  expect([...erased.y].join('')).toBe('0000000001100110')
  const whole = { shape: [1, 6], data: [1, 1, 0, 0, 1, 0] }
  const size = 10_000
  const { y } = eraseReference([{ shape: [1, 100, 100, 1], data: new Float32Array(size) }, whole, seed], {
    fill: null,
    range: [-9, 9],
    salt: 0,
  })
  const mean = y.reduce((a, b) => a + b, 0) / size / 9
  // Values beyond one deviation are cut off: their share is 0.317.
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(size))
  expect(Math.abs(y.filter((v) => Math.abs(v) === 9).length / size - 0.3173)).toBeLessThan(4 * Math.sqrt(0.3173 * 0.6827 / size)) // prettier-ignore
})

test('refuses numbers, fills and ranges', () => {
  const shape =
    (attrs: object, x: readonly number[] = [2, 5, 7, 3], by: readonly number[] = [2, 6]) =>
    () =>
      erase.shape([x, by, [2]], { fill: 0, range: BYTES, salt: 0, ...attrs })
  expect(shape({}, [2, 5, 7, 3], [2, 5])).toThrow('[erase] numbers must be six for each sample, got [2,5] and x [2,5,7,3]')
  expect(shape({ fill: NaN })).toThrow('[erase] fill and range must be finite numbers, the range in order, got NaN and 0,255')
  expect(shape({ fill: [1, 2, 3] }, [2, 5, 7, 1])).toThrow('[erase] x must have 3 channels for a fill of each, got [2,5,7,1]')
})
