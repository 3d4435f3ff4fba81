/**
 * Whole networks of keras.applications, saved by real Keras with random weights, read by their own configs and held against what Keras computes:
 *
 *     THAW_PYTHON=python node tools/run.mjs tools/applications.ts [NAME...]
 *
 * Prints a line of a table for each, and fails where an output is further off than Keras's own float32 could be. One network is in memory at a time.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Device } from '../src/device/device.ts'
import { loadModel, openDevice } from '../src/node.ts'

/** A network of each family, of some several. */
const NAMES =
  'Xception VGG16 VGG19 ResNet50 ResNet50V2 ResNet101 InceptionV3 InceptionResNetV2 MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large DenseNet121 DenseNet201 NASNetMobile EfficientNetB0 EfficientNetB3 EfficientNetV2B0 ConvNeXtTiny'.split(
    ' ',
  )

/** How much further than Keras's own float32 a result may be from float64, and what is allowed in any case: the sum of some thousand roundings. */
const [FACTOR, LEAST] = [8, 1e-5]

/** Keras's float32 must be as near as this to float64: what is further off multiplies its roundings, and no difference says anything about it. */
const TELLING = 1e-3

interface Answer {
  readonly layers: number
  readonly params: number
  readonly shape: readonly number[]
  readonly x: readonly number[]
  readonly float32: readonly number[]
  readonly float64: readonly number[]
}

/** The largest difference by the largest value. */
function difference(ys: ArrayLike<number>, exact: readonly number[]): number {
  const size = Math.max(...exact.map(Math.abs))
  const off = exact.map((v, i) => Math.abs(v - ys[i]!))
  return ys.length === exact.length && off.every(Number.isFinite) ? Math.max(...off) / size : Infinity
}

async function predicted(device: Device, file: string, { shape, x }: Answer): Promise<ArrayLike<number>> {
  using model = await loadModel(file)
  await model.compile({ device })
  const y = await model.predict({ shape, data: Float32Array.from(x) })
  return y.data
}

/** @returns whether the network gives what Keras gives */
async function check(device: Device, name: string, folder: string): Promise<boolean> {
  const python = process.env['THAW_PYTHON'] ?? 'python3'
  const script = fileURLToPath(new URL('applications.py', import.meta.url))
  const env = { ...process.env, KERAS_BACKEND: process.env['KERAS_BACKEND'] ?? 'jax' }
  const { status, stderr } = spawnSync(python, [script, name, folder], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
  const answer = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Answer
  const theirs = difference(answer.float32, answer.float64)
  const ours: number[] = []
  for (const kind of ['keras', 'h5'])
    ours.push(difference(await predicted(device, join(folder, `${name}.${kind}`), answer), answer.float64))
  const apart = difference(await predicted(device, join(folder, `${name}.keras`), answer), answer.float32)
  const [, height, width] = answer.shape
  const cells = [name, `${height} x ${width}`, answer.layers, answer.params.toLocaleString('en'), ...[apart, Math.max(...ours), theirs]]
  console.log(`| ${cells.map((c) => (typeof c === 'number' && c < 1 ? c.toExponential(1) : c)).join(' | ')} |`)
  if (theirs > TELLING) throw new Error(`${name}: with these weights Keras's own float32 is ${theirs} off float64, and tells nothing`)
  return Math.max(...ours) <= Math.max(LEAST, FACTOR * theirs)
}

using device = await openDevice()
const wanted = process.argv.slice(2)
console.log('| network | picture | layers | parameters | Thaw and Keras apart | Thaw off float64 | Keras off float64 |')
console.log('| --- | --- | --: | --: | --: | --: | --: |')
for (const name of wanted.length ? wanted : NAMES) {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-applications-'))
  try {
    if (!(await check(device, name, folder))) {
      console.log(`${name} is further off than ${FACTOR} times Keras's own rounding`)
      process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
