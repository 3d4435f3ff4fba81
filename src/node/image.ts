/** Pictures in Node: PNG and JPEG files as tensors. */
import { notPicture } from '../loaders/images/format.ts'
import { checkOptions, decodeImage, type ImageTensor, type LoadImageOptions } from '../loaders/images/image.ts'
import { loadAll, type LoadImagesOptions } from '../loaders/images/load_images.ts'
import { readInput, type FileInput } from './input.ts'
import { jpegPixels } from './jpeg.ts'

/**
 * Loads a picture for a network, as Keras's load_img and img_to_array do: [1,height,width,3], RGB, 0..255, or [1,height,width,1] in grey. `preprocessInput` or a
 * preprocessing layer comes next.
 *
 * PNG has the very pixels of Pillow's convert('RGB'): transparency dropped and not blended, 16-bit grey cut off at 255. JPEG comes from the optional package
 * @jsquash/jpeg, with Pillow's pixels too, but where chroma has half the height alone (4:4:0), by 2 at most. Resizing has Pillow's pixels.
 * @param input a path, a URL (https, data or file), a Blob, or bytes
 * @throws FileError `not-found`, `unsupported` (no PNG or JPEG, CMYK, too large), `truncated`, `corrupt`, `http`; ArgumentError; the
 * signal's reason
 * @example
 * const picture = await loadImage('photo.png', { targetSize: [8, 8], interpolation: 'bilinear' })
 * picture.shape // [1, 8, 8, 3]
 * await model.predict(picture)
 */
export async function loadImage(input: FileInput, options: LoadImageOptions = {}): Promise<ImageTensor> {
  checkOptions('image', options)
  const { bytes, where } = await readInput(input, 'image', options)
  return decodeFile(bytes, where, options)
}

/** A picture from the bytes of its file. @throws as loadImage */
export function decodeFile(bytes: Uint8Array<ArrayBuffer>, where: string, options: LoadImageOptions): Promise<ImageTensor> {
  return decodeImage(bytes, where, options, {
    jpeg: (file, info) => jpegPixels(file, info, where),
    other: (file) => Promise.reject(notPicture(where, 'a PNG or JPEG picture', file)),
  })
}

/**
 * Loads pictures as one tensor; as in browsers.
 * @example
 * const pictures = await loadImages(['animals/cat/1.png', 'animals/dog/1.png'], { targetSize: [8, 8] })
 * pictures.shape // [2, 8, 8, 3]
 */
export function loadImages(files: Iterable<FileInput>, options: LoadImagesOptions = {}): Promise<ImageTensor> {
  return loadAll(files, options, loadImage)
}
