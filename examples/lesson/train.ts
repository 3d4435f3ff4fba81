/** One training of the lesson: a fresh network with its weights, a head, epochs, and what it says about the validation pictures. */
import {
  adam,
  fileSource,
  tensor,
  type ByteSource,
  type Device,
  type History,
  type LabelledData,
  type Model,
  type ParamCounts,
  type Tensor,
  type Transfer,
} from '../../src/node.ts'
import { augmentation, testTimeAccuracy } from './augment.ts'
import { SIDE } from './cifar.ts'
import {
  featuresOf,
  firstRate,
  learningRate,
  lessonTransfer,
  lessonTrunk,
  rateFactors,
  spreadOf,
  type NetworkOptions,
  type Spread,
  type Training,
} from './model.ts'
import type { LessonOptions } from './options.ts'
import { megabytes, type Bars } from './progress.ts'
import { epochLine, loadLine } from './report.ts'

/** Pictures whose features are looked at before the head is made. */
const LOOKED_AT = 32

export interface Data {
  readonly training: LabelledData
  readonly validation: LabelledData
}

/** What a training gave. */
export interface Result {
  readonly training: Training
  /** What `transfer` did and why. */
  readonly description: string
  readonly params: ParamCounts
  readonly history: History
  /** Validation accuracy by the mean prediction for changed copies; undefined where that was not asked for. */
  readonly testTime: number | undefined
}

/** What trainings have in common. */
export interface Setting {
  readonly options: LessonOptions
  readonly data: Data
  /** Of the weight file. */
  readonly weights: string
  readonly device: Device
  readonly bars: Bars
  readonly print: (text: string) => void
  readonly signal: AbortSignal
}

/** Of random weights: statistics that have seen nothing tell nothing of what features will be like. */
const UNKNOWN: Spread = { mean: 0, deviation: 1 }
const anew = ({ dataSize, similarity }: Training) => dataSize === 'large' && similarity === 'different'

/** The network and a head on it, on the device. */
async function build(training: Training, file: ByteSource, { options, data, device, bars, print, signal }: Setting) {
  const network: NetworkOptions = { ...options, pixels: options.weights === undefined ? 'unit' : 'tf' }
  const trunk = await lessonTrunk(options.size)
  print(loadLine(await trunk.loadWeights(file, { signal })))
  const features = featuresOf(trunk, training, network)
  const onProgress = (update: (done: number, total: number) => void) => ({
    onProgress: (p: { loadedBytes: number; totalBytes: number }) => update(p.loadedBytes, p.totalBytes),
  })
  await bars.during('Loading weights', (update) => features.compile({ device, signal, ...onProgress(update) }), megabytes)
  try {
    const count = Math.min(LOOKED_AT, data.training.x.shape[0]!)
    const few = tensor(data.training.x.data.subarray(0, count * 3 * SIDE * SIDE), [count, SIDE, SIDE, 3])
    const spread = anew(training) ? UNKNOWN : spreadOf(await features.predict(few, { signal }))
    const made = lessonTransfer(trunk, training, network, spread, options.augment ? augmentation(options.seed) : [])
    const optimizer = adam({ learningRate: firstRate(made), learningRateMultipliers: rateFactors(made) })
    await made.model.compile({ device, optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], signal })
    return { made, optimizer }
  } finally {
    features.dispose() // after the other is compiled, so that the weights they share stay on the device
  }
}

async function fit(made: Transfer, optimizer: { learningRate: number }, { options, data, bars, print, signal }: Setting): Promise<History> {
  const { epochs, batch, seed, train, val } = options
  if (made.frozen && !options.augment) bars.update('Trunk', 0, train + val) // now, so that the rate counts the first batch
  return made.model.fit(data.training, {
    epochs,
    batchSize: batch,
    seed,
    validationData: data.validation,
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
      optimizer.learningRate = learningRate(firstRate(made), log.epoch + 1, epochs)
    },
  })
}

/**
 * Trains, and prints how it goes.
 * @param look at the trained model while it is on the device
 */
export async function runTraining(
  training: Training,
  setting: Setting,
  look: (model: Model, result: Result, validation: Tensor) => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  const { options, data, bars, print, signal } = setting
  const file = await fileSource(setting.weights)
  try {
    const { made, optimizer } = await build(training, file, setting)
    const { model } = made
    print(`\n${made.describe()}\n\n${model.summary()}`)
    const history = await fit(made, optimizer, setting)
    const testTime = options.testTime
      ? await bars.during('Test-time augmentation', (update) => testTimeAccuracy(model, data.validation, options, update, signal))
      : undefined
    const result = { training, description: made.describe(), params: model.paramCounts(), history, testTime }
    await look(model, result, data.validation.x)
    model.dispose()
    return result
  } finally {
    await file.close()
  }
}
