/** What all optimizers share, as Keras has it (keras/src/optimizers/base_optimizer.py): learning rate, decay, clipping, averages, state. */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Graph, Node, ParameterNode } from '../../graph/graph.ts'
import { optimize, HYPER_SIZE } from '../../kernels/optimize/optimize.ts'
import type { RuleName } from '../../kernels/optimize/rules.ts'
import { squareSum } from '../../kernels/square_sum.ts'
import { filled, Parameter } from '../../parameter.ts'
import { camelKey, snakeKeys } from './keys.ts'
import { checkCommon, ownOptions, type CommonOptions, type Own, type Settings } from './options.ts'
import { isSchedule, type LearningRateSchedule } from './schedules.ts'

/** A weight that a step changes. See {@link adam}. */
export interface Trained {
  /** The weight, as a node of the step. */
  readonly weight: ParameterNode
  /** The gradient of the loss by it, of its shape. */
  readonly dw: Node
  /** The optimizer's state of it. */
  readonly state: readonly Parameter[]
}

/** What trains: made by `adam()` and its like, or anybody's own object. See {@link adam}. */
export interface Optimizer {
  /** By which a file has it: Keras's, such as `adam`. */
  readonly name: string
  /** That of the next step; with a schedule that of the last one, and setting it throws ArgumentError, as in Keras. */
  learningRate: number
  /** Number of values of the per-step input `hyper`. */
  readonly hyperSize: number
  /** The per-step values for step 1, 2, ... */
  hyper(step: number): Float32Array
  /** New state for one weight: moments, velocity. */
  state(weight: Parameter): Parameter[]
  /** Appends the updates of all weights of a step. @param hyper the step's values [hyperSize] */
  apply(g: Graph, trained: readonly Trained[], hyper: Node): void
  /** Looks at the weights of a model that is compiled with it. @throws ArgumentError */
  check?(weights: readonly Parameter[]): void
  /** Of a weight's state, the average that takes the weight's place when `fit` ends. */
  averageOf?(state: readonly Parameter[]): Parameter | undefined
}

/** One tensor of the state of a weight. */
export interface Slot {
  /** Keras's name of it. */
  readonly name: string
  /** Component of the rule's state that it is. */
  readonly at: 'a' | 'b' | 'c'
  /** Default 0. */
  readonly initial?: number
}

/** How one optimizer moves weights. */
export interface Rule {
  readonly rule: RuleName
  /** Its state, in the order of the rule. Keras keeps those of a group together for each weight, and one group after the other. */
  readonly groups: readonly (readonly Slot[])[]
  /** Constants of the rule. */
  readonly k: readonly number[]
  /** Numbers of a step, from 1. Default: none. */
  readonly numbers?: (step: number) => readonly number[]
  /** Numbers that Keras keeps behind the state after so many steps, by name. Default: none. */
  readonly kept?: (step: number) => Readonly<Record<string, number>>
}

/** What tells one optimizer from the others. */
export interface Family<O extends object> {
  /** Keras's. */
  readonly className: string
  /** Default. */
  readonly learningRate: number
  /** Default. Absent: none. */
  readonly weightDecay?: number
  /** Whether it goes by a rule of older Kerases that Keras 3 has not, so that no file keeps it. */
  readonly older?: true
  /** Its own options. */
  readonly own: { readonly [K in keyof O]-?: Own }
  /** @throws ArgumentError for options that do not go together */
  rule(options: Required<O>): Rule
}

export class KerasOptimizer<O extends object = object> implements Optimizer {
  readonly name: string
  readonly className: string
  readonly hyperSize = HYPER_SIZE
  readonly rule: Rule
  readonly #settings: Settings
  readonly #own: Required<O>
  readonly #older: boolean
  #rate: number | LearningRateSchedule
  #step = 1

  /** @throws ArgumentError for options that are unknown, out of range, or do not go together */
  constructor(family: Family<O>, given: O & CommonOptions) {
    this.className = family.className
    this.name = family.className.toLowerCase()
    this.#settings = checkCommon(this.name, given, family)
    this.#own = ownOptions<O>(this.name, given, family.own)
    this.rule = family.rule(this.#own)
    this.#older = family.older ?? false
    this.#rate = this.#settings.learningRate
  }

  get learningRate(): number {
    return this.#rateOf(this.#step)
  }

  set learningRate(value: number) {
    if (isSchedule(this.#rate))
      throw new ArgumentError(this.name, `learningRate must not be set where it is a schedule, got ${described(value)}`)
    if (!(Number.isFinite(value) && value >= 0))
      throw new ArgumentError(this.name, `learningRate must be in [0, Infinity), got ${described(value)}`)
    this.#rate = value
  }

  /** Whether the learning rate is a number, which Keras keeps among its variables. */
  get hasRate(): boolean {
    return !isSchedule(this.#rate)
  }

  /** Whether `getConfig` gives one: not with a rule or a schedule that is none of Keras 3's. */
  get hasConfig(): boolean {
    if (this.#older) return false
    return !isSchedule(this.#rate) || isOfKeras(this.#rate)
  }

  #rateOf(step: number): number {
    return isSchedule(this.#rate) ? this.#rate.rate(step - 1) : this.#rate
  }

  hyper(step: number): Float32Array {
    this.#step = step
    const { emaMomentum, emaOverwriteFrequency: every } = this.#settings
    const [a = 0, b = 0, c = 0] = this.rule.numbers?.(step) ?? []
    const kept = step === 1 ? 0 : emaMomentum // the average begins with the weight after the first step
    return Float32Array.of(this.#rateOf(step), a, b, c, kept, every && step % every === 0 ? 1 : 0)
  }

  /** Names of the state of a weight, in the order of `state`. */
  get slots(): readonly string[] {
    return [...this.rule.groups.flat().map((s) => s.name), ...(this.#settings.useEma ? ['average'] : [])]
  }

  /** Numbers among `slots`, in groups: Keras keeps those of a group together for each weight, and one group after the other. */
  get groups(): readonly (readonly number[])[] {
    let next = 0
    const own = this.rule.groups.map((group) => group.map(() => next++))
    return this.#settings.useEma ? [[next], ...own] : own
  }

  state({ layer, name, shape }: Parameter): Parameter[] {
    const own = this.rule.groups.flat()
    return this.slots.map((slot, i) => new Parameter(layer, `${name}/${slot}`, filled(shape, own[i]?.initial ?? 0)))
  }

  averageOf(state: readonly Parameter[]): Parameter | undefined {
    return this.#settings.useEma ? state.at(-1) : undefined
  }

  check(weights: readonly Parameter[]): void {
    for (const { pattern, matches } of this.#settings.multipliers) {
      if (weights.some(matches)) continue
      throw new ArgumentError(this.name, `learningRateMultipliers must name layers or weights of the model, got ${pattern}`)
    }
  }

  apply(g: Graph, trained: readonly Trained[], hyper: Node): void {
    const { clipnorm, globalClipnorm, clipvalue, useEma } = this.#settings
    const { rule, groups, k } = this.rule
    const state = groups.flat().map((s) => s.at)
    let whole: Node | undefined
    if (globalClipnorm) {
      g.scope = `${this.name} norm`
      for (const { dw } of trained) whole = g.add(squareSum, [dw, whole], {})
    }
    for (const { weight, dw, state: parameters } of trained) {
      const { parameter } = weight
      g.scope = `${parameter.path} ${this.name}`
      const squares = clipnorm ? g.add(squareSum, [dw], {}) : whole
      const { multiplier, decay } = this.#settings.of(parameter)
      const norm = clipnorm ?? globalClipnorm ?? 0
      const attrs = { rule, state, k, multiplier, decay, limit: clipvalue ?? 0, norm, average: useEma }
      g.update(optimize, squares ? [dw, hyper, squares] : [dw, hyper], [parameter, ...parameters], attrs)
    }
    g.scope = ''
  }

  /** Keras's config. @throws ArgumentError for a rule or a schedule that is none of Keras 3's */
  getConfig(): Record<string, unknown> {
    if (this.#older) throw new ArgumentError(this.name, `to be saved, ${this.name} must go by Keras 3's rule, got that of an older Keras`)
    const { name, weightDecay, clipnorm, globalClipnorm, clipvalue, useEma, emaMomentum, emaOverwriteFrequency } = this.#settings
    return {
      name,
      learning_rate: isSchedule(this.#rate) ? scheduleConfig(this.name, this.#rate) : this.#rate,
      weight_decay: weightDecay ?? null,
      clipnorm: clipnorm ?? null,
      global_clipnorm: globalClipnorm ?? null,
      clipvalue: clipvalue ?? null,
      use_ema: useEma,
      ema_momentum: emaMomentum,
      ema_overwrite_frequency: emaOverwriteFrequency ?? null,
      loss_scale_factor: null,
      gradient_accumulation_steps: null,
      ...snakeKeys(this.#own),
    }
  }

  /** As Keras 3 serializes it. @throws as getConfig */
  serialize(): Record<string, unknown> {
    return { module: 'keras.optimizers', class_name: this.className, config: this.getConfig(), registered_name: null }
  }
}

const isOfKeras = (schedule: LearningRateSchedule) => schedule.kerasClass !== undefined && schedule.getConfig !== undefined

function scheduleConfig(where: string, schedule: LearningRateSchedule): Record<string, unknown> {
  if (isOfKeras(schedule)) {
    const config = schedule.getConfig!()
    return { module: 'keras.optimizers.schedules', class_name: schedule.kerasClass, config, registered_name: null }
  }
  throw new ArgumentError(where, 'a learning rate must be a number or a schedule of Keras to be saved, got another schedule')
}

/** The options of a config. @throws ArgumentError for what Keras has and this has not */
export function optionsOfConfig(where: string, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined))
  const refused = ['loss_scale_factor', 'gradient_accumulation_steps'].find((key) => key in given)
  if (refused !== undefined)
    throw new ArgumentError(where, `${refused} must be null in the config of an optimizer, got ${described(given[refused])}`)
  if (given['use_ema'] !== true) for (const key of ['ema_momentum', 'ema_overwrite_frequency']) delete given[key]
  // What old versions of Keras wrote, and none of them needs.
  for (const key of ['is_legacy_optimizer', 'jit_compile', 'decay', 'lr']) if (!given[key] || key === 'jit_compile') delete given[key]
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [camelKey(key), value]))
}
