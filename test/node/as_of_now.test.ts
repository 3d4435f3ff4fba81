/** What is changed as soon as it has been given: lists, which a page empties that resets its file input; a model that is cloned; the cache of all. */
import { expect, test } from 'vitest'
import {
  cloneModel,
  createClassifier,
  layers,
  loadImages,
  loadModel,
  Model,
  resolveFile,
  setDefaultWeightCache,
  vgg16,
} from '../../src/index.ts'
import type { WeightCache } from '../../src/loaders/weights/cache.ts'
import { bytesSource } from '../../src/loaders/bytes/bytes.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()

function classifier(): Model {
  const input = layers.input({ shape: [4, 4, 3] })
  const y = layers.globalAveragePooling2d().apply(layers.conv2d({ filters: 2, kernelSize: 3, name: 'conv' }).apply(input))
  return new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'scores' }).apply(y) })
}

/** Calls with a list, and empties it. */
function emptied<T, R>(list: T[], call: (list: T[]) => R): R {
  const result = call(list)
  list.length = 0
  return result
}

test('files are those of the call', async () => {
  const model = classifier()
  const file = await model.save().blob()
  const weights = await model.saveWeights('h5').blob()
  using loaded = await emptied([file], (list) => loadModel(list))
  expect(loaded.outputs[0]!.shape).toEqual([null, 2])
  using labelled = await emptied([file], (list) => createClassifier(list, { device: device() }))
  expect(labelled.classNames).toEqual(['0', '1'])
  expect((await emptied([weights], (list) => model.loadWeights(list))).loaded.length).toBe(4)
  // What is wrong with the file is said, not that there is none.
  await expect(emptied([weights], (list) => vgg16({ weights: list }))).rejects.toThrow('[block1_conv1] must be in the file')
})

test('pictures are those of the call', async () => {
  const broken = new Blob(['no picture'])
  await expect(emptied([broken], (list) => loadImages(list))).rejects.toThrow('this picture needs a browser')
})

test('a clone is of the model at the call', async () => {
  const model = classifier()
  const cloning = cloneModel(model)
  model.getLayer('conv').trainable = false
  expect((await cloning).getLayer('conv').trainable).toBe(true)
  expect((await cloneModel(model)).getLayer('conv').trainable).toBe(false)
})

test('the cache of all is that of the call', async () => {
  const cacheOf = (name: string): WeightCache => ({
    find: () => Promise.resolve(bytesSource(new Uint8Array(3), name)),
    open: () => Promise.reject(new Error('not asked')),
  })
  try {
    setDefaultWeightCache(cacheOf('before'))
    const finding = resolveFile({ file: 'a.h5', url: 'https://example.org/a.h5', md5: '0123456789abcdef0123456789abcdef' })
    setDefaultWeightCache(cacheOf('after'))
    expect((await finding).name).toBe('before')
  } finally {
    setDefaultWeightCache(undefined)
  }
})
