import { expect, test } from 'vitest'
import { lrn } from '../../src/kernels/lrn.ts'
import { lrnReference } from '../reference/activation.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const caffe = { radius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75 }
testOp(
  lrn,
  [
    { name: 'as in Caffe', inputs: [values([2, 5, 3, 16], 1, 0, 300)], attrs: caffe },
    { name: 'as in the paper', inputs: [values([1, 5, 3, 96], 2, 0, 300)], attrs: { radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 } },
    { name: 'fewer channels than the window', inputs: [spiked([2, 3, 3, 3], 3)], attrs: { radius: 5, bias: 1, alpha: 0.1, beta: 0.5 } },
    { name: 'no neighbours', inputs: [spiked([300], 4)], attrs: { radius: 0, bias: 0.5, alpha: 1, beta: 1 } },
  ],
  lrnReference,
)

testGradient(
  lrn,
  [
    { name: 'as in the paper', inputs: [values([2, 3, 11], 2, -9, 9)], attrs: { radius: 2, bias: 2, alpha: 0.01, beta: 0.75 } },
    { name: 'fewer channels than the window', inputs: [values([2, 3, 3], 3)], attrs: { radius: 5, bias: 1, alpha: 0.1, beta: 0.5 } },
    { name: 'no neighbours', inputs: [values([2, 5], 4)], attrs: { radius: 0, bias: 0.5, alpha: 1, beta: 1 } },
  ],
  lrnReference,
)

test('refuses a radius and numbers that do not fit', () => {
  expect(() => lrn.shape([[3]], { ...caffe, radius: 1.5 })).toThrow('[lrn] radius must be a whole number from 0, got 1.5')
  const rule = '[lrn] bias must be greater than 0, alpha at least 0, beta finite'
  expect(() => lrn.shape([[3]], { ...caffe, bias: 0 })).toThrow(`${rule}, got 0, 0.00002 and 0.75`)
})
