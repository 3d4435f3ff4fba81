/** Files that are no Keras weights say what they are, by content. */
import { expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { source } from '../files.ts'

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from(p)))))

/** A zip archive of empty members. */
function zip(...names: string[]): Uint8Array<ArrayBuffer> {
  const local = names.map((name) => {
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50)
    head.writeUInt16LE(name.length, 26)
    return Buffer.concat([head, Buffer.from(name)])
  })
  const list = names.map((name) => {
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(name.length, 28)
    return Buffer.concat([entry, Buffer.from(name)])
  })
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt32LE(Buffer.concat(list).length, 12)
  end.writeUInt32LE(Buffer.concat(local).length, 16)
  return new Uint8Array(Buffer.concat([...local, ...list, end]))
}

const message = async (content: Uint8Array<ArrayBuffer>) => {
  const error = await openKerasWeights(bytesSource(content, 'file')).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FileError)
  return (error as FileError).message
}

test.each([
  ['a pickle', bytes([0x80, 4, 0x95], 'rest'), 'a Python pickle (.pkl, .joblib)'],
  ['an old PyTorch file', bytes([0x80, 2, 0x8a, 10, 0x6c, 0xfc]), 'a Python pickle (.pkl, .joblib, or a PyTorch file)'],
  ['TensorFlow Lite', bytes([0x1c, 0, 0, 0], 'TFL3', [0, 0]), 'a TensorFlow Lite model (.tflite)'],
  ['ONNX', bytes([8, 7, 0x12, 7], 'pytorch', [0x1a, 3]), 'an ONNX model'],
  ['saved_model.pb', bytes([8, 1, 0x12, 0xd3, 0x84, 1]), 'a TensorFlow SavedModel (saved_model.pb)'],
  ['.npy', bytes([0x93], 'NUMPY', [1, 0]), 'a NumPy array (.npy)'],
  ['gzip', bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 'a gzip archive; unpack it first'],
  ['safetensors', bytes([0x40, 0, 0, 0, 0, 0, 0, 0], '{"a":{}}'), 'a safetensors file'],
  ['a web page', bytes('  <!DOCTYPE html>'), 'a web page or XML'],
  ['a Git LFS pointer', bytes('version https://git-lfs.github.com/spec/v1'), 'a Git LFS pointer instead of the file'],
  ['other bytes', bytes('abcdefgh'), 'bytes 61 62 63 64 65 66 67 68'],
  ['nothing', bytes(), 'an empty file'],
])('%s', async (_name, content, got) => {
  expect(await message(content)).toBe(`[file] the file must be HDF5, got ${got}`)
})

test.each([
  ['PyTorch', ['archive/data.pkl', 'archive/version'], 'a PyTorch file'],
  ['.npz', ['arr_0.npy', 'arr_1.npy'], 'NumPy arrays (.npz)'],
  ['a SavedModel', ['m/saved_model.pb', 'm/variables/variables.index'], 'a TensorFlow SavedModel'],
  ['tfjs', ['model.json', 'group1-shard1of1.bin'], 'a TensorFlow.js model'],
  ['another archive', ['a.txt', 'b.txt'], 'a.txt, b.txt'],
])('a zip archive: %s', async (_name, names, got) => {
  expect(await message(zip(...names))).toBe(`[file] the archive must hold model.weights.h5, got ${got}`)
})

test('a .keras archive with NumPy weights', async () => {
  await expect(openKerasWeights(source('npz.keras'))).rejects.toThrow(
    '[npz.keras] the archive must hold model.weights.h5, got a .keras archive whose weights are NumPy arrays (model.weights.npz)',
  )
})
