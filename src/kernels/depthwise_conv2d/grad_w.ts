/**
 * depthwiseConv2dGradW: the gradient of a depthwise convolution by its filters, dw[r,s,k] = sum over the output's pixels of dy times what the tap
 * meets. Lines of the output are cut into parts that many threads share (`graph/lower.ts`), and these are added up in a fixed order.
 */
import { ArgumentError } from '../../errors.ts'
import { ceilDiv, sizeOf } from '../../shape.ts'
import { threadGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes, type KernelIO } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { checkGradient, checkMultiple, depthwiseWindow, inVectors, seenColumns, tileOf, type DepthwiseWindow } from './geometry.ts'
import wgsl from './grad_w.wgsl'

export interface DepthwiseConv2dGradWAttrs extends DepthwiseWindow {
  readonly filter: readonly [R: number, S: number]
  /** Sums of so many lines of dy each, of the N * P that there are, the last of what is left. Default: one of all, and then no axis for them. */
  readonly lines?: number
}

type IO = KernelIO<DepthwiseConv2dGradWAttrs>

const shader = new Shader(wgsl)
const NAME = 'depthwiseConv2dGradW'

/** The shader with the columns of a tile and of the filter written out, as the convolution itself has them. */
function source({ attrs: { filter, strides, dilations } }: IO, vectors: boolean): string {
  const [S, stride, dilation, columns] = [filter[1], strides[1], dilations?.[1] ?? 1, tileOf(filter[1])]
  return shader.text({
    axes: { s: S, j: columns, c: seenColumns(S, columns, stride, dilation) },
    derived: { c: { j: stride, s: dilation } },
    scalars: vectors ? [] : ['Vec'],
    consts: { S, TILE: columns },
  })
}

/** x [N,H,W,C], dy [N,P,Q,K] with K a multiple of C -> dw [R,S,K], or with `lines` [parts,R,S,K]. */
export const depthwiseConv2dGradW = defineOp<DepthwiseConv2dGradWAttrs>({
  name: NAME,
  inputs: ['x', 'dy'],
  output: 'dw',
  shape([x, dy], attrs) {
    const window = depthwiseWindow(NAME, x!, attrs.filter, attrs)
    checkGradient(NAME, x!, dy!, window)
    const dw = [...attrs.filter, dy![3]!]
    checkMultiple(NAME, x!, dw)
    const { lines } = attrs
    if (lines === undefined) return dw
    if (!Number.isInteger(lines) || lines < 1) throw new ArgumentError(NAME, `lines must be a positive whole number, got ${lines}`)
    return [ceilDiv(x![0]! * window.P, lines), ...dw]
  },
  cost: ({ inputs, output, attrs: { filter } }) => ({
    flops: 2 * sizeOf(inputs[1]!) * filter[0] * filter[1],
    bytes: f32Bytes(sizeOf(output), sizeOf(inputs[0]!), sizeOf(inputs[1]!)),
  }),
  variants: everywhere((io) => {
    const [x, dy] = io.inputs as [readonly number[], readonly number[]]
    const [N, H, W, C] = x as [number, number, number, number]
    const [, P, Q, K] = dy as [number, number, number, number]
    const { filter, strides, dilations, lines = N * P } = io.attrs
    const vectors = inVectors(C, K)
    const { pads } = depthwiseWindow(NAME, x, filter, io.attrs)
    const KV = vectors ? K / 4 : K
    const threads = ceilDiv(N * P, lines) * filter[0] * KV
    const sizes = {
      ...{ H, W, R: filter[0], P, Q, KV, CV: vectors ? C / 4 : C, M: K / C },
      ...{ strideH: strides[0], strideW: strides[1], padTop: pads[0], padLeft: pads[1], dilationH: dilations?.[0] ?? 1 },
      ...{ tiles: ceilDiv(Q, tileOf(filter[1])), all: N * P, lines, threads },
    }
    return { wgsl: source(io, vectors), sizes, groups: threadGroups(threads) }
  }),
})
