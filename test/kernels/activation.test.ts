import { expect, test } from 'vitest'
import { activation, type ActivationAttrs } from '../../src/kernels/activation.ts'
import { activationReference, erf } from '../reference/activation.ts'
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
  ...(['sigmoid', 'tanh', 'silu', 'softplus', 'softsign', 'exponential', 'gelu', 'geluTanh'] as const).map(
    (kind) => [kind, { kind }] as const,
  ),
]
const small = values([2, 3, 5, 7], 1, -0.2, 0.2)
const middle = values([1025], 2, -8, 8)
const far = { shape: [9], data: new Float32Array([-0, 0, -30, 30, -80, 80, NaN, -6.5, 6.5]) }
testOp(
  activation,
  all.flatMap(([name, attrs]) =>
    [small, middle, far].map((x, i) => ({ name: `${name}, ${['near 0', 'to 8', 'far out'][i]}`, inputs: [x], attrs })),
  ),
  activationReference,
)

test('the oracle of erf: known values', () => {
  for (const [v, y] of [
    [0.5, 0.5204998778130465],
    [-2.9, -0.9999589021219005],
    [3.1, 0.9999883513426328],
  ] as const)
    expect(Math.abs(erf(v) - y)).toBeLessThan(1e-13)
})

test('refuses unknown kinds and numbers that are not finite', () => {
  expect(() => activation.shape([[3]], { kind: 'maxout' } as never)).toThrow('kind must be one of relu, elu, sigmoid, tanh, silu,')
  expect(() => activation.shape([[3]], { kind: 'elu', alpha: NaN, scale: 1 })).toThrow('[activation] the numbers of elu must be finite')
})
