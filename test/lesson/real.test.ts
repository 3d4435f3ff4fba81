/** On the real data and the real network: runs where the lesson has fetched them. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareLayers } from '../../examples/agreement/compare.ts'
import { SIZE, wholeNetwork } from '../../examples/agreement/network.ts'
import { openPeer } from '../../examples/agreement/peer.ts'
import { mosaic } from '../../examples/agreement/picture.ts'
import { decodeBatch } from '../../examples/lesson/cifar.ts'
import { convertedWeights, tfjsFolder } from '../../examples/lesson/convert.ts'
import { layersOf, readTfjsModel } from '../../examples/lesson/tfjs_layers.ts'
import { fetchPackage, fileSource, openDevice, type Device, type Tensor } from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { packagesCached } from './cache.ts'

const peerInstalled = existsSync(new URL('../../bench/node_modules/@tensorflow/tfjs-layers', import.meta.url))
if (!peerInstalled) console.warn('SKIPPED: agreement with tfjs layer by layer, for want of bench/node_modules (npm ci --prefix bench)')

const pictureFile = async () => join(await fetchPackage(manifest.packages.cifar10), 'test_batch.png')
const picture = async (): Promise<Tensor> => mosaic(await decodeBatch(await readFile(await pictureFile())), SIZE)

describe.skipIf(!packagesCached)('the network that npm carries', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice()
  })
  afterAll(() => device.dispose())

  test('has 318 layers, and 188 of its trunk with weights', async () => {
    const layers = layersOf(await readTfjsModel(await tfjsFolder()))
    expect(layers).toHaveLength(318)
    const trunk = layers.filter((l) => l.weights.length && l.className !== 'Dense')
    expect(trunk).toHaveLength(188)
    const size = (l: (typeof trunk)[number]) => l.weights.reduce((n, w) => n + w.shape.reduce((a, b) => a * b, 1), 0)
    expect(trunk.reduce((n, l) => n + size(l), 0)).toBe(21_802_784)
  })

  test('goes through a Keras file and gives the probabilities that tfjs-wasm gives', async () => {
    const file = await fileSource(await convertedWeights())
    using model = await wholeNetwork()
    const { loaded, skipped, unusedInFile } = await model.loadWeights(file)
    expect([loaded.length, skipped, unusedInFile]).toEqual([382, [], []])
    await model.compile({ device })
    const { data } = await model.predict(await picture())
    await file.close()
    // Computed by tfjs 4.22 with its WebAssembly backend on the same weights and picture (examples/agreement).
    const golden = [0.585762, 0.025972, 0.385459, 0.002253, 0.000554]
    golden.forEach((p, i) => expect(Math.abs(data[i]! - p)).toBeLessThan(1e-3))
  })

  test.skipIf(!peerInstalled)('agrees with tfjs-wasm in every layer', async () => {
    const peer = await openPeer()
    const theirs = await peer.load(await readTfjsModel(await tfjsFolder()))
    const file = await fileSource(await convertedWeights())
    const ours = await wholeNetwork()
    await ours.loadWeights(file)
    const differences = await compareLayers(ours, theirs, await picture(), { device, peer })
    await file.close()
    expect(differences).toHaveLength(127)
    expect(differences.filter((d) => !(d.maxRel < 1e-4)).map((d) => d.layer)).toEqual([])
  })
})

describe.skipIf(!packagesCached)('on CIFAR-10', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thaw-lesson-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Runs an example; `onText` sees the output as it comes. */
  function run(example: string, args: string[], onText: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
    const child = spawn(process.execPath, ['tools/run.mjs', `examples/${example}/main.ts`, ...args])
    let out = ''
    let err = ''
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    child.stdout.on('data', (text: Buffer) => onText((out += text.toString()), (signal) => child.kill(signal)))
    return new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, out, err })),
    )
  }

  test('the lesson trains a head, and later epochs cost next to nothing', async () => {
    const json = join(folder, 'result.json')
    const { code, out, err } = await run('lesson', [
      '--train',
      '40',
      '--val',
      '20',
      '--epochs',
      '3',
      '--batch',
      '8',
      '--cut',
      'mixed2',
      '--size',
      '75',
      '--json',
      json,
    ])
    expect([code, err.replace(/^Warning: max.*\n/gm, '')]).toEqual([0, ''])
    expect(out).toContain('376 weights loaded (weights only, Keras 2.15.0); unused in the file: dense_1, dense_2, dense_3')
    expect(out).toMatch(/^Epoch 3\/3 - .*s - loss: \d\.\d{4} - accuracy: /m)
    const { adapter, modes } = JSON.parse(await readFile(json, 'utf8')) as {
      adapter: string
      modes: { mode: string; params: object; epochs: { loss: number; seconds: number }[]; trunkSeconds: number }[]
    }
    expect(modes.map((m) => m.mode)).toEqual(['frozen'])
    const result = modes[0]!
    expect(Object.keys(result)).toEqual(['mode', 'description', 'params', 'epochs', 'trunkSeconds', 'secondsPerEpoch'])
    expect(out).toContain(`Adapter: ${adapter}\n`)
    expect(out).toMatch(/^Training mode \| Val Acc @ 1 epoch \| Val Acc @ 5 epoch \| Time per epoch\nfrozen /m)
    expect(result.params).toEqual({ total: 1_146_154, trainable: 153_098, nonTrainable: 993_056 })
    expect(result.epochs.map((e) => Object.keys(e))).toEqual(Array(3).fill(['loss', 'accuracy', 'valLoss', 'valAccuracy', 'seconds']))
    expect(result.epochs[2]!.loss).toBeLessThan(result.epochs[0]!.loss)
    expect(result.epochs[1]!.seconds).toBeLessThan(result.epochs[0]!.seconds)
    expect(result.trunkSeconds).toBeLessThan(result.epochs[0]!.seconds)
  })

  test('Ctrl-C ends the lesson', async () => {
    let killed = false
    const { code, out, err } = await run('lesson', ['--train', '2000', '--val', '10'], (text, kill) => {
      if (!killed && text.includes('weights loaded')) kill('SIGINT')
      killed ||= text.includes('weights loaded')
    })
    expect(code).toBe(130)
    expect(err).toMatch(/Interrupted\.\n$/)
    expect(out).not.toContain('Epoch 1')
  })

  test('grow has a row for each number of pictures, and a plot', async () => {
    const plot = join(folder, 'grow.svg')
    const { code, out, err } = await run('grow', ['--sizes', '16,32', '--steps', '2', '--val', '20', '--base', '32', '--plot', plot])
    expect([code, err.replace(/^Warning: max.*\n/gm, '')]).toEqual([0, ''])
    expect(out).toMatch(/^ pictures +frozen +unfrozen +scratch\n +16( +[01]\.\d{3}){3}\n +32( +[01]\.\d{3}){3}\n$/m)
    const svg = await readFile(plot, 'utf8')
    for (const text of ['<svg', 'training pictures', 'frozen', 'scratch']) expect(svg).toContain(text)
  })

  test('scratch writes what real Keras needs to train the same', async () => {
    const to = join(folder, 'scratch')
    const { code, out } = await run('scratch', ['--folder', to, '--train', '40', '--val', '20', '--epochs', '1'])
    expect(code).toBe(0)
    expect(out).toMatch(/; 89834 weights\nEpoch 1: [\d.]+ s, loss \d\.\d{4}, accuracy /)
    expect((await readdir(to)).sort()).toEqual(['model.keras', 'thaw.json', 'train_x.bin', 'train_y.bin', 'val_x.bin', 'val_y.bin'])
    expect(JSON.parse(await readFile(join(to, 'thaw.json'), 'utf8'))).toMatchObject({
      batch: 32,
      epochs: [{ accuracy: expect.any(Number) as number }],
    })
  })
})
