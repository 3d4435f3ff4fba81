import { expect, test } from 'vitest'
import { conv2dTranspose, transposedWindow, type Conv2dTransposeAttrs } from '../../src/kernels/conv2d_transpose/conv2d_transpose.ts'
import { conv2dTransposeReference } from '../reference/conv2d.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

const attrs = (strides: readonly [number, number], padding: 'same' | 'valid', outputPadding?: readonly [number, number]) => ({
  strides,
  padding,
  outputPadding,
})
const geometries: readonly (readonly [filter: readonly [number, number], Conv2dTransposeAttrs])[] = [
  [[3, 3], attrs([2, 2], 'same')],
  [[3, 3], attrs([2, 2], 'valid')],
  [[2, 2], attrs([2, 2], 'valid')],
  [[4, 4], attrs([2, 2], 'same')],
  [[2, 3], attrs([3, 1], 'same')],
  [[1, 1], attrs([2, 3], 'valid')],
  [[3, 3], attrs([2, 2], 'same', [1, 0])],
  [[3, 2], attrs([2, 3], 'valid', [1, 2])],
]
const cases: OpCase<Conv2dTransposeAttrs>[] = [1, 5].flatMap((C) =>
  geometries.map(([filter, a], i) => ({
    name: `${C} channels, filter ${filter.join('x')}, stride ${a.strides.join()}, ${a.padding}, output padding ${String(a.outputPadding)}`,
    inputs: [spiked([2, 4, 3, C], C), spiked([...filter, 6, C], i), i % 2 ? undefined : spiked([6], 9)],
    attrs: a,
    options: { groupsPerPart: 3 },
  })),
)
testOp(conv2dTranspose, cases, conv2dTransposeReference)

test('sizes as in Keras', () => {
  const size = (filter: number, stride: number, padding: 'same' | 'valid', extra?: number) => {
    const a = attrs([stride, stride], padding, extra === undefined ? undefined : [extra, extra])
    const { P, top } = transposedWindow('up', [5, 5], [filter, filter], a)
    return [P, top]
  }
  expect(size(3, 2, 'same')).toEqual([10, 0])
  expect(size(4, 2, 'same')).toEqual([10, 1])
  expect(size(3, 2, 'valid')).toEqual([11, 0])
  expect(size(2, 3, 'valid')).toEqual([15, 0])
  expect(size(3, 2, 'same', 0)).toEqual([9, 1])
})

test('refuses what does not fit', () => {
  const shapes = [
    [1, 4, 4, 3],
    [3, 3, 6, 4],
  ]
  const rule = "[conv2dTranspose] input channels must match the kernel's last axis, got x [1,4,4,3] and w [3,3,6,4]"
  expect(() => conv2dTranspose.shape(shapes, attrs([1, 1], 'same'))).toThrow(rule)
  const fits = [
    [1, 4, 4, 4],
    [3, 3, 6, 4],
  ]
  const padded = attrs([2, 2], 'same', [2, 0])
  expect(() => conv2dTranspose.shape(fits, padded)).toThrow(
    '[conv2dTranspose] output padding must be whole numbers from 0 and below the strides, got [2,0] and [2,2]',
  )
})
