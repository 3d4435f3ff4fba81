/** affineMatrix: what a sample is moved by, from the numbers that were drawn for it. Formulas as in Keras 3's layers of these names. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './affine_matrix.wgsl'

/** What each kind is told, in this order. */
const COLUMNS = {
  /** Up to 0.5: flipped. */
  flip: 1,
  /** Turns, about the centre. */
  rotation: 1,
  /** What height and width are multiplied by when they are read, or one for both: below 1 the picture grows. */
  zoom: 2,
  /** Shares of height and width, down and to the right. */
  translation: 2,
  /** Above 0.5: both the other way round; rows moved per column, columns moved per row. */
  shear: 3,
  /** First row and column, rounded down. */
  crop: 2,
  /** Of ImageDataGenerator: turns, pixels to the right and down, turns of a shear, zooms of both, all in one. */
  generator: 6,
} as const

export type AffineKind = keyof typeof COLUMNS

export interface AffineMatrixAttrs {
  readonly kind: AffineKind
  /** Of the pictures. */
  readonly height: number
  readonly width: number
  /** Of a flip: which axes. */
  readonly axes?: readonly ('horizontal' | 'vertical')[]
}

const KINDS = Object.keys(COLUMNS) as AffineKind[]

/** x [N,numbers] -> [N,6]. */
export const affineMatrix = defineOp<AffineMatrixAttrs>({
  name: 'affineMatrix',
  inputs: ['x'],
  output: 'y',
  shape([x], { kind }) {
    if (!KINDS.includes(kind)) throw new ArgumentError('affineMatrix', `kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`)
    expectRank('affineMatrix', 'x', x!, 2)
    if (x![1] !== COLUMNS[kind] && !(kind === 'zoom' && x![1] === 1))
      throw new ShapeError('affineMatrix', `a ${kind} must have ${COLUMNS[kind]} numbers for each sample, got x ${formatShape(x)}`)
    return [x![0]!, 6]
  },
  cost: ({ output }) => ({ flops: 5 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { kind, height: H, width: W, axes = [] } }) => {
    const [flipX, flipY] = [+axes.includes('horizontal'), +axes.includes('vertical')]
    return { wgsl, sizes: { kind: KINDS.indexOf(kind), D: inputs[0]![1]!, flipX, flipY, H, W }, groups: threadGroups(output[0]!) }
  }),
})
