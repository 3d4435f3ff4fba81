/** Masks in models of Keras 2.2 and 2.15: what these compute (test/golden/make_old_masks.py), or refused where Keras 3 makes other masks of them. */
import { expect, test } from 'vitest'
import { modelFromConfig } from '../../src/models/from_config.ts'
import golden from '../golden/models/old_masks.json' with { type: 'json' }
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipePictures, useRecipe } from '../support/recipe.ts'

const device = useDevice()

interface Case {
  readonly name: string
  readonly config: object
  readonly shape: readonly number[]
  readonly y: readonly (number | null)[]
}

const OTHERWISE =
  /^\[mean\] a layer of the class GlobalAveragePooling1D must get a sequence whose mask is the same in Keras 2 and 3, got that behind joined /
const REFUSED: Readonly<Record<string, RegExp>> = {
  Add: OTHERWISE,
  Average: OTHERWISE,
  Concatenate: OTHERWISE,
  Maximum: /^\[joined\] a layer of the class Maximum must not get a sequence with a mask in a model older than Keras 3/,
  Multiply: /^\[joined\] a layer of the class Multiply must not get a sequence with a mask in a model older than Keras 3/,
  'beside one without': OTHERWISE,
  scaled: OTHERWISE,
}

const cases = Object.entries(golden as Record<string, readonly Case[]>).flatMap(([version, all]) => all.map((one) => ({ version, ...one })))

const given = (shape: readonly number[]) => {
  const [factor, offset] = shape.length === 1 ? [1 / 64, 0] : [1 / 128, -1]
  const x = recipePictures([4, ...shape], [factor, offset])
  return shape.length === 1 ? { ...x, data: x.data.map(Math.floor) } : x
}

test.each(cases)('$version: $name', async ({ name, config, shape, y }) => {
  using model = modelFromConfig(config, 2)
  useRecipe(model)
  await model.compile({ device: device() })
  const predicted = model.predict(given(shape))
  const refusal = REFUSED[name]
  if (refusal) return await expect(predicted).rejects.toThrow(refusal)
  expectOutput(await predicted, y as readonly number[])
})
