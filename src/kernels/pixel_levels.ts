/** pixelLevels: pixels as samples, each level 0..255 of each channel by a table, so that whatever preprocesses them has the bits of who made it. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './pixel_levels.wgsl'

export interface PixelLevelsAttrs {
  /** Whether the channels of y are those of x from the last to the first. Default false. */
  readonly reverse?: boolean
}

const shader = new Shader(source)

/** x u32 [H,W], pixels as `resample` gives them; levels [256,C] of C channels, 1 or 3 -> y [1,H,W,C]. It has no gradient. */
export const pixelLevels = defineOp<PixelLevelsAttrs>({
  name: 'pixelLevels',
  inputs: ['x', 'levels'],
  output: 'y',
  shape([x, levels], { reverse }) {
    expectRank('pixelLevels', 'x', x!, 2)
    const C = levels!.at(-1)!
    if (formatShape(levels) !== formatShape([256, C]) || (C !== 1 && C !== 3))
      throw new ShapeError('pixelLevels', `levels must be [256,1] or [256,3], got levels ${formatShape(levels)}`)
    if (reverse && C === 1) throw new ArgumentError('pixelLevels', 'channels to be reversed must be 3, got 1')
    return [1, ...x!, C]
  },
  dtypes: () => ({ x: 'u32' }),
  cost: ({ inputs, output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(sizeOf(inputs[0]!), 2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => ({
    wgsl: shader.text({ consts: { C: output[3]!, REVERSE: attrs.reverse ?? false } }),
    sizes: {},
    groups: elementGroups(sizeOf(output)),
  })),
})
