/** Weight files that real Keras and h5py wrote (test/golden/make_keras_files.py), and how to read them. */
import { readFileSync } from 'node:fs'
import { bytesSource, type ByteSource } from '../../src/loaders/bytes/bytes.ts'
import { sizeOf } from '../../src/shape.ts'
import type { TensorSource } from '../../src/tensor_source.ts'

export function keras(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../golden/keras_files/${name}`, import.meta.url)))
}

export function source(name: string): ByteSource {
  return bytesSource(keras(name), name)
}

export function readAll(dataset: TensorSource): Promise<Float32Array> {
  return dataset.read(0, sizeOf(dataset.shape))
}

export const READABLE = [
  'keras1_weights.h5',
  'keras2_weights.h5',
  'keras2_float16.h5',
  'keras2_float64_big_endian.h5',
  'keras2_gzip.h5',
  'keras2_latest.h5',
  'keras2_user_block.h5',
  'keras3_model.h5',
  'keras3_nested.h5',
  'keras3_nested_frozen.h5',
  'keras2_latest_gzip.h5',
  'keras3.weights.h5',
]
