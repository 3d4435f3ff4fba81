/** concat: joins two to six tensors along the last axis. */
import { ShapeError } from '../errors.ts'
import { formatShape, sameShape, sizeOf, type Shape } from '../shape.ts'
import { channelThreads, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './concat.wgsl'

/** Channels of each input, 0 where absent. */
function widths(inputs: readonly (Shape | undefined)[]): number[] {
  return inputs.map((x) => x?.at(-1) ?? 0)
}

/** x0 to x5: equal but for the last axis. */
export const concat = defineOp<object>({
  name: 'concat',
  inputs: ['x0', 'x1', 'x2?', 'x3?', 'x4?', 'x5?'],
  output: 'y',
  shape(inputs) {
    const lead = inputs[0]!.slice(0, -1)
    for (const x of inputs) {
      if (x && (!x.length || !sameShape(x.slice(0, -1), lead))) {
        throw new ShapeError('concat', `inputs must agree in all axes but the last, got ${formatShape(inputs[0])} and ${formatShape(x)}`)
      }
    }
    return [...lead, widths(inputs).reduce((a, b) => a + b, 0)]
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ inputs, output }) => {
    const C = output.at(-1)!
    const named = widths(inputs).map((width, i) => [`C${i}`, width] as const)
    return { wgsl, sizes: { rows: sizeOf(output) / C, C, ...Object.fromEntries(named) }, groups: threadGroups(channelThreads(output)) }
  }),
})
