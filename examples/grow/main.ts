/**
 * Thaw more as the data grows. A small CNN learns seven classes of CIFAR-10; then it is transferred to the other three with few pictures, with more,
 * and with many: frozen, unfrozen, and from scratch. Prints the table, and writes the plot.
 *
 *     node tools/run.mjs examples/grow/main.ts [--plot FILE.svg] [--sizes 50,100,400,1600,6400] [--steps 200] [--val 1500] [--base 10000] [--draws 2]
 *
 * Every training has about the same number of steps and, as in the lesson, the same optimizer, so that what differs is the data. Accuracies are means
 * of so many draws: other pictures, in another order.
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
import { MODES, type Training } from '../lesson/model.ts'

const string = { type: 'string' } as const
const { values: given } = parseArgs({ options: { plot: string, sizes: string, steps: string, val: string, base: string, draws: string } })
const sizes = (given.sizes ?? '50,100,400,1600,6400').split(',').map(Number)
const steps = Number(given.steps ?? 200)
const draws = Number(given.draws ?? 2)
const old = Number(given.base ?? 10_000)
const [SEED, BATCH, BASE_EPOCHS] = [7, 32, 6]
const compiled = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] } as const

/** Numbers of classes: those that come later, which have relatives among the first ones. */
const NEW = (['cat', 'dog', 'truck'] as const).map((name) => CLASSES.indexOf(name))
const FIRST = CLASSES.map((_, i) => i).filter((i) => !NEW.includes(i))

/** Three convolutions with pools between them, and a classifier. */
function cnn(): Model {
  const input = layers.input({ shape: [SIDE, SIDE, 3] })
  let x = layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(input)
  for (const filters of [32, 64, 64]) {
    x = layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer: heUniform(SEED) }).apply(x)
    x = layers.maxPooling2d().apply(x)
  }
  x = layers.dropout({ rate: 0.3, seed: SEED }).apply(layers.flatten().apply(x))
  return new Model({ inputs: input, outputs: layers.dense({ units: FIRST.length, activation: 'softmax' }).apply(x), name: 'cnn' })
}

/** `count` pictures of some classes, numbered from 0, behind the first `skip`. */
function ofClasses({ x, y }: Pictures, classes: readonly number[], count: number, skip = 0): Pictures {
  const size = 3 * SIDE * SIDE
  const rows = y.flatMap((label, i) => (classes.includes(label) ? [i] : [])).slice(skip, skip + count)
  if (rows.length < count) throw new RangeError(`there must be ${skip + count} pictures, got ${skip + rows.length}`)
  const data = new Uint8Array(count * size)
  rows.forEach((row, i) => data.set(x.data.subarray(row * size, (row + 1) * size), i * size))
  return { x: tensor(data, [count, SIDE, SIDE, 3]), y: rows.map((row) => classes.indexOf(y[row]!)) }
}

/** As many as make about the number of steps that every training has. */
const epochsOf = (count: number) => Math.max(1, Math.round(steps / Math.ceil(count / BATCH)))

/** @returns the validation accuracy after the last epoch */
async function fit(model: Model, training: Pictures, validation: Pictures, epochs: number, seed = SEED): Promise<number> {
  await model.fit(training, { epochs, batchSize: BATCH, seed })
  return (await model.evaluate(validation)).accuracy!
}

/** @returns the validation accuracy of a network that one mode makes of the first one */
async function run(device: Device, base: Blob, mode: Training, training: Pictures, draw: number): Promise<number> {
  const { dataSize, similarity } = mode
  const { model } = transfer(await loadModel(base), { dataSize, similarity, classes: NEW.length, seed: SEED + draw })
  await model.compile({ device, optimizer: adam(), ...compiled })
  try {
    return await fit(model, training, validation, epochsOf(training.y.length), SEED + draw)
  } finally {
    model.dispose()
  }
}

/** Of so many pictures, enough are of some classes: every class has about a tenth. */
const holding = (count: number, classes: readonly number[]) => Math.ceil((1.1 * count * CLASSES.length) / classes.length)
const needed = Math.max(holding(old, FIRST), holding(draws * Math.max(...sizes), NEW))

const folder = await fetchPackage(manifest.packages.cifar10)
const pictures = await readTraining({ folder, count: Math.min(50_000, Math.ceil(needed / 10_000) * 10_000), seed: SEED })
const test = await readTest({ folder, count: 10_000, seed: SEED })
const validation = ofClasses(test, NEW, Number(given.val ?? 1500))
const device = await openDevice()
console.log(`Adapter: ${adapterLabel(device.info)}`)

const before = cnn()
await before.compile({ device, optimizer: adam(), ...compiled })
const known = await fit(before, ofClasses(pictures, FIRST, old), ofClasses(test, FIRST, 1000), BASE_EPOCHS)
console.log(`The first seven classes, ${old} pictures, ${BASE_EPOCHS} epochs: validation accuracy ${known.toFixed(3)}`)
const base = await before.save().blob()
before.dispose()

const modes = Object.values(MODES)
console.log(['pictures', ...modes.map((m) => m.name)].map((cell) => cell.padStart(9)).join(' '))
const rows: { count: number; scores: number[] }[] = []
for (const count of sizes) {
  const scores: number[] = []
  for (const mode of modes) {
    let sum = 0
    for (let draw = 0; draw < draws; draw++) sum += await run(device, base, mode, ofClasses(pictures, NEW, count, draw * count), draw)
    scores.push(sum / draws)
  }
  console.log([String(count), ...scores.map((v) => v.toFixed(3))].map((cell) => cell.padStart(9)).join(' '))
  rows.push({ count, scores })
}
if (given.plot !== undefined) {
  const lines = modes.map((m, i) => ({ name: m.name, color: i, points: rows.map((r) => [r.count, r.scores[i]!] as const) }))
  const title = 'Thaw more as the data grows'
  await writeFile(given.plot, chartFile({ title, x: 'training pictures', y: 'validation accuracy', lines, logarithmic: true }))
}
device.dispose()
