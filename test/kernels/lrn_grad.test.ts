import { expect, test } from 'vitest'
import { lrnGrad } from '../../src/kernels/lrn_grad.ts'
import { lrnGradReference } from '../reference/activation.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const caffe = { radius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75 }
testOp(
  lrnGrad,
  [
    { name: 'as in Caffe', inputs: [values([2, 5, 3, 16], 1, 0, 300), spiked([2, 5, 3, 16], 2)], attrs: caffe },
    {
      name: 'as in the paper',
      inputs: [values([1, 5, 3, 96], 2, 0, 300), spiked([1, 5, 3, 96], 3)],
      attrs: { radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 },
    },
    {
      name: 'fewer channels than the window',
      inputs: [spiked([2, 3, 3, 3], 3), values([2, 3, 3, 3], 4)],
      attrs: { radius: 5, bias: 1, alpha: 0.1, beta: 0.5 },
    },
    { name: 'no neighbours', inputs: [spiked([300], 4), values([300], 5)], attrs: { radius: 0, bias: 0.5, alpha: 1, beta: 1 } },
  ],
  lrnGradReference,
)

test('refuses a gradient of another shape', () => {
  expect(() => lrnGrad.shape([[3], [4]], caffe)).toThrow('[lrnGrad] x and dy must have one shape, got x [3] and dy [4]')
})
