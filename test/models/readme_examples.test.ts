/** The examples that the README shows, run as they stand. */
import { expect, test } from 'vitest'
import { classify } from '../../examples/classify/classify.ts'
import { refit } from '../../examples/classify/refit.ts'
import { layers, loadModel, Model, resnet50 } from '../../src/index.ts'
import { useDevice } from '../support/device.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

const device = useDevice()

/** Pictures are decoded by the page. */
const inPage = typeof document !== 'undefined'

test.skipIf(!inPage)('classify: the three best classes, as the network gives them', async () => {
  using network = await resnet50()
  useRecipe(network)
  const file = await network.saveWeights('h5').blob()
  const pixels = Uint8ClampedArray.from(recipeImage([32, 32, 4], 1).data)
  const names = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, [`n${String(i).padStart(8, '0')}`, `class ${i}`]]))
  const best = await classify(device(), new ImageData(pixels, 32, 32), file, names)
  expect(best.length).toBe(3)
  expect(best[0]!.label).toBe(`class ${best[0]!.index}`)
  expect(best[0]!.score).toBeGreaterThanOrEqual(best[1]!.score)
})

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
