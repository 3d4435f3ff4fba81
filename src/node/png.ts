/** PNG pictures in Node. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { DataError, FileError } from '../errors.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Decodes a PNG to RGB, transparency ignored: [height,width,3], 0..255.
 * @throws DataError for bytes that are no PNG, or where the optional package pngjs is not installed
 */
export async function decodePng(bytes: Uint8Array): Promise<Tensor & { data: Uint8Array }> {
  const { PNG } = await import('pngjs').catch((cause: unknown) => {
    throw new DataError('png', 'decoding needs the package pngjs, got none installed', { cause })
  })
  let png: { width: number; height: number; data: Uint8Array }
  try {
    png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (cause) {
    throw new DataError('png', `bytes must be a PNG picture, got ${bytes.length} bytes: ${(cause as Error).message}`, { cause })
  }
  const { width, height, data: rgba } = png
  const data = new Uint8Array(width * height * 3)
  for (let i = 0, j = 0; i < data.length; i += 3, j += 4) {
    data[i] = rgba[j]!
    data[i + 1] = rgba[j + 1]!
    data[i + 2] = rgba[j + 2]!
  }
  return { shape: [height, width, 3], data }
}

/**
 * Reads a PNG file as `decodePng` does.
 * @throws FileError `not-found`; DataError
 */
export async function readImage(path: string): Promise<Tensor & { data: Uint8Array }> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FileError('not-found', `[${basename(path)}] the path must be a readable file, got ${String(cause)}`, { path }, { cause })
  })
  return decodePng(bytes)
}
