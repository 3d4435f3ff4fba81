/** What may be given as a picture: whatever it is told by, and who loads it. */
import { isRecord } from '../../described.ts'
import { isBytes, type BytesInput } from '../bytes/blob.ts'
import type { ImageTensor, LoadImageOptions } from './image.ts'
import { isShown, type Shown } from './shown.ts'

/** Pixels as a canvas gives them: red, green, blue and alpha, a byte each, in rows from the top left. See {@link createClassifier}. */
export interface RgbaPixels {
  /** In pixels. */
  readonly width: number
  /** In pixels. */
  readonly height: number
  /** Red, green, blue and alpha of each pixel, row by row: 4 * width * height bytes. */
  readonly data: Uint8ClampedArray | Uint8Array
}

/**
 * A picture: a URL, in Node also a path; a file, or its bytes; pixels; and in a page what it shows: an image or video element, a canvas, an ImageBitmap, a
 * VideoFrame. See {@link createClassifier}.
 */
export type PictureSource = string | URL | BytesInput | RgbaPixels | ImageBitmapSource

export const isPixels = (value: unknown): value is RgbaPixels =>
  isRecord(value) && typeof value['width'] === 'number' && typeof value['height'] === 'number' && ArrayBuffer.isView(value['data'])

export const isPicture = (value: unknown): value is PictureSource =>
  typeof value === 'string' || value instanceof URL || isBytes(value) || isPixels(value) || isShown(value)

/** Whether something is a picture, or begins a list of them. */
export const arePictures = (value: unknown): value is PictureSource | readonly PictureSource[] =>
  isPicture(Array.isArray(value) ? value[0] : value)

/** As loadImage, of whatever the environment can load. */
export type LoadPicture = (input: string | URL | BytesInput | Shown, options: LoadImageOptions) => Promise<ImageTensor>

let loader: LoadPicture | undefined

/** The Node entry says how pictures are loaded, paths among them. Default: as a page does it. */
export function setPictureLoader(load: LoadPicture | undefined): void {
  loader = load
}

/** Who loads pictures where it is not a page. */
export const pictureLoader = (): LoadPicture | undefined => loader
