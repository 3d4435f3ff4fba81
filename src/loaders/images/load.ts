/** Pictures in browsers, one and several. What decodes and resizes them comes when there are any. */
import { asOfNow } from '../../as_of_now.ts'
import { lazy } from '../../lazy.ts'
import type { ImageTensor, LoadImageOptions } from './image.ts'
import type { ImageInput } from './load_image.ts'
import type { LoadImagesOptions } from './load_images.ts'
import { bitmapOf, isShown } from './shown.ts'

/**
 * Loads a picture for a network, as Keras's load_img and img_to_array do: [1,height,width,3], RGB, 0..255, or [1,height,width,1] in grey. `preprocessInput` or a
 * preprocessing layer comes next.
 *
 * PNG has the very pixels of Pillow's convert('RGB'): transparency dropped and not blended, 16-bit grey cut off at 255. JPEG has those of the browser's decoder;
 * other formats too, with what its canvas makes of transparency. Resizing has Pillow's pixels.
 * @param input what a page shows is taken as it is now
 * @throws FileError `unsupported` (no picture, CMYK, too large), `truncated`, `corrupt`, `http`, `integrity` (a picked file that cannot be read); ArgumentError; the signal's reason
 * @example
 * // in a page
 * const [file] = document.querySelector<HTMLInputElement>('input[type=file]')!.files!
 * const picture = await loadImage(file!, { targetSize: [224, 224], interpolation: 'bilinear' })
 */
export async function loadImage(input: ImageInput, options: LoadImageOptions = {}): Promise<ImageTensor> {
  // What a page shows may change before there is what decodes it.
  const bitmap = isShown(input) && typeof createImageBitmap === 'function' ? bitmapOf(input) : undefined
  bitmap?.catch(() => undefined) // it may be refused before anyone asks for it, who is then told
  const given = typeof ImageData !== 'undefined' && input instanceof ImageData ? structuredClone(input) : input
  try {
    return await (await lazy(import('./load_image.ts'))).loadImage(given, options, bitmap)
  } finally {
    bitmap?.then(
      (b) => b.close(),
      () => undefined,
    )
  }
}

/**
 * Loads pictures as one tensor [N,height,width,3], in the order of the files, several at a time; see `loadImage`. What a page shows among them must stay
 * as it is until then.
 * @throws as loadImage, naming the file; ShapeError for pictures of different sizes without `targetSize`; ArgumentError
 * @example
 * // in a page
 * const { files } = document.querySelector<HTMLInputElement>('input[type=file]')!
 * const pictures = await loadImages(files!, { targetSize: [8, 8], onProgress: (done, total) => console.log(done, total) })
 * await model.predict(pictures)
 */
export async function loadImages(files: Iterable<ImageInput>, options: LoadImagesOptions = {}): Promise<ImageTensor> {
  const given = asOfNow(files)
  return (await lazy(import('./load_images.ts'))).loadImages(given, options)
}
