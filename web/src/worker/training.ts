/** A training that can be watched, paused, ended, and taken back to its best epoch. */
import { adam, type Callback, type Device, type Layer, type Model, type Tensor } from '../../../src/index.ts'
import { weightedLayers } from '../../../src/layers/network.ts'
import type { Cost, EpochReport, Told, TrainOptions, TrainResult } from '../messages.ts'

interface Data {
  readonly x: Tensor
  readonly y: number[]
}

/** Weights of the layers that train. */
type Kept = readonly { readonly layer: Layer; readonly values: readonly Tensor[] }[]

/** Pictures that the cost of an epoch is measured with. */
export const MEASURED = 8

const compiled = (model: Model, device: Device, learningRate: number): Promise<void> =>
  model.compile({
    device,
    optimizer: adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy', 'confusionMatrix'],
  })

/** The weights of some layers. */
async function kept(layers: readonly Layer[]): Promise<Kept> {
  const values: { layer: Layer; values: readonly Tensor[] }[] = []
  for (const layer of layers) values.push({ layer, values: await layer.getWeights() })
  return values
}

async function restore(weights: Kept): Promise<void> {
  for (const { layer, values } of weights) await layer.setWeights(values)
}

const layersOf = (model: Model): Layer[] => weightedLayers(model).map(({ layer }) => layer)

/** Seconds that training takes, by doing it at a rate of 0: no weight changes but statistics of batches, which are put back. */
export async function measureCost(model: Model, device: Device, data: Data, batchSize: number): Promise<Cost> {
  await compiled(model, device, 0)
  const statistics = await kept(layersOf(model).filter(({ changing }) => changing.some((w) => !w.trainable)))
  const { epochs, trunkSeconds } = await model.fit(data, { epochs: 4, batchSize }).finally(() => restore(statistics))
  const pictures = data.y.length
  const seconds = Math.min(...epochs.slice(1).map((e) => e.seconds))
  return { trunkPerPicture: trunkSeconds / pictures, epochPerPicture: seconds / pictures, pictures }
}

export class TrainingRun {
  #best: Kept = []
  #bestLoss = Infinity
  #bestEpoch = 0
  #stop = false
  #pause: Promise<void> = Promise.resolve()
  #resume = () => {}
  readonly #tell: (message: Told) => void

  constructor(tell: (message: Told) => void) {
    this.#tell = tell
  }

  control(what: 'pause' | 'resume' | 'stop'): void {
    this.#resume()
    if (what === 'pause') this.#pause = new Promise((resolve) => (this.#resume = resolve))
    if (what === 'stop') this.#stop = true
  }

  /** Puts the weights of the best epoch back. */
  restoreBest(): Promise<void> {
    return restore(this.#best)
  }

  #callback(model: Model): Callback {
    return {
      onTrainBatchEnd: async (_, __, training) => {
        await this.#pause
        if (this.#stop) training.stopTraining = true
      },
      onEpochEnd: async (epoch, logs) => {
        const loss = logs['val_loss'] ?? Infinity // no epoch is best where none is validated
        if (!(loss < this.#bestLoss)) return
        this.#bestLoss = loss
        this.#bestEpoch = epoch + 1
        this.#best = await kept(layersOf(model).filter(({ weights }) => weights.some((w) => w.trainable)))
      },
    }
  }

  async run(model: Model, device: Device, train: Data, validation: Data | undefined, options: TrainOptions): Promise<TrainResult> {
    await compiled(model, device, options.learningRate)
    const epochs: EpochReport[] = []
    await model.fit(train, {
      epochs: options.epochs,
      batchSize: options.batchSize,
      ...(validation && { validationData: validation }),
      callbacks: [this.#callback(model)],
      onProgress: ({ phase, epoch, done, total }) => this.#tell({ type: 'progress', phase, epoch: epoch + 1, done, total }),
      onEpochEnd: ({ epoch, logs, details, seconds }) => {
        const { loss, accuracy, val_loss: valLoss, val_accuracy: valAccuracy } = logs as Record<string, number>
        const checked = valLoss === undefined ? {} : { valLoss, valAccuracy: valAccuracy! }
        const report = { epoch: epoch + 1, loss: loss!, accuracy: accuracy!, ...checked, seconds }
        epochs.push(report)
        const matrix = details?.['val_confusion_matrix'] as number[][] | undefined
        this.#tell({ type: 'epoch', report, ...(matrix && { matrix }) })
      },
    })
    return { epochs, best: this.#bestEpoch }
  }
}
