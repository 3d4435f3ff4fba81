/** Small nets trained for three steps, against real Keras (test/golden/make_training.py). */
import { expect, test } from 'vitest'
import batchNorm from '../golden/training/batch_norm.json' with { type: 'json' }
import convolutions from '../golden/training/convolutions.json' with { type: 'json' }
import frozenNorm from '../golden/training/frozen_norm.json' with { type: 'json' }
import pools from '../golden/training/pools.json' with { type: 'json' }
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

test('pools of all kinds, and layers that move pixels, between convolutions', async () => {
  await expectTraining(device(), pools)
})

test('every kind of convolution, and PReLU', async () => {
  await expectTraining(device(), convolutions)
})
