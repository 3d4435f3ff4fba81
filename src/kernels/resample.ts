/** resample: pictures at another size along one axis, with the bits of Pillow: see loaders/images/resize.ts, whose taps it takes. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './resample.wgsl'

export interface ResampleAttrs {
  /** 0: the rows become others, 1: the columns. */
  readonly axis: 0 | 1
  /** Whether red, green and blue become their luma first. Default false. */
  readonly grey?: boolean
}

const shader = new Shader(source)

/**
 * x u32 [H,W], pixels: red in the lowest byte, then green and blue; what is above is passed over. Which of them make the pixels of y along the axis:
 * `counts[i]` from `starts[i]` on, with the weights `weights[i]` [T,S], whole numbers of 22 bits of fraction -> y u32 [H,T], or [T,W] along the rows.
 * It is what a graph begins with, and has no gradient.
 */
export const resample = defineOp<ResampleAttrs>({
  name: 'resample',
  inputs: ['x', 'starts', 'counts', 'weights'],
  output: 'y',
  shape([x, starts, counts, weights], { axis }) {
    expectRank('resample', 'x', x!, 2)
    expectRank('resample', 'weights', weights!, 2)
    const T = weights![0]!
    if (formatShape(starts) !== formatShape([T]) || formatShape(counts) !== formatShape([T])) {
      const got = `starts ${formatShape(starts)}, counts ${formatShape(counts)} and weights ${formatShape(weights)}`
      throw new ShapeError('resample', `there must be a start, a count and a row of weights for each pixel, got ${got}`)
    }
    return axis === 0 ? [T, x![1]!] : [x![0]!, T]
  },
  dtypes: () => ({ x: 'u32', starts: 'u32', counts: 'u32', weights: 'u32', y: 'u32' }),
  cost: ({ inputs, output }) => {
    const taps = sizeOf(output) * inputs[3]![1]!
    return { flops: 6 * taps, bytes: f32Bytes(taps, sizeOf(output)) }
  },
  variants: everywhere(({ inputs, output, attrs }) => ({
    wgsl: shader.text({ consts: { ROWS: attrs.axis === 0, GREY: attrs.grey ?? false } }),
    sizes: { width: inputs[0]![1]!, columns: output[1]!, stride: inputs[3]![1]! },
    groups: threadGroups(sizeOf(output)),
  })),
})
