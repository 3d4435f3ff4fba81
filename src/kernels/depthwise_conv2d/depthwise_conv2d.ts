/**
 * depthwiseConv2d: every input channel is convolved with M filters of its own, y = act(conv(x, w) * s + b + r). Output channel k reads input
 * channel k / M; Keras's depthwise kernel [R,S,C,M] is w as it lies in memory.
 */
import { ceilDiv, expectRank, sizeOf, type Shape } from '../../shape.ts'
import { threadGroups } from '../common.ts'
import { checkEpilogue, epilogueOf, type Epilogue, type EpilogueAttrs } from '../epilogue.ts'
import { defineOp, everywhere, f32Bytes, type KernelIO } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { checkMultiple, depthwiseWindow, inVectors, seenColumns, tileOf, type DepthwiseWindow } from './geometry.ts'
import wgsl from './depthwise_conv2d.wgsl'

export type DepthwiseConv2dAttrs = DepthwiseWindow & EpilogueAttrs

const shader = new Shader(wgsl)

type IO = KernelIO<DepthwiseConv2dAttrs>

const columnsOf = ({ inputs }: IO): number => tileOf(inputs[1]![1]!)
const vectors = ({ inputs, output }: IO): boolean => inVectors(inputs[0]![3]!, output[3]!)

function threads(io: IO): number {
  const [N, P, Q, K] = io.output as [number, number, number, number]
  return N * P * ceilDiv(Q, columnsOf(io)) * (vectors(io) ? K / 4 : K)
}

/** The shader with its columns and the filter's written out. Input column c is what output column j sees through filter column s. */
function source(io: IO, epilogue: Epilogue): string {
  const [S, stride, columns] = [io.inputs[1]![1]!, io.attrs.strides[1], columnsOf(io)]
  const dilation = io.attrs.dilations?.[1] ?? 1
  return shader.text({
    axes: { s: S, j: columns, c: seenColumns(S, columns, stride, dilation) },
    derived: { c: { j: stride, s: dilation } },
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
  shape([x, w, b, r, s], attrs) {
    expectRank('depthwiseConv2d', 'w', w!, 3)
    const { P, Q } = depthwiseWindow('depthwiseConv2d', x!, w!, attrs)
    checkMultiple('depthwiseConv2d', x!, w!)
    const y: Shape = [x![0]!, P, Q, w![2]!]
    checkEpilogue('depthwiseConv2d', 'filter', w!, y, [b, r, s])
    return y
  },
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(output) * inputs[1]![0]! * inputs[1]![1]!,
    bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
  }),
  variants: everywhere((io) => {
    const [, H, W, C] = io.inputs[0] as [number, number, number, number]
    const R = io.inputs[1]![0]!
    const [, P, Q, K] = io.output as [number, number, number, number]
    const { strides, dilations } = io.attrs
    const epilogue = epilogueOf(io.inputs.slice(2), io.attrs)
    const { pads } = depthwiseWindow('depthwiseConv2d', io.inputs[0]!, io.inputs[1]!, io.attrs)
    const sizes = {
      ...{ H, W, R, P, Q, KV: vectors(io) ? K / 4 : K, CV: vectors(io) ? C / 4 : C, M: K / C },
      ...{ strideH: strides[0], strideW: strides[1], padTop: pads[0], padLeft: pads[1], dilationH: dilations?.[0] ?? 1 },
      ...{ tiles: ceilDiv(Q, columnsOf(io)), threads: threads(io) },
      ...epilogue.sizes,
    }
    return { wgsl: source(io, epilogue), sizes, groups: threadGroups(threads(io)) }
  }),
  epilogue: { bias: 2, residual: 3, scale: 4 },
})
