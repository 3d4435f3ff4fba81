import { reluGrad } from '../../src/kernels/relu_grad.ts'
import { reluGradReference } from '../reference/elementwise.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

testOp(
  reluGrad,
  [
    { name: 'odd sizes', inputs: [spiked([3, 5, 7, 3], 1), spiked([3, 5, 7, 3], 2)], attrs: {} },
    { name: 'nothing at 0', inputs: [{ shape: [3], data: new Float32Array([0, -0, 1e-30]) }, spiked([3], 3)], attrs: {} },
  ],
  reluGradReference,
)
