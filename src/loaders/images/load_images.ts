/** Several pictures as one tensor in memory. For more than fit there, `imageDataset`. */
import { described } from '../../described.ts'
import { ArgumentError, ShapeError } from '../../errors.ts'
import { formatShape } from '../../shape.ts'
import { stack } from '../../tensor.ts'
import type { ImageTensor, LoadImageOptions } from './image.ts'
import { inLanes } from '../bytes/lanes.ts'
import { loadImage, type ImageInput } from './load_image.ts'

/** Options of {@link loadImages}. */
export interface LoadImagesOptions extends LoadImageOptions {
  /** Pictures loaded so far. */
  onProgress?: (done: number, total: number) => void
}

/** Pictures that are loaded at the same time. */
const LANES = 4

/** @param load as loadImage */
export async function loadAll<F>(
  files: Iterable<F>,
  { onProgress, ...options }: LoadImagesOptions,
  load: (file: F, options: LoadImageOptions) => Promise<ImageTensor>,
): Promise<ImageTensor> {
  const isList = typeof files === 'object' && files !== null && Symbol.iterator in files
  if (!isList) throw new ArgumentError('loadImages', `files must be a list of pictures, got ${described(files)}`)
  const all = [...files]
  if (!all.length) throw new ArgumentError('loadImages', 'there must be at least one picture, got none')
  const images: ImageTensor[] = []
  let done = 0
  await inLanes(all.length, LANES, async (i) => {
    images[i] = await load(all[i]!, options)
    onProgress?.(++done, all.length)
  })
  const [first] = images
  const other = images.findIndex(({ shape }) => formatShape(shape) !== formatShape(first!.shape))
  if (other < 0) return stack(images) as ImageTensor
  const shapes = `${formatShape(first!.shape)} and, at index ${other}, ${formatShape(images[other]!.shape)}`
  throw new ShapeError('loadImages', `pictures must have one size (targetSize gives them one), got ${shapes}`)
}

/** See load.ts. */
export function loadImages(files: Iterable<ImageInput>, options: LoadImagesOptions = {}): Promise<ImageTensor> {
  return loadAll(files, options, loadImage)
}
