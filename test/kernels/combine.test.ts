import { describe, expect, test } from 'vitest'
import { broadcast, combine, type CombineAttrs } from '../../src/kernels/combine.ts'
import { combineReference } from '../reference/elementwise.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

const odd = (...numbers: number[]) => ({ shape: [numbers.length], data: new Float32Array(numbers) })
const cases: OpCase<CombineAttrs>[] = (['add', 'subtract', 'multiply', 'maximum', 'minimum'] as const).flatMap((kind) =>
  [
    { name: 'one shape', inputs: [spiked([3, 5, 7, 3], 1), spiked([3, 5, 7, 3], 2)] },
    { name: 'one number a channel of each sample', inputs: [spiked([3, 5, 7, 3], 3), spiked([3, 1, 1, 3], 4)] },
    { name: 'both repeated', inputs: [spiked([1, 5, 1, 3], 5), spiked([2, 1, 4, 1], 6)] },
    { name: 'fewer axes', inputs: [spiked([7], 7), spiked([3, 100, 7], 8)] },
    { name: 'more than one workgroup', inputs: [spiked([1025], 9), spiked([1025], 10)] },
    { name: 'NaN on either side', inputs: [odd(NaN, 1, 2, -3), odd(1, NaN, 3, -4)] },
  ].map(({ name, inputs }) => ({ name: `${kind}, ${name}`, inputs, attrs: { kind } })),
)
testOp(combine, cases, combineReference)

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
    expect(() => combine.shape(shapes, { kind: 'add' })).toThrow(`${rule}, got a [2,3] and b [3,2]`)
    expect(() => combine.shape([[1, 1, 1, 1, 2], [2]], { kind: 'add' })).toThrow(rule)
    expect(() => combine.shape([[2], [2]], { kind: 'dot' } as never)).toThrow(
      'kind must be one of add, subtract, multiply, maximum, minimum, got dot',
    )
  })
})
