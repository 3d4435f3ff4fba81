/**
 * Thaw more as the data grows. A small CNN learns five classes of CIFAR-10; then it is transferred to the other five with few pictures, with more,
 * and with many: frozen, unfrozen, and from scratch. Prints the table, and writes the plot.
 *
 *     node tools/run.mjs examples/grow/main.ts [--plot FILE.svg] [--sizes 100,400,1600] [--steps 150] [--val 500] [--base 4000]
 *
 * Every training has the same number of steps, so that what differs is the data.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import {
  adam,
  adapterLabel,
  fetchPackage,
  heUniform,
  layers,
  loadModel,
  Model,
  openDevice,
  tensor,
  transfer,
  type Device,
} from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { chartFile } from '../lesson/chart.ts'
import { CLASSES, readTest, readTraining, SIDE, type Pictures } from '../lesson/cifar.ts'
import { firstRate, MODES, rateFactors, type Training } from '../lesson/model.ts'

const string = { type: 'string' } as const
const { values: given } = parseArgs({ options: { plot: string, sizes: string, steps: string, val: string, base: string } })
const sizes = (given.sizes ?? '100,400,1600').split(',').map(Number)
const steps = Number(given.steps ?? 150)
const old = Number(given.base ?? 4000)
const [SEED, BATCH, HALF, BASE_EPOCHS] = [7, 32, CLASSES.length / 2, 5]
const compiled = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] } as const

/** Four convolutions with pools between them, and two dense layers. */
function cnn(): Model {
  const input = layers.input({ shape: [SIDE, SIDE, 3] })
  let x = layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(input)
  for (const filters of [16, 32, 64, 64]) {
    x = layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer: heUniform(SEED) }).apply(x)
    x = layers.maxPooling2d().apply(x)
  }
  x = layers.dense({ units: 64, activation: 'relu' }).apply(layers.flatten().apply(x))
  return new Model({ inputs: input, outputs: layers.dense({ units: HALF, activation: 'softmax' }).apply(x), name: 'cnn' })
}

/** The first `count` pictures of the five classes from `first`, numbered from 0. */
function ofClasses({ x, y }: Pictures, first: number, count: number): Pictures {
  const size = 3 * SIDE * SIDE
  const rows = y.flatMap((label, i) => (label >= first && label < first + HALF ? [i] : [])).slice(0, count)
  if (rows.length < count) throw new RangeError(`there must be ${count} pictures, got ${rows.length}`)
  const data = new Uint8Array(count * size)
  rows.forEach((row, i) => data.set(x.data.subarray(row * size, (row + 1) * size), i * size))
  return { x: tensor(data, [count, SIDE, SIDE, 3]), y: rows.map((row) => y[row]! - first) }
}

/** As many as make about the number of steps that every training has. */
const epochsOf = (count: number) => Math.max(1, Math.round(steps / Math.ceil(count / BATCH)))

/** @returns the validation accuracy after the last epoch */
async function fit(model: Model, training: Pictures, validation: Pictures, epochs: number): Promise<number> {
  await model.fit(training, { epochs, batchSize: BATCH, seed: SEED })
  return (await model.evaluate(validation)).accuracy!
}

/** @returns the validation accuracy of the first `count` pictures in one mode */
async function run(device: Device, base: Blob, mode: Training, training: Pictures, validation: Pictures): Promise<number> {
  const network = await loadModel(base)
  const { dataSize, similarity } = mode
  const made = transfer(network, { dataSize, similarity, classes: HALF, seed: SEED })
  const optimizer = adam({ learningRate: firstRate(made), learningRateMultipliers: rateFactors(made) })
  await made.model.compile({ device, optimizer, ...compiled })
  try {
    return await fit(made.model, training, validation, epochsOf(training.y.length))
  } finally {
    made.model.dispose()
  }
}

const folder = await fetchPackage(manifest.packages.cifar10)
const pictures = await readTraining({ folder, count: 20_000, seed: SEED })
const test = await readTest({ folder, count: 10_000, seed: SEED })
const validation = ofClasses(test, HALF, Number(given.val ?? 500))
const device = await openDevice()
console.log(`Adapter: ${adapterLabel(device.info)}`)

const before = cnn()
await before.compile({ device, optimizer: adam(), ...compiled })
const known = await fit(before, ofClasses(pictures, 0, old), ofClasses(test, 0, 500), BASE_EPOCHS)
console.log(`The first five classes, ${old} pictures, ${BASE_EPOCHS} epochs: validation accuracy ${known.toFixed(3)}`)
const base = await before.save().blob()
before.dispose()

const modes = Object.values(MODES)
console.log(['pictures', ...modes.map((m) => m.name)].map((cell) => cell.padStart(9)).join(' '))
const rows: { count: number; scores: number[] }[] = []
for (const count of sizes) {
  const scores: number[] = []
  for (const mode of modes) scores.push(await run(device, base, mode, ofClasses(pictures, HALF, count), validation))
  console.log([String(count), ...scores.map((v) => v.toFixed(3))].map((cell) => cell.padStart(9)).join(' '))
  rows.push({ count, scores })
}
if (given.plot !== undefined) {
  const lines = modes.map((m, i) => ({ name: m.name, color: i, points: rows.map((r) => [r.count, r.scores[i]!] as const) }))
  const title = 'Thaw more as the data grows'
  await writeFile(given.plot, chartFile({ title, x: 'training pictures', y: 'validation accuracy', lines, logarithmic: true }))
}
device.dispose()
