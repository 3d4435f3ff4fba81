/** Element types of tensors on the device. */
import { sizeOf, type Shape } from './shape.ts'

export type DType = 'f32' | 'f16' | 'u32' | 'u8'

const ELEMENT_BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2, u32: 4, u8: 1 }

/** Bytes of a tensor on the device. Shaders see words of four bytes, so the last word of a smaller type is filled up. */
export function bytesOf({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): number {
  return 4 * Math.ceil((ELEMENT_BYTES[dtype] * sizeOf(shape)) / 4)
}
