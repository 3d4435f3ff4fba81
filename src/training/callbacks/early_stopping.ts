/** EarlyStopping (keras/src/callbacks/early_stopping.py). */
import { checkNames } from '../../options.ts'
import { checkNumber, Monitor, MONITOR_OPTIONS, type MonitorOptions } from './monitor.ts'
import type { Callback } from './callback.ts'

/** Options of {@link earlyStopping}; names and defaults are Keras's. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training ends. Default 0. */
  patience?: number
  /** What must be improved on for the patience to begin anew. Default: none. */
  baseline?: number
  /** When training ends, put the weights of the best epoch. Default false. */
  restoreBestWeights?: boolean
  /** Epochs at the beginning that are not looked at. Default 0. */
  startFromEpoch?: number
}

interface State {
  wait: number
  best?: number
  bestEpoch: number
  stoppedEpoch: number
  bestWeights?: Readonly<Record<string, Float32Array>>
}

/**
 * Ends training when a number has stopped improving.
 * @throws ArgumentError
 * @example
 * const stop = earlyStopping({ monitor: 'val_loss', patience: 3, restoreBestWeights: true })
 * await model.fit({ x, y }, { epochs: 20, validationSplit: 0.5, callbacks: [stop] })
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const name = 'earlyStopping'
  checkNames(name, options, [...MONITOR_OPTIONS, 'patience', 'baseline', 'restoreBestWeights', 'startFromEpoch'])
  const { patience = 0, baseline, restoreBestWeights = false, startFromEpoch = 0 } = options
  const monitor = new Monitor(name, options)
  checkNumber(name, 'patience', patience, true, 0)
  checkNumber(name, 'baseline', baseline)
  checkNumber(name, 'startFromEpoch', startFromEpoch, true, 0)
  let s: State
  return {
    name,
    getState: () => s,
    setState: (state) => void (s = state as State),
    onTrainBegin: () => void (s = { wait: 0, bestEpoch: 0, stoppedEpoch: 0 }),
    async onEpochEnd(epoch, logs, training) {
      if (epoch < startFromEpoch) return
      const current = monitor.value(logs)
      const better = monitor.improves(current, s.best, training)
      // Read before anything is counted, so that it can be asked again where the device is lost meanwhile.
      if (restoreBestWeights && (better || !s.bestWeights)) {
        s.bestWeights = await training.readWeights()
        s.bestEpoch = epoch
      }
      s.wait++
      if (better) {
        s.best = current
        s.bestEpoch = epoch
        if (baseline === undefined || monitor.improves(current, baseline, training)) s.wait = 0
      } else if (s.wait >= patience && epoch > 0) {
        s.stoppedEpoch = epoch
        training.stopTraining = true
      }
    },
    async onTrainEnd(_, training) {
      if (restoreBestWeights && s.bestWeights) await training.writeWeights(s.bestWeights)
    },
  }
}
