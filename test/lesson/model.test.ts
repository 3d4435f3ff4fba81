import { describe, expect, test } from 'vitest'
import { learningRate, lessonModel, lessonTrunk, spreadOf } from '../../examples/lesson/model.ts'
import { tensor } from '../../src/tensor.ts'

const spread = { mean: 0.25, deviation: 0.5 }

describe('the network', () => {
  test.each([undefined, 'mixed10'])('whole (cut %s): the parameter counts of the lesson', async (cut) => {
    const { features } = await lessonTrunk({ size: 139, cut, pixels: 'unit' })
    const model = lessonModel(features, spread, 0)
    expect(model.paramCounts()).toEqual({ total: 22_857_002, trainable: 1_054_218, nonTrainable: 21_802_784 })
    expect(model.input.shape).toEqual([null, 32, 32, 3])
    expect(model.outputs[0]!.shape).toEqual([null, 10])
    for (const line of ['Total params: 22,857,002', 'Trainable params: 1,054,218', 'Non-trainable params: 21,802,784'])
      expect(model.summary()).toContain(line)
  })

  test('cut at mixed5: only the head trains', async () => {
    const { trunk, features } = await lessonTrunk({ size: 139, cut: 'mixed5', pixels: 'tf' })
    expect(trunk.countParams()).toBe(21_802_784)
    const model = lessonModel(features, spread, 0)
    expect(features.outputs[0]!.shape).toEqual([null, 768])
    expect(model.weights.filter((w) => w.trainable).map((w) => w.shape)).toEqual([[768, 512], [512], [512, 10], [10]])
  })

  test('another seed gives another head', async () => {
    const { features } = await lessonTrunk({ size: 75, cut: 'mixed0', pixels: 'unit' })
    const first = async (seed: number) => [...(await lessonModel(features, spread, seed).weights.at(-2)!.source.read(0, 4))]
    expect(await first(1)).toEqual(await first(1))
    expect(await first(1)).not.toEqual(await first(2))
  })

  test('features are brought to mean 0 and spread 1; features that are all alike stay finite', async () => {
    const { features } = await lessonTrunk({ size: 75, cut: 'mixed0', pixels: 'unit' })
    const rescaling = (s: typeof spread) => lessonModel(features, s, 0).layers.find((l) => l.className === 'Rescaling')
    expect(rescaling(spread)).toMatchObject({ scale: 2, offset: -0.5 })
    expect(rescaling({ mean: 3, deviation: 0 })).toMatchObject({ scale: 1, offset: -3 })
  })
})

test('the spread of a tensor', () => {
  expect(spreadOf(tensor([1, 3, 1, 3], [2, 2]))).toEqual({ mean: 2, deviation: 1 })
})

test('the learning rate falls for the last two fifths', () => {
  expect([0, 1, 2, 3, 4].map((e) => learningRate(e, 5))).toEqual([0.002, 0.002, 0.002, 0.0002, 0.0002])
  expect([0, 1].map((e) => learningRate(e, 2))).toEqual([0.002, 0.002])
  expect(learningRate(0, 1)).toBe(0.002)
})
