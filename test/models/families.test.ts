/**
 * Small networks of families of keras.applications, made by the applications' own code with every kind of block that they have, in Keras 3 and tf.keras
 * 2.15 (test/golden/make_families.py): the config, with recipe weights, gives what Keras gave, and saved and read again it is the same.
 */
import { expect, test } from 'vitest'
import { modelFromConfig } from '../../src/models/from_config.ts'
import families from '../golden/models/families.json' with { type: 'json' }
import { networkOf } from '../support/application_config.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipeImage } from '../support/recipe.ts'

const device = useDevice()

interface Family {
  readonly name: string
  readonly inputShape: readonly number[]
  readonly scale: number
  readonly params: number
  /** JSON, gzip, base64. */
  readonly config: string
  readonly output: readonly number[]
}

const cases = Object.entries(families as Readonly<Record<string, readonly Family[]>>).flatMap(([version, list]) =>
  list.map((family) => ({
    ...family,
    keras: version.startsWith('keras 3') ? (3 as const) : (2 as const),
    title: `${version}: ${family.name}`,
  })),
)

test.each(cases)('$title', async ({ config, keras, inputShape, scale, params, output }) => {
  using model = await networkOf(config, undefined, keras)
  expect(model.countParams()).toBe(params)
  await model.compile({ device: device() })
  expectOutput(await model.predict(recipeImage(inputShape, scale)), output)
  // Saved as Keras 3 has it, it is read as the same layers with the same options, connected alike.
  const saved = model.serialize()
  expect(modelFromConfig(JSON.parse(JSON.stringify(saved)), 3).serialize()).toEqual(saved)
})
