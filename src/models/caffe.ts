/** What the networks of Caffe's model zoo have in common. */
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'

/** The largest of 3x3, every other pixel; a last window may end outside the image. */
export function pool(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.maxPooling2d({ poolSize: 3, strides: 2, ceilMode: true, name }).apply(x)
}

/** Local response normalisation over five channels, by which Caffe divides its alpha of 1e-4. */
export function norm(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.localResponseNormalization({ depthRadius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75, name }).apply(x)
}
