import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { relu } from '../../src/kernels/relu.ts'
import { reluGrad } from '../../src/kernels/relu_grad.ts'
import { reluReference } from '../reference/elementwise.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

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

test('the gradient is read off the output', () => {
  const g = new Graph()
  const x = g.input('x', [2, 3])
  const node = g.add(relu, [x], {})
  const dy = g.input('dy', [2, 3])
  const [dx] = relu.grad!({ g, node, attrs: {}, dy, needs: [true] })
  expect(dx).toMatchObject({ op: reluGrad, inputs: [node, dy] })
})
