/**
 * Every layer that `loadModel` knows, with its options, against real Keras: the config as Keras saved it, recipe weights, the recipe's
 * picture (test/golden/layer_cases.py).
 */
import { expect, test } from 'vitest'
import { weightedLayers } from '../../src/layers/weighted_layers.ts'
import { knownClasses } from '../../src/layers/registry.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { Model } from '../../src/training/model.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import cases from '../golden/models/layers.json' with { type: 'json' }
import type { Tensor } from '../../src/tensor.ts'
import { listOf } from '../../src/structure.ts'
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput, samples } from '../support/golden.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

const device = useDevice()

const weightsOf = (model: Model) => weightedLayers(model).map(({ layer: l }) => [l.name, l.weights.map((w) => [w.name, w.shape])])

test.each(cases)('$name', async ({ config, inputShape, layers, weights, outputs, exact }) => {
  using model = modelFromConfig(config, 3)
  // Where Keras counts what masks are made of among the layers, others come in another order.
  const ordered = <T>(list: readonly T[]) => (JSON.stringify(config).includes('"NotEqual"') ? [...list].sort() : list)
  expect(ordered(model.layers.map((l) => l.name))).toEqual(ordered(layers))
  expect(ordered(weightsOf(model))).toEqual(ordered(weights))
  useRecipe(model)
  await model.compile({ device: device() })
  const ys = listOf<Tensor>(await model.predict(recipeImage(inputShape, 1)))
  expect(ys.map((y) => y.shape)).toEqual(outputs.map((o) => o.shape))
  outputs.forEach(({ values }, i) => {
    if (exact) expect(samples(ys[i]!.data, values.length)).toEqual(values.map(Math.fround))
    else expectOutput(ys[i]!, values)
  })
})

test('every known class has a case above, or in load_model.test.ts', () => {
  const seen = new Set([...JSON.stringify([cases, dialects]).matchAll(/"class_name":"(\w+)"/g)].map(([, name]) => name))
  expect(knownClasses.filter((name) => !seen.has(name))).toEqual([])
})
