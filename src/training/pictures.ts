/** Pictures as samples of a model. What a page shows is resized and preprocessed on the device, everything else where it is decoded. */
import type { PictureSpec } from '../about.ts'
import type { Device } from '../device/device.ts'
import { described } from '../described.ts'
import { ArgumentError, ShapeError } from '../errors.ts'
import { fitTensor } from '../loaders/images/fit_image.ts'
import { inLanes } from '../loaders/bytes/lanes.ts'
import { checkPixels, fromRgba, toTensor } from '../loaders/images/image.ts'
import { loadImage } from '../loaders/images/load_image.ts'
import { isPicture, isPixels, pictureLoader, type PictureSource, type RgbaPixels } from '../loaders/images/picture_source.ts'
import { isShown } from '../loaders/images/shown.ts'
import { preprocessInput } from '../loaders/images/preprocess.ts'
import { stack, type Tensor } from '../tensor.ts'
import type { Engine } from './engine.ts'
import { onDevice, resizesOnDevice } from './shown_pictures.ts'

/** Pictures that are made at the same time. */
const LANES = 4

/** One sample. */
type Make = (source: PictureSource) => Promise<Tensor>

/** Decodes as loadImage does, resizes as it, or as datasets do it, and preprocesses as preprocessInput does. */
export function onHost(spec: PictureSpec, signal: AbortSignal | undefined): Make {
  const { size: targetSize, colorMode, interpolation, preprocess, resizer = 'pillow', aspectRatio = 'stretch', orient } = spec
  const whole = { colorMode, ...(signal && { signal }) }
  const asLoaded = resizer === 'pillow' && aspectRatio === 'stretch'
  const options = asLoaded ? { ...whole, targetSize, interpolation } : whole
  return async (source) => {
    const load = pictureLoader() ?? loadImage
    const decoding = isShown(source) || orient === undefined ? options : { ...options, orient }
    const decoded = isPixels(source) ? toTensor(checked(source), options) : await load(source, decoding)
    const pixels = asLoaded ? decoded : fitTensor(decoded, spec)
    return preprocess === 'none' ? pixels : preprocessInput(pixels, preprocess)
  }
}

/** @throws ArgumentError unless they are bytes; ShapeError for sizes that are none, or unless there are as many values as pixels of four */
function checked(source: RgbaPixels) {
  const { width, height, data } = source
  const isSide = (n: number) => Number.isInteger(n) && n > 0
  if (!isSide(width) || !isSide(height)) throw new ShapeError('image', `pixels must have whole sizes above 0, got ${width}x${height}`)
  if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array))
    throw new ArgumentError('image', `pixels must be a Uint8ClampedArray or a Uint8Array of 0..255, got ${described(data)}`)
  checkPixels('image', source, {})
  if (data.length === 4 * width * height) return fromRgba(source)
  throw new ShapeError('image', `pixels must be RGBA, ${4 * width * height} bytes for ${width}x${height}, got ${data.length}`)
}

/** Whether the device takes what a page shows: not in Node, whose Dawn has no pictures. */
const takesShown = ({ gpu }: Device): boolean =>
  typeof createImageBitmap === 'function' && typeof gpu.queue.copyExternalImageToTexture === 'function'

/**
 * Samples [N,height,width,channels] of pictures, of whatever sizes, for a model that takes pictures.
 * @throws ArgumentError for what is no picture, or none; and as loadImage
 */
export async function pictureSamples(engine: Engine, given: unknown, spec: PictureSpec, signal: AbortSignal | undefined): Promise<Tensor> {
  const sources: readonly unknown[] = Array.isArray(given) ? given : [given]
  sources.forEach((source, i) => {
    if (!isPicture(source)) throw new ArgumentError('predict', `pictures must be pictures each, got ${described(source)} at index ${i}`)
  })
  signal?.throwIfAborted()
  const host = onHost(spec, signal)
  const device = takesShown(engine.device) && resizesOnDevice(spec) && sources.some(isShown) ? onDevice(engine, spec, host) : undefined
  const samples: Tensor[] = []
  await inLanes(sources.length, LANES, async (i) => {
    signal?.throwIfAborted()
    const source = sources[i] as PictureSource
    samples[i] = device && isShown(source) ? await device(source) : await host(source)
  })
  const other = samples.find(({ data }) => !(data instanceof samples[0]!.data.constructor))
  return stack(other ? samples.map(({ shape, data }) => ({ shape, data: Float32Array.from(data) })) : samples)
}
