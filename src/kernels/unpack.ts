/** unpack: bytes as f32, each with its value from 0 to 255, so that pictures come to the device in a quarter of the bytes. */
import { bytesOf } from '../dtype.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './unpack.wgsl'

/** x u8 of any shape. It is what a graph begins with, and has no gradient. */
export const unpack = defineOp<object>({
  name: 'unpack',
  inputs: ['x'],
  output: 'y',
  shape: ([x]) => x!,
  dtypes: () => ({ x: 'u8' }),
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: bytesOf({ shape: output, dtype: 'u8' }) + f32Bytes(sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: {}, groups: elementGroups(sizeOf(output)) })),
})
