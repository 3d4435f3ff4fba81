/** A picture with something in every corner: test pictures of CIFAR-10 side by side. */
import { tensor, type Tensor } from '../../src/node.ts'
import { SIDE } from '../lesson/cifar.ts'

/** The first pictures of a batch [N,32,32,3] in rows, cut off at `size`: [1,size,size,3] of 0..1. Needs ceil(size / 32)^2 of them. */
export function mosaic(batch: Tensor, size: number): Tensor {
  const across = Math.ceil(size / SIDE)
  const data = new Float32Array(size * size * 3)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const n = Math.floor(y / SIDE) * across + Math.floor(x / SIDE)
      const from = ((n * SIDE + (y % SIDE)) * SIDE + (x % SIDE)) * 3
      for (let c = 0; c < 3; c++) data[(y * size + x) * 3 + c] = batch.data[from + c]! / 255
    }
  }
  return tensor(data, [1, size, size, 3])
}
