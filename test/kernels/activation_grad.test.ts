import { expect, test } from 'vitest'
import { activationGrad } from '../../src/kernels/activation/grad.ts'
import { slopeFromOutput } from '../../src/kernels/activation/functions.ts'
import { activationGradReference, activationReference } from '../reference/activation.ts'
import { functions } from '../support/activations.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

type Attrs = Parameters<typeof activationGrad.shape>[1]

/** What the slope is read off: the output where that tells it. */
function given(activation: Attrs['activation'], x: ReturnType<typeof values>) {
  return slopeFromOutput(activation) ? { shape: x.shape, data: Float32Array.from(activationReference([x], { activation }).y) } : x
}

const cases: OpCase<Attrs>[] = functions.flatMap(([name, activation]) => [
  {
    name: `${name}, odd sizes`,
    inputs: [given(activation, values([3, 5, 7, 3], 1, -5, 5)), spiked([3, 5, 7, 3], 2)],
    attrs: { activation },
  },
  { name: `${name}, far out`, inputs: [given(activation, values([300], 3, -60, 60)), spiked([300], 4)], attrs: { activation } },
])
testOp(
  activationGrad,
  [
    ...cases,
    {
      name: 'relu, nothing at 0, whatever comes',
      inputs: [
        { shape: [4], data: new Float32Array([0, -0, 1e-30, -1]) },
        { shape: [4], data: new Float32Array([NaN, 2, 3, Infinity]) },
      ],
      attrs: { activation: 'relu' },
    },
  ],
  activationGradReference,
)

test('refuses shapes that differ', () => {
  expect(() => activationGrad.shape([[2], [3]], { activation: 'tanh' })).toThrow(
    '[activationGrad] v and dy must have one shape, got v [2] and dy [3]',
  )
})
