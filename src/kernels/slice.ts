/** slice: some columns of a tensor's last axis; what concat has joined. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { channelThreads, expectChannels, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './slice.wgsl'

export interface SliceAttrs {
  /** The first column. */
  readonly begin: number
  /** The first behind them. */
  readonly end: number
}

/** x [...,C] -> [...,end-begin]. */
export const slice = defineOp<SliceAttrs>({
  name: 'slice',
  inputs: ['x'],
  output: 'y',
  shape([x], { begin, end }) {
    expectChannels('slice', 'x', undefined, 'x', x!)
    const C = x!.at(-1)!
    if (![begin, end].every(Number.isInteger) || begin < 0 || end <= begin || end > C) {
      throw new ShapeError('slice', `columns must be whole numbers from 0, begin before end, got [${begin},${end}) and x ${formatShape(x)}`)
    }
    return [...x!.slice(0, -1), end - begin]
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { begin } }) => {
    const K = output.at(-1)!
    return { wgsl, sizes: { rows: sizeOf(output) / K, K, C: inputs[0]!.at(-1)!, begin }, groups: threadGroups(channelThreads(output)) }
  }),
})
