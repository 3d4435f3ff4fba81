/** One picture of a dataset, from its file to values at the dataset's size. */
import { bytesOf } from '../loaders/bytes/blob.ts'
import { fitImage, type SizeOptions } from '../loaders/images/fit_image.ts'
import { loadOptionsOf, type Settings } from '../loaders/images/image_dataset.ts'
import { decodeFile } from './image.ts'
import { readInput } from './input.ts'

/** The path of a file, or its bytes. */
export type PictureSource = string | Blob | Uint8Array<ArrayBuffer>

/** What of a dataset's settings is for its pictures. */
export interface PictureSettings extends SizeOptions, Pick<Settings, 'colorMode' | 'orient' | 'maxPixels' | 'pillow'> {}

/** Without what is as long as the list of pictures: labels. */
export function pictureSettingsOf(settings: Settings): PictureSettings {
  const { imageSize, interpolation, cropToAspectRatio, padToAspectRatio, dtype, colorMode, orient, maxPixels, pillow } = settings
  const size = { imageSize, interpolation, cropToAspectRatio, padToAspectRatio, dtype }
  return {
    ...size,
    ...(colorMode && { colorMode }),
    ...(orient !== undefined && { orient }),
    ...(maxPixels && { maxPixels }),
    ...(pillow && { pillow }),
  }
}

/** @throws FileError naming `path`; the signal's reason */
export async function decodePicture(
  source: PictureSource,
  path: string,
  settings: PictureSettings,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>> {
  const abort = signal && { signal }
  const bytes = typeof source === 'string' ? (await readInput(source, path, abort)).bytes : await bytesOf(source, signal)
  const { shape, data } = await decodeFile(bytes, path, { ...loadOptionsOf(settings), ...abort })
  const [, height, width, channels] = shape as [number, number, number, number]
  return fitImage({ height, width, channels, data }, settings)
}
