/** Training with augmentation: it moves what is trained on and nothing else, by the seed. */
import { expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import type { FitProgress } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const data = { x: values([10, 6, 7, 3], 1, 0, 255), y: Uint8Array.from({ length: 10 }, (_, i) => i % 3) }

/** A head on a frozen convolution on pictures that are moved and coloured. */
async function model(augmented: boolean): Promise<Model> {
  const input = layers.input({ shape: [6, 7, 3] })
  let x = input
  if (augmented) {
    const moves = [layers.randomFlip(), layers.randomRotation({ factor: 0.2 }), layers.randomZoom({ heightFactor: 0.2 })]
    const colors = [layers.randomColorJitter({ brightnessFactor: 0.2, contrastFactor: 0.5, saturationFactor: [0.3, 0.7], hueFactor: 0.1 })]
    for (const layer of [...moves, layers.randomTranslation({ heightFactor: 0.2, widthFactor: 0.2 }), ...colors]) x = layer.apply(x)
  }
  x = layers.rescaling({ scale: 1 / 255 }).apply(x)
  const trunk = layers.conv2d({ filters: 5, kernelSize: 3, name: 'trunk', trainable: false })
  x = layers.globalAveragePooling2d().apply(trunk.apply(x))
  const made = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'head' }).apply(x) })
  await made.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
  return made
}

async function trained(augmented: boolean, seed: number) {
  using made = await model(augmented)
  const before = await made.evaluate(data)
  let cached = 0
  const onProgress = ({ phase, total }: FitProgress) => (cached = phase === 'features' ? total : cached)
  const { epochs } = await made.fit(data, { epochs: 2, batchSize: 4, seed, validationData: data, onProgress })
  const head = (await made.getWeights()).at(-2)!.data
  return { before, logs: epochs.map((e) => e.logs), after: await made.evaluate(data), head: [...head], cached }
}

test('the same seed draws the same, another one something else; evaluation sees what is there', async () => {
  const plain = await trained(false, 1)
  const first = await trained(true, 1)
  const again = await trained(true, 1)
  const other = await trained(true, 2)
  expect(again).toEqual(first)
  expect(other.head).not.toEqual(first.head)
  expect(plain.head).not.toEqual(first.head)
  expect(first.before).toEqual(plain.before)
  // The last validation is that of the weights as they are.
  expect(first.logs.at(-1)!['val_loss']).toBeCloseTo(first.after['loss'], 6)
  expect(
    [plain.cached, first.cached],
    'samples that the trunk sees once: where it sees others in every epoch, those of validation',
  ).toEqual([20, 10])
})
