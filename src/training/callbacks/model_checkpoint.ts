/** ModelCheckpoint (keras/src/callbacks/model_checkpoint.py). */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import { checkNames } from '../../options.ts'
import type { KerasFile } from '../../loaders/keras/keras_file.ts'
import type { Callback, EpochLogs, TrainedModel, Training } from './callback.ts'
import { fileName } from './file_name.ts'
import { checkNumber, Monitor, type MonitorOptions } from './monitor.ts'
import { checkStore, defaultStore, keep, type FileStore } from './stores.ts'

/** Options of {@link modelCheckpoint}; names and defaults are Keras's. */
export interface ModelCheckpointOptions extends Omit<MonitorOptions, 'minDelta'> {
  /**
   * A path or name, with places for `epoch` (from 1), `batch` (from 1, where saveFreq is a number) and what is logged, formatted as in Python:
   * `{epoch:02d}-{val_loss:.2f}.keras`. Ends in `.keras` or `.h5`, with saveWeightsOnly in `.weights.h5`.
   */
  filepath: string
  /** Save only where `monitor` is better than ever before. Default false. */
  saveBestOnly?: boolean
  /** Default false: the whole model. */
  saveWeightsOnly?: boolean
  /** `epoch` (default), or after so many batches. */
  saveFreq?: 'epoch' | number
  /** What the first one must be better than, with saveBestOnly. Default: none. */
  initialValueThreshold?: number
  /** Default: the file system in Node, in a page its private one (`opfsStore`), or where there is none `indexedDbStore`. */
  store?: Pick<FileStore, 'write'>
}

const OPTIONS: readonly (keyof ModelCheckpointOptions)[] = [
  'filepath',
  'monitor',
  'mode',
  'saveBestOnly',
  'saveWeightsOnly',
  'saveFreq',
  'initialValueThreshold',
  'store',
]

/** Which file of a model a name asks for. @throws ArgumentError for a name that asks for none */
function fileOf(filepath: string, weightsOnly: boolean): (model: TrainedModel) => KerasFile {
  const end = /\.weights\.h5$|\.keras$|\.h5$/.exec(filepath)?.[0]
  if (weightsOnly && end === '.weights.h5') return (model) => model.saveWeights('weights.h5')
  if (!weightsOnly && end) return (model) => model.save(end === '.keras' ? 'keras' : 'h5')
  const rule = weightsOnly ? '.weights.h5 where saveWeightsOnly is set' : '.keras or .h5'
  throw new ArgumentError('modelCheckpoint', `filepath must end in ${rule}, got ${filepath}`)
}

/**
 * Saves the model, or its weights, for Keras and for `loadModel`, while it is trained. A file that is there stays until the new one is whole.
 * @throws ArgumentError; in `fit` ThawError `storage` where a file cannot be written
 * @example
 * const best = modelCheckpoint({ filepath: 'best.keras', monitor: 'loss', saveBestOnly: true })
 * await model.fit({ x, y }, { epochs: 2, callbacks: [best] })
 * const again = await loadModel('best.keras')
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const name = 'modelCheckpoint'
  checkNames(name, options, OPTIONS)
  const { filepath, saveBestOnly = false, saveWeightsOnly = false, saveFreq = 'epoch', initialValueThreshold } = options
  if (typeof filepath !== 'string') throw new ArgumentError(name, `filepath must be a text, got ${described(filepath)}`)
  const open = fileOf(filepath, saveWeightsOnly)
  const monitor = new Monitor(name, { ...(options.monitor && { monitor: options.monitor }), ...(options.mode && { mode: options.mode }) })
  if (saveFreq !== 'epoch') checkNumber(name, 'saveFreq', saveFreq, true, 1)
  checkNumber(name, 'initialValueThreshold', initialValueThreshold)
  if (options.store !== undefined) checkStore(name, options.store)
  const store = (options.store ?? defaultStore()) as FileStore
  let s = { best: initialValueThreshold, batches: 0 }
  let epochNow = 0

  async function save(logs: EpochLogs, places: Record<string, number>, training: Training): Promise<void> {
    const current = saveBestOnly ? monitor.value(logs) : 0
    if (saveBestOnly && !monitor.improves(current, s.best, training)) return
    const path = fileName(name, filepath, { ...logs, ...places })
    await keep(store, path, open(training.model), training.signal)
    if (saveBestOnly) s.best = current
  }

  return {
    name,
    getState: () => s,
    setState: (state) => void (s = state as typeof s),
    onEpochBegin: (epoch) => void (epochNow = epoch),
    async onTrainBatchEnd(batch, logs, training) {
      if (saveFreq === 'epoch' || ++s.batches < saveFreq) return
      s.batches = 0
      await save(await logs(), { epoch: epochNow + 1, batch: batch + 1 }, training)
    },
    async onEpochEnd(epoch, logs, training) {
      if (saveFreq === 'epoch') await save(logs, { epoch: epoch + 1 }, training)
    },
  }
}
