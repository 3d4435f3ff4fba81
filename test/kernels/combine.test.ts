import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { broadcast, combine, type CombineAttrs } from '../../src/kernels/combine.ts'
import { combineReference } from '../reference/elementwise.ts'
import { functions } from '../support/activations.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const odd = (...numbers: number[]) => ({ shape: [numbers.length], data: new Float32Array(numbers) })
const kinds = ['add', 'subtract', 'multiply', 'maximum', 'minimum', 'greaterEqual', 'less'] as const
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
    { name: 'one element', inputs: [spiked([1, 1], 17), spiked([1], 18)] },
    { name: 'NaN on either side', inputs: [odd(NaN, 1, 2, -3), odd(1, NaN, 3, -4)] },
  ].map(({ name, inputs }) => ({ name: `${kind}, ${name}`, inputs, attrs: { kind, activation: 'linear' as const } })),
)
const bad = odd(NaN, -NaN, Infinity, -Infinity, 1, -0)
const activatedCases = [...functions, ['linear', 'linear'] as const].flatMap(([name, activation]): OpCase<CombineAttrs>[] => [
  { name: `${name} of a sum`, inputs: [spiked([3, 5, 7, 3], 3), values([3, 5, 7, 3], 4)], attrs: { kind: 'add', activation } },
  { name: `${name} of a product`, inputs: [values([2, 3, 3, 5], 5), values([5], 6)], attrs: { kind: 'multiply', activation } },
])
testOp(
  combine,
  [
    ...cases,
    ...activatedCases,
    { name: 'relu of what is not finite', inputs: [bad, odd(1, 1, 1, 1, 1, 1)], attrs: { kind: 'add', activation: 'relu' } },
  ],
  combineReference,
)

const differentiable = kinds.slice(0, 5)
testGradient(
  combine,
  [
    ...differentiable.flatMap((kind) =>
      [
        { name: 'one shape', inputs: [values([2, 7], 1), values([2, 7], 2)] },
        { name: 'one number a channel of each sample', inputs: [values([2, 3, 2, 4], 3), values([2, 1, 1, 4], 4)] },
        { name: 'both repeated', inputs: [values([1, 3, 1, 2], 5), values([2, 1, 4, 1], 6)] },
        { name: 'fewer axes', inputs: [values([4], 7), values([3, 2, 4], 8)] },
        { name: 'one number', inputs: [values([1], 9), values([2, 3], 10)] },
      ].map(({ name, inputs }) => ({ name: `${kind}, ${name}`, inputs, attrs: { kind, activation: 'linear' as const } })),
    ),
    ...(['relu', 'tanh'] as const).map((activation) => ({
      name: `sum through ${activation}`,
      inputs: [values([2, 7], 1), values([2, 7], 2)],
      attrs: { kind: 'add' as const, activation },
    })),
  ],
  combineReference,
)

test('what has no gradient says so', () => {
  const g = new Graph()
  const [a, b] = [g.input('a', [2]), g.input('b', [2])]
  const slopes = (attrs: CombineAttrs) => () => gradients(g, g.add(combine, [a, b], attrs), g.input('dy', [2]), [a])
  expect(slopes({ kind: 'less', activation: 'linear' })).toThrow('[combine] a comparison has no gradient, got less')
  expect(slopes({ kind: 'add', activation: 'gelu' })).toThrow(
    '[activation] a fused activation must tell its slope by its output, got gelu (differentiate first, fuse then)',
  )
})

describe('broadcasting', () => {
  test('an unknown batch stays unknown', () => {
    expect(broadcast([null, 4, 4, 8], [null, 1, 1, 8])).toEqual([null, 4, 4, 8])
    expect(broadcast([8], [null, 4, 8])).toEqual([null, 4, 8])
    expect(broadcast([2, 3], [3, 2])).toBeUndefined()
  })

  test('refuses axes that differ, and kinds', () => {
    const rule = '[combine] a and b must have shapes of rank 4 at most whose axes are equal or 1'
    const shapes = [
      [2, 3],
      [3, 2],
    ]
    expect(() => combine.shape(shapes, { kind: 'add', activation: 'linear' })).toThrow(`${rule}, got a [2,3] and b [3,2]`)
    expect(() => combine.shape([[1, 1, 1, 1, 2], [2]], { kind: 'add', activation: 'linear' })).toThrow(rule)
    expect(() => combine.shape([[2], [2]], { kind: 'dot' } as never)).toThrow(
      'kind must be one of add, subtract, multiply, maximum, minimum, greaterEqual, less, got dot',
    )
  })
})
