/** The examples that the README shows of pictures, run as they stand in a page, which has the adapter and decodes the pictures. */
import { expect, test } from 'vitest'
import { classify } from '../../examples/classify/classify.ts'
import { whatIsIt } from '../../examples/classify/classifier.ts'
import { layers, Model, resnet50 } from '../../src/index.ts'
import { useDevice } from '../support/device.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

const device = useDevice()

test('classify: the three best classes, as the network gives them', async () => {
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

test('whatIsIt: a file, labels and pixels', async () => {
  const input = layers.input({ shape: [4, 4, 3] })
  const outputs = layers.dense({ units: 4, activation: 'softmax' }).apply(layers.globalAveragePooling2d().apply(input))
  const file = await new Model({ inputs: input, outputs }).save().blob()
  const found = await whatIsIt(file, new Blob(['0 cat\n1 dog\n2 owl\n3 yak\n']), { width: 2, height: 1, data: new Uint8Array(8).fill(9) })
  expect(found.map((c) => c.className).filter((name) => ['cat', 'dog', 'owl', 'yak'].includes(name)).length).toBe(3)
  expect(found[0]!.probability).toBeGreaterThanOrEqual(found[1]!.probability)
})
