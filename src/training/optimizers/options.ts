/** Options of optimizers: what all take, and how their own are checked. */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import { checkNames } from '../../options.ts'
import type { Parameter } from '../../parameter.ts'
import { isSchedule, type LearningRateSchedule } from './schedules.ts'

/** What every optimizer takes, with Keras's meanings. Of `clipnorm`, `clipvalue` and `globalClipnorm` one at most. See {@link adam}. */
export interface CommonOptions {
  /** A number from 0, or a schedule. */
  learningRate?: number | LearningRateSchedule
  /** Share of a weight, times the learning rate, that each step takes off it, besides what the gradient does. Default none; of `adamw` 0.004. */
  weightDecay?: number
  /** Regular expressions: weights whose own name, such as `bias`, one of them is found in do not decay. Default none. */
  excludeFromWeightDecay?: readonly string[]
  /** The gradient of each weight is shortened to this norm. */
  clipnorm?: number
  /** Every element of a gradient is kept within this and its negative. */
  clipvalue?: number
  /** All gradients together are shortened to this norm. */
  globalClipnorm?: number
  /** Keeps an average of every weight's values, which takes the weights' place when `fit` ends. Default false. */
  useEma?: boolean
  /** What the average keeps of itself in a step, 0 to 1. Default 0.99. */
  emaMomentum?: number
  /** Puts the average into the weights after every so many steps, too. Default: not before `fit` ends. */
  emaOverwriteFrequency?: number
  /**
   * Factors of the learning rate by layer, or by weight as `layer/kernel`; `*` stands for any characters. Of several that match, the last counts.
   * Not part of Keras's config, so that a saved model does not have them. Default: 1 for all.
   */
  learningRateMultipliers?: Readonly<Record<string, number>>
  /** Default: the class in lower case, as Keras has it. */
  name?: string
}

/** An option of one optimizer: its default, and for numbers the range. */
export type Own =
  | { readonly default: boolean }
  | { readonly default: number; readonly from?: number; readonly to?: number; /** Whether `from` is out. */ readonly above?: true; /** Whether `to` is out. */ readonly below?: true } // prettier-ignore

interface Multiplier {
  readonly pattern: string
  readonly factor: number
  readonly matches: (weight: Parameter) => boolean
}

/** Common options, checked. */
export interface Settings {
  readonly name: string
  readonly learningRate: number | LearningRateSchedule
  readonly weightDecay: number | undefined
  readonly clipnorm: number | undefined
  readonly clipvalue: number | undefined
  readonly globalClipnorm: number | undefined
  readonly useEma: boolean
  readonly emaMomentum: number
  readonly emaOverwriteFrequency: number | undefined
  readonly multipliers: readonly Multiplier[]
  /** What holds for one weight. */
  readonly of: (weight: Parameter) => { readonly multiplier: number; readonly decay: number }
}

const COMMON: { readonly [K in keyof Required<CommonOptions>]: true } = {
  learningRate: true,
  weightDecay: true,
  excludeFromWeightDecay: true,
  clipnorm: true,
  clipvalue: true,
  globalClipnorm: true,
  useEma: true,
  emaMomentum: true,
  emaOverwriteFrequency: true,
  learningRateMultipliers: true,
  name: true,
}

const CLIPS = ['clipnorm', 'clipvalue', 'globalClipnorm'] as const

function expect(where: string, holds: boolean, key: string, rule: string, got: unknown): void {
  if (!holds) throw new ArgumentError(where, `${key} must be ${rule}, got ${described(got)}`)
}

const isNumber = (value: unknown, low: number, high = Infinity): value is number =>
  typeof value === 'number' && value >= low && value <= high && value < Infinity

/** Checks the keys of all options and the values of the common ones. @throws ArgumentError */
export function checkCommon(
  where: string,
  given: CommonOptions,
  { learningRate, weightDecay, own }: { learningRate: number; weightDecay?: number; own: object },
): Settings {
  checkNames(where, given, Object.keys({ ...own, ...COMMON }))
  const rate = given.learningRate ?? learningRate
  expect(where, isSchedule(rate) || isNumber(rate, 0), 'learningRate', 'a number from 0 or a schedule', rate)
  const decay = given.weightDecay ?? weightDecay
  expect(where, decay === undefined || isNumber(decay, 0), 'weightDecay', 'a number from 0', decay)
  const { name = where } = given
  expect(where, typeof name === 'string' && name !== '', 'name', 'a name', name)
  const { multipliers, multiplierOf } = multipliersOf(where, given.learningRateMultipliers ?? {})
  const decays = decaying(where, decay, given.excludeFromWeightDecay)
  return {
    ...averages(where, given),
    ...clips(where, given),
    name,
    learningRate: rate,
    weightDecay: decay,
    multipliers,
    of: (w) => ({ multiplier: multiplierOf(w), decay: decays(w) ? (decay ?? 0) : 0 }),
  }
}

function clips(where: string, given: CommonOptions): Pick<Settings, (typeof CLIPS)[number]> {
  const set = CLIPS.filter((key) => given[key] !== undefined)
  for (const key of set) expect(where, isNumber(given[key], Number.MIN_VALUE), key, 'a number greater than 0', given[key])
  if (set.length > 1)
    throw new ArgumentError(where, `one of clipnorm, clipvalue and globalClipnorm must be given at most, got ${set.join(' and ')}`)
  return { clipnorm: given.clipnorm, clipvalue: given.clipvalue, globalClipnorm: given.globalClipnorm }
}

function averages(where: string, given: CommonOptions): Pick<Settings, 'useEma' | 'emaMomentum' | 'emaOverwriteFrequency'> {
  const { useEma = false, emaMomentum = 0.99, emaOverwriteFrequency } = given
  expect(where, typeof useEma === 'boolean', 'useEma', 'true or false', useEma)
  expect(where, isNumber(emaMomentum, 0, 1), 'emaMomentum', 'a number from 0 to 1', emaMomentum)
  const whole = emaOverwriteFrequency === undefined || (Number.isInteger(emaOverwriteFrequency) && emaOverwriteFrequency > 0)
  expect(where, whole, 'emaOverwriteFrequency', 'a positive whole number', emaOverwriteFrequency)
  const idle = (['emaMomentum', 'emaOverwriteFrequency'] as const).find((key) => !useEma && given[key] !== undefined)
  if (idle) throw new ArgumentError(where, `${idle} must come with useEma: true, got ${described(given[idle])} without it`)
  return { useEma, emaMomentum, emaOverwriteFrequency }
}

/** Which weights decay: all but those in whose names a pattern is found (`exclude_from_weight_decay`). */
function decaying(where: string, decay: number | undefined, exclude: readonly string[] | undefined): (w: Parameter) => boolean {
  if (exclude === undefined) return () => true
  expect(
    where,
    Array.isArray(exclude) && exclude.every((p) => typeof p === 'string'),
    'excludeFromWeightDecay',
    'a list of strings',
    exclude,
  )
  if (decay === undefined) throw new ArgumentError(where, 'excludeFromWeightDecay must come with weightDecay, got it alone')
  if (!exclude.length) return () => true
  try {
    const pattern = new RegExp(exclude.join('|'))
    return (w) => !pattern.test(w.name)
  } catch (cause) {
    const rule = `excludeFromWeightDecay must be regular expressions, got ${exclude.join(', ')}`
    throw new ArgumentError(where, rule, { cause })
  }
}

function multipliersOf(
  where: string,
  given: Readonly<Record<string, number>>,
): { multipliers: Multiplier[]; multiplierOf: (w: Parameter) => number } {
  expect(where, isRecord(given), 'learningRateMultipliers', 'an object of numbers by layer', given)
  const multipliers = Object.entries(given).map(([pattern, factor]) => {
    expect(where, isNumber(factor, 0), `learningRateMultipliers of ${pattern}`, 'a number from 0', factor)
    const text = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&')).join('.*') // prettier-ignore
    const whole = new RegExp(`^${text}$`)
    return { pattern, factor, matches: (w: Parameter) => whole.test(w.layer) || whole.test(w.path) }
  })
  return { multipliers, multiplierOf: (w) => multipliers.findLast(({ matches }) => matches(w))?.factor ?? 1 }
}

/** An optimizer's own options, with defaults. @throws ArgumentError for one out of its range */
export function ownOptions<O extends object>(where: string, given: O, own: { readonly [K in keyof O]-?: Own }): Required<O> {
  const options = Object.entries<Own>(own as Record<string, Own>).map(([key, o]) => {
    const value = (given as Record<string, unknown>)[key] ?? o.default
    if (typeof o.default === 'boolean') expect(where, typeof value === 'boolean', key, 'true or false', value)
    else checkNumber(where, key, value, o)
    return [key, value]
  })
  return Object.fromEntries(options) as Required<O>
}

function checkNumber(
  where: string,
  key: string,
  value: unknown,
  { from = 0, to = Infinity, above, below }: Exclude<Own, { default: boolean }>,
): void {
  const open = below ?? to === Infinity
  const holds = isNumber(value, from, to) && !(above && value === from) && !(open && value === to)
  if (!holds)
    throw new ArgumentError(where, `${key} must be in ${above ? '(' : '['}${from}, ${to}${open ? ')' : ']'}, got ${described(value)}`)
}
