/** What both classes of conv2d derive from shapes and attributes. */
import { window2d, type Padding, type Window2d } from '../../shape.ts'
import type { KernelIO } from '../kernel.ts'

export interface Conv2dAttrs {
  /** Steps of the window, down and across. */
  readonly strides: readonly [h: number, w: number]
  readonly padding: Padding
  /** 1: every output channel sees every input channel. C: depthwise. Must divide C and K. */
  readonly groups: number
  /** Applied last, after bias and residual. */
  readonly activation: 'linear' | 'relu'
}

/** Sizes by their letters. */
export interface Geometry {
  readonly N: number
  readonly H: number
  readonly W: number
  readonly C: number
  readonly R: number
  readonly S: number
  readonly K: number
  readonly P: number
  readonly Q: number
  /** Input and output channels of one group. */
  readonly Cg: number
  readonly Kg: number
  readonly strides: readonly [h: number, w: number]
  /** Zeros before and after. */
  readonly pads: Window2d['pads']
}

export function geometryOf({ inputs, output, attrs }: KernelIO<Conv2dAttrs>): Geometry {
  const [N, H, W, C] = inputs[0] as [number, number, number, number]
  const [R, S, Cg, K] = inputs[1] as [number, number, number, number]
  const [, P, Q] = output as [number, number, number, number]
  const { strides, padding, groups } = attrs
  const { pads } = window2d('conv2d', [H, W], [R, S], strides, padding)
  return { N, H, W, C, R, S, K, P, Q, Cg, Kg: K / groups, strides, pads }
}

/** The constants that both shaders declare: sizes, stride, padding and epilogue. */
export function sharedConsts(g: Geometry, io: KernelIO<Conv2dAttrs>): Record<string, number | boolean> {
  const {
    N,
    H,
    W,
    R,
    S,
    P,
    Q,
    Cg,
    strides: [STRIDE_H, STRIDE_W],
    pads: [PAD_TOP, PAD_LEFT],
  } = g
  return {
    N,
    H,
    W,
    R,
    S,
    P,
    Q,
    CG: Cg,
    STRIDE_H,
    STRIDE_W,
    PAD_TOP,
    PAD_LEFT,
    HAS_BIAS: io.inputs[2] !== undefined,
    HAS_RESIDUAL: io.inputs[3] !== undefined,
    RELU: io.attrs.activation === 'relu',
  }
}
