/**
 * conv2dGradX: the gradient of a convolution by its input: every pixel of dy adds its filter, weighted, to dx at stride times its place. With
 * an epilogue it is the layer `conv2dTranspose` (transpose.ts), which is an op of its own since its gradient is a convolution.
 */
import { ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { checkEpilogue, epilogueOf, type EpilogueAttrs } from '../epilogue.ts'
import type { Geometry } from '../gemm/geometry.ts'
import { gradXVariants } from '../gemm/backward.ts'
import { defineOp, f32Bytes, type KernelIO, type Op } from '../kernel.ts'

export interface Conv2dGradXAttrs extends EpilogueAttrs {
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

function outputShape(
  name: string,
  [x, w, b, r, s]: readonly (Shape | undefined)[],
  { strides, dilations, groups, size }: Conv2dGradXAttrs,
): Shape {
  expectRank(name, 'x', x!, 4)
  expectRank(name, 'w', w!, 4)
  const [N, , , C] = x as [number, number, number, number]
  const [, , K, Cw] = w as [number, number, number, number]
  if (C !== Cw || C % groups !== 0) {
    const rule = "input channels must match the kernel's last axis, and groups divide them"
    throw new ShapeError(name, `${rule}, got x ${formatShape(x)}, w ${formatShape(w)} and ${groups} groups`)
  }
  if (dilations?.some((d, i) => d > 1 && strides[i]! > 1)) {
    throw new ShapeError(name, `strides and dilations must not both exceed 1, got ${formatShape(strides)} and ${formatShape(dilations)}`)
  }
  const y = [N, ...size, K * groups]
  checkEpilogue(name, 'filter', w!.slice(0, 3), y, [b, r, s])
  return y
}

/** As the convolution whose input is this op's output. */
export function gradXGeometry({ inputs, output, attrs }: KernelIO<Conv2dGradXAttrs>): Geometry {
  const [N, P, Q, K] = inputs[0] as [number, number, number, number]
  const [R, S, Cg] = inputs[1] as [number, number, number]
  const [, H, W, C] = output as [number, number, number, number]
  const { strides, dilations, groups, cut } = attrs
  return { N, H, W, C, R, S, K, P, Q, Cg, Kg: K / groups, begin: 0, strides, dilations: dilations ?? [1, 1], pads: cut }
}

/** All of the op but its name, gradient and variants. x [N,H,W,C], w [R,S,K/groups,C], b? [K], r? [N,P,Q,K], s? [K] -> y [N,P,Q,K]. */
export function gradXOp(name: string): Omit<Op<Conv2dGradXAttrs>, 'variants'> {
  return {
    name,
    inputs: ['x', 'w', 'b?', 'r?', 's?'],
    output: 'y',
    shape: (inputs, attrs) => outputShape(name, inputs, attrs),
    cost({ inputs, output }) {
      const [x, w] = inputs as [Shape, Shape]
      return {
        flops: (2 * sizeOf(x) * sizeOf(w)) / w[3]!,
        bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
      }
    },
    epilogue: { bias: 2, residual: 3, scale: 4 },
  }
}

export const conv2dGradX = defineOp<Conv2dGradXAttrs>({
  ...gradXOp('conv2dGradX'),
  variants: gradXVariants(gradXGeometry, ({ inputs, attrs }) => epilogueOf(inputs.slice(2), attrs)),
})
