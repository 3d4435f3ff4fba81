import { expect, test } from 'vitest'
import { slice } from '../../src/kernels/slice.ts'
import { sliceReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

testOp(
  slice,
  [
    { name: 'the first column', inputs: [spiked([2, 3, 5, 7], 1)], attrs: { begin: 0, end: 1 } },
    { name: 'the last columns', inputs: [spiked([2, 9, 5, 7], 2)], attrs: { begin: 3, end: 7 } },
    { name: 'all', inputs: [spiked([33, 5], 3)], attrs: { begin: 0, end: 5 } },
    { name: 'more than one workgroup', inputs: [spiked([50, 301], 4)], attrs: { begin: 100, end: 229 } },
    { name: 'a vector', inputs: [spiked([70], 5)], attrs: { begin: 1, end: 69 } },
    {
      name: 'bits that are no numbers',
      inputs: [{ shape: [3], data: new Float32Array([1, NaN, -Infinity]) }],
      attrs: { begin: 1, end: 3 },
    },
  ],
  sliceReference,
)

test('refuses columns that are not there', () => {
  const shape = (begin: number, end: number) => () => slice.shape([[2, 5]], { begin, end })
  const rule = '[slice] columns must be whole numbers from 0, begin before end, got'
  expect(shape(2, 2)).toThrow(`${rule} [2,2) and x [2,5]`)
  expect(shape(-1, 2)).toThrow(rule)
  expect(shape(0, 6)).toThrow(rule)
  expect(shape(0.5, 2)).toThrow(rule)
})
