import { describe, expect, test } from 'vitest'
import { optimize, type OptimizeAttrs } from '../../src/kernels/optimize/optimize.ts'
import { optimizeReference } from '../reference/optimizers.ts'
import { DESCENT, hyperOf } from '../support/descent.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp, type Tensor } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

const gpu = useGpu()

const hyper = (...numbers: number[]): Tensor => ({ shape: [6], data: Float32Array.from({ length: 6 }, (_, i) => numbers[i] ?? 0) })
const one = (value: number): Tensor => ({ shape: [1], data: Float32Array.of(value) })
/** With a root over it: not negative. */
const positive = (shape: number[], seed: number): Tensor => values(shape, seed, 0, 2)

interface Case {
  readonly name: string
  readonly attrs: Partial<OptimizeAttrs>
  readonly h?: readonly number[]
  /** State by the seeds of its values; negative: values from 0. */
  readonly state: readonly number[]
}

const rmsprop = { rule: 'rmsprop', k: [0.1, 1e-7, 0.8, 0] } as const
/** Far from a variance of 0. */
const centered = { rule: 'rmsprop', k: [0.1, 3, 0.8, 1] } as const
const adam = { rule: 'adam', k: [0.1, 0.001, 1e-7] } as const

const RULES: readonly Case[] = [
  { name: 'descent', attrs: {}, state: [] },
  { name: 'momentum', attrs: { rule: 'momentum', state: ['a'], k: [0.9, 0] }, state: [3] },
  { name: 'momentum, Nesterov', attrs: { rule: 'momentum', state: ['a'], k: [0.9, 1] }, state: [3] },
  { name: 'rmsprop', attrs: { ...rmsprop, state: ['a'] }, state: [-3] },
  { name: 'rmsprop with momentum', attrs: { ...rmsprop, state: ['a', 'b'] }, state: [-3, 4] },
  { name: 'rmsprop, centered', attrs: { ...centered, state: ['a', 'c'] }, state: [-3, 4] },
  { name: 'rmsprop with momentum, centered', attrs: { ...centered, state: ['a', 'b', 'c'] }, state: [-3, 4, 5] },
  { name: 'rmspropOutside', attrs: { rule: 'rmspropOutside', state: ['a'], k: rmsprop.k }, state: [-3] },
  { name: 'adagrad', attrs: { rule: 'adagrad', state: ['a'], k: [1e-7] }, state: [-3] },
  { name: 'adagradOutside', attrs: { rule: 'adagradOutside', state: ['a'], k: [1e-7] }, state: [-3] },
  { name: 'adadelta', attrs: { rule: 'adadelta', state: ['a', 'b'], k: [0.05, 1e-7] }, state: [-3, -4] },
  { name: 'adam', attrs: { ...adam, state: ['a', 'b'] }, h: [0.3], state: [3, -4] },
  { name: 'adam, AMSGrad', attrs: { ...adam, state: ['a', 'b', 'c'] }, h: [0.3], state: [3, -4, -5] },
  { name: 'adamax', attrs: { rule: 'adamax', state: ['a', 'b'], k: [0.1, 0.999, 1e-7] }, h: [0.4], state: [3, -4] },
  { name: 'nadam', attrs: { rule: 'nadam', state: ['a', 'b'], k: [0.1, 0.001, 1e-7] }, h: [0.7, 0.6, 0.2], state: [3, -4] },
  { name: 'lion', attrs: { rule: 'lion', state: ['a'], k: [0.9, 0.1, 0.99, 0.01] }, state: [3] },
]

async function check(shape: number[], inputs: readonly (Tensor | undefined)[], attrs: OptimizeAttrs, seeds: readonly number[]) {
  const state = [spiked(shape, 2), ...seeds.map((seed) => (seed < 0 ? positive(shape, -seed) : values(shape, seed)))]
  const { updates } = await runOp(gpu(), optimize, onlyChoice(optimize), inputs, attrs, state)
  expect(updates.length).toBe(state.length)
  optimizeReference(inputs, state, attrs).forEach((reference, i) => expectClose(updates[i]!, reference))
}

describe.each(RULES)('optimize: $name', ({ attrs, h = [], state }) => {
  test.each([[[1]], [[3, 3, 5, 7]], [[1025]]])('%j', async (shape) => {
    await check(shape, [spiked(shape, 1), hyper(0.01, ...h)], { ...DESCENT, ...attrs }, state)
  })

  test('decay, a multiplier, a clipped norm and clipped values', async () => {
    const shape = [7, 41]
    const all = { ...DESCENT, ...attrs, decay: 0.004, multiplier: 0.3, norm: 1.5, limit: 0.2 }
    await check(shape, [spiked(shape, 1), hyper(0.01, ...h), one(4)], all, state)
  })
})

/** With no state, the most that there can be, and Adam's. */
const averaged = RULES.filter(({ name }) => ['descent', 'rmsprop with momentum, centered', 'adam'].includes(name))

test.each(averaged)('optimize: $name, with an average, put into the weight or not', async ({ attrs, h = [], state }) => {
  const [a = 0, b = 0, c = 0] = h
  for (const put of [0, 1]) {
    const inputs = [spiked([7, 41], 1), hyper(0.01, a, b, c, 0.9, put), one(4)]
    await check([7, 41], inputs, { ...DESCENT, ...attrs, decay: 0.01, norm: 1.5, average: true }, [...state, 9])
  }
})

test('optimize: a short gradient is left as it is, one without length too', async () => {
  const attrs = { ...DESCENT, norm: 2 }
  for (const squares of [3.9, 0]) {
    const { updates } = await runOp(gpu(), optimize, onlyChoice(optimize), [values([5], 1), hyper(1), one(squares)], attrs, [
      values([5], 2),
    ])
    expect(updates[0]).toEqual(values([5], 2).data.map((w, i) => Math.fround(w - values([5], 1).data[i]!)))
  }
})

test.each([Infinity, NaN])('optimize: a norm of %d makes the weights NaN', async (squares) => {
  const { updates } = await runOp(
    gpu(),
    optimize,
    onlyChoice(optimize),
    [values([5], 1), hyper(1), one(squares)],
    { ...DESCENT, norm: 2 },
    [values([5], 2)],
  )
  expect([...updates[0]!].every(Number.isNaN)).toBe(true)
})

test('optimize: a gradient of 0 from a state of 0 changes nothing', async () => {
  const zeros = () => ({ shape: [5], data: new Float32Array(5) })
  for (const { attrs, h = [], state } of RULES) {
    const before = [values([5], 6), ...state.map(zeros)]
    const { updates } = await runOp(gpu(), optimize, onlyChoice(optimize), [zeros(), hyper(1, ...h)], { ...DESCENT, ...attrs }, before)
    expect(updates.map((u) => [...u].map((v) => v + 0))).toEqual(before.map(({ data }) => [...data]))
  }
})

test('refuses what is out of range', () => {
  const shapes = [[5], [6]]
  expect(() => optimize.shape([[5], [1]], DESCENT)).toThrow('[optimize] hyper must have 6 values, got hyper [1]')
  expect(() => optimize.shape(shapes, { ...DESCENT, norm: 1 })).toThrow('[optimize] squares must have 1 value, got squares [0]')
  expect(() => optimize.shape(shapes, { ...DESCENT, decay: -1 })).toThrow('[optimize] decay must be in [0, Infinity), got -1')
  expect(() => optimize.shape(shapes, { ...DESCENT, k: [1, 2, 3, 4, 5] })).toThrow('[optimize] a rule must have 4 constants at most, got 5')
  const strange = { ...DESCENT, rule: 'newton' } as unknown as OptimizeAttrs
  expect(() => optimize.shape(shapes, strange)).toThrow('[optimize] rule must be that of an optimizer, got newton')
  expect(hyperOf(0.5)).toEqual(hyper(0.5).data)
})
