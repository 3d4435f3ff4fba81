/** What a page shows, as pictures of a model: resized and preprocessed on the device, with the bits of loadImage and preprocessInput. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createClassifier, layers, loadImage, Model, openDevice, preprocessInput, type PictureOptions } from '../../src/index.ts'
import { PREPROCESS_MODES, type PreprocessMode } from '../../src/preprocess_modes.ts'
import { useDevice } from '../support/device.ts'
import { noise } from '../support/pictures.ts'

const device = useDevice()
afterEach(() => expect(device().live.buffers).toBe(0))

/** Gives the values of its samples. */
function mirror(size: readonly [number, number], channels: number, pictures: PictureOptions = {}): Model {
  const input = layers.input({ shape: [...size, channels] })
  return new Model({ inputs: input, outputs: layers.flatten().apply(input), pictures })
}

/** Noise, of which nothing is translucent. */
function picture(width: number, height: number, seed = 1): ImageData {
  const data = new Uint8ClampedArray(noise(4 * width * height, seed))
  for (let i = 3; i < data.length; i += 4) data[i] = 255
  return new ImageData(data, width, height)
}

function canvas(width: number, height: number): HTMLCanvasElement {
  const made = Object.assign(document.createElement('canvas'), { width, height })
  made.getContext('2d')!.putImageData(picture(width, height), 0, 0)
  return made
}

async function image(width: number, height: number): Promise<HTMLImageElement> {
  const made = new Image()
  made.src = canvas(width, height).toDataURL('image/png')
  await made.decode()
  return made
}

async function video(width: number, height: number): Promise<HTMLVideoElement> {
  const from = canvas(width, height)
  const made = Object.assign(document.createElement('video'), { muted: true, srcObject: from.captureStream() })
  const loaded = new Promise((done) => (made.onloadeddata = done))
  await made.play()
  await loaded
  made.pause()
  return made
}

const SHOWN = {
  'a canvas': canvas,
  'an OffscreenCanvas': (width: number, height: number) => {
    const made = new OffscreenCanvas(width, height)
    made.getContext('2d')!.putImageData(picture(width, height), 0, 0)
    return made
  },
  'an ImageBitmap': (width: number, height: number) => createImageBitmap(picture(width, height)),
  'an image element': image,
  'a VideoFrame': (width: number, height: number) => new VideoFrame(canvas(width, height), { timestamp: 0 }),
}

const sizes = [
  [31, 17],
  [64, 64],
  [7, 5],
  [300, 3],
] as const

describe.each(Object.entries(SHOWN))('%s', (_, make) => {
  test.each(['nearest', 'bilinear'] as const)('%s: as loadImage and preprocessInput have it, to the bit', async (interpolation) => {
    for (const [channels, colorMode] of [
      [3, 'rgb'],
      [1, 'grayscale'],
    ] as const) {
      // prettier-ignore
      using model = mirror([7, 5], channels, { interpolation, preprocess: 'tf' })
      await model.compile({ device: device() })
      for (const [width, height] of sizes) {
        const source = await make(width, height)
        const loaded = await loadImage(source, { targetSize: [7, 5], interpolation, colorMode })
        expect((await model.predict(source)).data).toEqual(preprocessInput(loaded, 'tf').data)
      }
    }
  })
})

test('cut around its middle on the device, and by the host where that resizes', async () => {
  const middle = new OffscreenCanvas(17, 17)
  middle.getContext('2d')!.drawImage(canvas(31, 17), -7, 0)
  for (const resizer of ['pillow', 'tensorflow'] as const) {
    using model = mirror([7, 7], 3, { interpolation: 'bilinear', resizer })
    using cut = mirror([7, 7], 3, { interpolation: 'bilinear', resizer, aspectRatio: 'crop' })
    for (const m of [model, cut]) await m.compile({ device: device() })
    expect((await cut.predict(canvas(31, 17))).data).toEqual((await model.predict(middle)).data)
  }
})

test.each(['none', ...(Object.keys(PREPROCESS_MODES) as PreprocessMode[])] as const)('preprocess %s, to the bit', async (preprocess) => {
  using model = mirror([9, 20], 3, { interpolation: 'bilinear', preprocess })
  await model.compile({ device: device() })
  const loaded = await loadImage(canvas(33, 21), { targetSize: [9, 20], interpolation: 'bilinear' })
  const expected = preprocess === 'none' ? Float32Array.from(loaded.data) : preprocessInput(loaded, preprocess).data
  expect((await model.predict(canvas(33, 21))).data).toEqual(expected)
})

test('a video element', async () => {
  using model = mirror([6, 6], 3)
  await model.compile({ device: device() })
  const source = await video(32, 24)
  const loaded = await loadImage(source, { targetSize: [6, 6] })
  expect((await model.predict(source)).data).toEqual(Float32Array.from(loaded.data))
})

test('pixels, and what is shown and what is not together', async () => {
  using model = mirror([4, 4], 3, { preprocess: 'caffe' })
  await model.compile({ device: device() })
  const file = await new Promise<Blob>((done) => canvas(9, 8).toBlob((blob) => done(blob!)))
  const all = await model.predict([picture(9, 8), canvas(9, 8), file, file])
  const rows = [0, 1, 2, 3].map((i) => [...all.data.subarray(48 * i, 48 * (i + 1))])
  rows.forEach((row) => expect(row).toEqual(rows[0]))
})

test('the device makes it, from the colours as they are where the picture is translucent', async () => {
  using model = mirror([4, 6], 3)
  await model.compile({ device: device() })
  const copies = vi.spyOn(GPUQueue.prototype, 'copyExternalImageToTexture')
  const translucent = new ImageData(new Uint8ClampedArray(noise(4 * 24, 2)), 6, 4)
  const bitmap = await createImageBitmap(translucent, { premultiplyAlpha: 'none' })
  const { data } = await model.predict(bitmap)
  expect([...data]).toEqual([...translucent.data].filter((_, i) => i % 4 < 3))
  expect(copies).toHaveBeenCalledTimes(1)
  copies.mockRestore()
})

test('where it does not fit the device, it is made in the page', async () => {
  const copies = vi.spyOn(GPUQueue.prototype, 'copyExternalImageToTexture')
  const small = await openDevice({ maxTensorBytes: 4096 })
  try {
    using model = mirror([4, 4], 3)
    await model.compile({ device: small })
    const loaded = await loadImage(canvas(64, 64), { targetSize: [4, 4] })
    expect((await model.predict(canvas(64, 64))).data).toEqual(Float32Array.from(loaded.data))
    expect(copies).not.toHaveBeenCalled()
  } finally {
    small.dispose()
    copies.mockRestore()
  }
})

test('an element without a picture is refused by a typed error', async () => {
  using model = mirror([4, 4], 3)
  await model.compile({ device: device() })
  await expect(model.predict(new Image())).rejects.toMatchObject({ name: 'FileError', code: 'unsupported' })
})

test('createClassifier has a device of its own, and takes an image element', async () => {
  const input = layers.input({ shape: [4, 4, 3] })
  const outputs = layers.dense({ units: 2, activation: 'softmax' }).apply(layers.globalAveragePooling2d().apply(input))
  const file = await new Model({ inputs: input, outputs }).save().blob()
  const it = await createClassifier(file, { labels: ['cat', 'dog'], preprocess: 'unit' })
  const own = it.model.device!
  const found = await it.classify(await image(20, 10))
  expect(found.map((c) => c.className).sort()).toEqual(['cat', 'dog'])
  expect(found[0]!.probability + found[1]!.probability).toBeCloseTo(1, 6)
  it.dispose()
  expect(own.live.buffers).toBe(0)
  expect(() => own.check()).toThrow('disposed')
})
