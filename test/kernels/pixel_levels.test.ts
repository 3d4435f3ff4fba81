import { expect, test } from 'vitest'
import { pixelLevels, type PixelLevelsAttrs } from '../../src/kernels/pixel_levels.ts'
import { build, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testOp } from '../support/op-cases.ts'
import { lcg, spiked } from '../support/values.ts'

function pixelLevelsReference([x, levels]: Inputs, { reverse }: PixelLevelsAttrs): Reference {
  const C = levels!.shape[1]!
  return build([1, ...x!.shape, C], (i) => {
    const c = i % C
    const level = Math.floor(x!.data[Math.floor(i / C)]! / 256 ** (reverse ? C - 1 - c : c)) % 256
    return [levels!.data[level * C + c]!, 0]
  })
}

const next = lcg(5)
const pixels = (...shape: [number, number]) => ({
  shape,
  data: Uint32Array.from({ length: shape[0] * shape[1] }, () => Math.floor(next() * 2 ** 32)),
})

testOp(
  pixelLevels,
  [
    { name: 'grey', inputs: [pixels(3, 5), spiked([256, 1], 1)], attrs: {} },
    { name: 'colours', inputs: [pixels(31, 17), spiked([256, 3], 2)], attrs: {} },
    { name: 'colours, reversed', inputs: [pixels(9, 30), spiked([256, 3], 3)], attrs: { reverse: true } },
    { name: 'in several dispatches', inputs: [pixels(20, 20), spiked([256, 3], 4)], attrs: {}, options: { groupsPerPart: 1 } },
  ],
  pixelLevelsReference,
)

test('refuses tables that are none, and one channel reversed', () => {
  expect(() => pixelLevels.shape([[2, 2], [256, 2]], {})).toThrow('[pixelLevels] levels must be [256,1] or [256,3], got levels [256,2]') // prettier-ignore
  expect(() => pixelLevels.shape([[2, 2], [256, 1]], { reverse: true })).toThrow('channels to be reversed must be 3, got 1') // prettier-ignore
})
