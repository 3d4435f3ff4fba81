import { describe, expect, test } from 'vitest'
import { differenceOf, differenceTable, pairNames } from '../../examples/agreement/compare.ts'
import { NoPeer, openPeer } from '../../examples/agreement/peer.ts'
import { mosaic } from '../../examples/agreement/picture.ts'
import { ArgumentError, ShapeError } from '../../src/errors.ts'
import { tensor } from '../../src/tensor.ts'

describe('pairs of layers', () => {
  test('by kind and running number, wherever the counting begins, whatever the order', () => {
    const pairs = pairNames(
      ['conv2d', 'conv2d_10', 'conv2d_2', 'mixed9', 'mixed9_0', 'mixed9_1'],
      ['mixed9_1', 'conv2d_3', 'conv2d_1', 'conv2d_11', 'mixed9_0', 'mixed9'],
    )
    expect(Object.fromEntries(pairs)).toEqual({
      conv2d: 'conv2d_1',
      conv2d_2: 'conv2d_3',
      conv2d_10: 'conv2d_11',
      mixed9: 'mixed9',
      mixed9_0: 'mixed9_0',
      mixed9_1: 'mixed9_1',
    })
  })

  test('networks with unlike layers are refused', () => {
    expect(() => pairNames(['conv2d', 'conv2d_1'], ['conv2d_1'])).toThrow(ArgumentError)
    expect(() => pairNames([], ['dense_1'])).toThrow('[dense] both networks must have as many layers of a kind, got 0 and 1')
  })
})

describe('differences', () => {
  test('are the largest, and relative to the largest value', () => {
    expect(differenceOf('l', tensor([1, -3, 2], [3]), tensor([1, -4, 2.5], [3]))).toEqual({ maxAbs: 1, maxRel: 0.25 })
    expect(differenceOf('l', tensor([0, 0], [2]), tensor([0, 0], [2]))).toEqual({ maxAbs: 0, maxRel: 0 })
  })

  test.each([[[NaN, 5]], [[5, NaN]]])('a NaN is an infinite one: %j', (values) => {
    expect(differenceOf('l', tensor(values, [2]), tensor([5, 6], [2])).maxAbs).toBe(Infinity)
    expect(differenceOf('l', tensor([5, 6], [2]), tensor(values, [2])).maxAbs).toBe(Infinity)
  })

  test('of unlike shapes are refused', () => {
    expect(() => differenceOf('l', tensor([1, 2], [1, 2]), tensor([1, 2], [2, 1]))).toThrow(ShapeError)
  })

  test('the table names the first layer that is wrong', () => {
    const row = (layer: string, maxRel: number) => ({
      layer,
      peer: `${layer}_1`,
      className: 'Conv2D',
      shape: [1, 2],
      maxAbs: 2 * maxRel,
      maxRel,
    })
    const wrong = differenceTable([row('a', 1e-6), row('b', 0.5), row('c', Infinity)], 1e-3).split('\n')
    expect(wrong[1]!.split(/ {2,}/)).toEqual(['a', 'a_1', 'Conv2D', '[1,2]', '2.0e-6', '1.0e-6'])
    expect(wrong[2]!.split(/ {2,}/)).toEqual(['b', 'b_1', 'Conv2D', '[1,2]', '1.0e+0', '5.0e-1', 'differs'])
    expect(wrong.at(-1)).toBe('2 of 3 layers differ, the first is b')
    expect(
      differenceTable([row('a', 1e-6)], 1e-3)
        .split('\n')
        .at(-1),
    ).toBe('1 layers agree within 0.001')
    expect(differenceTable([row('a', NaN)], 1e-3)).toContain('the first is a')
  })
})

test('a mosaic: pictures in rows, cut off, from 0 to 1', () => {
  const batch = { shape: [4, 32, 32, 3], data: Uint8Array.from({ length: 4 * 3072 }, (_, i) => 51 * (Math.floor(i / 3072) + 1)) }
  const { shape, data } = mosaic(batch, 40)
  expect(shape).toEqual([1, 40, 40, 3])
  const at = (y: number, x: number) => data[(y * 40 + x) * 3]!
  expect([at(0, 0), at(31, 31), at(0, 32), at(32, 0), at(39, 39)].map((v) => v.toFixed(1))).toEqual(['0.2', '0.2', '0.4', '0.6', '0.8'])
})

test('without tfjs there is a word on how to get it', async () => {
  await expect(openPeer('/nowhere/package.json')).rejects.toThrow(NoPeer)
  await expect(openPeer('/nowhere/package.json')).rejects.toThrow('tfjs must be installed (npm ci --prefix bench)')
})
