/** A training that can be watched, paused, ended, and taken back to its best epoch. */
import {
  adam,
  loadTrainerState,
  saveTrainerState,
  tensor,
  type Callback,
  type Device,
  type Layer,
  type Model,
  type Tensor,
  type TrainerState,
} from '../../../src/index.ts'
import { weightedLayers } from '../../../src/layers/weighted_layers.ts'
import { augmentOf } from './augment.ts'
import type { Change, Cost, EpochReport, Told, TrainOptions, TrainResult } from '../messages.ts'

interface Data {
  readonly x: Tensor
  readonly y: number[]
}

/** Weights of some layers. */
type Kept = readonly { readonly layer: Layer; readonly values: readonly Tensor[] }[]

/** The best epoch, as the state of a training has it: weights by the numbers of their layers and their own. */
interface BestState {
  readonly loss: number
  readonly epoch: number
  readonly weights: Readonly<Record<string, Float32Array<ArrayBuffer>>>
}

/** Milliseconds between two states at least, and how many times as long as it took to keep the last one. */
const [REST, PATIENCE] = [1000, 20]
/** Milliseconds until the next one is tried where keeping has failed. */
const AFTER_FAILURE = 60_000
/** Milliseconds after which a state is kept in the middle of an epoch. */
const LONG_EPOCH = 20_000

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

const learning = (model: Model): Layer[] => layersOf(model).filter(({ weights }) => weights.some((w) => w.trainable))

function numbered(weights: Kept): BestState['weights'] {
  const named = weights.flatMap(({ values }, k) => values.map(({ data }, i) => [`${k}/${i}`, Float32Array.from(data)] as const))
  return Object.fromEntries(named)
}

const unnumbered = (model: Model, weights: BestState['weights']): Kept =>
  learning(model).map((layer, k) => ({ layer, values: layer.weights.map(({ shape }, i) => tensor(weights[`${k}/${i}`]!, shape)) }))

/** Seconds that training takes, by doing it at a rate of 0: no weight changes but statistics of batches, which are put back. */
export async function measureCost(model: Model, device: Device, data: Data, batchSize: number, augment: readonly Change[]): Promise<Cost> {
  await compiled(model, device, 0)
  const statistics = await kept(layersOf(model).filter(({ changing }) => changing.some((w) => !w.trainable)))
  const { epochs, trunkSeconds } = await model.fit(data, { epochs: 4, batchSize, ...augmentOf(augment) }).finally(() => restore(statistics))
  const pictures = data.y.length
  const seconds = Math.min(...epochs.slice(1).map((e) => e.seconds))
  return { trunkPerPicture: trunkSeconds / pictures, epochPerPicture: seconds / pictures, pictures }
}

export class TrainingRun {
  #best: Kept = []
  #bestLoss = Infinity
  #bestEpoch = 0
  #stop = false
  #paused = false
  /** When the next state may be kept. */
  #next = -Infinity
  #pause: Promise<void> = Promise.resolve()
  #resume = () => {}
  readonly #tell: (message: Told) => void

  constructor(tell: (message: Told) => void) {
    this.#tell = tell
  }

  control(what: 'pause' | 'resume' | 'stop'): void {
    this.#resume()
    this.#paused = what === 'pause'
    if (what === 'pause') this.#pause = new Promise((resolve) => (this.#resume = resolve))
    if (what === 'stop') this.#stop = true
  }

  /** Puts the weights of the best epoch back. */
  restoreBest(): Promise<void> {
    return restore(this.#best)
  }

  /** Tells where the training is, so that it can go on after whatever happens to the page. */
  async #keep(model: Model): Promise<void> {
    const began = performance.now()
    try {
      const state = await model.trainerState()
      this.#tell({ type: 'kept', epochs: state.epoch, state: new Blob([saveTrainerState(state)]) })
      const now = performance.now()
      this.#next = now + Math.max(REST, PATIENCE * (now - began))
    } catch {
      this.#next = performance.now() + AFTER_FAILURE // no room for it, or the device is lost, which the next step will say
    }
  }

  #callback(model: Model): Callback {
    return {
      name: 'best',
      getState: (): BestState => ({ loss: this.#bestLoss, epoch: this.#bestEpoch, weights: numbered(this.#best) }),
      setState: (state) => {
        const { loss, epoch, weights } = state as BestState
        this.#bestLoss = loss
        this.#bestEpoch = epoch
        this.#best = epoch ? unnumbered(model, weights) : []
      },
      onEpochBegin: async (epoch) => {
        if (epoch && performance.now() > this.#next) await this.#keep(model)
      },
      onTrainBatchEnd: async (_, __, training) => {
        if (this.#paused || performance.now() > this.#next + LONG_EPOCH) await this.#keep(model)
        await this.#pause
        if (this.#stop) training.stopTraining = true
      },
      onEpochEnd: async (epoch, logs) => {
        const loss = logs['val_loss'] ?? Infinity // no epoch is best where none is validated
        if (!(loss < this.#bestLoss)) return
        this.#bestLoss = loss
        this.#bestEpoch = epoch + 1
        this.#best = await kept(learning(model))
      },
    }
  }

  async run(model: Model, device: Device, train: Data, validation: Data | undefined, options: TrainOptions): Promise<TrainResult> {
    const state: TrainerState | undefined = options.state && (await loadTrainerState(options.state))
    await compiled(model, device, options.learningRate)
    const done = this.#watch(device)
    this.#next = performance.now()
    const epochs: EpochReport[] = []
    await model
      .fit(train, {
        epochs: options.epochs,
        batchSize: options.batchSize,
        ...(validation && { validationData: validation }),
        ...augmentOf(options.augment),
        ...(state && { state }),
        callbacks: [this.#callback(model)],
        onProgress: ({ phase, epoch, done, total }) => this.#tell({ type: 'progress', phase, epoch: epoch + 1, done, total }),
        onEpochEnd: ({ epoch, logs, details, seconds }) => {
          const { loss, accuracy, val_loss: valLoss, val_accuracy: valAccuracy } = logs as Record<string, number>
          const checked = valLoss === undefined ? {} : { valLoss, valAccuracy: valAccuracy! }
          const report = { epoch: epoch + 1, loss: loss!, accuracy: accuracy!, ...checked, learningRate: options.learningRate, seconds }
          epochs.push(report)
          const matrix = details?.['val_confusion_matrix'] as number[][] | undefined
          this.#tell({ type: 'epoch', report, ...(matrix && { matrix }) })
        },
      })
      .finally(done)
    return { epochs, best: this.#bestEpoch }
  }

  /** Says when the device is lost while it trains; `fit` opens another one and goes on. @returns what ends it */
  #watch(device: Device): () => void {
    let over = false
    void device.lost.then(() => {
      if (!over) this.#tell({ type: 'lost' })
    })
    return () => void (over = true)
  }
}
