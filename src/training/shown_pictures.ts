/**
 * What a page shows as samples, made on the device: the browser copies the picture into a texture, shaders resize it and preprocess it, and what a
 * model takes comes back. Sums are in whole numbers with the weights of loadImage, and preprocessing is a table that preprocessInput has made: the
 * samples have the bits of these two. Where a picture is translucent, they have its colours as they are, and loadImage those that a canvas gives back.
 */
import type { PictureSpec } from '../about.ts'
import type { Device } from '../device/device.ts'
import { Graph, type Node } from '../graph/graph.ts'
import { pixelLevels } from '../kernels/pixel_levels.ts'
import { resample } from '../kernels/resample.ts'
import { refused } from '../loaders/images/load_image.ts'
import { cropped } from '../loaders/images/fit_image.ts'
import { checkPixels } from '../loaders/images/image.ts'
import { bitmapOf, type Shown } from '../loaders/images/shown.ts'
import { preprocessInput } from '../loaders/images/preprocess.ts'
import { tapsOf, type Taps } from '../loaders/images/resize.ts'
import { DeviceValues, type HostValues } from '../plan/inputs.ts'
import { preprocessNumbers } from '../preprocess_modes.ts'
import type { Tensor } from '../tensor.ts'
import type { Engine } from './engine.ts'

/** Bytes that rows of a texture are rounded up to in a buffer. */
const ROW = 256

/** Pixels in such a row. */
const rowOf = (width: number): number => (Math.ceil((4 * width) / ROW) * ROW) / 4

/** What each level of each channel becomes, [256,C], and whether the channels change places. */
function levelsOf({ colorMode, preprocess }: PictureSpec): { levels: Float32Array; reverse: boolean } {
  const C = colorMode === 'grayscale' ? 1 : 3
  const all = { shape: [256, C], data: Uint8Array.from({ length: 256 * C }, (_, i) => Math.floor(i / C)) }
  if (preprocess === 'none') return { levels: Float32Array.from(all.data), reverse: false }
  return { levels: preprocessInput(all, preprocess).data, reverse: preprocessNumbers('predict', preprocess).reverse }
}

const inputsOf = (axis: string, { starts, counts, weights }: Taps): Record<string, HostValues> => ({
  [`starts${axis}`]: starts,
  [`counts${axis}`]: counts,
  [`weights${axis}`]: new Uint32Array(weights.buffer, weights.byteOffset, weights.length),
})

/** Whether shaders do what is asked for. */
export const resizesOnDevice = ({ resizer = 'pillow', aspectRatio }: PictureSpec): boolean => resizer === 'pillow' && aspectRatio !== 'pad'

/** What of a picture is seen. */
interface Part {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function partOf({ width, height }: ImageBitmap, { aspectRatio, size }: PictureSpec): Part {
  if (aspectRatio !== 'crop') return { x: 0, y: 0, width, height }
  const { rows, columns } = cropped(height, width, size)
  return { x: columns.begin, y: rows.begin, width: columns.size, height: rows.size }
}

/** From the pixels of a picture to a sample `y`. */
export function pictureGraph(rows: number, row: number, taps: readonly [x: Taps, y: Taps], spec: PictureSpec, reverse: boolean): Graph {
  const graph = new Graph()
  const [width, height] = taps.map(({ starts }) => starts.length) as [number, number]
  const grey = spec.colorMode === 'grayscale'
  const along = (axis: 0 | 1, x: Node, T: number, { stride }: Taps, first: boolean) =>
    graph.add(
      resample,
      [
        x,
        graph.input(`starts${axis}`, [T], 'u32'),
        graph.input(`counts${axis}`, [T], 'u32'),
        graph.input(`weights${axis}`, [T, stride], 'u32'),
      ],
      { axis, grey: grey && first },
    )
  const wide = along(1, graph.input('x', [rows, row], 'u32'), width, taps[0], true)
  const pixels = along(0, wide, height, taps[1], false)
  graph.outputs.set('y', graph.add(pixelLevels, [pixels, graph.input('levels', [256, grey ? 1 : 3])], { reverse }))
  return graph
}

/** The pixels of a part of a picture in a buffer, for `work`. @throws DeviceError */
async function withPixels<T>(device: Device, bitmap: ImageBitmap, part: Part, work: (pixels: DeviceValues) => Promise<T>): Promise<T> {
  const { x, y, width, height } = part
  const row = rowOf(width)
  const usage = GPUTextureUsage.COPY_SRC | GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT
  let texture: GPUTexture | undefined
  let buffer: GPUBuffer | undefined
  try {
    await device.allocate('picture', () => {
      texture = device.gpu.createTexture({ label: 'picture', size: [width, height], format: 'rgba8unorm', usage })
      buffer = device.createBuffer('picture', 4 * row * height, GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST)
      try {
        device.gpu.queue.copyExternalImageToTexture({ source: bitmap, origin: [x, y] }, { texture, premultipliedAlpha: false }, [
          width,
          height,
        ])
      } catch (cause) {
        throw refused(cause) // of another origin
      }
    })
    await device.submit('picture', 0, (encoder) =>
      encoder.copyTextureToBuffer({ texture: texture! }, { buffer: buffer!, bytesPerRow: 4 * row }, [width, height]),
    )
    return await work(new DeviceValues(buffer!, row * height))
  } finally {
    texture?.destroy()
    if (buffer) device.destroyBuffer(buffer)
  }
}

/**
 * Makes samples of what a page shows, one at a time or several.
 * @param host makes those that are too large for the device
 */
export function onDevice(engine: Engine, spec: PictureSpec, host: (source: Shown) => Promise<Tensor>): (source: Shown) => Promise<Tensor> {
  const { device } = engine
  const { levels, reverse } = levelsOf(spec)
  const [height, width] = spec.size
  const fits = (part: Part) =>
    Math.max(part.width, part.height) <= device.limits.maxTextureDimension2D && 4 * rowOf(part.width) * part.height <= device.maxTensorBytes
  return async (source) => {
    const bitmap = await bitmapOf(source).catch((cause: unknown) => {
      throw refused(cause)
    })
    try {
      checkPixels('image', bitmap, {})
      const part = partOf(bitmap, spec)
      if (!fits(part)) return await host(bitmap)
      const taps = [tapsOf(part.width, width, spec.interpolation), tapsOf(part.height, height, spec.interpolation)] as const
      const given = { ...inputsOf('1', taps[0]), ...inputsOf('0', taps[1]), levels }
      const row = rowOf(part.width)
      const key = `picture ${part.height}x${row} ${taps.map((t) => t.stride).join('x')} ${JSON.stringify(spec)}`
      const { y } = await withPixels(device, bitmap, part, (x) =>
        engine.prediction(
          key,
          () => pictureGraph(part.height, row, taps, spec, reverse),
          (plan) => plan.run({ ...given, x }),
        ),
      )
      return { shape: [1, height, width, levels.length / 256], data: y! }
    } finally {
      bitmap.close()
    }
  }
}
