/** Layers that are frozen or thawed between two calls of fit: the next one trains what is trainable then, and says what has changed. */
import { expect, test, vi } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { Plan } from '../../src/plan/plan.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import type { FitNote } from '../../src/training/notes.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { tinyData } from '../support/tiny.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const data = { x: values([6, 9, 8, 2], 1), y: [0, 1, 2, 0, 1, 2] }

async function compile(model: Model): Promise<Model> {
  await model.compile({ device: device(), optimizer: adam({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
  return model
}

test('what has thawed and frozen is told before the first step, and is in the history', async () => {
  using model = await compile(smallClassifier(3))
  const told: (string | FitNote)[] = []
  const options: FitOptions = {
    batchSize: 6,
    onNote: (note) => void told.push(note),
    onProgress: ({ phase }) => void (phase === 'train' && told.push(phase)),
  }
  expect((await model.fit(data, options)).notes, 'nothing was before the first').toEqual([])
  expect((await model.fit(data, options)).notes).toEqual([])
  told.length = 0
  model.getLayer('trunk').trainable = true
  model.getLayer('hidden').trainable = false
  const note = {
    text: 'since the last fit, thawed: trunk/trunk_conv, trunk/trunk_bn; frozen: hidden; 138 of 199 parameters train',
    thawed: ['trunk/trunk_conv', 'trunk/trunk_bn'],
    frozen: ['hidden'],
    parameters: 9 * 2 * 6 + 6 + 7 * 3 + 3,
  }
  expect((await model.fit(data, options)).notes).toEqual([note])
  expect(told).toEqual([note, 'train'])
  expect((await model.fit(data)).notes).toEqual([])
  await compile(model)
  model.getLayer('hidden').trainable = true
  expect((await model.fit(data)).notes, 'also where it is compiled anew').toMatchObject([{ thawed: ['hidden'], frozen: [] }])
})

test('of many layers some are named', async () => {
  let x = layers.input({ shape: [6] })
  const input = x
  for (let i = 0; i < 7; i++) x = layers.dense({ units: 3, ...(i === 6 && { activation: 'softmax' as const }), name: `d${i}` }).apply(x)
  using model = await compile(new Model({ inputs: input, outputs: x }))
  model.unfreezeFrom('d6')
  await model.fit(tinyData(6))
  model.trainable = true
  const { notes } = await model.fit(tinyData(6))
  expect(notes[0]!.text).toBe('since the last fit, thawed: d0, d1, d2, d3 and 2 more; 93 of 93 parameters train')
})

test('what is frozen stays bit for bit, what thaws trains, and the optimizer goes on; steps are compiled anew once', async () => {
  using model = await compile(smallClassifier(3))
  const state = () => model.trainerState()
  const kernel = async () => (await model.getWeights())[0]!.data
  const initial = await kernel()
  const compiled = vi.spyOn(Plan, 'compile')
  await model.fit(data, { cacheFeatures: false })
  const first = await state()
  expect(await kernel()).toEqual(initial)
  model.getLayer('hidden').trainable = false
  model.getLayer('trunk').trainable = true
  compiled.mockClear()
  await model.fit(data, { cacheFeatures: false })
  await model.fit(data, { cacheFeatures: false })
  expect(compiled).toHaveBeenCalledTimes(1)
  compiled.mockRestore()
  const second = await state()
  expect(second.step).toBe(first.step + 2)
  expect(second.weights['hidden/kernel']).toEqual(first.weights['hidden/kernel'])
  expect(await kernel()).not.toEqual(initial)
  expect(Object.keys(second.moments)).toContain('trunk/trunk_conv/kernel/momentum')
  expect(Object.keys(second.moments)).not.toContain('hidden/kernel/momentum')
  model.getLayer('hidden').trainable = true
  expect((await state()).moments['hidden/kernel/momentum'], 'as it was left').toEqual(first.moments['hidden/kernel/momentum'])
})
