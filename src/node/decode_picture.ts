/** One picture of a dataset, from its file to values at the dataset's size. */
import { bytesOf } from '../loaders/bytes/blob.ts'
import { fitImage } from '../loaders/images/fit_image.ts'
import { loadOptionsOf, type Settings } from '../loaders/images/image_dataset.ts'
import { decodeFile } from './image.ts'
import { readInput } from './input.ts'

/** The path of a file, or its bytes. */
export type PictureSource = string | Blob | Uint8Array<ArrayBuffer>

/** @throws FileError naming `path`; the signal's reason */
export async function decodePicture(
  source: PictureSource,
  path: string,
  settings: Settings,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>> {
  const abort = signal && { signal }
  const bytes = typeof source === 'string' ? (await readInput(source, path, abort)).bytes : await bytesOf(source, signal)
  const { shape, data } = await decodeFile(bytes, path, { ...loadOptionsOf(settings), ...abort })
  const [, height, width, channels] = shape as [number, number, number, number]
  return fitImage({ height, width, channels, data }, settings)
}
