/** Callbacks, with Keras's hooks (keras/src/callbacks/callback.py): plain objects of functions that hear of a training. */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import type { Network } from '../../layers/network.ts'
import type { KerasFile, ModelFormat, WeightsFormat } from '../../loaders/keras/keras_file.ts'
import type { Tensor } from '../../tensor.ts'
import type { Logged } from '../metrics/index.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import type { TrainerState } from '../trainer_state.ts'

/** What a `Model` offers while it is trained. See {@link modelCheckpoint}. */
export interface TrainedModel extends Network {
  getWeights(): Promise<Tensor[]>
  /** As the model's own, after the last step that was begun. */
  trainerState(): Promise<TrainerState>
  /** As the model's own: `keras` (default) or `h5`. */
  save(format?: ModelFormat): KerasFile
  /** As the model's own: `weights.h5` (default) or `h5`. */
  saveWeights(format?: WeightsFormat): KerasFile
}

/** By name, as in `History`. What a callback adds in `onEpochEnd` is there for those after it, and in `History`. See {@link earlyStopping}. */
export type EpochLogs = Record<string, number> & { loss: number }

/**
 * Reads the means so far of the pass, as they are after the batch. Only a callback that waits for them makes the training wait.
 * See {@link earlyStopping}.
 */
export type ReadLogs = () => Promise<EpochLogs>

/** A training, as callbacks see it. See {@link earlyStopping}. */
export interface Training {
  /** A `Model`; Keras's `self.model`. */
  readonly model: TrainedModel
  /** Its learning rate may be set. */
  readonly optimizer: Optimizer
  /** What is logged beside the loss: the names, and which way is better. */
  readonly metrics: readonly Logged[]
  /** `steps`: batches of an epoch. */
  readonly params: { readonly epochs: number; readonly steps: number; readonly batchSize: number }
  /** That of `fit`, to be honoured while something slow is under way. */
  readonly signal: AbortSignal | undefined
  /** Set to true: the training ends after this batch, and the rest of its epoch's hooks; Keras's `model.stop_training`. */
  stopTraining: boolean
  /** The weights that training changes, by path, as they are after the last step that was begun. */
  readWeights(): Promise<Readonly<Record<string, Float32Array>>>
  /** Puts what readWeights gave. */
  writeWeights(values: Readonly<Record<string, Float32Array>>): Promise<void>
}

type Told = void | Promise<void>

/**
 * An object of functions; those that give a promise are waited for. Epochs and batches count from 0. What one throws ends the training, with
 * the weights as of the last step. Where a device was lost and training goes on, no epoch and no batch is told of twice; a validation that was
 * cut short begins anew. See {@link earlyStopping}.
 */
export interface Callback {
  /** Under which `TrainerState.callbacks` has its state. */
  readonly name?: string
  /** Before the first step, and before any other hook. */
  onTrainBegin?(training: Training): Told
  /** Not where the training ends by an error. @param logs of the last epoch */
  onTrainEnd?(logs: EpochLogs | undefined, training: Training): Told
  /** Also where a training goes on from a state in the middle of the epoch. */
  onEpochBegin?(epoch: number, training: Training): Told
  /**
   * After the validation of the epoch.
   * @param logs may be added to, for the callbacks after this one and `History`
   */
  onEpochEnd?(epoch: number, logs: EpochLogs, training: Training): Told
  /**
   * Before each step.
   * @param batch from 0 in each epoch
   */
  onTrainBatchBegin?(batch: number, training: Training): Told
  /** The step has begun: whatever is read is of after it. */
  onTrainBatchEnd?(batch: number, logs: ReadLogs, training: Training): Told
  /** Before each validation of a `fit`. */
  onTestBegin?(training: Training): Told
  /**
   * After each validation.
   * @param logs its loss and metrics, without `val_`
   */
  onTestEnd?(logs: EpochLogs, training: Training): Told
  /** Before each batch of a validation. */
  onTestBatchBegin?(batch: number, training: Training): Told
  /** After each batch of a validation. */
  onTestBatchEnd?(batch: number, logs: ReadLogs, training: Training): Told
  /**
   * A loss was not finite, and the weights are those of the last step that is known to be good. Where a callback has this, the training ends as
   * by `stopTraining`; else `fit` throws DataError.
   */
  onNotFinite?(training: Training): Told
  /** What it has counted, for `TrainerState.callbacks`: a plain object of numbers, texts, and records of Float32Array. */
  getState?(): unknown
  /** Goes on from what getState gave, after onTrainBegin. */
  setState?(state: unknown, training: Training): void
}

export type Hook = Exclude<keyof Callback, 'name' | 'getState' | 'setState'>

const HOOKS: readonly string[] = [
  ...['Train', 'Epoch', 'TrainBatch', 'Test', 'TestBatch'].flatMap((what) => [`on${what}Begin`, `on${what}End`]),
  ...['onNotFinite', 'getState', 'setState'],
]

/** @throws ArgumentError unless it is a list of objects whose hooks are functions */
export function checkCallbacks(given: unknown): asserts given is readonly Callback[] {
  if (!Array.isArray(given)) throw new ArgumentError('fit', `callbacks must be a list, got ${described(given)}`)
  for (const callback of given as unknown[]) {
    if (!isRecord(callback)) throw new ArgumentError('fit', `a callback must be an object of functions, got ${described(callback)}`)
    const wrong = HOOKS.find((hook) => callback[hook] !== undefined && typeof callback[hook] !== 'function')
    if (wrong) throw new ArgumentError('fit', `a callback's ${wrong} must be a function, got ${described(callback[wrong])}`)
    const stray = Object.keys(callback).find((key) => /^on[A-Z]/.test(key) && !HOOKS.includes(key))
    if (stray) throw new ArgumentError('fit', `a callback's hooks must be among ${HOOKS.join(', ')}, got ${stray}`)
  }
}

/** The callbacks of one training, in their order. */
export class Callbacks {
  readonly list: readonly Callback[]

  constructor(list: readonly Callback[]) {
    this.list = list
  }

  has(hook: Hook): boolean {
    return this.list.some((c) => c[hook] !== undefined)
  }

  /** Calls a hook of each, one after the other. */
  async tell(call: (callback: Callback) => Told): Promise<void> {
    for (const c of this.list) await call(c)
  }

  #named(): [key: string, callback: Callback][] {
    const counts = new Map<string, number>()
    return this.list.flatMap((c): [string, Callback][] => {
      if (!c.getState || !c.name) return []
      const n = counts.get(c.name) ?? 0
      counts.set(c.name, n + 1)
      return [[n ? `${c.name}_${n}` : c.name, c]]
    })
  }

  /** What all that have a name and a state have counted. */
  getState(): Record<string, unknown> {
    return Object.fromEntries(this.#named().map(([key, c]) => [key, structuredClone(c.getState!())]))
  }

  /** Of a callback that the state does not know nothing changes. */
  setState(state: Readonly<Record<string, unknown>>, training: Training): void {
    for (const [key, c] of this.#named()) if (key in state) c.setState?.(structuredClone(state[key]), training)
  }
}
