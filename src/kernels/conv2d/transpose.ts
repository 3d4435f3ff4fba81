/**
 * conv2dTranspose: the gradient of a convolution by its input, and a layer: every input pixel adds its filter, weighted, to the output at stride
 * times its place, y = act(that * s + b + r). Padding as in Keras (keras/src/backend/common/backend_utils.py).
 */
import { ArgumentError, ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { checkEpilogue, epilogueOf, type EpilogueAttrs } from '../epilogue.ts'
import type { Geometry } from '../gemm/geometry.ts'
import { gradXVariants } from '../gemm/variants.ts'
import { defineOp, f32Bytes, type KernelIO } from '../kernel.ts'

/** How a layer says which part of the whole output it wants. */
export interface TransposedWindow {
  readonly strides: readonly [h: number, w: number]
  readonly padding: 'same' | 'valid'
  /** Rows and columns added at the end, below the strides; undefined: what makes `same` give H * stride, `valid` the least. */
  readonly outputPadding: readonly [h: number, w: number] | undefined
}

export interface Conv2dTransposeAttrs extends EpilogueAttrs {
  readonly strides: readonly [h: number, w: number]
  /** Steps from a tap to the next. Default [1, 1]; excludes strides along the same axis. */
  readonly dilations?: readonly [h: number, w: number]
  /** 1: every output channel sees every input channel. */
  readonly groups: number
  /** Height and width of the output: that much of the whole, zeros where it ends before. */
  readonly size: readonly [P: number, Q: number]
  /** Rows and columns of the whole that are cut off before the output's first; below 0: that are put before it. */
  readonly cut: readonly [top: number, left: number]
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
  { strides, padding, outputPadding }: TransposedWindow,
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

function outputShape([x, w, b, r, s]: readonly (Shape | undefined)[], { strides, dilations, groups, size }: Conv2dTransposeAttrs): Shape {
  expectRank('conv2dTranspose', 'x', x!, 4)
  expectRank('conv2dTranspose', 'w', w!, 4)
  const [N, , , C] = x as [number, number, number, number]
  const [, , K, Cw] = w as [number, number, number, number]
  if (C !== Cw || C % groups !== 0) {
    const rule = "input channels must match the kernel's last axis, and groups divide them"
    throw new ShapeError('conv2dTranspose', `${rule}, got x ${formatShape(x)}, w ${formatShape(w)} and ${groups} groups`)
  }
  if (dilations?.some((d, i) => d > 1 && strides[i]! > 1)) {
    throw new ShapeError(
      'conv2dTranspose',
      `strides and dilations must not both exceed 1, got ${formatShape(strides)} and ${formatShape(dilations)}`,
    )
  }
  const y = [N, ...size, K * groups]
  checkEpilogue('conv2dTranspose', 'filter', w!.slice(0, 3), y, [b, r, s])
  return y
}

/** As the convolution whose input is this op's output. */
function geometryOf({ inputs, output, attrs }: KernelIO<Conv2dTransposeAttrs>): Geometry {
  const [N, P, Q, K] = inputs[0] as [number, number, number, number]
  const [R, S, Cg] = inputs[1] as [number, number, number]
  const [, H, W, C] = output as [number, number, number, number]
  const { strides, dilations, groups, cut } = attrs
  return { N, H, W, C, R, S, K, P, Q, Cg, Kg: K / groups, begin: 0, strides, dilations: dilations ?? [1, 1], pads: cut }
}

/** x [N,H,W,C], w [R,S,K/groups,C], b? [K], r? [N,P,Q,K], s? [K] -> y [N,P,Q,K]. */
export const conv2dTranspose = defineOp<Conv2dTransposeAttrs>({
  name: 'conv2dTranspose',
  inputs: ['x', 'w', 'b?', 'r?', 's?'],
  output: 'y',
  shape: outputShape,
  cost({ inputs, output }) {
    const [x, w] = inputs as [Shape, Shape]
    return {
      flops: (2 * sizeOf(x) * sizeOf(w)) / w[3]!,
      bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
    }
  },
  variants: gradXVariants(geometryOf, ({ inputs, attrs }) => epilogueOf(inputs.slice(2), attrs)),
  epilogue: { bias: 2, residual: 3, scale: 4 },
})
