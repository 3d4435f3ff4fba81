/** mixRows: every sample with another one of its batch: a blend (MixUp), or a rectangle of the other (CutMix). */
import { ArgumentError, ShapeError } from '../errors.ts'
import { formatShape, sameShape, sizeOf } from '../shape.ts'
import { elementGroups, expectRows } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './mix_rows.wgsl'

export interface MixRowsAttrs {
  /** `blend`: weight * x + (1 - weight) * other. `paste`: other from left to right (without it), and top to bottom, else x. */
  readonly kind: 'blend' | 'paste'
}

/** x [N,...] (for `paste` [N,H,W,C]), order u32 [N]: which other, numbers [N,5]: weight, left, right, top, bottom -> as x. There is no gradient. */
export const mixRows = defineOp<MixRowsAttrs>({
  name: 'mixRows',
  inputs: ['x', 'order', 'numbers'],
  output: 'y',
  shape([x, order, numbers], { kind }) {
    if (kind !== 'blend' && kind !== 'paste') throw new ArgumentError('mixRows', `kind must be blend or paste, got ${String(kind)}`)
    expectRows('mixRows', 'order', order!, x!)
    if (!sameShape(numbers!, [x![0]!, 5]))
      throw new ShapeError('mixRows', `numbers must be five for each row, got ${formatShape(numbers)} and x ${formatShape(x)}`)
    if (kind === 'paste' && x!.length !== 4)
      throw new ShapeError('mixRows', `x must be pictures [N,H,W,C] to paste one into another, got ${formatShape(x)}`)
    return x!
  },
  dtypes: () => ({ order: 'u32' }),
  cost: ({ output }) => ({ flops: 3 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { kind } }) => {
    const [W, C] = kind === 'paste' ? [output[2]!, output[3]!] : [1, 1]
    return { wgsl, sizes: { paste: +(kind === 'paste'), D: sizeOf(output) / output[0]!, W, C }, groups: elementGroups(sizeOf(output)) }
  }),
})
