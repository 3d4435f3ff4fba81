/** A fit that is stopped, wherever it is: it ends with the reason, with the weights of the last step that was begun, and nothing is left. */
import { beforeAll, expect, test } from 'vitest'
import { modelCheckpoint, type Callback } from '../../src/training/callbacks/index.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import type { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import type { TrainerState } from '../../src/training/trainer_state.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, K, EACH] = [10, 3, 4]
const data = { x: values([N, 9, 8, 2], 1, 0, 1), y: Uint8Array.from({ length: N }, (_, i) => (i * 5) % K) }
const OPTIONS: FitOptions = { epochs: 2, batchSize: EACH, seed: 7, featureBatchSize: EACH, validationData: data }

async function compiled(): Promise<Model> {
  const model = smallClassifier(K, { dropout: 0.4 })
  await model.compile({ device: device(), optimizer: adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
  return model
}

/** The states after each step of a training that nothing stops. */
let states: readonly TrainerState[]
beforeAll(async () => {
  using model = await compiled()
  const taken = [model.trainerState()]
  await model.fit(data, { ...OPTIONS, onProgress: ({ phase }) => void (phase === 'train' && taken.push(model.trainerState())) })
  states = await Promise.all(taken)
})

type Stop = () => void
const at = (phase: FitProgress['phase'], epoch: number, done: number) => (stop: Stop): FitOptions => ({
  onProgress: (p) => void (p.phase === phase && p.epoch === epoch && p.done === done && stop()),
}) // prettier-ignore
const heard =
  (by: (stop: Stop) => Callback) =>
  (stop: Stop): FitOptions => ({ callbacks: [by(stop)] })
/** A store that is stopped while it writes. */
const saving = (stop: Stop): FitOptions => {
  const write = async (_: string, file: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal) => {
    for await (const piece of file) {
      if (piece.length) stop()
      signal?.throwIfAborted()
    }
  }
  return { callbacks: [modelCheckpoint({ filepath: 'model.keras', store: { write } })] }
}

test.each<[where: string, steps: number, options: (stop: Stop) => FitOptions]>([
  ['before it begins', 0, (stop) => (stop(), {})],
  ['while features are made', 0, at('features', 0, EACH)],
  ['when training begins', 0, heard((stop) => ({ onTrainBegin: stop }))],
  ['at the first step', 1, at('train', 0, EACH)],
  ['at the last step of an epoch', 3, at('train', 0, N)],
  ['in a callback, before a step', 5, heard((stop) => ({ onTrainBatchBegin: (n, { model }) => model.trainerState().then((s) => void (s.epoch === 1 && n === 1 && stop())) }))], // prettier-ignore
  ['in a callback, behind a step', 2, heard((stop) => ({ onTrainBatchEnd: (n) => void (n === 1 && stop()) }))],
  ['in a validation', 3, at('validate', 0, EACH)],
  ['in a callback of a validation', 3, heard((stop) => ({ onTestBatchEnd: (n) => void (n === 1 && stop()) }))],
  ['between two epochs', 3, heard((stop) => ({ onEpochEnd: (epoch) => void (epoch === 0 && stop()) }))],
  ['while a checkpoint is saved', 3, saving],
])('stopped %s', async (_, steps, options) => {
  using model = await compiled()
  const stopped = () => {
    const stop = new AbortController()
    const given = options(() => stop.abort(new Error('enough')))
    return model.fit(data, { ...OPTIONS, ...given, signal: stop.signal })
  }
  await expect(stopped()).rejects.toThrow('enough')
  const { step, weights, moments } = await model.trainerState()
  expect(step).toBe(steps)
  expect({ weights, moments }).toEqual({ weights: states[steps]!.weights, moments: states[steps]!.moments })
  const left: number[] = []
  for (let i = 0; i < 3; i++) {
    await stopped().catch(() => undefined) // it goes on from where it is, so that some do not stop again
    await device().idle()
    left.push(device().live.buffers)
  }
  expect(left[2]).toBeLessThanOrEqual(left[1]!)
  expect((await model.predict(data.x)).shape).toEqual([N, K])
})
