/** Callbacks that set the learning rate (keras/src/callbacks/reduce_lr_on_plateau.py, learning_rate_scheduler.py). */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import { checkNames } from '../../options.ts'
import type { Callback } from './callback.ts'
import { checkNumber, Monitor, MONITOR_OPTIONS, type MonitorOptions } from './monitor.ts'

/** Options of {@link reduceLROnPlateau}; names and defaults are Keras's. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by, below 1. Default 0.1. */
  factor?: number
  /** Epochs without improvement. Default 10. */
  patience?: number
  /** Least change that is an improvement. Default 1e-4. */
  minDelta?: number
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  cooldown?: number
  /** Least learning rate. Default 0. */
  minLr?: number
}

interface PlateauState {
  wait: number
  cooling: number
  best?: number
  learningRate?: number
}

/**
 * Lowers the learning rate when a number has stopped improving; logs `learning_rate`.
 * @throws ArgumentError
 * @example
 * const reduce = reduceLROnPlateau({ monitor: 'loss', factor: 0.2, patience: 5, minLr: 1e-5 })
 * await model.fit({ x, y }, { epochs: 2, callbacks: [reduce] })
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  const name = 'reduceLROnPlateau'
  checkNames(name, options, [...MONITOR_OPTIONS, 'factor', 'patience', 'cooldown', 'minLr'])
  const { factor = 0.1, patience = 10, minDelta = 1e-4, cooldown = 0, minLr = 0 } = options
  const monitor = new Monitor(name, { ...options, minDelta })
  if (!(factor > 0 && factor < 1)) throw new ArgumentError(name, `factor must be between 0 and 1, got ${described(factor)}`)
  checkNumber(name, 'patience', patience, true, 0)
  checkNumber(name, 'cooldown', cooldown, true, 0)
  checkNumber(name, 'minLr', minLr, false, 0)
  let s: PlateauState
  return {
    name,
    getState: () => s,
    setState(state, { optimizer }) {
      s = state as PlateauState
      if (s.learningRate !== undefined) optimizer.learningRate = s.learningRate
    },
    onTrainBegin: () => void (s = { wait: 0, cooling: 0 }),
    onEpochEnd(_, logs, training) {
      const { optimizer } = training
      logs['learning_rate'] = optimizer.learningRate
      const current = monitor.value(logs)
      if (s.cooling > 0) {
        s.cooling--
        s.wait = 0
      }
      if (monitor.improves(current, s.best, training)) {
        s.best = current
        s.wait = 0
      } else if (!s.cooling && ++s.wait >= patience && optimizer.learningRate > minLr) {
        s.learningRate = optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLr)
        s.cooling = cooldown
        s.wait = 0
      }
    },
  }
}

/** Gives the learning rate of an epoch, counted from 0. See {@link learningRateScheduler}. */
export type Schedule = (epoch: number, learningRate: number) => number

/**
 * Sets the learning rate at the beginning of every epoch; logs `learning_rate`.
 * @throws ArgumentError, also in `fit` for what is no rate
 * @example
 * const halved = learningRateScheduler((epoch, rate) => (epoch > 0 && epoch % 10 === 0 ? rate / 2 : rate))
 * await model.fit({ x, y }, { epochs: 2, callbacks: [halved] })
 */
export function learningRateScheduler(schedule: Schedule): Callback {
  const name = 'learningRateScheduler'
  if (typeof schedule !== 'function') throw new ArgumentError(name, `schedule must be a function, got ${described(schedule)}`)
  let s: { epoch?: number; learningRate?: number } = {}
  return {
    name,
    getState: () => s,
    setState(state, { optimizer }) {
      s = state as typeof s
      if (s.learningRate !== undefined) optimizer.learningRate = s.learningRate
    },
    onTrainBegin: () => void (s = {}),
    onEpochBegin(epoch, { optimizer }) {
      if (s.epoch === epoch) return // a training that goes on in the middle of it
      const rate = schedule(epoch, optimizer.learningRate)
      if (!(Number.isFinite(rate) && rate >= 0))
        throw new ArgumentError(name, `schedule must give a number from 0, got ${described(rate)} for epoch ${epoch}`)
      optimizer.learningRate = rate
      s = { epoch, learningRate: rate }
    },
    onEpochEnd: (_, logs, { optimizer }) => void (logs['learning_rate'] = optimizer.learningRate),
  }
}
