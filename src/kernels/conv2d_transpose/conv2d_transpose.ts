/**
 * conv2dTranspose: the gradient of a convolution by its input, as a layer: every input pixel adds its filter, weighted, to the output at
 * stride times its place. Padding as in Keras (keras/src/backend/common/backend_utils.py).
 */
import { ArgumentError, ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { expectChannels, threadGroups, withConsts } from '../common.ts'
import { defineOp, f32Bytes } from '../kernel.ts'
import wgsl from './conv2d_transpose.wgsl'

export interface Conv2dTransposeAttrs {
  readonly strides: readonly [h: number, w: number]
  readonly padding: 'same' | 'valid'
  /** Rows and columns added at the end, below the strides; undefined: what makes `same` give H * stride, `valid` the least. */
  readonly outputPadding: readonly [h: number, w: number] | undefined
}

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
 * @throws ArgumentError for output padding that is not below the strides; ShapeError where nothing is left
 */
export function transposedWindow(
  where: string,
  [H, W]: readonly [number, number],
  [R, S]: readonly [number, number],
  { strides, padding, outputPadding }: Conv2dTransposeAttrs,
): { P: number; Q: number; top: number; left: number } {
  if (outputPadding?.some((n, i) => !Number.isInteger(n) || n < 0 || n >= strides[i]!)) {
    const rule = 'output padding must be whole numbers from 0 and below the strides'
    throw new ArgumentError(where, `${rule}, got ${formatShape(outputPadding)} and ${formatShape(strides)}`)
  }
  const h = axis(H, R, strides[0], padding, outputPadding?.[0])
  const w = axis(W, S, strides[1], padding, outputPadding?.[1])
  if (h.out < 1 || w.out < 1)
    throw new ShapeError(where, `the output must have a pixel, got ${h.out}x${w.out} from [${H},${W}] and a window of [${R},${S}]`)
  return { P: h.out, Q: w.out, top: h.cut, left: w.cut }
}

/** x [N,H,W,C], w [R,S,K,C], b? [K] -> y [N,P,Q,K]. */
export const conv2dTranspose = defineOp<Conv2dTransposeAttrs>({
  name: 'conv2dTranspose',
  inputs: ['x', 'w', 'b?'],
  output: 'y',
  shape([x, w, b], attrs) {
    expectRank('conv2dTranspose', 'x', x!, 4)
    expectRank('conv2dTranspose', 'w', w!, 4)
    const [N, H, W, C] = x as [number, number, number, number]
    const [R, S, K, Cw] = w as [number, number, number, number]
    if (C !== Cw)
      throw new ShapeError(
        'conv2dTranspose',
        `input channels must match the kernel's last axis, got x ${formatShape(x)} and w ${formatShape(w)}`,
      )
    expectChannels('conv2dTranspose', 'b', b, 'w without its last axis', w!.slice(0, 3))
    const { P, Q } = transposedWindow('conv2dTranspose', [H, W], [R, S], attrs)
    return [N, P, Q, K]
  },
  cost({ inputs, output }) {
    const [x, w, b] = inputs as [Shape, Shape, Shape | undefined]
    return { flops: (2 * sizeOf(x) * sizeOf(w)) / w[3]!, bytes: f32Bytes(sizeOf(x), sizeOf(w), b ? sizeOf(b) : 0, sizeOf(output)) }
  },
  variants: withConsts({
    wgsl,
    consts({ inputs, output, attrs }) {
      const [, H, W, C] = inputs[0] as [number, number, number, number]
      const [R, S] = inputs[1] as [number, number]
      const [, P, Q, K] = output as [number, number, number, number]
      const { top: TOP, left: LEFT } = transposedWindow('conv2dTranspose', [H, W], [R, S], attrs)
      const [STRIDE_H, STRIDE_W] = attrs.strides
      return { H, W, C, R, S, P, Q, K, STRIDE_H, STRIDE_W, TOP, LEFT, THREADS: sizeOf(output), HAS_BIAS: inputs[2] !== undefined }
    },
    workgroups: ({ output }) => threadGroups(sizeOf(output)),
  }),
})
