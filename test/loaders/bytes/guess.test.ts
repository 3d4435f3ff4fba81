/** Files that are no Keras weights say what they are, by content. */
import { expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from(p)))))

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
  ['PNG', bytes([0x89], 'PNG\r\n', [0x1a, 10, 0, 0, 0, 13]), 'a picture (PNG); loadImage is for pictures'],
  ['JPEG', bytes([0xff, 0xd8, 0xff, 0xe0]), 'a picture (JPEG); loadImage is for pictures'],
  ['WebP', bytes('RIFF', [9, 0, 0, 0], 'WEBPVP8 '), 'a picture (WebP); loadImage is for pictures'],
  ['BMP', bytes('BM', [70, 0, 0, 0, 0, 0, 0, 0, 54]), 'a picture (BMP); loadImage is for pictures'],
  ['SVG', bytes('<?xml version="1.0"?>\n<svg xmlns=""/>'), 'a picture (SVG); loadImage is for pictures'],
  ['class names', bytes('BM\ncaf', [0xc3, 0xa9, 10, 0xc3]), 'a text'],
  ['other bytes', bytes('abcdefg', [0, 9]), 'bytes 61 62 63 64 65 66 67 00'],
  ['nothing', bytes(), 'an empty file'],
])('%s', async (_name, content, got) => {
  expect(await message(content)).toBe(`[file] the file must be HDF5, got ${got}`)
})
