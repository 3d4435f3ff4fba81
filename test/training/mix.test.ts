/** MixUp and CutMix in training: what is drawn, and that a step sees what the oracle mixes. */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { nthSeed } from '../../src/random.ts'
import { beta, cutMix, mixInputs, mixUp, type Mix } from '../../src/training/mix.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { random } from '../../src/random.ts'
import { mixRowsReference } from '../reference/augmentation.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const N = 6
const x = values([N, 5, 4, 3], 1, 0, 1)
const labels = Uint8Array.of(0, 1, 2, 2, 1, 0)

async function model(): Promise<Model> {
  const input = layers.input({ shape: [5, 4, 3] })
  const head = layers.dense({ units: 3, activation: 'softmax', name: 'head' }).apply(layers.flatten().apply(input))
  const made = new Model({ inputs: input, outputs: head })
  await made.compile({ device: device(), optimizer: sgd({ learningRate: 0.5 }), loss: 'categoricalCrossentropy' })
  return made
}

const oneHot = (classes: ArrayLike<number>) => ({
  shape: [classes.length, 3],
  data: Float32Array.from({ length: 3 * classes.length }, (_, i) => +(classes[Math.floor(i / 3)] === i % 3)),
})

describe.each([mixUp({ alpha: 0.8 }), cutMix({ factor: [0.5, 1] })])('$name', (mix: Mix) => {
  test('a step is one on samples and targets that were mixed before', async () => {
    const seed = 7
    using mixing = await model()
    await mixing.fit({ x, y: oneHot(labels) }, { batchSize: 8, shuffle: false, seed, mix }) // two rows fill up
    const drawn = mixInputs(mix, N, N, [5, 4, 3], nthSeed(seed, 1)) as { mixOrder: Uint32Array; mixNumbers: Float32Array }
    const order = { shape: [N], data: drawn.mixOrder }
    const numbers = { shape: [N, 5], data: drawn.mixNumbers }
    const mixed = (of: { shape: number[]; data: Float32Array }, kind: string) => {
      const { shape, y } = mixRowsReference([of, order, numbers], { kind })
      return { shape: [...shape], data: Float32Array.from(y) }
    }
    using plain = await model()
    const data = { x: mixed({ ...x, shape: [...x.shape] }, mix.kind), y: mixed(oneHot(labels), 'blend') }
    await plain.fit(data, { batchSize: 8, shuffle: false, seed })
    const [a, b] = [await mixing.getWeights(), await plain.getWeights()]
    a.forEach(({ data }, i) => data.forEach((v, j) => expect(v).toBeCloseTo(b[i]!.data[j]!, 5)))
    using other = await model()
    await other.fit({ x, y: oneHot(labels) }, { batchSize: 8, shuffle: false, seed })
    expect((await other.getWeights())[0]!.data).not.toEqual(a[0]!.data)
  })

  test('draws by the seed; samples with each other, not with rows that fill up', () => {
    const draw = (seed: number, m = mix) => mixInputs(m, 8, 5, [5, 4, 3], seed) as { mixOrder: Uint32Array; mixNumbers: Float32Array }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw(1)).not.toEqual(draw(1, { ...mix, seed: 1 }))
    expect([...draw(1).mixOrder.subarray(0, 5)].sort()).toEqual([0, 1, 2, 3, 4])
    const { mixNumbers } = draw(3)
    for (let n = 0; n < 8; n++) {
      const [weight, left, right, top, bottom] = mixNumbers.subarray(5 * n, 5 * n + 5) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ]
      expect(weight >= 0 && weight <= 1 && left >= 0 && right <= 4.00001 && top >= 0 && bottom <= 5.00001).toBe(true)
      if (mix.kind === 'paste') expect(weight).toBeCloseTo(1 - ((right - left) * (bottom - top)) / 20, 5)
    }
  })
})

test.each([1e-6, 0.2, 1, 3])('beta(%s) has the mean and variance of its distribution', (alpha) => {
  const next = random(5)
  const count = 4000
  const drawn = Array.from({ length: count }, () => beta(alpha, next))
  const mean = drawn.reduce((a, b) => a + b, 0) / count
  const variance = drawn.reduce((a, b) => a + (b - 0.5) ** 2, 0) / count
  const expected = 1 / (4 * (2 * alpha + 1))
  expect(drawn.every((v) => v >= 0 && v <= 1)).toBe(true)
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / count))
  expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1)
})

test('refuses what cannot be mixed', async () => {
  expect(() => mixUp({ alpha: 0 })).toThrow('[mixUp] alpha must be above 0, got 0')
  expect(() => cutMix({ factor: [0, 2] })).toThrow('[cutMix] factor must be from 0 to 1, or two numbers, got ')
  for (const factor of [null, '1', [0.5], [0, NaN]])
    expect(() => cutMix({ factor: factor as never })).toThrow('[cutMix] factor must be from 0 to 1, or two numbers, got ')
  expect(() => mixUp({ seed: 0.5 })).toThrow('[mixUp] seed must be a whole number, got 0.5')
  using plain = await model()
  await expect(plain.fit({ x, y: oneHot(labels) }, { mix: 'mixUp' as unknown as Mix })).rejects.toThrow(
    '[fit] mix must be what mixUp() or cutMix() gave, got ',
  )
})

test('refuses to paste into pictures whose channels come first; a Permute in the model is the way', async () => {
  const y = oneHot(labels)
  const compiled = async (turns: boolean) => {
    const input = layers.input({ shape: turns ? [5, 4, 3] : [3, 5, 4] })
    const x = turns ? layers.permute({ dims: [3, 1, 2] }).apply(input) : input
    const head = layers.dense({ units: 3, activation: 'softmax' })
    const outputs = head.apply(layers.globalAveragePooling2d({ dataFormat: 'channelsFirst' }).apply(x))
    const made = new Model({ inputs: input, outputs, name: 'made' })
    await made.compile({ device: device(), optimizer: sgd({ learningRate: 0.5 }), loss: 'categoricalCrossentropy' })
    return made
  }
  using first = await compiled(false)
  const turned = { ...x, shape: [N, 3, 5, 4] }
  await expect(first.fit({ x: turned, y }, { mix: cutMix() })).rejects.toThrow(
    '[cutMix] pictures must have their channels last (a model may begin with layers.permute({ dims: [3, 1, 2] })), got channels first, [null,3,5,4]',
  )
  await first.fit({ x: turned, y }, { mix: mixUp() })
  const augment = [layers.randomFlip({ name: 'flip' })]
  const rule =
    '[made] layers that augment must have the dataFormat of the input, [null,3,5,4] with channels first, got flip with channels last'
  await expect(first.fit({ x: turned, y }, { augment })).rejects.toThrow(rule)
  await expect(first.predict(turned, { augment })).rejects.toThrow(rule)
  await first.predict(turned, { augment: [layers.randomFlip({ dataFormat: 'channelsFirst' })], times: 1 })
  using last = await compiled(true)
  await last.fit({ x, y }, { mix: cutMix(), augment })
  await expect(last.fit({ x, y }, { augment: [layers.randomFlip({ dataFormat: 'channelsFirst' })] })).rejects.toThrow('got random_flip')
})
