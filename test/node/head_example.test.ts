/** The example that the README shows, run as it stands: a Keras file in, a trained head out. */
import { afterEach, expect, test } from 'vitest'
import { trainHead } from '../../examples/head/head.ts'
import { kerasWeightsFile } from '../../src/loaders/keras/keras_file.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import type { FitProgress } from '../../src/training/fit_options.ts'
import { openGpu } from '../support/gpu.ts'
import { recipeValues } from '../support/recipe.ts'
import { values } from '../support/values.ts'

const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
afterEach(() => {
  if (before) Object.defineProperty(globalThis, 'navigator', before)
  else Reflect.deleteProperty(globalThis, 'navigator')
})

/** InceptionV3 without top, with recipe weights, under the names that Keras 2 gives: from conv2d_1 on. */
async function weightFile(): Promise<Blob> {
  const { layers } = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3] })
  const keras2 = (name: string) =>
    name.replace(/^(conv2d|batch_normalization)(?:_(\d+))?$/, (_, base: string, n?: string) => `${base}_${Number(n ?? 0) + 1}`)
  const weighted = layers.filter((l) => l.weights.length)
  const parts: BlobPart[] = []
  const file = kerasWeightsFile(
    weighted.map((l) => ({
      name: keras2(l.name),
      weights: l.weights.map((w) => ({ name: w.name, shape: w.shape, data: () => recipeValues(l.name, w.name, w.shape) })),
    })),
  )
  for await (const part of file) parts.push(part.slice())
  return new Blob(parts)
}

test('trains on a handful of pictures', async () => {
  const gpu = await openGpu()
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true })
  const progress: FitProgress[] = []
  using model = await trainHead(await weightFile(), { x: values([3, 32, 32, 3], 1, 0, 255), y: [0, 1, 1] }, 2, (p) => progress.push(p))
  expect(progress.filter((p) => p.phase === 'train').map((p) => p.epoch)).toEqual([0, 1, 2, 3, 4])
  expect((await model.predict(values([3, 32, 32, 3], 1, 0, 255))).shape).toEqual([3, 2])
  expect(model.paramCounts().nonTrainable).toBe(21_802_784)
}, 300_000)
