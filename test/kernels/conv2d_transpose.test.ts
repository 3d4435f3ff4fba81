import { expect, test } from 'vitest'
import { conv2dTranspose, transposedWindow, type Conv2dTransposeAttrs, type TransposedWindow } from '../../src/kernels/conv2d/transpose.ts'
import { conv2dTransposeReference } from '../reference/conv2d.ts'
import { unslide } from '../reference/window.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const layer = (
  strides: readonly [number, number],
  padding: 'same' | 'valid',
  outputPadding?: readonly [number, number],
): TransposedWindow => ({
  strides,
  padding,
  outputPadding,
})

type Four = readonly [number, number, number, number]
interface Options extends Partial<Conv2dTransposeAttrs> {
  readonly epilogue?: boolean
}

function make(
  name: string,
  x: Four,
  w: Four,
  attrs: Pick<Conv2dTransposeAttrs, 'strides' | 'size' | 'cut'>,
  options: Options = {},
): OpCase<Conv2dTransposeAttrs> {
  const { epilogue, ...rest } = options
  const all: Conv2dTransposeAttrs = { groups: 1, activation: epilogue ? 'relu' : 'linear', ...attrs, ...rest }
  const K = w[2] * all.groups
  const after = epilogue ? [spiked([K], 9), spiked([x[0], ...all.size, K], 10), spiked([K], 11)] : []
  return {
    name: `${name}: x [${x.join()}] w [${w.join()}] ${JSON.stringify(all)}`,
    inputs: [spiked(x, 1), spiked(w, 2), ...after],
    attrs: all,
  }
}

const layers: readonly (readonly [filter: readonly [number, number], TransposedWindow])[] = [
  [[3, 3], layer([2, 2], 'same')],
  [[3, 3], layer([2, 2], 'valid')],
  [[2, 2], layer([2, 2], 'valid')],
  [[4, 4], layer([2, 2], 'same')],
  [[2, 3], layer([3, 1], 'same')],
  [[1, 1], layer([2, 3], 'valid')],
  [[3, 3], layer([2, 2], 'same', [1, 0])],
  [[3, 2], layer([2, 3], 'valid', [1, 2])],
]
const ofLayers = [1, 5, 8].flatMap((C) =>
  layers.map(([filter, l], i) => {
    const { P, Q, top, left } = transposedWindow('up', [4, 3], filter, l)
    const made = make(
      `layer ${l.padding} ${String(l.outputPadding)}`,
      [2, 4, 3, C],
      [...filter, i % 3 ? 6 : 8, C],
      { strides: l.strides, size: [P, Q], cut: [top, left] },
      { epilogue: i % 2 === 0 },
    )
    return { ...made, options: { groupsPerPart: 3 } }
  }),
)
/** As gradients: the size is the convolution's input. */
const gradients = [
  make('3x3 same', [2, 7, 9, 16], [3, 3, 12, 16], { strides: [1, 1], size: [7, 9], cut: [1, 1] }),
  make('3x3 valid, deep', [1, 5, 6, 72], [3, 3, 40, 72], { strides: [1, 1], size: [7, 8], cut: [0, 0] }),
  make('1x1', [3, 5, 7, 20], [1, 1, 68, 20], { strides: [1, 1], size: [5, 7], cut: [0, 0] }),
  make('1x1 stride 2', [1, 4, 5, 8], [1, 1, 16, 8], { strides: [2, 2], size: [8, 9], cut: [0, 0] }),
  make('3x3 stride 2, first layer', [1, 8, 9, 32], [3, 3, 3, 32], { strides: [2, 2], size: [17, 19], cut: [0, 0] }),
  make('5x5 stride 2 same', [2, 4, 4, 7], [5, 5, 5, 7], { strides: [2, 2], size: [8, 8], cut: [1, 1] }),
  make('2x2 stride 5, 3', [1, 2, 4, 8], [2, 2, 4, 8], { strides: [5, 3], size: [10, 11], cut: [0, 0] }),
  make('cut below 0', [1, 4, 4, 4], [3, 3, 8, 4], { strides: [1, 1], size: [8, 9], cut: [-1, -2] }),
  make('dilated', [1, 5, 6, 8], [3, 3, 12, 8], { strides: [1, 1], size: [9, 12], cut: [0, 1] }, { dilations: [2, 3] }),
  make('2 groups', [1, 6, 6, 16], [3, 3, 8, 16], { strides: [1, 1], size: [6, 6], cut: [1, 1] }, { groups: 2, epilogue: true }),
  make('4 groups, odd channels', [2, 5, 4, 12], [3, 2, 5, 12], { strides: [2, 1], size: [10, 5], cut: [1, 0] }, { groups: 4 }),
  make('everything after', [2, 6, 5, 36], [3, 3, 132, 36], { strides: [1, 1], size: [6, 5], cut: [1, 1] }, { epilogue: true }),
]
testOp(conv2dTranspose, [...ofLayers, ...gradients], (inputs, attrs) => conv2dTransposeReference(inputs, attrs))

const ofSmallLayers = layers.map(([filter, l], i) => {
  const { P, Q, top, left } = transposedWindow('up', [2, 3], filter, l)
  return make(`layer ${l.padding}`, [1, 2, 3, 2], [...filter, 1 + (i % 2), 2], { strides: l.strides, size: [P, Q], cut: [top, left] })
})
const small = [
  make('cut below 0', [1, 2, 3, 2], [3, 3, 2, 2], { strides: [1, 1], size: [6, 8], cut: [-1, -2] }),
  make('dilated', [1, 2, 3, 1], [3, 2, 2, 1], { strides: [1, 1], size: [5, 5], cut: [0, 1] }, { dilations: [2, 3] }),
  make(
    '2 groups, all that follows',
    [1, 2, 3, 4],
    [2, 3, 1, 4],
    { strides: [2, 1], size: [4, 3], cut: [0, 1] },
    { groups: 2, epilogue: true },
  ),
]
const differentiated = [...ofSmallLayers, ...small].map(({ name, inputs, attrs }): OpCase<Conv2dTransposeAttrs> => {
  const few = inputs.slice(0, 4).map((v, i) => v && values(v.shape, i + 1))
  return { name, inputs: few, attrs: { ...attrs, activation: 'linear' } }
})
testGradient(conv2dTranspose, differentiated, (inputs, attrs) => conv2dTransposeReference(inputs, attrs))

test.each(layers)('the part of the whole that a layer wants, as the oracle has it: filter %j, %j', (filter, l) => {
  const { P, Q, top, left } = transposedWindow('up', [4, 3], filter, l)
  expect({ out: P, cut: top }).toEqual(unslide(4, filter[0], l.strides[0], l.padding, l.outputPadding?.[0] ?? null))
  expect({ out: Q, cut: left }).toEqual(unslide(3, filter[1], l.strides[1], l.padding, l.outputPadding?.[1] ?? null))
})

test('sizes as in Keras', () => {
  const size = (filter: number, stride: number, padding: 'same' | 'valid', extra?: number) => {
    const a = layer([stride, stride], padding, extra === undefined ? undefined : [extra, extra])
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
  const attrs: Conv2dTransposeAttrs = { strides: [1, 1], groups: 1, size: [4, 4], cut: [1, 1], activation: 'linear' }
  const rule =
    "[conv2dTranspose] input channels must match the kernel's last axis, and groups divide them, got x [1,4,4,3], w [3,3,6,4] and 1 groups"
  const shapes = [
    [1, 4, 4, 3],
    [3, 3, 6, 4],
  ]
  expect(() => conv2dTranspose.shape(shapes, attrs)).toThrow(rule)
  const fits = [
    [1, 4, 4, 4],
    [3, 3, 6, 4],
  ]
  expect(() => conv2dTranspose.shape(fits, { ...attrs, strides: [2, 2], dilations: [2, 1] })).toThrow(
    '[conv2dTranspose] strides and dilations must not both exceed 1, got [2,2] and [2,1]',
  )
  expect(() => transposedWindow('up', [4, 4], [3, 3], layer([2, 2], 'same', [2, 0]))).toThrow(
    '[up] output padding must be whole numbers from 0 and below the strides, got [2,0] and [2,2]',
  )
})
