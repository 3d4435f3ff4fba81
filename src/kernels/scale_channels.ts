/** scaleChannels: y = w * scale, one factor per entry of the last axis (output channel of a kernel). */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectChannels, lastAxis, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './scale_channels.wgsl'

/** w [...,K], scale [K] -> [...,K]. */
export const scaleChannels = defineOp<object>({
  name: 'scaleChannels',
  inputs: ['w', 'scale'],
  output: 'y',
  shape([w, scale]) {
    expectChannels('scaleChannels', 'scale', scale, 'w', w!)
    return w!
  },
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(2 * sizeOf(output), lastAxis(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ output }) => ({ K: lastAxis(output) }),
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
})
