import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { add } from '../../src/kernels/add.ts'
import { reluGrad } from '../../src/kernels/relu_grad.ts'
import { addReference } from '../reference/elementwise.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

const bad = { shape: [6], data: new Float32Array([NaN, -NaN, Infinity, -Infinity, 1, -0]) }
const cases: OpCase<{ activation: 'linear' | 'relu' }>[] = (['linear', 'relu'] as const).flatMap((activation) => [
  { name: `${activation}, one element`, inputs: [spiked([1], 1), spiked([1], 2)], attrs: { activation } },
  { name: `${activation}, odd sizes`, inputs: [spiked([3, 5, 7, 3], 3), spiked([3, 5, 7, 3], 4)], attrs: { activation } },
  { name: `${activation}, more than one workgroup`, inputs: [spiked([1025], 5), spiked([1025], 6)], attrs: { activation } },
  { name: `${activation}, not finite`, inputs: [bad, { shape: [6], data: new Float32Array(6).fill(1) }], attrs: { activation } },
])
testOp(add, cases, addReference)

test('gradients: dy for both, through relu where there is one, and only where needed', () => {
  const g = new Graph()
  const inputs = [g.input('a', [2, 3]), g.input('b', [2, 3])]
  const dy = g.input('dy', [2, 3])
  const linear = g.add(add, inputs, { activation: 'linear' })
  expect(add.grad!({ g, node: linear, attrs: { activation: 'linear' }, dy, needs: [true, false] })).toEqual([dy, undefined])
  const rectified = g.add(add, inputs, { activation: 'relu' })
  const [da, db] = add.grad!({ g, node: rectified, attrs: { activation: 'relu' }, dy, needs: [true, true] })
  expect(da).toMatchObject({ op: reluGrad, inputs: [rectified, dy] })
  expect(db).toBe(da)
})

test('refuses shapes that differ', () => {
  expect(() =>
    add.shape(
      [
        [2, 3],
        [3, 2],
      ],
      { activation: 'linear' },
    ),
  ).toThrow('[add] a and b must have one shape, got a [2,3] and b [3,2]')
})
