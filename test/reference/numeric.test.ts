/** Numeric gradients: right where the function is smooth, away from kinks, and they tell a wrong gradient from a right one. */
import { describe, expect, test } from 'vitest'
import { columnSum } from '../../src/kernels/column_sum.ts'
import { defineGradient, type GradContext, type Ref } from '../../src/kernels/kernel.ts'
import { activation, type ActivationAttrs } from '../../src/kernels/activation/activation.ts'
import { activationGradient } from '../../src/kernels/activation/grad.ts'
import { useDevice } from '../support/device.ts'
import { gradientMismatch } from '../support/gradient.ts'
import { numericGradient } from '../support/numeric.ts'
import { values } from '../support/values.ts'
import { activationReference } from './activation.ts'
import { build, type Reference } from './reference.ts'
import type { Inputs } from './values.ts'

const relu = (inputs: Inputs) => activationReference(inputs, { activation: 'relu' })
const dy = { shape: [3], data: [1, -2, 0.5] }
const each =
  (f: (v: number) => number) =>
  ([x]: Inputs): Reference =>
    build(x!.shape, (i) => [f(x!.data[i]!), 0])

test.each([
  ['a polynomial', (v: number) => v ** 3 - v, (v: number) => 3 * v * v - 1],
  ['an exponential', Math.exp, Math.exp],
  ['a sine', (v: number) => Math.sin(3 * v), (v: number) => 3 * Math.cos(3 * v)],
])('%s', (_, f, slope) => {
  const x = values([3], 1)
  const { inputs, gradients } = numericGradient(each(f), [x], [0], dy)
  expect(inputs[0]!.data, 'nothing is moved').toEqual(x.data)
  gradients[0]!.y.forEach((d, i) => expect(Math.abs(d - dy.data[i]! * slope(x.data[i]!))).toBeLessThan(1e-8))
})

test.each([0, 1e-5, -1e-5, 0.0005, 0.0015, 0.0025, 0.0038, -0.0038])('a value %d from a kink is moved away', (distance) => {
  const x = { shape: [3], data: Float32Array.of(0.5, distance, -0.5) }
  const { inputs, gradients } = numericGradient(relu, [x], [0], dy)
  expect(Array.from(inputs[0]!.data, Math.sign)).toEqual([1, 1, -1])
  expect(Math.abs(inputs[0]!.data[1]!)).toBeGreaterThan(2 ** -8)
  gradients[0]!.y.forEach((d, i) => expect(Math.abs(d - (i < 2 ? dy.data[i]! : 0))).toBeLessThan(1e-9))
})

test('where there are kinks everywhere, it says so', () => {
  const jagged = (v: number) => Math.abs(v * 1e4 - Math.round(v * 1e4))
  expect(() => numericGradient(each(jagged), [values([3], 1)], [0], dy)).toThrow('must be smooth near its inputs')
})

describe('a wrong gradient is found', () => {
  const device = useDevice()
  const one = { name: 'one', inputs: [values([3, 5], 1)], attrs: { activation: 'relu' as const } }
  const wrongBy = (by: (c: GradContext<ActivationAttrs>) => (Ref | undefined)[]) =>
    gradientMismatch(device(), activation, one, activationReference, { gradient: defineGradient(activation, by) })

  test('and a right one is not called wrong', async () => {
    expect(await wrongBy((c) => activationGradient.by(c))).toBeUndefined()
  })

  test('that of the identity', async () => {
    expect(await wrongBy(({ dy }) => [dy])).toMatch(/^dx: \d of 15 values off/)
  })

  test('none', async () => {
    expect(await wrongBy(() => [undefined])).toBe('dx: no gradient')
  })

  test('one of another shape', async () => {
    expect(await wrongBy(({ g, dy }) => [g.add(columnSum, [dy], {})])).toBe('dx: length 5 instead of 15')
  })
})
