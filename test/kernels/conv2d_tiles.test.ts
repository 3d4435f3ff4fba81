/** Small shapes choose small tiles. Here every tile without barriers is tried on shapes that do not fit it. */
import { test } from 'vitest'
import { BASE_CAPS } from '../../src/caps.ts'
import { conv2d, type Conv2dAttrs } from '../../src/kernels/conv2d/conv2d.ts'
import { convGeometry } from '../../src/kernels/conv2d/geometry.ts'
import { epilogueOf } from '../../src/kernels/epilogue.ts'
import { registerKernel, type RegisterTile } from '../../src/kernels/gemm/register.ts'
import type { Variant } from '../../src/kernels/kernel.ts'
import { conv2dReference } from '../reference/conv2d.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { runOp } from '../support/run-op.ts'
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
