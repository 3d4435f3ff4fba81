/** VGG16 and InceptionV3 with recipe weights against real Keras: the output as it is computed (folded, fused), and every layer. */
import { describe, expect, test } from 'vitest'
import { inceptionV3 } from '../../src/models/inception.ts'
import { vgg16 } from '../../src/models/vgg.ts'
import { Model } from '../../src/training/model.ts'
import inception from '../golden/inception_v3.json' with { type: 'json' }
import inception139 from '../golden/inception_v3_139.json' with { type: 'json' }
import vggOdd from '../golden/vgg16_notop_75x50.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { expectLayer, expectOutput } from '../support/golden.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

const device = useDevice()

const cases = [
  { name: 'vgg16 without top, 75x50', golden: vggOdd, make: () => vgg16({ includeTop: false, inputShape: [75, 50, 3] }) },
  {
    name: 'inceptionV3 without top, 139x139',
    golden: inception139,
    make: () => inceptionV3({ includeTop: false, inputShape: [139, 139, 3] }),
  },
  { name: 'inceptionV3, 299x299', golden: inception, make: () => inceptionV3() },
]

describe.each(cases)('$name', ({ golden, make }) => {
  test('gives the output of Keras', async () => {
    using model = await make()
    useRecipe(model)
    await model.compile({ device: device() })
    const y = await model.predict(recipeImage(golden.inputShape, 1 / 255))
    expectOutput(y, golden.output)
  })
})

describe.each(cases.slice(0, 2))('$name', ({ golden, make }) => {
  test('agrees with Keras in every layer', async () => {
    const network = await make()
    useRecipe(network)
    const outputs = golden.layers.map((l) => network.outputOf(l.name))
    using every = new Model({ inputs: network.input, outputs, name: 'every' })
    await every.compile({ device: device() })
    const ys = await every.predictAll(recipeImage(golden.inputShape, 1 / 255))
    expect(ys.length).toBe(golden.layers.length)
    golden.layers.forEach((layer, i) => expectLayer(ys[i]!, layer))
  })
})
