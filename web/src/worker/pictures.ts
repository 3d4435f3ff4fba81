/** From pictures of every kind to those that a project keeps, and to samples. */
import { loadImage, stack, type ImageTensor, type Model, type Tensor } from '../../../src/index.ts'
import { DEMO, drawFigure, type DrawnPicture } from '../demo/pictures.ts'
import { inLanes } from '../../../src/loaders/bytes/lanes.ts'
import type { Labelled, Taken, ZippedPicture } from '../messages.ts'
import { contentOf } from '../store/database.ts'
import { bytesOf, checkPicture, unzipped } from './zip.ts'

/** Widest picture that is kept. */
const KEPT = 256
/** Up to here pictures are kept without loss. */
const LOSSLESS = 96
/** Bytes of a picture that is small, and how many of those are read at a time. */
const [SMALL, LANES] = [200 * 2 ** 10, 4]
/** Bytes of samples that are kept decoded. */
const MEMORY = 256 * 2 ** 20

const hex = (bytes: ArrayBuffer): string => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, '0')).join('')

/** Encoded as it is kept. */
function encode(canvas: OffscreenCanvas): Promise<Blob> {
  return canvas.convertToBlob(canvas.width <= LOSSLESS ? { type: 'image/png' } : { type: 'image/jpeg', quality: 0.92 })
}

/** @throws Error for what has no pixels here */
async function decoded(file: File): Promise<ImageBitmap> {
  if (!file.size) throw new Error('the file is empty')
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => {
    throw new Error('the browser cannot read it as a picture; take a PNG, JPEG or WebP')
  })
  if (bitmap.width && bitmap.height) return bitmap
  throw new Error(`a picture must have pixels, got ${bitmap.width}×${bitmap.height} of them`)
}

/** The middle square of a picture, small enough to keep thousands. */
async function squareOf(file: File): Promise<{ blob: Blob; hash: string }> {
  const bitmap = await decoded(file)
  const side = Math.min(bitmap.width, bitmap.height)
  const size = Math.min(KEPT, side)
  const canvas = new OffscreenCanvas(size, size)
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, size, size)
  bitmap.close()
  const blob = await encode(canvas)
  return { blob, hash: hex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())) }
}

async function takeOne(given: File | ZippedPicture): Promise<Taken> {
  const name = given instanceof File ? given.name : given.path
  try {
    checkPicture(name, bytesOf(given))
    return { ok: true, ...(await squareOf(given instanceof File ? given : await unzipped(given))) }
  } catch (error) {
    return { ok: false, name, why: (error as Error).message.replace(/^\[[^\]]*\] /, '') }
  }
}

/** Small pictures come several at a time, since they wait for the disk; large ones one after the other, since each takes room when it is decoded. */
export async function takePictures(given: readonly (File | ZippedPicture)[]): Promise<Taken[]> {
  const taken: Taken[] = []
  const lanes = given.every((one) => bytesOf(one) <= SMALL) ? LANES : 1
  await inLanes(given.length, lanes, async (i) => void (taken[i] = await takeOne(given[i]!)))
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

  async #one(model: Model, { picture }: Labelled): Promise<ImageTensor> {
    const { size, colorMode } = model.pictures!
    const key = `${picture.id} ${size.join()} ${colorMode}`
    const kept = this.#kept.get(key)
    if (kept) return kept
    const made = await Samples.of(model, await contentOf(picture))
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
