/** Whole files whose input sizes are open, as Keras 3 and tf.keras 2 wrote them (test/golden/make_open.py): read as they are, without `inputShape`. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { loadModel } from '../../src/node.ts'
import { listOf, type Structure } from '../../src/structure.ts'
import type { Tensor } from '../../src/tensor.ts'
import cases from '../golden/models/open.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipePictures } from '../support/recipe.ts'

const device = useDevice()

test.each([
  ['open.keras', 'classifier'],
  ['open.h5', 'unet'],
  ['open_keras2.h5', 'keras2'],
])('%s', async (file, name) => {
  const { sizes, says } = cases.find((c) => c.name === name)!
  using model = await loadModel<Structure<SymbolicTensor>>(
    new Uint8Array(readFileSync(new URL(`../golden/models/${file}`, import.meta.url))),
  )
  expect(model.outputs.map((t) => t.shape)).toEqual(says)
  await model.compile({ device: device() })
  for (const { inputs, outputs } of sizes) {
    const ys = listOf<Tensor>(await model.predict(recipePictures([2, ...inputs[0]!], [1 / 256, 0])))
    expect(ys.map((y) => y.shape)).toEqual(outputs.map((o) => o.shape))
    outputs.forEach(({ values }, i) => expectOutput(ys[i]!, values))
  }
})
