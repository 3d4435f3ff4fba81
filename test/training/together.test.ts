/** One model used for several things at once, or disposed while it is used. */
import { afterEach, describe, expect, test } from 'vitest'
import { ArgumentError } from '../../src/errors.ts'
import type { FitProgress } from '../../src/training/fit_options.ts'
import { loadModel } from '../../src/models/load_model.ts'
import type { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const K = 3
const labelled = (N: number, seed: number) => ({
  x: values([N, 9, 8, 2], seed, 0, 1),
  y: Uint8Array.from({ length: N }, (_, i) => (i * seed) % K),
})
const [few, many] = [labelled(7, 1), labelled(22, 2)]

async function compiled(learningRate = 0.01): Promise<Model> {
  const model = smallClassifier(K)
  const loss = 'sparseCategoricalCrossentropy'
  await model.compile({ device: device(), optimizer: adam({ learningRate }), loss, metrics: ['accuracy'] })
  return model
}

async function refusal(job: Promise<unknown>): Promise<Error> {
  return job.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: Error) => error,
  )
}

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('evaluate', () => {
  test.each([
    ['with one batch size', 4, 4],
    ['with two batch sizes', 4, 8],
  ])('beside evaluate, %s: each gives what it gives alone', async (_, first, second) => {
    using model = await compiled()
    const a = await model.evaluate(few, { batchSize: first })
    const b = await model.evaluate(many, { batchSize: second })
    const together = await Promise.all([model.evaluate(few, { batchSize: first }), model.evaluate(many, { batchSize: second })])
    expect(together).toEqual([a, b])
  })

  test('beside fit: neither counts the other', async () => {
    using model = await compiled(0) // so that the weights stay as they are
    const alone = await model.evaluate(few, { batchSize: 4 })
    const { epochs } = await model.fit(many, { batchSize: 4, validationData: few })
    const [scores, beside] = await Promise.all([
      model.evaluate(few, { batchSize: 4 }),
      model.fit(many, { batchSize: 4, validationData: few, seed: 0 }),
    ])
    expect(scores).toEqual(alone)
    expect(beside.epochs[0]!.logs['val_loss']).toBe(epochs[0]!.logs['val_loss'])
    expect(beside.epochs[0]!.logs['accuracy']).toBe(epochs[0]!.logs['accuracy'])
  })

  test('that is aborted leaves its turn to the next', async () => {
    using model = await compiled()
    const alone = await model.evaluate(few, { batchSize: 4 })
    const stop = new AbortController()
    const [stopped, next] = await Promise.allSettled([
      model.evaluate(many, { batchSize: 4, signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) }),
      model.evaluate(few, { batchSize: 4 }),
    ])
    expect(stopped).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
    expect(next).toEqual({ status: 'fulfilled', value: alone })
  })
})

test('fit beside fit is refused; after it, it is not', async () => {
  using model = await compiled()
  const first = model.fit(many, { batchSize: 8 })
  const error = await refusal(model.fit(many, { batchSize: 8 }))
  expect(error).toBeInstanceOf(ArgumentError)
  expect(error.message).toBe('[fit] a model must be trained by one fit at a time, got a second one before the first has ended')
  await first
  expect((await model.fit(many, { batchSize: 8 })).epochs.length).toBe(1)
})

describe('dispose', () => {
  test('while fit begins: it is refused, and its moments do not stay', async () => {
    const model = await compiled()
    const fitting = model.fit(many, { batchSize: 8 })
    model.dispose()
    expect(await refusal(fitting)).toMatchObject({ code: 'disposed' })
  })

  test.each<FitProgress['phase']>(['features', 'train', 'validate'])('during %s', async (phase) => {
    const model = await compiled()
    const onProgress = (p: FitProgress) => void (p.phase === phase && model.dispose())
    const fitting = model.fit(many, { batchSize: 8, featureBatchSize: 8, validationData: few, epochs: 2, onProgress })
    expect(await refusal(fitting)).toMatchObject({ code: 'disposed' })
  })

  test('while evaluate begins, and while it runs', async () => {
    const model = await compiled()
    const beginning = model.evaluate(many, { batchSize: 8 })
    model.dispose()
    expect(await refusal(beginning)).toMatchObject({ code: 'disposed' })
    const other = await compiled()
    expect(await refusal(other.evaluate(many, { batchSize: 8, onProgress: () => other.dispose() }))).toMatchObject({ code: 'disposed' })
  })

  test('weights that were asked for before, and files that were, are none of those that it was made with', async () => {
    const model = await compiled()
    await model.fit(many, { batchSize: 8 })
    const [weights, file] = [model.getWeights(), model.save()]
    model.dispose()
    for (const asked of [weights, file.blob()]) expect(await refusal(asked)).toMatchObject({ code: 'disposed' })
  })

  test('a file of a model that is compiled again meanwhile has its weights; its optimizer had another state', async () => {
    using model = await compiled()
    await model.fit(many, { batchSize: 8 })
    const [weights, file, whole] = [await model.getWeights(), model.save('keras', { includeOptimizer: false }), model.save()]
    await model.compile({ device: device() })
    expect(await refusal(whole.blob())).toMatchObject({ code: 'disposed' })
    using saved = await loadModel(await file.blob())
    expect(await saved.getWeights()).toEqual(weights)
  })
})
