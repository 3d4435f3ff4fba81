/** The state of training as data: what it holds. */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'

/** Where training is. */
export interface Progress {
  /** Epochs done since compile. */
  epoch: number
  /** Optimizer steps done since compile. */
  step: number
  /** Samples of the current epoch done. */
  position: number
  /** Of shuffling and dropout. */
  seed: number
}

export type Values = Readonly<Record<string, Float32Array<ArrayBuffer>>>

/**
 * All that training has changed, as a plain object: to be kept in memory, sent to a worker, or stored ({@link saveTrainerState}, `structuredClone`,
 * IndexedDB). Weights that are as their sources have them are not in it.
 */
export interface TrainerState extends Readonly<Progress> {
  /**
   * What training changes, trainable weights and moving statistics, and weights that it changed before they were frozen, by the path of their
   * layer: `predictions/kernel`, within a nested model `trunk/conv1/kernel`.
   */
  readonly weights: Values
  /** The optimizer's state of these weights: `predictions/kernel/momentum`. */
  readonly moments: Values
  /** Running sums of the loss and the metrics over the samples of the current epoch. */
  readonly sums: Values
  /** What the callbacks of `fit` have counted, by their names. Absent where none counts. */
  readonly callbacks?: Readonly<Record<string, unknown>>
}

const COUNTS = ['epoch', 'step', 'position', 'seed'] as const

/** @throws ArgumentError for what is no state, of whatever model */
export function checkState(state: unknown): asserts state is TrainerState {
  if (!isRecord(state)) throw new ArgumentError('fit', `state must be what trainerState gave, got ${described(state)}`)
  for (const key of COUNTS) {
    const value = state[key]
    if (!Number.isInteger(value) || (key !== 'seed' && (value as number) < 0))
      throw new ArgumentError('fit', `state.${key} must be a whole number from 0, got ${described(value)}`)
  }
  if (state['callbacks'] !== undefined && !isRecord(state['callbacks']))
    throw new ArgumentError('fit', `state.callbacks must be a record, got ${described(state['callbacks'])}`)
}
