import { expect, test } from 'vitest'
import { unary, type UnaryAttrs } from '../../src/kernels/unary.ts'
import { unaryReference } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const kinds: readonly UnaryAttrs['kind'][] = ['abs', 'sqrt', 'rsqrt', 'log', 'sign', 'floor', 'ceil', 'round']
const odd = [NaN, -NaN, Infinity, -Infinity, 0, -0, -1, 1, 0.5, 1.5, 2.5, -0.5, -1.5, 8388609, -8388609, 4194304.5]
const wide = values([3, 87], 3, -80, 80)
wide.data.forEach((v, i) => (wide.data[i] = Math.exp(v)))

testOp(
  unary,
  kinds.flatMap((kind) => [
    { name: `${kind}, odd sizes, more than one workgroup`, inputs: [spiked([3, 5, 7, 3], 1)], attrs: { kind } },
    { name: `${kind}, from tiny to huge`, inputs: [wide], attrs: { kind } },
    { name: `${kind}, one element`, inputs: [values([1], 2)], attrs: { kind } },
    { name: `${kind}, what is special`, inputs: [{ shape: [16], data: new Float32Array(odd) }], attrs: { kind } },
  ]),
  unaryReference,
)

testGradient(
  unary,
  kinds.map((kind) => ({
    name: kind,
    inputs: [values([3, 7], 4, ['sqrt', 'rsqrt', 'log'].includes(kind) ? 0.2 : -2, 2)],
    attrs: { kind },
  })),
  unaryReference,
)

test('refuses what it does not know', () => {
  const rule = '[unary] kind must be one of abs, sqrt, rsqrt, log, sign, floor, ceil, round, got cbrt'
  expect(() => unary.shape([[2]], { kind: 'cbrt' } as never)).toThrow(rule)
})
