/**
 * TensorFlow.js layers models predict what Keras does with the values in them (test/golden/make_tfjs.py), and tfjs with its own
 * (test/golden/make_tfjs.mjs).
 */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadModel } from '../../src/node.ts'
import own from '../golden/models/tfjs/own/outputs.json' with { type: 'json' }
import converted from '../golden/models/tfjs/outputs.json' with { type: 'json' }
import type { Tensor } from '../../src/tensor.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipeImage } from '../support/recipe.ts'
import { thaw } from '../cli/run.ts'

const device = useDevice()
const path = (name: string) => fileURLToPath(new URL(`../golden/models/tfjs/${name}`, import.meta.url))

async function expectPredictions(name: string, x: Tensor, shape: readonly number[], values: readonly number[]): Promise<void> {
  using model = await loadModel(path(name))
  await model.compile({ device: device() })
  const y = await model.predict(x)
  expect(y.shape).toEqual(shape)
  expectOutput(y, values)
}

test.each(['floats', 'uint8', 'uint16', 'float16'] as const)('converted: %s', async (name) => {
  const { data } = recipeImage([18, 8, 3], 1 / 256)
  await expectPredictions(name, { shape: [2, 9, 8, 3], data }, converted.shape, converted[name])
})

test('saved by TensorFlow.js itself', async () => {
  const x = { shape: [2, 6, 5, 2], data: Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)) }
  await expectPredictions('own', x, own.shape, own.outputs)
})

test('what the command line says of one', async () => {
  const { code, out } = await thaw(['inspect', path('uint8')])
  expect(code).toBe(0)
  expect(out).toContain(
    'Kind:    TensorFlow.js layers model, keras v2.15.0, quantized to uint8\nKeras:   2.15.0\nConfig:  Sequential sequential,',
  )
  expect(out).toMatch(/Network: its own config\n/)
  expect(out).toMatch(/conv +kernel +\[3,3,3,6\] +uint8\n/)
})
