/**
 * What training does to weights besides following the gradient: regularizers, which add to the loss, and constraints, which hold after each step.
 * As Keras has them (keras/src/regularizers, keras/src/constraints), in options and in files.
 */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Bounds } from '../kernels/constrain.ts'
import type { Shape } from '../shape.ts'
import { initializer, kerasInitializer, type Initializer } from './initializers.ts'

/** Adds the sum of l1 * |w| + l2 * w^2 to the loss. See {@link regularizers}. */
export interface Regularizer {
  /** Factor of the sum of |w|. */
  readonly l1: number
  /** Factor of the sum of w^2. */
  readonly l2: number
  /** Of another kind, from a file: written back, and refused when the loss is computed. */
  readonly foreign?: unknown
}

/** Keeps a weight within bounds: values, or lengths along axes. See {@link constraints}. */
export interface Constraint {
  /** What values, or lengths, are kept within. */
  readonly bounds: Bounds
  /** Axes along which lengths are taken. */
  readonly axis: readonly number[]
  /** Class and config in Keras. */
  readonly keras: readonly [className: string, config: Readonly<Record<string, unknown>>]
  /** Of another kind, from a file: written back, and refused when the weight trains. */
  readonly foreign?: unknown
}

/** A regularizer, or the name of one, which is made with Keras's defaults. See {@link regularizers}. */
export type RegularizerLike = Regularizer | 'l1' | 'l2' | 'l1l2'
/** A constraint, or the name of one, which is made with Keras's defaults. See {@link constraints}. */
export type ConstraintLike = Constraint | 'maxNorm' | 'minMaxNorm' | 'nonNeg' | 'unitNorm'

function factor(where: string, name: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value
  throw new ArgumentError(where, `${name} must be a number from 0, got ${described(value)}`)
}

/**
 * Regularizers; factors are Keras's, 0.01 where none is given.
 * @example
 * layers.dense({ units: 10, kernelRegularizer: regularizers.l2(1e-4) })
 * layers.dense({ units: 10, kernelRegularizer: 'l1' }) // 0.01 of the sum of |w|
 */
export const regularizers = {
  l1: (l1 = 0.01): Regularizer => ({ l1: factor('l1', 'l1', l1), l2: 0 }),
  l2: (l2 = 0.01): Regularizer => ({ l1: 0, l2: factor('l2', 'l2', l2) }),
  l1l2: ({ l1 = 0, l2 = 0 }: { l1?: number; l2?: number } = {}): Regularizer => ({
    l1: factor('l1l2', 'l1', l1),
    l2: factor('l1l2', 'l2', l2),
  }),
}

/** One axis, or several next to each other; from the last one where negative. */
export type ConstraintAxis = number | readonly number[]

function constraint(className: string, bounds: Bounds, axis: ConstraintAxis | undefined, config: object): Constraint {
  const axes = axis === undefined ? [] : [axis].flat()
  if (!axes.every(Number.isInteger)) throw new ArgumentError(className, `axis must be whole numbers, got ${axes.join(', ')}`)
  return { bounds, axis: axes, keras: [className, { ...config, ...(axis !== undefined && { axis }) }] }
}

export interface MinMaxNormOptions {
  minValue?: number
  maxValue?: number
  rate?: number
  axis?: ConstraintAxis
}

/**
 * Constraints, with Keras's defaults.
 * @example
 * layers.dense({ units: 10, kernelConstraint: constraints.maxNorm({ maxValue: 3 }) })
 * layers.dense({ units: 10, kernelConstraint: 'nonNeg' }) // by name: with Keras's defaults
 */
export const constraints = {
  /** Lengths of at most maxValue (2) along axis (0). */
  maxNorm: ({ maxValue = 2, axis = 0 }: { maxValue?: number; axis?: ConstraintAxis } = {}): Constraint =>
    constraint('MaxNorm', { low: 0, high: factor('maxNorm', 'maxValue', maxValue), rate: 1 }, axis, { max_value: maxValue }),
  /** Values from 0. */
  nonNeg: (): Constraint => constraint('NonNeg', 'positive', undefined, {}),
  /** Lengths of 1 along axis (0). */
  unitNorm: ({ axis = 0 }: { axis?: ConstraintAxis } = {}): Constraint => constraint('UnitNorm', { low: 1, high: 1, rate: 1 }, axis, {}),
  /** Lengths from minValue (0) to maxValue (1) along axis (0); a step goes rate (1) of the way there. */
  minMaxNorm: ({ minValue = 0, maxValue = 1, rate = 1, axis = 0 }: MinMaxNormOptions = {}): Constraint => {
    const bounds = {
      low: factor('minMaxNorm', 'minValue', minValue),
      high: factor('minMaxNorm', 'maxValue', maxValue),
      rate: factor('minMaxNorm', 'rate', rate),
    }
    return constraint('MinMaxNorm', bounds, axis, { min_value: minValue, max_value: maxValue, rate })
  },
}

/** A weight as [A,R,B], R being the axes of a constraint. @throws ArgumentError for axes that the weight lacks, or that do not lie together */
export function axesOf(where: string, shape: Shape, { axis: given }: Constraint): Shape {
  const axis = given.map((a) => (a < 0 ? a + shape.length : a))
  const [first, last] = [Math.min(...axis), Math.max(...axis)]
  const product = (dims: Shape) => dims.reduce((n, d) => n * d, 1)
  if (!axis.length) return [1, 1, product(shape)]
  if (first < 0 || last >= shape.length || new Set(axis).size !== last - first + 1)
    throw new ArgumentError(
      where,
      `the axes of a constraint must lie next to each other in a weight of rank ${shape.length}, got ${given.join(', ')}`,
    )
  return [product(shape.slice(0, first)), product(shape.slice(first, last + 1)), product(shape.slice(last + 1))]
}

/** What is asked for one weight. */
export interface WeightRule {
  readonly regularizer?: Regularizer
  readonly constraint?: Constraint
  readonly initializer?: Initializer
}

/** A regularizer by its name, or as it is. @throws ArgumentError for anything else */
export function regularizerOf(layer: string, given: unknown): Regularizer {
  if (typeof given === 'string' && Object.hasOwn(regularizers, given)) return regularizers[given as 'l1']()
  if (isRecord(given) && typeof given['l1'] === 'number' && typeof given['l2'] === 'number') return given as unknown as Regularizer
  throw new ArgumentError(layer, `a regularizer must be l1, l2 or l1l2, or what regularizers gave, got ${described(given)}`)
}

function constraintOf(layer: string, given: unknown): Constraint {
  if (typeof given === 'string' && Object.hasOwn(constraints, given)) return constraints[given as 'nonNeg']()
  if (isRecord(given) && given['bounds'] !== undefined && Array.isArray(given['axis'])) return given as unknown as Constraint
  const names = Object.keys(constraints).join(', ')
  throw new ArgumentError(layer, `a constraint must be one of ${names}, or what constraints gave, got ${described(given)}`)
}

type Rules = Record<string, WeightRule>

/**
 * The rules of a layer's options by what they are called there: of kernelRegularizer and kernelConstraint, `kernel`.
 * @throws ArgumentError for what is no regularizer or constraint
 */
export function rulesOf(layer: string, options: object): Rules {
  const rules: Rules = {}
  for (const [key, value] of Object.entries(options)) {
    const [, name, kind] = /^(\w+?)(Regularizer|Constraint|Initializer)$/.exec(key) ?? []
    if (!name || name === 'activity' || value === undefined || value === null) continue
    const rule =
      kind === 'Regularizer'
        ? { regularizer: regularizerOf(layer, value) }
        : kind === 'Constraint'
          ? { constraint: constraintOf(layer, value) }
          : { initializer: initializer(layer, value as Initializer) }
    rules[name] = { ...rules[name], ...rule }
  }
  return rules
}

const serialized = (module: string, className: string, config: object) => ({
  module: `keras.${module}`,
  class_name: className,
  config,
  registered_name: null,
})

/** As Keras 3 writes it. */
export function kerasRegularizer({ l1, l2, foreign }: Regularizer): unknown {
  if (foreign !== undefined) return foreign
  if (!l2) return serialized('regularizers', 'L1', { l1 })
  return l1 ? serialized('regularizers', 'L1L2', { l1, l2 }) : serialized('regularizers', 'L2', { l2 })
}

/** The entries of a config, by Keras's keys: `kernel_regularizer`. */
export function rulesConfig(rules: Readonly<Rules>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rules).flatMap(([name, { regularizer, constraint, initializer: made }]) => {
      const written = made && kerasInitializer(made)
      const own = constraint && (constraint.foreign ?? serialized('constraints', ...constraint.keras))
      return [
        ...(written ? [[`${name}_initializer`, serialized('initializers', ...written)] as const] : []),
        ...(regularizer ? [[`${name}_regularizer`, kerasRegularizer(regularizer)] as const] : []),
        ...(own ? [[`${name}_constraint`, own] as const] : []),
      ]
    }),
  )
}

interface Read {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

/** Class and config of a serialized object in any dialect: Keras 1 has the name among the numbers, and a name alone is one with defaults. */
export function readSerialized(value: unknown): Read | undefined {
  if (typeof value === 'string') return { className: value, config: {} }
  if (!isRecord(value)) return undefined
  const className = value['class_name'] ?? value['name']
  if (typeof className !== 'string') return undefined
  const config = value['class_name'] === undefined ? value : value['config']
  return { className, config: isRecord(config) ? config : {} }
}

const plainName = (className: string) => className.replace(/_/g, '').toLowerCase()

const number = (value: unknown, fallback: number) => (typeof value === 'number' ? value : fallback)

/** From a config; one of another kind is kept as it is. */
export function readRegularizer(value: unknown): Regularizer {
  const read = readSerialized(value)
  const name = read && plainName(read.className)
  if (name === 'l1') return { l1: number(read!.config['l1'], 0.01), l2: 0 }
  if (name === 'l2') return { l1: 0, l2: number(read!.config['l2'], 0.01) }
  if (name === 'l1l2' || name === 'l1l2regularizer' || name === 'weightregularizer' || name === 'activityregularizer')
    return { l1: number(read!.config['l1'], 0), l2: number(read!.config['l2'], 0) }
  return { l1: 0, l2: 0, foreign: value }
}

function readConstraint(value: unknown): Constraint {
  const { className, config } = readSerialized(value) ?? { className: '', config: {} }
  const axis = (config['axis'] ?? 0) as ConstraintAxis
  const [maxValue, minValue] = [config['max_value'] ?? config['m'], config['min_value'] ?? config['low']] as (number | undefined)[]
  switch (plainName(className)) {
    case 'maxnorm':
      return constraints.maxNorm({ maxValue: maxValue ?? 2, axis })
    case 'nonneg':
      return constraints.nonNeg()
    case 'unitnorm':
      return constraints.unitNorm({ axis })
    case 'minmaxnorm':
      return constraints.minMaxNorm({
        minValue: minValue ?? 0,
        maxValue: maxValue ?? number(config['high'], 1),
        rate: number(config['rate'], 1),
        axis,
      })
    default:
      return { bounds: 'positive', axis: [], keras: ['', {}], foreign: value }
  }
}

/** What Keras 1 called weights. */
const OLD_NAMES: Readonly<Record<string, string>> = { W: 'kernel', b: 'bias' }

/** Options of the rules in a config, for `rulesOf`: Keras's keys in camelCase. @param initializerOf reads those; undefined for one not known */
export function readRules(
  raw: Readonly<Record<string, unknown>>,
  initializerOf: (read: Read) => Initializer | undefined,
): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) {
    const [, name, kind] = /^(\w+?)_(regularizer|constraint|initializer)$/.exec(key) ?? []
    if (!name || value === null || value === undefined) continue
    const read = readSerialized(value)
    const made =
      kind === 'regularizer' ? readRegularizer(value) : kind === 'constraint' ? readConstraint(value) : read && initializerOf(read)
    if (made) options[`${OLD_NAMES[name] ?? name}${kind![0]!.toUpperCase()}${kind!.slice(1)}`] = made
  }
  return options
}
