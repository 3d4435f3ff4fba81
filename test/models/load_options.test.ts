/** Options of loadModel and loadWeights: one that there is not, or that is no such thing, is refused and not passed over. */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { loadModel } from '../../src/models/load_model.ts'
import { Model } from '../../src/training/model.ts'

describe('options that there are not', () => {
  const file = async () => {
    const x = layers.input({ shape: [4, 3], name: 'x' })
    return new Model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) }).save().blob()
  }

  test.each<[object, string]>([
    [{ inputshape: [4, 3] }, '[loadModel] options must be '],
    [{ inputshape: [4, 3] }, 'got inputshape (did you mean inputShape?)'],
    [{ by: 'order' }, 'got by'],
    [{ inputShape: 10 }, 'inputShape must be [height, width, channels], or with several inputs a record by the names x, got 10'],
    [{ inputShape: null }, 'by the names x, got null'],
    [{ customObjects: 5 }, '[loadModel] customObjects must be a record, got 5'],
    [{ replaceLayers: [] }, '[loadModel] replaceLayers must be a record, got an array of 0'],
    [{ onProgress: true }, '[loadModel] onProgress must be a function, got true'],
    [{ signal: {} }, '[loadModel] signal must be an AbortSignal, got an object with nothing in it'],
  ])('loadModel(file, %j)', async (options, rule) => {
    await expect(loadModel(await file(), options)).rejects.toThrow(rule)
  })

  test.each<[object, string]>([
    [{ skipmismatch: true }, 'got skipmismatch (did you mean skipMismatch?)'],
    [{ skipMismatch: 'yes' }, '[loadWeights] skipMismatch must be a boolean, got "yes"'],
    [{ inputShape: [4, 3] }, '[loadWeights] options must be by, rename, '],
  ])('loadWeights(file, %j)', async (options, rule) => {
    const bytes = await file()
    await expect((await loadModel(bytes)).loadWeights(bytes, options)).rejects.toThrow(rule)
  })
})
