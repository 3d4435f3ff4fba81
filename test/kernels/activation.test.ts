import { describe, expect, test } from 'vitest'
import { activation } from '../../src/kernels/activation/activation.ts'
import type { ActivationFunction } from '../../src/kernels/activation/functions.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { conv2dTranspose } from '../../src/kernels/conv2d/transpose.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { depthwiseConv2d } from '../../src/kernels/depthwise_conv2d/depthwise_conv2d.ts'
import { activationReference, erfc } from '../reference/activation.ts'
import { conv2dReference, conv2dTransposeReference, depthwiseConv2dReference } from '../reference/conv2d.ts'
import { denseReference } from '../reference/dense.ts'
import { functions } from '../support/activations.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

const small = values([2, 3, 5, 7], 1, -0.2, 0.2)
const middle = values([1025], 2, -8, 8)
const far = { shape: [15], data: new Float32Array([-0, 0, 1.5, -4, -12, -18, -30, 30, -80, 80, NaN, -6.5, 6.5, -1e30, 1e30]) }
const infinite = { shape: [2], data: new Float32Array([-Infinity, Infinity]) }
const limited = (name: string) => name !== 'softsign' && name !== 'exponential'
testOp(
  activation,
  functions.flatMap(([name, f]) =>
    [small, middle, far, ...(limited(name) ? [infinite] : [])].map((x, i) => ({
      name: `${name}, ${['near 0', 'to 8', 'far out', 'infinite'][i]}`,
      inputs: [x],
      attrs: { activation: f },
    })),
  ),
  activationReference,
)

testOp(
  activation,
  [
    { name: 'one element', inputs: [values([1], 1)], attrs: { activation: 'relu' } },
    {
      name: 'NaN of either sign stays NaN',
      inputs: [{ shape: [3], data: new Float32Array(new Uint32Array([0x7fc00000, 0xffc00000, 0x3f800000]).buffer) }],
      attrs: { activation: 'relu' },
    },
  ],
  activationReference,
)

testGradient(
  activation,
  functions.map(([name, f]) => ({ name, inputs: [values([3, 7], 3, -4, 4)], attrs: { activation: f } })),
  activationReference,
)

describe('as an epilogue', () => {
  const window = { strides: [1, 1], padding: 'same' } as const
  // The text is the same in all shaders: every function for four values at a time here, one with numbers and one with helpers elsewhere.
  testOp(
    depthwiseConv2d,
    functions.map(([name, activation]) => ({
      name,
      inputs: [values([1, 5, 5, 8], 1), values([3, 3, 8], 2), values([8], 3)],
      attrs: { ...window, activation },
    })),
    depthwiseConv2dReference,
  )

  const some = functions.filter(([name]) => name === 'silu' || name === 'relu with all options').reverse()
  const each = <A extends object>(inputs: (K: number) => OpCase<A>['inputs'], attrs: (f: ActivationFunction) => A): OpCase<A>[] =>
    [8, 5].flatMap((K) => some.map(([name, f]) => ({ name: `${name}, ${K} channels`, inputs: inputs(K), attrs: attrs(f) })))
  testOp(
    conv2d,
    each(
      (K) => [values([2, 5, 4, 3], 1), values([3, 3, 3, K], 2), values([K], 3)],
      (activation) => ({ ...window, groups: 1, activation }),
    ),
    conv2dReference,
  )
  testOp(
    conv2dTranspose,
    each(
      (K) => [values([1, 3, 3, 4], 4), values([3, 3, K, 4], 5)],
      (activation) => ({ strides: [2, 2], groups: 1, size: [6, 6], cut: [0, 0], activation }),
    ),
    conv2dTransposeReference,
  )
  testOp(
    dense,
    each(
      (K) => [values([3, 9], 6), values([9, K], 7)],
      (activation) => ({ activation }),
    ),
    denseReference,
  )
})

test('the oracle of erfc: known values', () => {
  for (const [v, y] of [
    [0.5, 0.4795001221869535],
    [1.9, 0.007209570764742531],
    [2, 0.004677734981047266],
    [2.9, 0.00004109787809945866],
    [8, 1.1224297172982928e-29],
  ] as const)
    expect(Math.abs(erfc(v) - y)).toBeLessThan(1e-12 * y)
})

test('refuses unknown functions and numbers that are not finite', () => {
  const rule = '[activation] activation must be one of linear, relu, sigmoid, tanh, silu,'
  expect(() => activation.shape([[3]], { activation: 'maxout' as never })).toThrow(rule)
  expect(() => activation.shape([[3]], { activation: { kind: 'sigmoid' } as never })).toThrow(rule)
  const rate = (alpha: number) => () => activation.shape([[3]], { activation: { kind: 'elu', alpha, scale: 1 } })
  expect(rate(NaN)).toThrow('[activation] the numbers of elu must be finite in f32, got NaN, 1')
  expect(rate(1e39)).toThrow('[activation] the numbers of elu must be finite in f32')
})
