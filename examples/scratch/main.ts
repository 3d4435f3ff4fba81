/**
 * A small CNN from scratch on CIFAR-10, and everything that real Keras needs to train the same one: the model with its first weights, the pictures
 * in their order, the epochs. `peer.py` then trains it and compares.
 *
 *     node tools/run.mjs examples/scratch/main.ts --folder DIR [--train 5000] [--val 1000] [--epochs 5]
 *     KERAS_BACKEND=jax python examples/scratch/peer.py DIR
 */
import { writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { adam, adapterLabel, fetchPackage, heUniform, layers, Model, openDevice } from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { CLASSES, readTest, readTraining, SIDE } from '../lesson/cifar.ts'

const string = { type: 'string' } as const
const { values: given } = parseArgs({ options: { folder: string, train: string, val: string, epochs: string } })
const { folder = 'scratch', train = '5000', val = '1000', epochs = '5' } = given
const [SEED, BATCH] = [7, 32]

/** Three convolutions with pools between them, and two dense layers: 89,834 weights. */
function cnn(): Model {
  const input = layers.input({ shape: [SIDE, SIDE, 3], name: 'pictures' })
  let x = layers.rescaling({ scale: 1 / 127.5, offset: -1, name: 'scaled' }).apply(input)
  for (const [i, filters] of [16, 32, 64].entries()) {
    const kernelInitializer = heUniform(SEED)
    x = layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer, name: `conv${i + 1}` }).apply(x)
    x = layers.maxPooling2d({ name: `pool${i + 1}` }).apply(x)
  }
  x = layers.dense({ units: 64, activation: 'relu', name: 'hidden' }).apply(layers.flatten({ name: 'flat' }).apply(x))
  return new Model({
    inputs: input,
    outputs: layers.dense({ units: CLASSES.length, activation: 'softmax', name: 'predictions' }).apply(x),
    name: 'cnn',
  })
}

await mkdir(folder, { recursive: true })
const data = await fetchPackage(manifest.packages.cifar10)
const training = await readTraining({ folder: data, count: Number(train), seed: SEED })
const validation = await readTest({ folder: data, count: Number(val), seed: SEED })
using model = cnn()
await writeFile(join(folder, 'model.keras'), new Uint8Array(await (await model.save().blob()).arrayBuffer()))
for (const [name, { x, y }] of Object.entries({ train: training, val: validation })) {
  await writeFile(join(folder, `${name}_x.bin`), x.data)
  await writeFile(join(folder, `${name}_y.bin`), Uint8Array.from(y))
}

const device = await openDevice()
console.log(`Adapter: ${adapterLabel(device.info)}; ${model.countParams()} weights`)
await model.compile({ device, optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
const log: object[] = []
await model.fit(training, {
  epochs: Number(epochs),
  batchSize: BATCH,
  shuffle: false, // the pictures are in random order already, the same for both
  validationData: validation,
  onEpochEnd: ({ epoch, seconds, logs }) => {
    const shown = Object.entries(logs).map(([k, v]) => `${k} ${v.toFixed(4)}`)
    console.log(`Epoch ${epoch + 1}: ${seconds.toFixed(1)} s, ${shown.join(', ')}`)
    log.push(logs)
    writeFileSync(join(folder, 'thaw.json'), JSON.stringify({ batch: BATCH, epochs: log })) // so that a run that is stopped can be compared
  },
})
device.dispose()
