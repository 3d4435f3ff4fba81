import { describe, expect, test } from 'vitest'
import {
  CASES,
  featuresOf,
  firstRate,
  learningRate,
  lessonTransfer,
  lessonTrunk,
  MODES,
  rateFactors,
  spreadOf,
} from '../../examples/lesson/model.ts'
import { augmentation } from '../../examples/lesson/augment.ts'
import { tensor } from '../../src/tensor.ts'

const spread = { mean: 0.25, deviation: 0.5 }
const whole = { size: 139, cut: undefined, pixels: 'unit', seed: 0 } as const
const small = { ...whole, size: 75, cut: 'mixed0' } as const

describe('the network', () => {
  test.each([undefined, 'mixed10'])('whole (cut %s): the parameter counts of the lesson', async (cut) => {
    const { model } = lessonTransfer(await lessonTrunk(139), MODES.frozen, { ...whole, cut }, spread)
    expect(model.paramCounts()).toEqual({ total: 22_857_002, trainable: 1_054_218, nonTrainable: 21_802_784 })
    expect(model.input.shape).toEqual([null, 32, 32, 3])
    expect(model.outputs[0]!.shape).toEqual([null, 10])
    for (const line of ['Total params: 22,857,002', 'Trainable params: 1,054,218', 'Non-trainable params: 21,802,784'])
      expect(model.summary()).toContain(line)
  })

  test('cut at mixed5, frozen: only the head trains', async () => {
    const trunk = await lessonTrunk(139)
    expect(trunk.countParams()).toBe(21_802_784)
    const options = { ...whole, cut: 'mixed5', pixels: 'tf' } as const
    expect(featuresOf(trunk, MODES.frozen, options).outputs[0]!.shape).toEqual([null, 768])
    const { model } = lessonTransfer(trunk, MODES.frozen, options, spread)
    expect(model.weights.filter((w) => w.trainable).map((w) => w.shape)).toEqual([[768, 512], [512], [512, 10], [10]])
  })

  test('unfrozen and from scratch: all of it trains, from scratch with the statistics of batches', async () => {
    const unfrozen = lessonTransfer(await lessonTrunk(75), MODES.unfrozen, small, spread)
    expect(unfrozen).toMatchObject({ case: 3, frozen: false, reinitialized: false })
    const scratch = lessonTransfer(await lessonTrunk(75), MODES.scratch, small, spread)
    expect(scratch).toMatchObject({ case: 4, frozen: false, reinitialized: true })
    expect(rateFactors(scratch)).toEqual({})
    const factors = rateFactors(unfrozen) // the new layers with weights, as fast as a head alone
    expect(Object.keys(factors)).toEqual([expect.stringMatching(/^dense/), 'predictions'])
    for (const factor of Object.values(factors)) expect(factor * firstRate(unfrozen)).toBeCloseTo(0.002, 12)
    for (const [{ model, trunk }, call] of [
      [unfrozen, { training: false }],
      [scratch, {}],
    ] as const) {
      expect(model.paramCounts().trainable).toBe(model.paramCounts().total - trunk.paramCounts().nonTrainable)
      expect(model.calls.find(([t]) => t!.layer === trunk)![0]!.call).toEqual(call)
    }
  })

  test('the cases of the lesson; case 2 cuts near the beginning of itself', async () => {
    const trunk = await lessonTrunk(75)
    const made = CASES.map((c) => lessonTransfer(trunk, c, { ...small, cut: undefined }, spread))
    expect(made.map((m) => m.case)).toEqual([1, 2, 3, 4])
    expect(made.map((m) => m.kept.at(-1))).toEqual(['mixed10', 'mixed3', 'mixed10', 'mixed10'])
  })

  test('another seed gives another head', async () => {
    const trunk = await lessonTrunk(75)
    const first = async (seed: number) => {
      const { model } = lessonTransfer(trunk, MODES.frozen, { ...small, seed }, spread)
      return [...(await model.weights.at(-2)!.source.read(0, 4))]
    }
    expect(await first(1)).toEqual(await first(1))
    expect(await first(1)).not.toEqual(await first(2))
  })

  test('features are brought to mean 0 and spread 1; features that are all alike stay finite', async () => {
    const trunk = await lessonTrunk(75)
    const rescaling = (s: typeof spread) =>
      lessonTransfer(trunk, MODES.frozen, small, s).model.layers.findLast((l) => l.className === 'Rescaling')
    expect(rescaling(spread)).toMatchObject({ scale: 2, offset: -0.5 })
    expect(rescaling({ mean: 3, deviation: 0 })).toMatchObject({ scale: 1, offset: -3 })
  })

  test('augmentation comes first: the list of the lesson', async () => {
    const { model } = lessonTransfer(await lessonTrunk(75), MODES.frozen, small, spread, augmentation(1))
    const classes = 'RandomFlip RandomTranslation RandomZoom RandomBrightness RandomContrast RandomSaturation RandomHue'
    expect(model.layers.slice(1, 8).map((l) => l.className)).toEqual(classes.split(' '))
  })
})

test('the spread of a tensor', () => {
  expect(spreadOf(tensor([1, 3, 1, 3], [2, 2]))).toEqual({ mean: 2, deviation: 1 })
})

test('the learning rate falls for the last two fifths', () => {
  expect([0, 1, 2, 3, 4].map((e) => learningRate(0.002, e, 5))).toEqual([0.002, 0.002, 0.002, 0.0002, 0.0002])
  expect([0, 1].map((e) => learningRate(0.002, e, 2))).toEqual([0.002, 0.002])
  expect(learningRate(0.002, 0, 1)).toBe(0.002)
})

test('pre-trained weights are moved more gently than new ones', () => {
  const rate = (frozen: boolean, reinitialized: boolean) => firstRate({ frozen, reinitialized })
  expect(rate(false, false)).toBeLessThan(rate(false, true))
  expect(rate(false, true)).toBeLessThan(rate(true, false))
})
