/** rescale: y = x * scale + offset, elementwise. */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './rescale.wgsl'

export interface RescaleAttrs {
  readonly scale: number
  readonly offset: number
}

export const rescale = defineOp<RescaleAttrs>({
  name: 'rescale',
  inputs: ['x'],
  output: 'y',
  shape([x], { scale, offset }) {
    if (!Number.isFinite(scale) || !Number.isFinite(offset)) {
      throw new ArgumentError('rescale', `scale and offset must be finite, got ${scale} and ${offset}`)
    }
    return x!
  },
  cost: ({ output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: {
    any: {
      wgsl,
      consts: ({ output, attrs: { scale, offset } }) => ({ SIZE: sizeOf(output), SCALE: scale, OFFSET: offset }),
      workgroups: ({ output }) => elementGroups(sizeOf(output)),
    },
  },
})
