/** What a convolution is told beside its tensors, and its sizes by their letters. */
import { ShapeError } from '../../errors.ts'
import { formatShape, window2d, type Padding, type Shape, type Window2d } from '../../shape.ts'
import type { EpilogueAttrs } from '../epilogue.ts'
import type { Geometry } from '../gemm/geometry.ts'
import type { Slice } from '../kernel.ts'

export interface ConvWindow {
  /** Steps of the window, down and across. */
  readonly strides: readonly [h: number, w: number]
  readonly padding: Padding
  /** Steps from a tap to the next. Default [1, 1]; excludes strides along the same axis. */
  readonly dilations?: readonly [h: number, w: number]
  /** 1: every output channel sees every input channel. C: depthwise. Must divide C and K. */
  readonly groups: number
}

export type Conv2dAttrs = ConvWindow & EpilogueAttrs

const NO_DILATION = [1, 1] as const

/** Output size and padding. @throws ShapeError where the window does not fit, or strides and dilations meet */
export function convWindow(
  op: string,
  x: Shape,
  [R, S]: readonly [number, number],
  { strides, padding, dilations }: Omit<ConvWindow, 'groups'>,
): Window2d {
  const [dh, dw] = dilations ?? NO_DILATION
  if ((dh > 1 && strides[0] > 1) || (dw > 1 && strides[1] > 1)) {
    throw new ShapeError(op, `strides and dilations must not both exceed 1, got ${formatShape(strides)} and ${formatShape([dh, dw])}`)
  }
  return window2d(op, [x[1]!, x[2]!], [(R - 1) * dh + 1, (S - 1) * dw + 1], strides, padding)
}

/** Sizes of the convolution of x [N,H,W,C] with w [R,S,C/groups,K]. @param slice where y lies that is no tensor of its own */
export function convGeometry(op: string, x: Shape, w: Shape, attrs: ConvWindow, slice?: Slice): Geometry {
  const [N, H, W, C] = x as [number, number, number, number]
  const [R, S, Cg, K] = w as [number, number, number, number]
  const { P, Q, pads } = convWindow(op, x, [R, S], attrs)
  return {
    ...{ N, H, W, C, R, S, K, P, Q, Cg, Kg: K / attrs.groups, begin: 0 },
    ...{ strides: attrs.strides, dilations: attrs.dilations ?? NO_DILATION, pads: [pads[0], pads[1]], slice },
  }
}
