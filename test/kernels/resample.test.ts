import { expect, test } from 'vitest'
import { resample } from '../../src/kernels/resample.ts'
import { greyPixels } from '../../src/loaders/images/grey.ts'
import type { Interpolation } from '../../src/about.ts'
import { resizePixels, tapsOf, type Pixels } from '../../src/loaders/images/resize.ts'
import { useGpu } from '../support/gpu.ts'
import { noisePicture } from '../support/pictures.ts'
import { onlyChoice, runOp, type RunOptions, type Tensor } from '../support/run-op.ts'

const gpu = useGpu()

/** Pixels in words, behind each row some that are none, and something in the fourth byte. */
function words({ width, height, data }: Pixels, behind = 3): Tensor & { readonly data: Uint32Array<ArrayBuffer> } {
  const row = width + behind
  const made = new Uint32Array(height * row).fill(0xffffffff)
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!]
    made[Math.floor(i / width) * row + (i % width)] = (r | (g << 8) | (b << 16) | ((i % 256) << 24)) >>> 0
  }
  return { shape: [height, row], data: made }
}

async function along(
  axis: 0 | 1,
  x: Tensor,
  from: number,
  to: number,
  how: Interpolation,
  grey: boolean,
  options: RunOptions,
): Promise<Tensor> {
  const { starts, counts, weights, stride } = tapsOf(from, to, how)
  const list = (data: ArrayLike<number>, ...shape: number[]) => ({ shape, data: Uint32Array.from(data) })
  const inputs = [x, list(starts, to), list(counts, to), list(weights, to, stride)]
  const { output } = await runOp(gpu(), resample, onlyChoice(resample), inputs, { axis, grey }, [], options)
  return { shape: axis === 0 ? [to, x.shape[1]!] : [x.shape[0]!, to], data: new Uint32Array(output.buffer as ArrayBuffer) }
}

const cases = [
  [[7, 5], [7, 5]],
  [[7, 5], [3, 9]],
  [[1, 1], [4, 3]],
  [[40, 31], [1, 1]],
  [[64, 33], [17, 64]],
  [[9, 300], [70, 7]],
] as const // prettier-ignore

test.each(cases.flatMap(([size, target]) => (['nearest', 'bilinear'] as const).map((how) => ({ size, target, how }))))(
  '$how, $size to $target, in colour and in grey: as on the CPU, to the bit',
  async ({ size: [height, width], target, how }) => {
    const picture = noisePicture(height, width, 3)
    for (const grey of [false, true]) {
      const options = grey ? { groupsPerPart: 1 } : {}
      const wide = await along(1, words(picture), width, target[1], how, grey, options)
      const { data } = await along(0, wide, height, target[0], how, false, options)
      const expected = resizePixels(grey ? greyPixels(picture) : picture, target, how)
      expect([...data]).toEqual([...words(expected, 0).data].map((word) => word & 0xffffff))
    }
  },
)

test('white stays white, whatever the weights round to', async () => {
  const white = { width: 1000, height: 1, data: new Uint8Array(3000).fill(255) }
  const { data } = await along(1, words(white), 1000, 7, 'bilinear', false, {})
  expect([...data]).toEqual(Array(7).fill(0xffffff))
})

test('refuses taps that do not go together', () => {
  const shapes = [[2, 3], [4], [5], [4, 1]]
  expect(() => resample.shape(shapes, { axis: 0 })).toThrow(
    '[resample] there must be a start, a count and a row of weights for each pixel, got starts [4], counts [5] and weights [4,1]',
  )
})
