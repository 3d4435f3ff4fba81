/**
 * conv2dTranspose: a convolution backwards, as a layer: every input pixel adds its filter, weighted, to the output at stride times its place,
 * y = act(that * s + b + r). Padding as in Keras (keras/src/backend/common/backend_utils.py).
 */
import { ArgumentError, ShapeError } from '../../errors.ts'
import { formatShape } from '../../shape.ts'
import { epilogueOf } from '../epilogue.ts'
import { gradXVariants } from '../gemm/backward.ts'
import { defineOp } from '../kernel.ts'
import { gradXGeometry, gradXOp, type Conv2dGradXAttrs } from './grad_x.ts'

/** How a layer says which part of the whole output it wants. */
export interface TransposedWindow {
  readonly strides: readonly [h: number, w: number]
  readonly padding: 'same' | 'valid'
  /** Rows and columns added at the end, below the strides; undefined: what makes `same` give H * stride, `valid` the least. */
  readonly outputPadding: readonly [h: number, w: number] | undefined
}

export type Conv2dTransposeAttrs = Conv2dGradXAttrs

/** Output size of one axis, and how many outputs are cut off before the first. */
function axis(
  size: number,
  window: number,
  stride: number,
  padding: 'same' | 'valid',
  extra: number | undefined,
): { out: number; cut: number } {
  const full = (size - 1) * stride + window
  if (padding === 'valid') return { out: full + (extra ?? Math.max(stride - window, 0)), cut: 0 }
  const total = extra === undefined ? stride + window - 2 : window + (window % 2) - 2 + extra
  const before = Math.min(Math.ceil(total / 2), window - 1)
  return { out: full + total - 2 * (window - 1), cut: window - 1 - before }
}

/**
 * Output size and the rows and columns cut off before it.
 * @param where who says so
 * @param reach rows and columns that a filter reaches over: R and S where it is not dilated
 * @throws ArgumentError for output padding that is not below the strides; ShapeError where nothing is left
 */
export function transposedWindow(
  where: string,
  [H, W]: readonly [number, number],
  reach: readonly [number, number],
  { strides, padding, outputPadding }: TransposedWindow,
): { P: number; Q: number; top: number; left: number } {
  if (outputPadding?.some((n, i) => !Number.isInteger(n) || n < 0 || n >= strides[i]!)) {
    const rule = 'output padding must be whole numbers from 0 and below the strides'
    throw new ArgumentError(where, `${rule}, got ${formatShape(outputPadding)} and ${formatShape(strides)}`)
  }
  const h = axis(H, reach[0], strides[0], padding, outputPadding?.[0])
  const w = axis(W, reach[1], strides[1], padding, outputPadding?.[1])
  if (h.out < 1 || w.out < 1)
    throw new ShapeError(
      where,
      `the output must have a pixel, got ${h.out}x${w.out} from [${H},${W}] and a window of ${formatShape(reach)}`,
    )
  return { P: h.out, Q: w.out, top: h.cut, left: w.cut }
}

/** x [N,H,W,C], w [R,S,K/groups,C], b? [K], r? [N,P,Q,K], s? [K] -> y [N,P,Q,K]. */
export const conv2dTranspose = defineOp<Conv2dTransposeAttrs>({
  ...gradXOp('conv2dTranspose'),
  variants: gradXVariants(gradXGeometry, ({ inputs, attrs }) => epilogueOf(inputs.slice(2), attrs)),
})
