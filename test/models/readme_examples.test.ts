/** The examples that the README shows, run as they stand. */
import { expect, test } from 'vitest'
import { habits } from '../../examples/keras/habits.ts'
import { refit } from '../../examples/classify/refit.ts'
import { layers, loadModel, Model } from '../../src/index.ts'
import { tensor } from '../../src/tensor.ts'
import { useDevice } from '../support/device.ts'
import { recipeImage } from '../support/recipe.ts'

const device = useDevice()

test('refit: a saved model with another end, saved again', async () => {
  const input = layers.input({ shape: [9, 9, 3] })
  const map = layers.conv2d({ filters: 6, kernelSize: 3, activation: 'relu', name: 'map' }).apply(input)
  const end = layers.dense({ units: 7, activation: 'softmax' }).apply(layers.flatten().apply(map))
  const saved = new Model({ inputs: input, outputs: end })
  const file = await refit(await saved.save().blob(), 'map', 2)
  using model = await loadModel(file)
  expect(model.layers.map((l) => l.name).filter((name) => ['map', 'new_predictions'].includes(name))).toEqual(['map', 'new_predictions'])
  expect(model.getLayer('map').trainable).toBe(false)
  await model.compile({ device: device() })
  const y = await model.predict(recipeImage([9, 9, 3], 1 / 255))
  expect(y.shape).toEqual([1, 2])
  expect(y.data[0]! + y.data[1]!).toBeCloseTo(1, 5)
})
test('habits: a model trained by hand, and its twin', async () => {
  const x = tensor(
    Float32Array.from({ length: 6 * 8 * 8 * 3 }, (_, i) => ((i * 7) % 11) / 11),
    [6, 8, 8, 3],
  )
  const { model, twin, best } = await habits(device(), x, [0, 1, 2, 0, 1, 2])
  expect(best.map((row) => row.length)).toEqual([2, 2, 2, 2, 2, 2])
  await twin.compile({ device: device() })
  expect(await twin.predict(x)).toEqual(await model.predict(x))
  model.dispose()
  twin.dispose()
})
