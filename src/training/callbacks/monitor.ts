/** What callbacks that watch a number share (keras/src/callbacks/monitor_callback.py). */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { EpochLogs, Training } from './callback.ts'

/** Which number a callback looks at, and whether less or more of it is better. See {@link earlyStopping}. */
export interface MonitorOptions {
  /** Name of what is logged. Default `val_loss`. */
  monitor?: string
  /**
   * Whether less is better, or more. Default `auto`: less of a loss, and what a metric says of itself.
   * @throws ArgumentError in the first epoch, where a metric says nothing
   */
  mode?: 'auto' | 'min' | 'max'
  /** Least change that is an improvement. Its sign does not matter. */
  minDelta?: number
}

export const MONITOR_OPTIONS: readonly (keyof MonitorOptions)[] = ['monitor', 'mode', 'minDelta']

/** @throws ArgumentError unless a value is a number of that kind, or undefined */
export function checkNumber(where: string, name: string, value: unknown, whole = false, least = -Infinity): void {
  if (value === undefined) return
  const good = typeof value === 'number' && (whole ? Number.isInteger(value) : Number.isFinite(value)) && value >= least
  const kind = `${whole ? 'a whole' : 'a finite'} number${least > -Infinity ? ` from ${least}` : ''}`
  if (!good) throw new ArgumentError(where, `${name} must be ${kind}, got ${described(value)}`)
}

export class Monitor {
  readonly name: string
  readonly #where: string
  readonly #mode: 'auto' | 'min' | 'max'
  readonly #minDelta: number

  /** @param where the callback's name */
  constructor(where: string, { monitor = 'val_loss', mode = 'auto', minDelta = 0 }: MonitorOptions) {
    if (typeof monitor !== 'string') throw new ArgumentError(where, `monitor must be a name, got ${described(monitor)}`)
    if (!['auto', 'min', 'max'].includes(mode)) throw new ArgumentError(where, `mode must be auto, min or max, got ${described(mode)}`)
    checkNumber(where, 'minDelta', minDelta)
    this.#where = where
    this.name = monitor
    this.#mode = mode
    this.#minDelta = Math.abs(minDelta)
  }

  /** @throws ArgumentError where it is not among what is logged */
  value(logs: EpochLogs): number {
    const value = logs[this.name]
    if (value !== undefined) return value
    throw new ArgumentError(this.#where, `monitor must be among what is logged, ${Object.keys(logs).join(', ')}, got ${this.name}`)
  }

  /** Whether a value is better than the best so far, if there is one. NaN is not. @throws ArgumentError where that cannot be told */
  improves(value: number, best: number | undefined, { metrics }: Training): boolean {
    const more = this.#more(metrics)
    if (best === undefined) return true
    return more ? value - this.#minDelta > best : value + this.#minDelta < best
  }

  #more(metrics: Training['metrics']): boolean {
    if (this.#mode !== 'auto') return this.#mode === 'max'
    const name = this.name.replace(/^val_/, '')
    if (name === 'loss') return false
    const direction = metrics.find((m) => m.name === name)?.metric.direction
    if (direction) return direction === 'up'
    throw new ArgumentError(this.#where, `mode must be min or max where a metric does not say which is better, got auto for ${this.name}`)
  }
}
