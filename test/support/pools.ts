/** Windows that the pools and their gradients are tested with, and the elements of windows as bytes. */
import type { PoolAttrs, PoolGradAttrs } from '../../src/kernels/common.ts'
import { maxPoolArgmaxReference } from '../reference/pooling.ts'
import type { Tensor } from './run-op.ts'

/** Over [2,9,7,C]: windows that overlap, that touch, that leave pixels out; padding on all sides, one, none. */
export const GEOMETRIES: readonly PoolAttrs[] = [
  { poolSize: [2, 2], strides: [2, 2], padding: 'valid' },
  { poolSize: [3, 3], strides: [2, 2], padding: 'same' },
  { poolSize: [3, 3], strides: [2, 2], padding: 'valid' },
  { poolSize: [3, 2], strides: [1, 3], padding: 'same' },
  { poolSize: [2, 3], strides: [3, 1], padding: [1, 0, 0, 2] },
  { poolSize: [1, 1], strides: [2, 2], padding: 'valid' },
  { poolSize: [3, 3], strides: [1, 1], padding: 'same' },
  { poolSize: [5, 7], strides: [5, 7], padding: 'valid' },
]

export const show = ({ poolSize, strides, padding }: PoolAttrs) => `pool ${String(poolSize)}, stride ${String(strides)}, ${String(padding)}`

/** What a gradient is told of the pool over x [N,H,W,C]. */
export function gradAttrs(attrs: PoolAttrs, [, height, width]: readonly number[]): PoolGradAttrs {
  return { ...attrs, height: height!, width: width! }
}

/** The maxima of x as maxPoolArgmax notes them, four bytes to a word. */
export function argmaxOf(x: Tensor, attrs: PoolAttrs): Tensor {
  const { shape, y } = maxPoolArgmaxReference([x], attrs)
  return { shape, data: new Uint32Array(Uint8Array.from(y).buffer) }
}
