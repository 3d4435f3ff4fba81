/**
 * Learning rates that change from step to step, with Keras's formulas, names and defaults (keras/src/optimizers/schedules). Steps count from 0.
 */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import { checkNames } from '../../options.ts'
import { snakeKeys } from './keys.ts'

/** A learning rate by step; anybody can write one. Those with a `kerasClass` are saved with a model. See {@link linearWarmup}. */
export interface LearningRateSchedule {
  /**
   * The rate of a step.
   * @param step optimizer steps done before, from 0
   */
  rate(step: number): number
  /** Keras's class name, such as `CosineDecay`. */
  readonly kerasClass?: string
  /** Keras's config of it. */
  getConfig?(): Record<string, unknown>
}

/** Options of {@link exponentialDecay} and `inverseTimeDecay`; names and defaults are Keras's. */
export interface ExponentialDecayOptions {
  /** Rate of the first step. */
  initialLearningRate: number
  /** Steps after which the rate is `decayRate` times what it was. */
  decaySteps: number
  /** Factor of the rate after `decaySteps`; of `inverseTimeDecay` what is added to its divisor, 1. */
  decayRate: number
  /** Changes after every `decaySteps` only. Default false. */
  staircase?: boolean
}

/** Options of {@link polynomialDecay}; names and defaults are Keras's. */
export interface PolynomialDecayOptions {
  /** Rate of the first step. */
  initialLearningRate: number
  /** Steps until `endLearningRate` is reached. */
  decaySteps: number
  /** Default 1e-4. */
  endLearningRate?: number
  /** Default 1: a straight line. */
  power?: number
  /** Begins anew, with more steps, whenever the end is reached. Default false. */
  cycle?: boolean
}

/** Options of {@link piecewiseConstantDecay}; names are Keras's. */
export interface PiecewiseConstantDecayOptions {
  /** Steps, rising: a value holds up to its boundary, that included. */
  boundaries: readonly number[]
  /** One more than boundaries. */
  values: readonly number[]
}

/** Options of {@link cosineDecay}; names and defaults are Keras's. */
export interface CosineDecayOptions {
  /** Rate of the first step. */
  initialLearningRate: number
  /** Steps of the decay, those of the warm-up not counted. */
  decaySteps: number
  /** Share of the rate that is left at the end. Default 0. */
  alpha?: number
  /** Rate at the end of a linear warm-up from `initialLearningRate`, from which the rate decays. Default: no warm-up. */
  warmupTarget?: number | null
  /** Default 0. */
  warmupSteps?: number
}

/** Options of {@link cosineDecayRestarts}; names and defaults are Keras's. */
export interface CosineDecayRestartsOptions {
  /** Rate of the first step. */
  initialLearningRate: number
  /** Steps of the first period. */
  firstDecaySteps: number
  /** How many times longer each period is than the one before. Default 2. */
  tMul?: number
  /** How many times higher each period begins than the one before. Default 1. */
  mMul?: number
  /** Share of the rate that is left at the end of a period. Default 0. */
  alpha?: number
}

/** Options of {@link linearWarmup}. */
export interface LinearWarmupOptions {
  /** Default 0. */
  initialLearningRate?: number
  /** Rate after the warm-up, or the schedule that begins then. */
  warmupTarget: number | LearningRateSchedule
  /** Steps until `warmupTarget` is reached. */
  warmupSteps: number
}

type Kind = 'number' | 'steps' | 'boolean' | 'numbers' | 'number or null'

const KINDS: Readonly<Record<Kind, readonly [rule: string, holds: (value: unknown) => boolean]>> = {
  number: ['a finite number', Number.isFinite],
  steps: ['a number greater than 0', (v) => Number.isFinite(v) && (v as number) > 0],
  boolean: ['true or false', (v) => typeof v === 'boolean'],
  numbers: ['a list of finite numbers', (v) => Array.isArray(v) && v.every(Number.isFinite)],
  'number or null': ['a finite number', (v) => v === null || Number.isFinite(v)],
}

/** What makes a schedule of options. */
interface Maker<O extends object> {
  readonly name: string
  readonly kinds: Readonly<Record<keyof O, Kind>>
  readonly defaults: Partial<O>
  rate(options: Required<O>): (step: number) => number
}

function maker<O extends object>(given: Maker<O>): Maker<O> {
  return given
}

function make<O extends object>(from: Maker<O>, given: O): LearningRateSchedule {
  const { name, kinds, defaults } = from
  const where = name[0]!.toLowerCase() + name.slice(1)
  checkNames(where, given, Object.keys(kinds))
  const options = { ...defaults, ...withoutUndefined(given) } as Required<O>
  for (const [key, kind] of Object.entries(kinds) as [keyof O & string, Kind][]) {
    const [rule, holds] = KINDS[kind]
    if (!holds(options[key])) throw new ArgumentError(where, `${key} must be ${rule}, got ${described(options[key])}`)
  }
  return { kerasClass: name, rate: from.rate(options), getConfig: () => snakeKeys(options) }
}

const withoutUndefined = (given: object) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

const EXPONENTIAL = maker<ExponentialDecayOptions>({
  name: 'ExponentialDecay',
  kinds: { initialLearningRate: 'number', decaySteps: 'steps', decayRate: 'number', staircase: 'boolean' },
  defaults: { staircase: false },
  rate: (o) => (step) => o.initialLearningRate * o.decayRate ** periods(step, o),
})

const INVERSE_TIME = maker<ExponentialDecayOptions>({
  ...EXPONENTIAL,
  name: 'InverseTimeDecay',
  rate: (o) => (step) => o.initialLearningRate / (1 + o.decayRate * periods(step, o)),
})

function periods(step: number, { decaySteps, staircase }: ExponentialDecayOptions): number {
  return staircase ? Math.floor(step / decaySteps) : step / decaySteps
}

const POLYNOMIAL = maker<PolynomialDecayOptions>({
  name: 'PolynomialDecay',
  kinds: { initialLearningRate: 'number', decaySteps: 'steps', endLearningRate: 'number', power: 'number', cycle: 'boolean' },
  defaults: { endLearningRate: 1e-4, power: 1, cycle: false },
  rate:
    ({ initialLearningRate: begin, endLearningRate: end, decaySteps, power, cycle }) =>
    (step) => {
      const all = cycle ? decaySteps * (step === 0 ? 1 : Math.ceil(step / decaySteps)) : decaySteps
      return (begin - end) * (1 - Math.min(step, all) / all) ** power + end
    },
})

const PIECEWISE = maker<PiecewiseConstantDecayOptions>({
  name: 'PiecewiseConstantDecay',
  kinds: { boundaries: 'numbers', values: 'numbers' },
  defaults: {},
  rate({ boundaries, values }) {
    if (boundaries.length !== values.length - 1) {
      const got = `${values.length} values and ${boundaries.length} boundaries`
      throw new ArgumentError('piecewiseConstantDecay', `values must be one more than boundaries, got ${got}`)
    }
    if (!boundaries.length || boundaries.some((b, i) => i > 0 && b <= boundaries[i - 1]!))
      throw new ArgumentError('piecewiseConstantDecay', `boundaries must rise, got ${boundaries.join(', ') || 'none'}`)
    return (step) => values[boundaries.findIndex((b) => step <= b)] ?? values.at(-1)!
  },
})

const COSINE = maker<CosineDecayOptions>({
  name: 'CosineDecay',
  kinds: { initialLearningRate: 'number', decaySteps: 'steps', alpha: 'number', warmupTarget: 'number or null', warmupSteps: 'number' },
  defaults: { alpha: 0, warmupTarget: null, warmupSteps: 0 },
  rate({ initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps }) {
    const decayed = (step: number, from: number) => from * cosine(Math.min(step, decaySteps) / decaySteps, alpha)
    if (warmupTarget === null) return (step) => decayed(step, initialLearningRate)
    const rise = warmupTarget - initialLearningRate
    return (step) => (step < warmupSteps ? initialLearningRate + (rise * step) / warmupSteps : decayed(step - warmupSteps, warmupTarget))
  },
})

/** Of 1, what is left after a share of a half-period. */
function cosine(share: number, alpha: number, height = 1): number {
  return (1 - alpha) * 0.5 * height * (1 + Math.cos(Math.PI * share)) + alpha
}

const COSINE_RESTARTS = maker<CosineDecayRestartsOptions>({
  name: 'CosineDecayRestarts',
  kinds: { initialLearningRate: 'number', firstDecaySteps: 'steps', tMul: 'steps', mMul: 'number', alpha: 'number' },
  defaults: { tMul: 2, mMul: 1, alpha: 0 },
  rate:
    ({ initialLearningRate, firstDecaySteps, tMul, mMul, alpha }) =>
    (step) => {
      const { restarts, share } = period(step / firstDecaySteps, tMul)
      return initialLearningRate * cosine(share, alpha, mMul ** restarts)
    },
})

/** Which period, each `factor` times as long as the one before, and what share of it is done. */
function period(done: number, factor: number): { restarts: number; share: number } {
  if (factor === 1) return { restarts: Math.floor(done), share: done - Math.floor(done) }
  // Keras takes logarithms, whose rounding puts a step at a border into either period.
  let [begin, length, restarts] = [0, 1, 0]
  while (done >= begin + length && length > 1e-9) {
    begin += length
    length *= factor
    restarts++
  }
  return { restarts, share: Math.min(1, (done - begin) / length) }
}

/**
 * initialLearningRate * decayRate ^ (step / decaySteps).
 * @throws ArgumentError
 * @example
 * const schedule = exponentialDecay({ initialLearningRate: 0.1, decaySteps: 1000, decayRate: 0.5 })
 * schedule.rate(2000) // 0.025
 */
export const exponentialDecay = (options: ExponentialDecayOptions): LearningRateSchedule => make(EXPONENTIAL, options)

/**
 * initialLearningRate / (1 + decayRate * step / decaySteps).
 * @throws ArgumentError
 * @example
 * const schedule = inverseTimeDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 1 })
 * schedule.rate(10) // 0.05
 */
export const inverseTimeDecay = (options: ExponentialDecayOptions): LearningRateSchedule => make(INVERSE_TIME, options)

/**
 * From one rate to another in `decaySteps`, in a straight line or by a power.
 * @throws ArgumentError
 * @example
 * const schedule = polynomialDecay({ initialLearningRate: 0.1, decaySteps: 100, endLearningRate: 0 })
 * schedule.rate(75) // 0.025
 */
export const polynomialDecay = (options: PolynomialDecayOptions): LearningRateSchedule => make(POLYNOMIAL, options)

/**
 * One rate after the other.
 * @throws ArgumentError
 * @example
 * const schedule = piecewiseConstantDecay({ boundaries: [100, 200], values: [0.1, 0.01, 0.001] })
 * schedule.rate(150) // 0.01
 */
export const piecewiseConstantDecay = (options: PiecewiseConstantDecayOptions): LearningRateSchedule => make(PIECEWISE, options)

/**
 * Half a cosine, with a linear warm-up before it (Loshchilov and Hutter 2017).
 * @throws ArgumentError
 * @example
 * const rate = cosineDecay({ initialLearningRate: 0.1, decaySteps: 1000 })
 * rate.rate(500) // 0.05
 * await model.compile({ device, optimizer: sgd({ learningRate: rate }), loss: 'mse' })
 */
export const cosineDecay = (options: CosineDecayOptions): LearningRateSchedule => make(COSINE, options)

/**
 * Half cosines that begin anew (SGDR).
 * @throws ArgumentError
 * @example
 * const schedule = cosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 100 })
 * [0, 50, 100].map((step) => schedule.rate(step)) // [0.1, 0.05, 0.1]
 */
export const cosineDecayRestarts = (options: CosineDecayRestartsOptions): LearningRateSchedule => make(COSINE_RESTARTS, options)

/**
 * In a straight line to a rate, which then stays, or to the begin of another schedule. To a rate it is saved as Keras's PolynomialDecay, which gives
 * the same; to a schedule it is none of Keras's, and such an optimizer is not saved (a cosine has a warm-up of its own).
 * @throws ArgumentError
 * @example
 * const cosine = cosineDecay({ initialLearningRate: 0.1, decaySteps: 1000 })
 * const schedule = linearWarmup({ warmupTarget: cosine, warmupSteps: 100 })
 * schedule.rate(50) // 0.05
 */
export function linearWarmup(options: LinearWarmupOptions): LearningRateSchedule {
  checkNames('linearWarmup', options, ['initialLearningRate', 'warmupTarget', 'warmupSteps'])
  const { initialLearningRate = 0, warmupTarget, warmupSteps } = options
  const target = isSchedule(warmupTarget) ? warmupTarget.rate(0) : warmupTarget
  const rising = polynomialDecay({ initialLearningRate, endLearningRate: target, decaySteps: warmupSteps })
  if (!isSchedule(warmupTarget)) return rising
  return { rate: (step) => (step < warmupSteps ? rising.rate(step) : warmupTarget.rate(step - warmupSteps)) }
}

export const isSchedule = (value: unknown): value is LearningRateSchedule => isRecord(value) && typeof value['rate'] === 'function'

const MAKERS = [EXPONENTIAL, INVERSE_TIME, POLYNOMIAL, PIECEWISE, COSINE, COSINE_RESTARTS] as readonly Maker<object>[]

/** A schedule from its config, by the keys of `make`. @throws ArgumentError */
export function scheduleNamed(className: string, options: object): LearningRateSchedule {
  const found = MAKERS.find((m) => m.name === className)
  if (found) return make(found, options)
  throw new ArgumentError('optimizer', `a schedule must be one of ${MAKERS.map((m) => m.name).join(', ')}, got ${className}`)
}
