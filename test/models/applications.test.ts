/**
 * Networks that Thaw has no function for, built from the configs that real Keras saved (keras.applications, by
 * test/golden/make_applications.py), with recipe weights: the output as it is computed (folded, fused), and every layer.
 */
import { describe, expect, test } from 'vitest'
import { Model } from '../../src/training/model.ts'
import densenet from '../golden/models/densenet121_64.json' with { type: 'json' }
import efficientnet from '../golden/models/efficientnet_b0.json' with { type: 'json' }
import efficientnet64 from '../golden/models/efficientnet_b0_64.json' with { type: 'json' }
import mobilenet from '../golden/models/mobilenet_64.json' with { type: 'json' }
import mobilenetV2 from '../golden/models/mobilenet_v2.json' with { type: 'json' }
import mobilenetV264 from '../golden/models/mobilenet_v2_64.json' with { type: 'json' }
import xception from '../golden/models/xception_71.json' with { type: 'json' }
import { networkOf } from '../support/application_config.ts'
import { useDevice } from '../support/device.ts'
import { expectLayer, expectOutput, type GoldenLayer } from '../support/golden.ts'
import { recipeImage } from '../support/recipe.ts'

const device = useDevice()

interface Golden {
  readonly inputShape: number[]
  readonly scale: number
  readonly params: number
  /** Of the model as Keras saved it: JSON, gzip, base64. */
  readonly config: string
  readonly layers: readonly GoldenLayer[]
  readonly output: number[]
}

const withoutTop: readonly { name: string; golden: Golden }[] = [
  { name: 'MobileNet without top, 64x64', golden: mobilenet },
  { name: 'MobileNetV2 without top, 64x64', golden: mobilenetV264 },
  { name: 'Xception without top, 71x71', golden: xception },
  { name: 'DenseNet121 without top, 64x64', golden: densenet },
  { name: 'EfficientNetB0 without top, 64x64', golden: efficientnet64 },
]

const withTop: readonly { name: string; golden: Golden }[] = [
  { name: 'MobileNetV2', golden: mobilenetV2 },
  { name: 'EfficientNetB0', golden: efficientnet },
]

describe.each([...withoutTop, ...withTop])('$name', ({ golden }) => {
  test('has the parameters of Keras and gives its output', async () => {
    using model = await networkOf(golden.config)
    expect(model.countParams()).toBe(golden.params)
    await model.compile({ device: device() })
    expectOutput(await model.predict(recipeImage(golden.inputShape, golden.scale)), golden.output)
  })
})

describe.each(withoutTop)('$name', ({ golden }) => {
  test('has the layers of Keras in its order, and agrees with it in every one', async () => {
    const network = await networkOf(golden.config)
    const inner = network.layers.filter((l) => l.className !== 'InputLayer')
    expect(inner.map((l) => l.name)).toEqual(golden.layers.map((l) => l.name))
    using every = new Model({ inputs: network.input, outputs: inner.map((l) => network.outputOf(l.name)), name: 'every' })
    await every.compile({ device: device() })
    const ys = await every.predict(recipeImage(golden.inputShape, golden.scale))
    expect(ys.map((y) => y.shape)).toEqual(golden.layers.map((l) => l.shape))
    golden.layers.forEach((layer, i) => expectLayer(ys[i]!, layer))
  })
})
