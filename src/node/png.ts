/** PNG pictures in Node. */
import { DataError, ThawError } from '../errors.ts'
import { plainBytes } from '../loaders/bytes/bytes.ts'
import { GUESSED, kindOf, pictureFormat } from '../loaders/bytes/guess.ts'
import { decodePngPixels, parsePng } from '../loaders/images/png.ts'
import type { Tensor } from '../tensor.ts'

/**
 * Decodes a PNG to RGB, transparency ignored: [height,width,3], 0..255. `loadImage` does more.
 * @throws DataError for bytes that are no PNG
 * @example
 * import { readFile } from 'node:fs/promises'
 * const { shape } = await decodePng(await readFile('photo.png'))
 * shape // [12, 16, 3]
 */
export async function decodePng(bytes: Uint8Array): Promise<Tensor & { data: Uint8Array }> {
  const refuse = (got: string, cause?: unknown) =>
    new DataError('png', `bytes must be a PNG picture, got ${bytes.length} bytes: ${got}`, cause === undefined ? {} : { cause })
  if (pictureFormat(bytes) !== 'PNG') throw refuse(kindOf(bytes.subarray(0, GUESSED)))
  try {
    const { width, height, data } = await decodePngPixels(parsePng(plainBytes(bytes), 'png'), 'png')
    return { shape: [height, width, 3], data }
  } catch (cause) {
    if (cause instanceof ThawError) throw refuse(cause.message, cause)
    throw cause
  }
}
