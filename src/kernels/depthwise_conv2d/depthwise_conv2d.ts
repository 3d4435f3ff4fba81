/**
 * depthwiseConv2d: every input channel is convolved with M filters of its own, y = act(conv(x, w) * s + b + r). Output channel k reads input
 * channel k / M; Keras's depthwise kernel [R,S,C,M] is w as it lies in memory.
 */
import { ShapeError } from '../../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf, window2d, type Padding, type Shape } from '../../shape.ts'
import { threadGroups } from '../common.ts'
import { checkEpilogue, epilogueOf, type Epilogue, type EpilogueAttrs } from '../epilogue.ts'
import { defineOp, everywhere, f32Bytes, type KernelIO } from '../kernel.ts'
import { Shader } from '../shader.ts'
import wgsl from './depthwise_conv2d.wgsl'

export interface DepthwiseConv2dAttrs extends EpilogueAttrs {
  /** Steps of the window, down and across. */
  readonly strides: readonly [h: number, w: number]
  readonly padding: Padding
}

const shader = new Shader(wgsl)

/** Columns of a thread: filters, and inputs that several columns see, are read once for all of them. */
const TILE = 4

/** Multiply-adds written out, at most; wide filters get fewer columns a thread. */
const MAX_LINES = 64

type IO = KernelIO<DepthwiseConv2dAttrs>

const columnsOf = ({ inputs }: IO): number => Math.max(1, Math.min(TILE, Math.floor(MAX_LINES / inputs[1]![1]!)))

/** Whether threads work on four channels at a time: where there is one filter a channel and channels come in fours. */
function vectors({ inputs, output }: IO): boolean {
  return inputs[0]![3] === output[3] && output[3]! % 4 === 0
}

function threads(io: IO): number {
  const [N, P, Q, K] = io.output as [number, number, number, number]
  return N * P * ceilDiv(Q, columnsOf(io)) * (vectors(io) ? K / 4 : K)
}

/** The shader with its columns and the filter's written out. Input column c is what output column j sees through filter column s. */
function source(io: IO, epilogue: Epilogue): string {
  const [S, stride, columns] = [io.inputs[1]![1]!, io.attrs.strides[1], columnsOf(io)]
  const all = Array.from({ length: (columns - 1) * stride + S }, (_, c) => c)
  return shader.text({
    axes: { s: S, j: columns, c: all.filter((c) => c % stride < S) },
    derived: { c: { j: stride, s: 1 } },
    scalars: vectors(io) ? [] : ['Vec'],
    consts: { S, TILE: columns },
    functions: epilogue.functions('Vec'),
  })
}

/** x [N,H,W,C], w [R,S,K] with K a multiple of C, b? [K], r? [N,P,Q,K], s? [K] -> y [N,P,Q,K]. */
export const depthwiseConv2d = defineOp<DepthwiseConv2dAttrs>({
  name: 'depthwiseConv2d',
  inputs: ['x', 'w', 'b?', 'r?', 's?'],
  output: 'y',
  shape([x, w, b, r, s], { strides, padding }) {
    expectRank('depthwiseConv2d', 'x', x!, 4)
    expectRank('depthwiseConv2d', 'w', w!, 3)
    const [N, H, W, C] = x as [number, number, number, number]
    const [R, S, K] = w as [number, number, number]
    if (K % C !== 0) {
      const rule = 'the filters must be a multiple of the input channels'
      throw new ShapeError('depthwiseConv2d', `${rule}, got x ${formatShape(x)} and w ${formatShape(w)}`)
    }
    const { P, Q } = window2d('depthwiseConv2d', [H, W], [R, S], strides, padding)
    const y: Shape = [N, P, Q, K]
    checkEpilogue('depthwiseConv2d', 'filter', w!, y, [b, r, s])
    return y
  },
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(output) * inputs[1]![0]! * inputs[1]![1]!,
    bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
  }),
  variants: everywhere((io) => {
    const [, H, W, C] = io.inputs[0] as [number, number, number, number]
    const [R, S] = io.inputs[1] as [number, number]
    const [, P, Q, K] = io.output as [number, number, number, number]
    const { strides, padding } = io.attrs
    const epilogue = epilogueOf(io.inputs.slice(2), io.attrs)
    const { pads } = window2d('depthwiseConv2d', [H, W], [R, S], strides, padding)
    const sizes = {
      ...{ H, W, R, P, Q, KV: vectors(io) ? K / 4 : K, CV: vectors(io) ? C / 4 : C, M: K / C },
      ...{ strideH: strides[0], strideW: strides[1], padTop: pads[0], padLeft: pads[1] },
      ...{ tiles: ceilDiv(Q, columnsOf(io)), threads: threads(io) },
      ...epilogue.sizes,
    }
    return { wgsl: source(io, epilogue), sizes, groups: threadGroups(threads(io)) }
  }),
  epilogue: { bias: 2, residual: 3, scale: 4 },
})
