/**
 * Optimizers as the files of Keras 1 and 2 and of tf.keras keep them: what their options were, by which rule they went, and in which order their
 * variables lie (keras/optimizers.py of 1.2 to 2.3, keras/optimizers/legacy and keras/optimizers of 2.15).
 */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import type { Shape } from '../../shape.ts'
import { ADAGRAD_OLDER } from './adagrad.ts'
import { fromConfig } from './given.ts'
import { NADAM_OLDER } from './nadam.ts'
import type { Family, KerasOptimizer } from './optimizer.ts'
import { RMSPROP_OLDER } from './rmsprop.ts'
import { inverseTimeDecay } from './schedules.ts'

type Config = Readonly<Record<string, unknown>>

/** `keras`: 1.x to 2.3, and tf.keras to 1.12; `tf`: tf.keras to 2.10, and `legacy` ones since; `late`: 2.11 to 2.15; `today`: Keras 3. */
export type OptimizerAge = 'keras' | 'tf' | 'late' | 'today'

/** By the keys that each writes, whatever its options. */
export function ageOf(config: Config): OptimizerAge {
  if (config['is_legacy_optimizer'] === true) return 'tf'
  if ('jit_compile' in config || 'is_legacy_optimizer' in config) return 'late'
  return 'use_ema' in config ? 'today' : 'name' in config ? 'tf' : 'keras'
}

/** Those that went by other rules. */
const OLDER: Readonly<Record<string, Family<object>>> = { RMSprop: RMSPROP_OLDER, Adagrad: ADAGRAD_OLDER, Nadam: NADAM_OLDER }

/** One of a file. @param className Keras's @throws ArgumentError */
export function optimizerOfFile(className: string, config: Config): KerasOptimizer {
  const age = ageOf(config)
  const name = className.replace(/^Custom>/, '') // registered, as 2.12 to 2.15 say
  if (age === 'today' || age === 'late') return fromConfig(name, config)
  return fromConfig(name, olderOptions(name, config, age), config['momentum'] ? undefined : OLDER[name])
}

/** By the keys of today. */
function olderOptions(name: string, given: Config, age: 'keras' | 'tf'): Config {
  const { lr, decay, schedule_decay: rise, ...rest } = given
  const config: Record<string, unknown> = rest
  delete config['is_legacy_optimizer']
  config['learning_rate'] ??= lr
  if (name === 'Adagrad' && age === 'keras') config['initial_accumulator_value'] = 0
  if (age === 'keras') {
    const { clipnorm, clipvalue } = config
    delete config['clipnorm']
    if (clipnorm) config['global_clipnorm'] = clipnorm // the norm of all gradients together
    if (!clipvalue) delete config['clipvalue']
  }
  if (name === 'Nadam') return { ...config, schedule_decay: rise ?? decay }
  return decay ? { ...config, learning_rate: decaying(name, config['learning_rate'], decay) } : config
}

function decaying(name: string, rate: unknown, decay: unknown): unknown {
  if (typeof rate === 'number' && typeof decay === 'number')
    return inverseTimeDecay({ initialLearningRate: rate, decaySteps: 1, decayRate: decay })
  const rule = `the decay of a saved ${name} must be a number, and so must the learning rate that decays`
  throw new ArgumentError('compile', `${rule}, got decay ${described(decay)} of ${isRecord(rate) ? 'a schedule' : described(rate)}`)
}

/** Where the variables of a file are. */
export interface VariableOrder {
  /** State in the file's order, as numbers among the optimizer's slots. */
  readonly groups: readonly (readonly number[])[]
  /** Of the first one of the state. */
  readonly first: number
  /** How many come behind it, of which none is needed. */
  readonly behind: number
}

/** Keras to 2.0.5 took weights in the order of their names, later ones in the order of the layers. */
function sortsByName(config: Config, version: string | undefined): boolean | undefined {
  if (ageOf(config) !== 'keras') return false
  if (version === undefined) return undefined
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return major < 2 || (major === 2 && minor === 0 && patch < 6)
}

/**
 * The order in which an optimizer took the trainable weights.
 * @param names of the weights in the file, in the order of the layers
 * @returns numbers among them
 * @throws ArgumentError where the file does not tell
 */
export function weightOrder(names: readonly string[], config: Config, version: string | undefined): readonly number[] {
  const asTheyAre = names.map((_, i) => i)
  const sorts = sortsByName(config, version)
  if (sorts === false) return asTheyAre
  const sorted = asTheyAre.toSorted((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : 0))
  if (sorted.every((at, i) => at === i)) return sorted
  const unnamed = names.find((name) => /^param_\d+$/.test(name)) // which Keras calls a weight that has no name
  if (sorts && unnamed === undefined) return sorted
  const rule =
    'a saved optimizer must come with the version of Keras and the names of weights, by which Keras before 2.0.6 put them in order'
  throw new ArgumentError('compile', `${rule}, got ${unnamed ?? 'no version'}; compile with an optimizer of your own`)
}

/** Of an optimizer of another age than today's. @param weights how many are trainable @throws ArgumentError for what its Keras did not keep */
export function orderOf(optimizer: KerasOptimizer, config: Config, weights: number, shapes: readonly Shape[]): VariableOrder {
  const stateAt = shapes.findIndex((shape) => shape.length > 0)
  const first = stateAt < 0 ? shapes.length : stateAt // behind the count of steps and Nadam's product
  if (!first && shapes.length && Number(config['decay']) > 0) {
    const rule = `a saved ${optimizer.name} whose learning rate decays must have the count of steps, which Keras before 2.3 did not keep`
    throw new ArgumentError('compile', `${rule}, got none; compile with an optimizer of your own, and its learning rate`)
  }
  const late = ageOf(config) === 'late'
  if (late && optimizer.name === 'nadam' && shapes.length > first) {
    const rule = 'a saved nadam must have the product of its momenta, which Keras 2.11 to 2.15 neither kept nor computed once a step'
    throw new ArgumentError('compile', `${rule}, got none; compile with an optimizer of your own`)
  }
  // Each age keeps what this class does not use: AMSGrad's largest means, velocities without momentum.
  const unused = { adam: 2, sgd: 0 }[optimizer.name] === optimizer.slots.length ? weights : 0
  const groups = late ? optimizer.groups : optimizer.slots.map((_, slot) => [slot])
  const behind = shapes.length === first + optimizer.slots.length * weights + unused ? unused : 0
  return { groups, first, behind }
}
