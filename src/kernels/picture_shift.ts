/** pictureShift: what ImageDataGenerator does to colours (keras/src/legacy/preprocessing/image.py), by one number drawn for each sample. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { expectRank, formatShape, sameShape, sizeOf } from '../shape.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './picture_shift.wgsl'

const KINDS = ['channels', 'brightness'] as const

export interface PictureShiftAttrs {
  /**
   * `channels` adds the number to all values, which stay in the range that the sample has. `brightness` multiplies by it, as Pillow does with bytes:
   * values are cut to whole numbers before and after, up to 255; of pictures that leave 0..255 those of the range stretched to it. The fourth of
   * four channels is left alone.
   */
  readonly kind: (typeof KINDS)[number]
}

/** x [N,H,W,C], by [N,1] -> as x. There is no gradient: Keras's brightness has steps. */
export const pictureShift = defineOp<PictureShiftAttrs>({
  name: 'pictureShift',
  inputs: ['x', 'by'],
  output: 'y',
  shape([x, by], { kind }) {
    if (!KINDS.includes(kind)) throw new ArgumentError('pictureShift', `kind must be ${KINDS.join(' or ')}, got ${String(kind)}`)
    expectRank('pictureShift', 'x', x!, 4)
    if (!sameShape(by!, [x![0]!, 1])) throw new ShapeError('pictureShift', `by must be [${x![0]},1], got ${formatShape(by)}`)
    return x!
  },
  cost: ({ output }) => ({ flops: 6 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { kind } }) => ({
    wgsl,
    sizes: { D: sizeOf(output) / output[0]!, C: output[3]!, kind: KINDS.indexOf(kind) },
    groups: output[0]!,
  })),
})
