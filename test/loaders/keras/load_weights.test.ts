/** Weights into networks: what matching alone cannot show. */
import { expect, test } from 'vitest'
import {
  blobSource,
  FileError,
  layers,
  loadModel,
  Model,
  type ByteSource,
  type Initializer,
  type UploadProgress,
} from '../../../src/index.ts'
import { useDevice } from '../../support/device.ts'

test('layers of two nested models that have one name get their own weights, by order', async () => {
  const make = (first: number) => {
    const inner = (name: string, value: number) => {
      const x = layers.input({ shape: [4] })
      const fc = layers.dense({
        units: 4,
        name: 'fc',
        kernelInitializer: (shape) => ({ shape, read: (b, e) => Promise.resolve(new Float32Array(e - b).fill(value)) }),
      })
      return new Model({ inputs: x, outputs: fc.apply(x), name })
    }
    const input = layers.input({ shape: [4] })
    return new Model({ inputs: input, outputs: inner('two', first + 1).apply(inner('one', first).apply(input)) })
  }
  const model = make(10)
  await model.loadWeights(await make(1).saveWeights('h5').blob(), { by: 'order' })
  const values = await Promise.all(model.weights.map(async (w) => (await w.source.read(0, 1))[0]))
  expect(values).toEqual([1, 0, 2, 0])
  await expect(model.loadWeights(7 as unknown as string)).rejects.toThrow(
    '[loadWeights] a file must be a URL, a Blob, bytes or a ByteSource, got number',
  )
})

const fill =
  (value: number): Initializer =>
  (shape) => ({ shape, read: (b, e) => Promise.resolve(new Float32Array(e - b).fill(value)) })

/** Two nested models and the model itself have a layer of one name. @param units of each */
function twins(first: number, units = 4): Model {
  const inner = (name: string, value: number) => {
    const x = layers.input({ shape: [units] })
    return new Model({ inputs: x, outputs: layers.dense({ units, name: 'fc', kernelInitializer: fill(value) }).apply(x), name })
  }
  const input = layers.input({ shape: [units] })
  const x = inner('two', first + 1).apply(inner('one', first).apply(input))
  return new Model({ inputs: input, outputs: layers.dense({ units, name: 'fc', kernelInitializer: fill(first + 2) }).apply(x) })
}

test.each(['h5', 'weights.h5'] as const)('layers of one name in several models are told apart by their models: %s', async (format) => {
  const model = twins(10)
  await model.loadWeights(await twins(1).saveWeights(format).blob())
  const kernels = model.weights.filter((w) => w.name === 'kernel')
  expect(await Promise.all(kernels.map(async (w) => (await w.source.read(0, 1))[0]))).toEqual([1, 2, 3])
})

test.each(['keras', 'h5'] as const)('and so in a whole model: %s', async (format) => {
  const model = await loadModel(await twins(1).save(format).blob())
  const kernels = model.weights.filter((w) => w.name === 'kernel')
  expect(await Promise.all(kernels.map(async (w) => (await w.source.read(0, 1))[0]))).toEqual([1, 2, 3])
})

const device = useDevice()

test('a file that breaks off while it replaces weights on the device leaves them all as they were', async () => {
  using model = twins(1, 256)
  await model.compile({ device: device() })
  const before = await model.getWeights()
  const whole = blobSource(await twins(5, 256).saveWeights('h5').blob())
  let bulk = 0
  const cut: ByteSource = {
    ...whole,
    read: (offset, length, signal) =>
      length === 256 * 1024 && ++bulk > 2
        ? Promise.reject(new FileError('http', 'the connection was cut'))
        : whole.read(offset, length, signal),
  }
  await expect(model.loadWeights(cut)).rejects.toThrow('the connection was cut')
  expect(bulk).toBe(3)
  expect(await model.getWeights()).toEqual(before)
  await model.loadWeights(whole)
  expect((await model.getWeights())[0]!.data[0]).toBe(5)
})

test.each(['h5', 'keras'] as const)('progress ends at all bytes of the weights when compile has streamed them: %s', async (format) => {
  const file = await twins(1, 300).save(format).blob()
  const seen: UploadProgress[] = []
  using model = await loadModel(file, { onProgress: (p) => seen.push(p) })
  const totalBytes = 4 * model.countParams()
  expect(seen).toEqual([{ loadedBytes: 0, totalBytes }])
  await model.compile({ device: device() })
  expect(seen.at(-1)).toEqual({ loadedBytes: totalBytes, totalBytes })
  expect(seen.length).toBe(1 + model.weights.length)
  const { length } = seen
  model.dispose()
  await model.compile({ device: device() }) // reads everything again
  expect(seen.length).toBe(length)
})
