/** From pictures of every kind to those that a project keeps, and to samples. */
import { loadImage, stack, type ImageTensor, type Model, type Tensor } from '../../../src/index.ts'
import { DEMO, drawFigure, type DrawnPicture } from '../demo/pictures.ts'
import type { Labelled, Taken, ZippedPicture } from '../messages.ts'
import { unzipped } from './zip.ts'

/** Widest picture that is kept. */
const KEPT = 256
/** Up to here pictures are kept without loss. */
const LOSSLESS = 96
/** Bytes of samples that are kept decoded. */
const MEMORY = 256 * 2 ** 20

const hex = (bytes: ArrayBuffer): string => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, '0')).join('')

/** Encoded as it is kept. */
function encode(canvas: OffscreenCanvas): Promise<Blob> {
  return canvas.convertToBlob(canvas.width <= LOSSLESS ? { type: 'image/png' } : { type: 'image/jpeg', quality: 0.92 })
}

/** The middle square of a picture, small enough to keep thousands. */
async function takeOne(given: File | ZippedPicture): Promise<Taken> {
  let bitmap: ImageBitmap
  let file: File
  try {
    file = given instanceof File ? given : await unzipped(given)
  } catch (error) {
    return { ok: false, name: (given as ZippedPicture).path, why: (error as Error).message.replace(/^\[[^\]]*\] /, '') }
  }
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    const why = file.size ? 'the browser cannot read it as a picture; take a PNG, JPEG or WebP' : 'the file is empty'
    return { ok: false, name: file.name, why }
  }
  const side = Math.min(bitmap.width, bitmap.height)
  const size = Math.min(KEPT, side)
  const canvas = new OffscreenCanvas(size, size)
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, size, size)
  bitmap.close()
  const blob = await encode(canvas)
  return { ok: true, blob, hash: hex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())) }
}

/** One after the other: a folder of thousands is decoded a picture at a time. */
export async function takePictures(files: readonly (File | ZippedPicture)[]): Promise<Taken[]> {
  const taken: Taken[] = []
  for (const file of files) taken.push(await takeOne(file))
  return taken
}

async function fileOf({ data, width, height }: DrawnPicture, name: string): Promise<File> {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.putImageData(new ImageData(data, width, height), 0, 0)
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' })
}

/** Two classes that are drawn here. @param each pictures of a class */
export async function demoPictures(each: number): Promise<{ name: string; pictures: File[] }[]> {
  const classes: { name: string; pictures: File[] }[] = []
  for (const [name, figure] of Object.entries(DEMO)) {
    const pictures: File[] = []
    for (let i = 0; i < each; i++) pictures.push(await fileOf(drawFigure(figure, i * 2 + classes.length, 96), `${name}-${i}.png`))
    classes.push({ name, pictures })
  }
  return classes
}

/** Samples of pictures, decoded once as long as there is room. */
export class Samples {
  readonly #kept = new Map<string, ImageTensor>()
  #bytes = 0

  /** One sample, as the model takes it. */
  static async of(model: Model, picture: Blob | ImageBitmap): Promise<ImageTensor> {
    const { size, colorMode } = model.pictures!
    return loadImage(picture, { targetSize: size, colorMode, interpolation: 'bilinear' })
  }

  async #one(model: Model, { id, blob }: Labelled): Promise<ImageTensor> {
    const { size, colorMode } = model.pictures!
    const key = `${id} ${size.join()} ${colorMode}`
    const kept = this.#kept.get(key)
    if (kept) return kept
    const made = await Samples.of(model, blob)
    if (this.#bytes + made.data.length > MEMORY) {
      this.#kept.clear()
      this.#bytes = 0
    }
    this.#kept.set(key, made)
    this.#bytes += made.data.length
    return made
  }

  async list(model: Model, pictures: readonly Labelled[]): Promise<ImageTensor[]> {
    const list: ImageTensor[] = []
    for (const picture of pictures) list.push(await this.#one(model, picture))
    return list
  }

  async all(model: Model, pictures: readonly Labelled[]): Promise<{ x: Tensor; y: number[] }> {
    return { x: stack(await this.list(model, pictures)), y: pictures.map(({ label }) => label) }
  }
}
