/** depthwiseConv2dGradX: the gradient of a depthwise convolution by its input: every pixel of x gets dy of each output that saw it, by its tap. */
import { ShapeError } from '../../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { threadGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes, type KernelIO } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { checkGradient, checkMultiple, depthwiseWindow, inVectors, seenColumns, tileOf, type DepthwiseWindow } from './geometry.ts'
import wgsl from './grad_x.wgsl'

export interface DepthwiseConv2dGradXAttrs extends DepthwiseWindow {
  /** Shape of one sample of x. */
  readonly image: readonly [H: number, W: number, C: number]
}

type IO = KernelIO<DepthwiseConv2dGradXAttrs>

const shader = new Shader(wgsl)
const NAME = 'depthwiseConv2dGradX'

/**
 * A thread's tile along a line: `columns` steps of the stride. The columns of a step differ by `rest`, and column `rest` of a step meets the
 * filter columns that leave the same rest, `taps` at most.
 */
function tileOfLine({ inputs, attrs: { strides } }: IO): { columns: number; taps: number; stride: number } {
  const stride = strides[1]
  const taps = ceilDiv(inputs[1]![1]!, stride)
  return { columns: tileOf(taps * stride), taps, stride }
}

function source(io: IO, vectors: boolean): string {
  const { columns, taps, stride } = tileOfLine(io)
  const dilation = io.attrs.dilations?.[1] ?? 1
  return shader.text({
    axes: { a: columns, r: stride, b: taps, c: seenColumns(taps, columns, 1, dilation) },
    derived: { c: { a: 1, b: dilation } },
    scalars: vectors ? [] : ['Vec'],
    consts: { S: io.inputs[1]![1]!, STRIDE: stride, TAPS: taps },
  })
}

/** dy [N,P,Q,K], w [R,S,K] -> dx [N,H,W,C] with K a multiple of C. */
export const depthwiseConv2dGradX = defineOp<DepthwiseConv2dGradXAttrs>({
  name: NAME,
  inputs: ['dy', 'w'],
  output: 'dx',
  shape([dy, w], attrs) {
    expectRank(NAME, 'w', w!, 3)
    const x: Shape = [dy![0]!, ...attrs.image]
    checkGradient(NAME, x, dy!, depthwiseWindow(NAME, x, w!, attrs))
    checkMultiple(NAME, x, w!)
    if (dy![3] !== w![2])
      throw new ShapeError(NAME, `dy must have a channel for each filter, got dy ${formatShape(dy)} and w ${formatShape(w)}`)
    return x
  },
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(inputs[0]!) * inputs[1]![0]! * inputs[1]![1]!,
    bytes: f32Bytes(sizeOf(output), sizeOf(inputs[0]!), sizeOf(inputs[1]!)),
  }),
  variants: everywhere((io) => {
    const [N, H, W, C] = io.output as [number, number, number, number]
    const [, P, Q, K] = io.inputs[0] as [number, number, number, number]
    const R = io.inputs[1]![0]!
    const { strides, dilations } = io.attrs
    const { pads } = depthwiseWindow(NAME, io.output, io.inputs[1]!, io.attrs)
    const { columns, taps, stride } = tileOfLine(io)
    const vectors = inVectors(C, K)
    // A tile begins where a step of the stride does, counted with the padding.
    const firstStep = Math.floor(pads[1] / stride)
    const tiles = ceilDiv(W + pads[1] - firstStep * stride, columns * stride)
    const CV = vectors ? C / 4 : C
    const threads = N * H * tiles * CV
    const sizes = {
      ...{ H, W, R, P, Q, KV: vectors ? K / 4 : K, CV, M: K / C, strideH: strides[0], padTop: pads[0], padLeft: pads[1] },
      ...{ lineStep: strides[0] > 1 ? 1 : (dilations?.[0] ?? 1), firstStep, before: (taps - 1) * (dilations?.[1] ?? 1) },
      ...{ tileSteps: columns, tiles, threads },
    }
    return { wgsl: source(io, vectors), sizes, groups: threadGroups(threads) }
  }),
})
