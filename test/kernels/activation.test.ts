import { expect, test } from 'vitest'
import { activation, type ActivationAttrs } from '../../src/kernels/activation.ts'
import { activationReference, erfc } from '../reference/activation.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

const all: readonly (readonly [name: string, attrs: ActivationAttrs])[] = [
  ['relu6', { kind: 'relu', negativeSlope: 0, threshold: 0, maxValue: 6 }],
  ['leaky relu', { kind: 'relu', negativeSlope: 0.3, threshold: 0, maxValue: Infinity }],
  ['relu with all options', { kind: 'relu', negativeSlope: 0.1, threshold: 1.5, maxValue: 2.5 }],
  ['elu', { kind: 'elu', alpha: 0.7, scale: 1 }],
  ['selu', { kind: 'elu', alpha: 1.6732632423543772, scale: 1.0507009873554805 }],
  ['hard sigmoid', { kind: 'hardSigmoid', slope: 1 / 6, offset: 0.5 }],
  ['hard silu', { kind: 'hardSilu', slope: 1 / 6, offset: 0.5 }],
  ...(['sigmoid', 'tanh', 'silu', 'softplus', 'softsign', 'exponential', 'gelu'] as const).map((kind) => [kind, { kind }] as const),
]
const small = values([2, 3, 5, 7], 1, -0.2, 0.2)
const middle = values([1025], 2, -8, 8)
const far = { shape: [15], data: new Float32Array([-0, 0, 1.5, -4, -12, -18, -30, 30, -80, 80, NaN, -6.5, 6.5, -1e30, 1e30]) }
testOp(
  activation,
  all.flatMap(([name, attrs]) =>
    [small, middle, far].map((x, i) => ({ name: `${name}, ${['near 0', 'to 8', 'far out'][i]}`, inputs: [x], attrs })),
  ),
  activationReference,
)

const infinite = { shape: [2], data: new Float32Array([-Infinity, Infinity]) }
testOp(
  activation,
  all.flatMap(([name, attrs]) =>
    attrs.kind === 'softsign' || attrs.kind === 'exponential' ? [] : [{ name: `${name}, infinite`, inputs: [infinite], attrs }],
  ),
  activationReference,
)

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

test('refuses unknown kinds and numbers that are not finite', () => {
  expect(() => activation.shape([[3]], { kind: 'maxout' } as never)).toThrow('kind must be one of relu, elu, sigmoid, tanh, silu,')
  expect(() => activation.shape([[3]], { kind: 'elu', alpha: NaN, scale: 1 })).toThrow('[activation] the numbers of elu must be finite')
})
