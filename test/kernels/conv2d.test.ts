import { describe, expect, test } from 'vitest'
import type { Padding } from '../../src/shape.ts'
import { ShapeError } from '../../src/errors.ts'
import { conv2d, type Conv2dAttrs } from '../../src/kernels/conv2d/conv2d.ts'
import { conv2dReference } from '../reference/conv2d.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

interface Options {
  strides?: [number, number]
  padding?: Padding
  groups?: number
  relu?: boolean
  bias?: boolean
  residual?: boolean
  scale?: boolean
  dilations?: [number, number]
  groupsPerPart?: number
}

type Four = [number, number, number, number]

/** A case from the shapes of x and w; values are spiked, so that a wrong neighbour is far off. */
function make(name: string, x: Four, w: Four, options: Options = {}): OpCase<Conv2dAttrs> {
  const {
    strides = [1, 1],
    padding = 'valid',
    groups = 1,
    relu = false,
    bias = false,
    residual = false,
    scale = false,
    dilations,
    groupsPerPart,
  } = options
  const attrs: Conv2dAttrs = { strides, padding, groups, activation: relu ? 'relu' : 'linear', ...(dilations && { dilations }) }
  const y = conv2d.shape([x, w], attrs)
  return {
    name: `${name}: x [${x.join()}] w [${w.join()}] ${JSON.stringify(options)}`,
    inputs: [
      spiked(x, 1),
      values(w, 2),
      bias ? values([w[3]], 3) : undefined,
      residual ? spiked(y, 4) : undefined,
      scale ? values([w[3]], 5) : undefined,
    ],
    attrs,
    ...(groupsPerPart ? { options: { groupsPerPart } } : {}),
  }
}

/** NaN in one channel of one pixel: it must come out of every output that reads it, through ReLU too, and out of no other. */
function withNaN(made: OpCase<Conv2dAttrs>): OpCase<Conv2dAttrs> {
  const [x, ...others] = made.inputs
  const data = Float32Array.from(x!.data)
  data[Math.floor(data.length / 2)] = NaN
  return { ...made, name: `${made.name} with NaN`, inputs: [{ shape: x!.shape, data }, ...others] }
}

const all = { bias: true, residual: true, relu: true, scale: true }

testOp(
  conv2d,
  [
    make('1x1', [1, 5, 7, 8], [1, 1, 8, 16]),
    make('1x1, everything odd', [2, 5, 3, 5], [1, 1, 5, 3], { bias: true }),
    make('1x1 of one pixel', [1, 1, 1, 48], [1, 1, 48, 64], { bias: true, relu: true }),
    make('1x1 of one pixel a batch', [3, 1, 1, 33], [1, 1, 33, 10], { bias: true }),
    make('1x1 stride 2', [2, 8, 9, 16], [1, 1, 16, 24], { strides: [2, 2], bias: true }),
    make('1x1 of one channel to one filter', [1, 3, 3, 1], [1, 1, 1, 1]),
    make('1x1 deep', [1, 3, 3, 320], [1, 1, 320, 72], all),
    make('3x3 valid', [1, 8, 9, 8], [3, 3, 8, 12]),
    withNaN(make('3x3', [1, 9, 9, 8], [3, 3, 8, 20], { padding: 'same', ...all })),
    withNaN(make('3x3, odd channels', [1, 9, 9, 3], [3, 3, 3, 5], { padding: 'same', relu: true })),
    make('3x3 same', [2, 7, 7, 12], [3, 3, 12, 20], { padding: 'same', bias: true, relu: true }),
    make('3x3 same, 3 channels', [1, 11, 10, 3], [3, 3, 3, 8], { padding: 'same', bias: true, relu: true }),
    make('3x3 first layer, stride 2', [2, 15, 17, 3], [3, 3, 3, 32], { strides: [2, 2], relu: true }),
    make('3x3 same, even stride on even size', [1, 8, 8, 5], [3, 3, 5, 10], { strides: [2, 2], padding: 'same' }),
    make('3x3 same, even stride on odd size', [3, 9, 7, 4], [3, 3, 4, 8], { strides: [2, 2], padding: 'same', bias: true }),
    make('3x3 same, unequal strides', [1, 9, 10, 6], [3, 3, 6, 4], { strides: [3, 2], padding: 'same' }),
    make('3x3 on one pixel', [1, 1, 1, 5], [3, 3, 5, 33], { padding: 'same', ...all }),
    make('3x3 on two rows', [1, 2, 9, 4], [3, 3, 4, 4], { padding: 'same' }),
    make('3x3 all epilogues', [2, 6, 5, 48], [3, 3, 48, 64], { padding: 'same', ...all }),
    make('3x3 residual alone', [1, 6, 5, 4], [3, 3, 4, 8], { padding: 'same', residual: true }),
    make('3x3 bias and residual, odd channels', [2, 5, 5, 3], [3, 3, 3, 33], { padding: 'same', bias: true, residual: true }),
    make('3x3 residual and relu', [1, 5, 6, 16], [3, 3, 16, 10], { padding: 'same', residual: true, relu: true }),
    make('3x3 wide', [1, 4, 30, 8], [3, 3, 8, 16], { padding: 'same', relu: true }),
    make('3x3 many filters', [1, 4, 4, 16], [3, 3, 16, 136], { padding: 'same', bias: true }),
    make('3x3 stride 2, deep', [2, 7, 7, 64], [3, 3, 64, 72], { strides: [2, 2], bias: true }),
    make('5x5 same', [1, 9, 8, 8], [5, 5, 8, 12], { padding: 'same', bias: true }),
    make('5x5, stride 2', [2, 11, 12, 3], [5, 5, 3, 10], { strides: [2, 2] }),
    make('7x7, stride 2, as ResNet', [1, 20, 18, 3], [7, 7, 3, 64], { strides: [2, 2], padding: [3, 3, 3, 3], bias: true, relu: true }),
    make('7x7 larger than the input', [1, 4, 3, 4], [7, 7, 4, 8], { padding: 'same' }),
    make('1x7 same', [2, 5, 8, 16], [1, 7, 16, 20], { padding: 'same', bias: true, relu: true }),
    make('7x1 same', [1, 8, 5, 16], [7, 1, 16, 12], { padding: 'same', relu: true }),
    make('1x3 on 3x3', [3, 3, 3, 24], [1, 3, 24, 40], { padding: 'same' }),
    make('11x11 stride 4, as AlexNet', [1, 27, 31, 3], [11, 11, 3, 12], { strides: [4, 4], bias: true, relu: true }),
    make('2x2 even window, same', [1, 5, 6, 4], [2, 2, 4, 4], { padding: 'same' }),
    make('4x2 window', [1, 6, 5, 7], [4, 2, 7, 6], { padding: 'same', strides: [1, 2] }),
    make('window equals input', [2, 4, 5, 8], [4, 5, 8, 12], { bias: true }),
    make('stride larger than the window', [1, 10, 11, 4], [2, 2, 4, 8], { strides: [5, 3] }),
    make('asymmetric padding', [1, 6, 7, 8], [3, 3, 8, 8], { padding: [0, 2, 1, 0], bias: true }),
    make('padding wider than the window', [1, 3, 3, 4], [2, 2, 4, 4], { padding: [3, 0, 2, 4] }),
    make('asymmetric padding, stride 2', [1, 8, 8, 3], [3, 3, 3, 16], { padding: [0, 0, 1, 1], strides: [2, 2], relu: true }),
    make('2 groups', [1, 6, 6, 8], [3, 3, 4, 16], { groups: 2, padding: 'same', bias: true }),
    make('2 groups, odd channels', [2, 5, 5, 6], [3, 3, 3, 10], { groups: 2, padding: 'same', ...all }),
    make('4 groups', [1, 5, 6, 16], [3, 3, 4, 48], { groups: 4, padding: 'same', relu: true }),
    make('4 groups of 1x1', [2, 4, 4, 16], [1, 1, 4, 32], { groups: 4, bias: true }),
    make('2 groups, as AlexNet', [1, 7, 7, 48], [5, 5, 24, 64], { groups: 2, padding: 'same', bias: true, relu: true }),
    make('depthwise', [1, 7, 6, 12], [3, 3, 1, 12], { groups: 12, padding: 'same', bias: true }),
    make('depthwise, stride 2, odd channels', [2, 8, 7, 5], [3, 3, 1, 5], { groups: 5, padding: 'same', strides: [2, 2] }),
    make('depthwise with multiplier', [1, 5, 5, 6], [3, 3, 1, 24], { groups: 6, relu: true }),
    make('3x3 scale alone', [1, 6, 5, 8], [3, 3, 8, 12], { padding: 'same', scale: true }),
    make('3x3 dilated', [2, 9, 11, 8], [3, 3, 8, 20], { dilations: [2, 3], bias: true }),
    make('3x3 dilated, same', [1, 12, 10, 3], [3, 3, 3, 7], { dilations: [2, 2], padding: 'same', ...all }),
    make('3x2 dilated down, stride across', [1, 11, 9, 16], [3, 2, 16, 24], { dilations: [3, 1], strides: [1, 2], relu: true }),
    make('2 groups, dilated', [1, 9, 8, 16], [3, 3, 8, 32], { groups: 2, dilations: [2, 1], padding: 'same' }),
    make('padding before alone, tile past the end', [1, 5, 5, 8], [3, 3, 8, 8], { padding: [2, 2, 0, 0] }),
    make('in parts', [1, 12, 11, 4], [3, 3, 4, 24], { padding: 'same', groupsPerPart: 1, ...all }),
    make('in parts of several groups', [2, 9, 9, 5], [3, 3, 5, 33], { padding: 'same', groupsPerPart: 7, bias: true }),
    make('in two parts', [3, 14, 14, 8], [1, 1, 8, 72], { groupsPerPart: 5 }),
  ],
  conv2dReference,
)

/** Every input but the scale, which is frozen. */
testGradient(
  conv2d,
  [
    make('gradient, all epilogues', [1, 4, 5, 3], [3, 3, 3, 4], { padding: 'same', bias: true, residual: true }),
    make('gradient through a scale', [1, 4, 3, 4], [2, 2, 4, 4], { bias: true, scale: true }),
    make('gradient through relu', [2, 3, 3, 2], [1, 1, 2, 5], { relu: true, bias: true }),
    make('gradient, strides', [1, 7, 6, 3], [3, 2, 3, 4], { strides: [2, 3], padding: 'same' }),
    make('gradient, dilated', [1, 6, 7, 2], [3, 2, 2, 3], { dilations: [2, 3], bias: true }),
    make('gradient, groups', [1, 4, 4, 4], [3, 3, 2, 6], { groups: 2, padding: [1, 0, 0, 2] }),
  ],
  conv2dReference,
  { constant: ['s'] },
)

describe('conv2d shapes', () => {
  const plain: Conv2dAttrs = { strides: [1, 1], padding: 'valid', groups: 1, activation: 'linear' }
  const attrs = (over: Partial<Conv2dAttrs> = {}): Conv2dAttrs => ({ ...plain, ...over })
  const fails = (inputs: readonly (number[] | undefined)[], over: Partial<Conv2dAttrs>, message: string) => {
    expect(() => conv2d.shape(inputs, attrs(over))).toThrow(new ShapeError('conv2d', message))
  }

  test('of the output', () => {
    expect(
      conv2d.shape(
        [
          [2, 224, 224, 3],
          [7, 7, 3, 64],
        ],
        attrs({ strides: [2, 2], padding: [3, 3, 3, 3] }),
      ),
    ).toEqual([2, 112, 112, 64])
    expect(
      conv2d.shape(
        [
          [1, 139, 139, 3],
          [3, 3, 3, 32],
        ],
        attrs({ strides: [2, 2] }),
      ),
    ).toEqual([1, 69, 69, 32])
    expect(
      conv2d.shape(
        [
          [1, 8, 8, 4],
          [3, 5, 2, 6],
        ],
        attrs({ groups: 2, padding: 'same', strides: [3, 2] }),
      ),
    ).toEqual([1, 3, 4, 6])
  })

  test('rank', () => {
    fails(
      [
        [8, 8, 3],
        [3, 3, 3, 4],
      ],
      {},
      'x must have rank 4, got x [8,8,3]',
    )
    fails(
      [
        [1, 8, 8, 3],
        [3, 3, 4],
      ],
      {},
      'w must have rank 4, got w [3,3,4]',
    )
  })

  test('channels that do not match', () => {
    fails(
      [
        [1, 224, 224, 3],
        [3, 3, 4, 64],
      ],
      {},
      'input channels must match the kernel, got x [1,224,224,3] and w [3,3,4,64]',
    )
    fails(
      [
        [1, 8, 8, 8],
        [3, 3, 8, 4],
      ],
      { groups: 2 },
      "input channels must be 2 groups of the kernel's, got x [1,8,8,8] and w [3,3,8,4]",
    )
  })

  test('groups that do not divide', () => {
    const rule = 'groups must divide input and output channels'
    fails(
      [
        [1, 8, 8, 6],
        [3, 3, 2, 8],
      ],
      { groups: 4 },
      `${rule}, got 4 groups, x [1,8,8,6] and w [3,3,2,8]`,
    )
    fails(
      [
        [1, 8, 8, 6],
        [3, 3, 2, 8],
      ],
      { groups: 3 },
      `${rule}, got 3 groups, x [1,8,8,6] and w [3,3,2,8]`,
    )
  })

  test('bias and residual', () => {
    fails([[1, 8, 8, 3], [3, 3, 3, 4], [5]], {}, 'bias must have one value per filter, got b [5] and w [3,3,3,4]')
    fails(
      [
        [1, 8, 8, 3],
        [3, 3, 3, 4],
        [1, 4],
      ],
      {},
      'bias must have one value per filter, got b [1,4] and w [3,3,3,4]',
    )
    const message = "residual must have the output's shape, got r [1,8,8,4] and y [1,6,6,4]"
    fails([[1, 8, 8, 3], [3, 3, 3, 4], undefined, [1, 8, 8, 4]], {}, message)
  })

  test('scale', () => {
    fails([[1, 8, 8, 3], [3, 3, 3, 4], undefined, undefined, [3]], {}, 'scale must have one value per filter, got s [3] and w [3,3,3,4]')
  })

  test('dilations', () => {
    const shapes = [
      [1, 9, 8, 3],
      [3, 3, 3, 4],
    ]
    expect(conv2d.shape(shapes, attrs({ dilations: [2, 1] }))).toEqual([1, 5, 6, 4])
    fails(shapes, { dilations: [2, 1], strides: [2, 1] }, 'strides and dilations must not both exceed 1, got [2,1] and [2,1]')
    fails(shapes, { dilations: [5, 1] }, 'window must fit the input, got window [11,3] and input [9,8] with padding valid')
  })

  test('a window that does not fit', () => {
    fails(
      [
        [1, 2, 8, 3],
        [3, 3, 3, 4],
      ],
      {},
      'window must fit the input, got window [3,3] and input [2,8] with padding valid',
    )
  })

  test('cost counts two operations per multiply-add and per group', () => {
    const inputs = [[1, 6, 6, 8], [3, 3, 4, 16], [16], undefined]
    const io = { inputs, output: [1, 4, 4, 16], attrs: attrs({ groups: 2 }) }
    expect(conv2d.cost(io)).toEqual({ flops: 2 * 4 * 4 * 16 * 9 * 4, bytes: 4 * (6 * 6 * 8 + 9 * 4 * 16 + 16 + 4 * 4 * 16) })
  })
})
