import { relu } from '../../src/kernels/relu.ts'
import { reluReference } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  relu,
  [
    { name: 'one element', inputs: [spiked([1], 1)], attrs: {} },
    { name: 'odd sizes', inputs: [spiked([3, 5, 7, 3], 2)], attrs: {} },
    { name: 'one workgroup exactly', inputs: [spiked([256], 3)], attrs: {} },
    {
      name: 'NaN of either sign stays NaN',
      inputs: [{ shape: [3], data: new Float32Array(new Uint32Array([0x7fc00000, 0xffc00000, 0x3f800000]).buffer) }],
      attrs: {},
    },
    { name: 'zeros and infinities', inputs: [{ shape: [5], data: new Float32Array([0, -0, Infinity, -Infinity, -1e-30]) }], attrs: {} },
  ],
  reluReference,
)

testGradient(relu, [{ name: 'on both sides of 0', inputs: [values([3, 5], 1)], attrs: {} }], reluReference)
