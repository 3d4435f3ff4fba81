/** Small shapes choose small tiles. Here every tile without barriers is tried on shapes that do not fit it, and blocks are compared with each other. */
import { describe, expect, test } from 'vitest'
import { BASE_CAPS } from '../../src/caps.ts'
import { conv2d, type Conv2dAttrs } from '../../src/kernels/conv2d/conv2d.ts'
import { convGeometry } from '../../src/kernels/conv2d/geometry.ts'
import { conv2dGradW } from '../../src/kernels/conv2d/grad_w.ts'
import { conv2dTranspose } from '../../src/kernels/conv2d/transpose.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { epilogueOf } from '../../src/kernels/epilogue.ts'
import { registerKernel, type RegisterTile } from '../../src/kernels/gemm/register.ts'
import { earlyVariantOf, variantOf, type Op, type Variant } from '../../src/kernels/kernel.ts'
import { conv2dReference } from '../reference/conv2d.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { choicesOf, ioOf, runOp } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

const gpu = useGpu()

const SHAPES = [
  { name: 'vectors', x: [2, 7, 9, 8], w: [3, 3, 8, 72], strides: [1, 1] },
  { name: 'odd channels', x: [1, 6, 9, 33], w: [2, 3, 33, 35], strides: [2, 1] },
  { name: 'stride wider than the filter', x: [1, 9, 14, 4], w: [1, 2, 4, 40], strides: [2, 3] },
] as const

const tiles: RegisterTile[] = [
  { h: 1, w: 1, k: 1, lanes: 4 },
  { h: 1, w: 4, k: 2, lanes: 8 },
  { h: 2, w: 3, k: 3, lanes: 8 },
  { h: 3, w: 5, k: 1, lanes: 8 },
  { h: 1, w: 16, k: 1, lanes: 16 },
]
for (const tile of tiles) {
  const label = `${tile.h}x${tile.w}x${tile.k} of ${tile.lanes} lanes`
  test.each(SHAPES)(`tile ${label}: $name`, async ({ x, w, strides }) => {
    const attrs: Conv2dAttrs = { strides, padding: 'same', groups: 1, activation: 'relu' }
    const inputs = [spiked(x, 1), values(w, 2), values([w[3]], 3), spiked(conv2d.shape([x, w], attrs), 4)]
    const variant: Variant<Conv2dAttrs> = {
      name: 'register',
      time: () => 0,
      kernel: (io) => registerKernel(convGeometry('conv2d', x, w, attrs), tile, epilogueOf(io.inputs.slice(2), attrs)),
    }
    const { output } = await runOp(gpu(), conv2d, { name: variant.name, variant, caps: BASE_CAPS }, inputs, attrs)
    expectClose(output, conv2dReference(inputs, attrs))
  })
}

/** A sum in slices, of a length that is no multiple of any block's depth. */
const terms = { x: [2, 9, 13, 8], dy: [2, 9, 13, 16] } as const
const window = { strides: [1, 1], padding: 'same', groups: 1 } as const
const products = {
  conv2d: [conv2d, [values([1, 7, 9, 12], 1), values([3, 3, 12, 8], 2), values([8], 3)], { ...window, activation: 'relu' }],
  'conv2d of pixels that are no vectors': [
    conv2d,
    [values([2, 7, 9, 3], 1), values([3, 3, 3, 8], 2), values([8], 3), values([2, 4, 5, 8], 4), values([8], 5)],
    { ...window, strides: [2, 2], activation: 'relu' },
  ],
  'conv2d of groups': [conv2d, [values([1, 5, 6, 9], 1), values([2, 3, 3, 30], 2)], { ...window, groups: 3, activation: 'linear' }],
  dense: [dense, [values([9, 37], 1), values([37, 12], 2), values([12], 3)], { activation: 'linear' }],
  conv2dTranspose: [
    conv2dTranspose,
    [values([1, 5, 6, 12], 1), values([3, 3, 8, 12], 2)],
    { strides: [2, 2], groups: 1, size: [10, 12], cut: [0, 0], activation: 'linear' },
  ],
  conv2dGradW: [conv2dGradW, [values(terms.x, 1), values(terms.dy, 2)], { ...window, filter: [3, 3], slices: 3 }],
} as const

describe('a variant that compiles early gives the bits of those that it stands in for', () => {
  test.each(Object.entries(products))('%s', async (_, [typed, inputs, attrs]) => {
    const op = typed as unknown as Op
    const choices = choicesOf(op, ioOf(op, inputs, attrs))
    const earlies = choices.filter(({ variant }) => variant.early)
    const blocks = choices.filter(({ variant }) => earlies.at(-1)!.variant.early!.includes(variant.name))
    expect(blocks.map(({ variant }) => variant.name)).toEqual(['128x64', '64x64', '32x32'])
    const { output } = await runOp(gpu(), op, blocks[0]!, inputs, attrs)
    for (const other of [...earlies, ...blocks.slice(1)]) expect((await runOp(gpu(), op, other, inputs, attrs)).output).toEqual(output)
  })

  test('for the first layer of a network that is one without blocks, unless it would take long', () => {
    const names = (N: number) => {
      const inputs = [[N, 299, 299, 3], [3, 3, 3, 64], [64], undefined, undefined]
      const io = { inputs, output: [N, 149, 149, 64], attrs: { ...window, strides: [2, 2], padding: 'valid', activation: 'relu' } } as const
      return [earlyVariantOf(conv2d, io, BASE_CAPS).name, variantOf(conv2d, io, BASE_CAPS).name]
    }
    expect(names(1)).toEqual(['direct', '128x64'])
    expect(names(32)).toEqual(['32x32', '128x64'])
  })
})
