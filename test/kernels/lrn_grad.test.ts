import { expect, test } from 'vitest'
import { lrnGrad } from '../../src/kernels/lrn_grad.ts'
import { lrnGradReference, lrnTermsReference } from '../reference/activation.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const caffe = { radius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75 }
const cases = [
  { name: 'as in Caffe', shape: [2, 5, 3, 16], low: 0, high: 300, attrs: caffe },
  { name: 'as in the paper', shape: [1, 5, 3, 97], low: 0, high: 300, attrs: { radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 } },
  { name: 'fewer channels than the window', shape: [2, 3, 3, 3], low: -1, high: 1, attrs: { radius: 5, bias: 1, alpha: 0.1, beta: 0.5 } },
  { name: 'no neighbours', shape: [300], low: -1, high: 1, attrs: { radius: 0, bias: 0.5, alpha: 1, beta: 1 } },
].flatMap(({ name, shape, low, high, attrs }, i) => {
  const [x, dy] = [values(shape, i, low, high), spiked(shape, 10 + i)]
  return [
    { name: `${name}, terms`, inputs: [x, dy], attrs },
    { name, inputs: [x, dy, spiked(shape, 20 + i)], attrs },
  ]
})
testOp(lrnGrad, cases, (inputs, attrs) => (inputs[2] ? lrnGradReference : lrnTermsReference)(inputs, attrs))

test('refuses a gradient of another shape', () => {
  expect(() => lrnGrad.shape([[3], [4]], caffe)).toThrow('[lrnGrad] x and dy must have one shape, got x [3] and dy [4]')
  expect(() => lrnGrad.shape([[3], [3], [4]], caffe)).toThrow('[lrnGrad] terms and x must have one shape, got terms [4] and x [3]')
})
