/** The example that the README shows, run as it stands in a page, which decodes the picture. */
import { expect, test } from 'vitest'
import { classify } from '../../examples/classify/classify.ts'
import { resnet50 } from '../../src/index.ts'
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
