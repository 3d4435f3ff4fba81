/** Small nets trained for ten steps, the last of a smaller batch, against real Keras in f64 (test/golden/make_training.py): every layer type. */
import { expect, test } from 'vitest'
import { knownClasses } from '../../src/layers/registry.ts'
import rare from '../golden/models/rare_training.json' with { type: 'json' }
import applications from '../golden/training/applications.json' with { type: 'json' }
import augmented from '../golden/training/augmented.json' with { type: 'json' }
import axes from '../golden/training/axes.json' with { type: 'json' }
import batchNorm from '../golden/training/batch_norm.json' with { type: 'json' }
import convolutions from '../golden/training/convolutions.json' with { type: 'json' }
import dilated from '../golden/training/dilated.json' with { type: 'json' }
import frozenNorm from '../golden/training/frozen_norm.json' with { type: 'json' }
import pools from '../golden/training/pools.json' with { type: 'json' }
import products from '../golden/training/products.json' with { type: 'json' }
import sequences from '../golden/training/sequences.json' with { type: 'json' }
import values from '../golden/training/values.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { recipeValues } from '../support/recipe.ts'
import { expectTraining } from '../support/training_golden.ts'

const device = useDevice()

test('batch normalisations by the batch, one of them shared, without scale and without center', async () => {
  const { weights } = await expectTraining(device(), batchNorm)
  expect(Object.keys(weights)).toContain('plain/moving_mean') // a state goes on with the statistics
})

test('frozen batch normalisations, and one called with training: false, keep their statistics to the bit', async () => {
  const { weights } = await expectTraining(device(), frozenNorm)
  expect(weights['base/asked/moving_mean']).toEqual(recipeValues('asked', 'moving_mean', [4]))
  expect(Object.keys(weights).filter((path) => path.startsWith('frozen/'))).toEqual([])
})

test.each([
  ['pools of all kinds, and layers that move pixels, between convolutions', pools],
  ['every kind of convolution, and PReLU', convolutions],
  ['every kind of convolution with holes, and normalisations within samples', dilated],
  ['every activation and merge, and what works value by value', values],
  ['every layer of sequences', sequences],
  ['channels first, and other axes than the last', axes],
  ['layers that augment, above a convolution', augmented],
  ['layers of keras.applications alone', applications],
  ['products of tensors, and learned vectors', products],
])('%s', async (_, golden) => {
  await expectTraining(device(), golden)
})

test('every layer type that is known is in one of these nets, or of those of models/rare_training.test.ts', () => {
  const nets = JSON.stringify([
    applications,
    augmented,
    batchNorm,
    convolutions,
    dilated,
    frozenNorm,
    pools,
    products,
    rare,
    sequences,
    values,
  ])
  // Keras 1's Merge becomes one of the others.
  expect(knownClasses.filter((name) => name !== 'Merge' && !nets.includes(`"class_name":"${name}"`))).toEqual([])
})
