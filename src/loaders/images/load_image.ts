/** Pictures in browsers: files, URLs and what a page shows, as tensors. */
import { ArgumentError, FileError } from '../../errors.ts'
import { bytesOf, isBytes, type BytesInput } from '../bytes/blob.ts'
import { fetchBytes } from '../bytes/fetch.ts'
import { shownUrl } from '../bytes/http.ts'
import { notPicture } from './format.ts'
import { checkOptions, checkPixels, decodeImage, fromRgba, toTensor, type ImageTensor, type LoadImageOptions } from './image.ts'
import type { JpegInfo } from './jpeg.ts'
import { bitmapOf } from './shown.ts'
import type { Pixels } from './resize.ts'

export type { ImageTensor, LoadImageOptions } from './image.ts'

/** A picked file or its bytes, a URL, or what a page has already: an image element, ImageBitmap, ImageData, canvas, video. See {@link loadImage}. */
export type ImageInput = string | URL | BytesInput | ImageBitmapSource

/** What is wrong with a picture that the page has, and the browser refuses. */
export const refused = (cause: unknown): FileError => {
  const rule = 'the picture must be loaded, and from this origin or sent with CORS'
  return new FileError('unsupported', `[image] ${rule}, got ${String(cause)}`, {}, { cause })
}

/**
 * The pixels of whatever the browser can draw, at full size, in the file's own colours.
 * @param refuse makes the error for a source that the browser refuses
 * @param taken the bitmap of the source, where there is one; it is closed
 */
async function draw(
  source: ImageBitmapSource,
  where: string,
  options: LoadImageOptions,
  refuse: (cause: unknown) => FileError,
  taken?: Promise<ImageBitmap>,
): Promise<Pixels> {
  if (typeof OffscreenCanvas === 'undefined') {
    const rule = 'this picture needs a browser with createImageBitmap and OffscreenCanvas'
    throw new FileError('unsupported', `[${where}] ${rule}, got none (in Node, import thaw-webgpu/node)`)
  }
  let bitmap: ImageBitmap | undefined
  try {
    bitmap = await (taken ?? bitmapOf(source, options.orient))
    checkPixels(where, bitmap, options)
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })!
    context.drawImage(bitmap, 0, 0)
    return fromRgba(context.getImageData(0, 0, bitmap.width, bitmap.height))
  } catch (cause) {
    throw cause instanceof FileError ? cause : refuse(cause)
  } finally {
    bitmap?.close()
  }
}

/** A JPEG by the browser's decoder. Its EXIF is cut out first: browsers differ in what they do with it, so it is applied here. */
function drawJpeg(bytes: Uint8Array<ArrayBuffer>, { exifRanges }: JpegInfo, where: string, options: LoadImageOptions): Promise<Pixels> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let at = 0
  for (const [begin, end] of exifRanges) {
    parts.push(bytes.subarray(at, begin))
    at = end
  }
  parts.push(bytes.subarray(at))
  return draw(
    new Blob(parts, { type: 'image/jpeg' }),
    where,
    options,
    (cause) => new FileError('corrupt', `[${where}] a JPEG must be decodable, got ${String(cause)}`, {}, { cause }),
  )
}

/** What the page has decoded already. */
async function shown(
  source: Exclude<ImageBitmapSource, Blob>,
  options: LoadImageOptions,
  taken: Promise<ImageBitmap> | undefined,
): Promise<ImageTensor> {
  if (options.orient === false) {
    throw new ArgumentError('image', 'orient false is for files, got it with a picture that the page has decoded')
  }
  if (typeof ImageData !== 'undefined' && source instanceof ImageData) {
    checkPixels('image', source, options)
    return toTensor(fromRgba(source), options)
  }
  return toTensor(await draw(source, 'image', options, refused, taken), options)
}

/** See load.ts. @param taken the bitmap of what a page shows, where there is one */
export async function loadImage(input: ImageInput, options: LoadImageOptions = {}, taken?: Promise<ImageBitmap>): Promise<ImageTensor> {
  checkOptions('image', options)
  options.signal?.throwIfAborted()
  let bytes: Uint8Array<ArrayBuffer>
  let where = 'image'
  if (typeof input === 'string' || input instanceof URL) {
    where = shownUrl(String(input))
    bytes = await fetchBytes(input, options)
  } else if (isBytes(input)) {
    if ('name' in input && typeof input.name === 'string') where = input.name
    bytes = await bytesOf(input, options.signal)
  } else return shown(input, options, taken)
  return decodeFile(bytes, where, options)
}

/** A picture from the bytes of its file. @throws as loadImage */
export function decodeFile(bytes: Uint8Array<ArrayBuffer>, where: string, options: LoadImageOptions): Promise<ImageTensor> {
  return decodeImage(bytes, where, options, {
    jpeg: (file, info) => drawJpeg(file, info, where, options),
    other: (file) =>
      draw(new Blob([file]), where, options, (cause) => notPicture(where, 'a picture that the browser can show', file, cause)),
  })
}
