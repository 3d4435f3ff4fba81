import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { broadcast, combine, type CombineAttrs } from '../../src/kernels/combine.ts'
import { combineReference } from '../reference/elementwise.ts'
import { functions } from '../support/activations.ts'
import { useDevice } from '../support/device.ts'
import { testGradient } from '../support/gradient.ts'
import { runGraph } from '../support/graphs.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const odd = (...numbers: number[]) => ({ shape: [numbers.length], data: new Float32Array(numbers) })
const kinds = ['add', 'subtract', 'multiply', 'maximum', 'minimum', 'greaterEqual', 'less', 'divide', 'equal', 'keep'] as const
const cases: OpCase<CombineAttrs>[] = kinds.flatMap((kind) =>
  [
    { name: 'one shape', inputs: [spiked([3, 5, 7, 3], 1), spiked([3, 5, 7, 3], 2)] },
    { name: 'one number a channel of each sample', inputs: [spiked([3, 5, 7, 3], 3), spiked([3, 1, 1, 3], 4)] },
    { name: 'both repeated', inputs: [spiked([1, 5, 1, 3], 5), spiked([2, 1, 4, 1], 6)] },
    { name: 'fewer axes', inputs: [spiked([7], 7), spiked([3, 100, 7], 8)] },
    { name: 'more than one workgroup', inputs: [spiked([1025], 9), spiked([1025], 10)] },
    { name: 'four axes in turn', inputs: [spiked([3, 1, 5, 1], 11), spiked([1, 4, 1, 6], 12)] },
    { name: 'kernels by filter', inputs: [spiked([3, 3, 5, 7], 13), spiked([7], 14)] },
    { name: 'one number', inputs: [spiked([1], 15), spiked([2, 3], 16)] },
    { name: 'six axes, neighbours as one', inputs: [spiked([2, 3, 1, 1, 2, 3], 19), spiked([2, 3, 2, 2, 1, 1], 20)] },
    { name: 'one element', inputs: [spiked([1, 1], 17), spiked([1], 18)] },
    { name: 'NaN on either side', inputs: [odd(NaN, 1, 2, -3), odd(1, NaN, 3, -4)] },
  ].map(({ name, inputs }) => ({ name: `${kind}, ${name}`, inputs, attrs: { kind, activation: 'linear' as const } })),
)
const powers: OpCase<CombineAttrs>[] = [
  { name: 'one shape', inputs: [values([3, 5, 7], 19, 0, 4), values([3, 5, 7], 20, -3, 3)] },
  { name: 'one number', inputs: [values([257, 3], 21, 0, 4), odd(1.7)] },
  { name: 'whole powers of numbers below 0', inputs: [odd(-2, -2, -3, -0.5, -1, -2), odd(3, 2, -3, -2, 5, 0)] },
  { name: 'nothing, and what is not finite', inputs: [odd(0, 0, 0, -2, NaN, 1, Infinity), odd(2, -1, 0, 0.5, 2, NaN, 2)] },
  {
    name: 'of one, and of what is infinite',
    inputs: [odd(1, 1, 1, -Infinity, -Infinity, -Infinity), odd(Infinity, -Infinity, NaN, 1.5, -0.5, 3)],
  },
].map(({ name, inputs }) => ({ name: `power, ${name}`, inputs, attrs: { kind: 'power', activation: 'linear' } }))
const chosen: OpCase<CombineAttrs>[] = (['equal', 'keep'] as const).map((kind) => ({
  name: `${kind}, of few numbers`,
  inputs: [odd(1, 2, -3, 0, NaN, Infinity, Infinity, 4, NaN, -0), odd(1, 0, -3, -0, 0, 0, Infinity, NaN, NaN, 0)],
  attrs: { kind, activation: 'linear' },
}))
const bad = odd(NaN, -NaN, Infinity, -Infinity, 1, -0)
const activatedCases = [...functions, ['linear', 'linear'] as const].flatMap(([name, activation]): OpCase<CombineAttrs>[] => [
  { name: `${name} of a sum`, inputs: [spiked([3, 5, 7, 3], 3), values([3, 5, 7, 3], 4)], attrs: { kind: 'add', activation } },
  { name: `${name} of a product`, inputs: [values([2, 3, 3, 5], 5), values([5], 6)], attrs: { kind: 'multiply', activation } },
])
testOp(
  combine,
  [
    ...cases,
    ...powers,
    ...chosen,
    ...activatedCases,
    { name: 'relu of what is not finite', inputs: [bad, odd(1, 1, 1, 1, 1, 1)], attrs: { kind: 'add', activation: 'relu' } },
  ],
  combineReference,
)

const differentiable = kinds.filter((kind) => !['equal', 'greaterEqual', 'less'].includes(kind))
testGradient(
  combine,
  [
    ...differentiable.flatMap((kind) => {
      // What is divided by is away from 0, where there is no slope.
      const second = (shape: number[], seed: number) => values(shape, seed, kind === 'divide' ? 0.5 : -1)
      return [
        { name: 'one shape', inputs: [values([2, 7], 1), second([2, 7], 2)] },
        { name: 'one number a channel of each sample', inputs: [values([2, 3, 2, 4], 3), second([2, 1, 1, 4], 4)] },
        { name: 'both repeated', inputs: [values([1, 3, 1, 2], 5), second([2, 1, 4, 1], 6)] },
        { name: 'fewer axes', inputs: [values([4], 7), second([3, 2, 4], 8)] },
        { name: 'one number', inputs: [values([1], 9), second([2, 3], 10)] },
      ].map(({ name, inputs }) => ({ name: `${kind}, ${name}`, inputs, attrs: { kind, activation: 'linear' as const } }))
    }),
    { name: 'power', inputs: [values([2, 7], 11, 0.3, 2), values([2, 7], 12, -2, 3)], attrs: { kind: 'power', activation: 'linear' } },
    { name: 'power, repeated', inputs: [values([3, 2, 4], 13, 0.3, 2), values([4], 14)], attrs: { kind: 'power', activation: 'linear' } },
    ...(['relu', 'tanh'] as const).map((activation) => ({
      name: `sum through ${activation}`,
      inputs: [values([2, 7], 1), values([2, 7], 2)],
      attrs: { kind: 'add' as const, activation },
    })),
  ],
  combineReference,
)

test('what cannot be differentiated says so', () => {
  const g = new Graph()
  const [a, b] = [g.input('a', [2]), g.input('b', [2])]
  const slopes = (attrs: CombineAttrs) => () => gradients(g, g.add(combine, [a, b], attrs), g.input('dy', [2]), [a])
  expect(slopes({ kind: 'add', activation: 'gelu' })).toThrow(
    '[activation] a fused activation must tell its slope by its output, got gelu (differentiate first, fuse then)',
  )
})

describe('a power', () => {
  const device = useDevice()

  test('has no slope by its exponent where the base is not above 0', async () => {
    const g = new Graph()
    const [a, b] = [g.input('a', [3]), g.input('b', [3])]
    const found = gradients(g, g.add(combine, [a, b], { kind: 'power', activation: 'linear' }), g.input('dy', [3]), [b])
    g.outputs.set('db', found.get(b)!)
    const { db } = await runGraph(device(), g, { a: odd(0, -2, 1).data, b: odd(2, 2, 3).data, dy: odd(1, 1, 1).data })
    expect([...db!].map((v) => v + 0)).toEqual([0, 0, 0])
  })
})

describe('broadcasting', () => {
  test('an unknown batch stays unknown', () => {
    expect(broadcast([null, 4, 4, 8], [null, 1, 1, 8])).toEqual([null, 4, 4, 8])
    expect(broadcast([8], [null, 4, 8])).toEqual([null, 4, 8])
    expect(broadcast([2, 3], [3, 2])).toBeUndefined()
  })

  test('refuses axes that differ, and kinds', () => {
    const rule = '[combine] a and b must have axes that are equal or 1, 4 at most when neighbours that go alike are one'
    const shapes = [
      [2, 3],
      [3, 2],
    ]
    expect(() => combine.shape(shapes, { kind: 'add', activation: 'linear' })).toThrow(`${rule}, got a [2,3] and b [3,2]`)
    const five = [
      [2, 1, 2, 1, 2],
      [1, 2, 1, 2, 1],
    ]
    expect(() => combine.shape(five, { kind: 'add', activation: 'linear' })).toThrow(rule)
    expect(() => combine.shape([[2], [2]], { kind: 'dot' } as never)).toThrow(
      'kind must be one of add, subtract, multiply, maximum, minimum, greaterEqual, less, divide, power, equal, keep, got dot',
    )
  })
})
