/** Optimizers by what somebody gives: an object, a name, or a config of Keras. */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import { ADADELTA } from './adadelta.ts'
import { ADAGRAD } from './adagrad.ts'
import { ADAM, ADAMW } from './adam.ts'
import { ADAMAX } from './adamax.ts'
import { camelKeys } from './keys.ts'
import { LION } from './lion.ts'
import { NADAM } from './nadam.ts'
import { KerasOptimizer, optionsOfConfig, type Family, type Optimizer } from './optimizer.ts'
import { RMSPROP } from './rmsprop.ts'
import { isSchedule, scheduleNamed } from './schedules.ts'
import { SGD } from './sgd.ts'

/** Optimizers by their names, made with Keras's defaults. See {@link Model}. */
export type OptimizerName = 'sgd' | 'rmsprop' | 'adagrad' | 'adadelta' | 'adam' | 'adamw' | 'adamax' | 'nadam' | 'lion'

/** As Keras serializes an optimizer: options by Keras's names. See {@link Model}. */
export interface OptimizerConfig {
  /** Keras's class: `Adam`. */
  readonly class_name: string
  /** Options by Keras's names: `learning_rate`. Default: Keras's defaults. */
  readonly config?: Readonly<Record<string, unknown>>
}

const FAMILIES: Readonly<Record<OptimizerName, Family<object>>> = {
  sgd: SGD,
  rmsprop: RMSPROP,
  adagrad: ADAGRAD,
  adadelta: ADADELTA,
  adam: ADAM,
  adamw: ADAMW,
  adamax: ADAMAX,
  nadam: NADAM,
  lion: LION,
}

function familyOf(className: string): Family<object> {
  const name = className.toLowerCase()
  if (Object.hasOwn(FAMILIES, name)) return FAMILIES[name as OptimizerName]
  throw new ArgumentError('compile', `optimizer must be one of ${Object.keys(FAMILIES).join(', ')}, got ${className}`)
}

/**
 * @param config Keras's
 * @param family by whose rule it goes
 * @throws ArgumentError
 */
export function fromConfig(
  className: string,
  config: Readonly<Record<string, unknown>>,
  family: Family<object> = familyOf(className),
): KerasOptimizer {
  const options = optionsOfConfig(className, config)
  if (family === (SGD as Family<object>) && !options['momentum']) delete options['nesterov'] // does nothing then, in Keras
  const rate = options['learningRate']
  const schedule = isRecord(rate) && !isSchedule(rate) && typeof rate['class_name'] === 'string' ? rate : undefined
  if (!schedule) return new KerasOptimizer(family, options)
  const given = isRecord(schedule['config']) ? { ...schedule['config'] } : {}
  delete given['name'] // of a scope, in Keras
  const learningRate = scheduleNamed(schedule['class_name'] as string, camelKeys(given))
  return new KerasOptimizer(family, { ...options, learningRate })
}

/** @throws ArgumentError for what is no optimizer */
export function optimizerOf(given: unknown): Optimizer {
  if (typeof given === 'string') return new KerasOptimizer(familyOf(given), {})
  if (isRecord(given) && typeof given['apply'] === 'function' && typeof given['hyper'] === 'function') return given as unknown as Optimizer
  const config = isRecord(given) ? (given['config'] ?? {}) : undefined
  if (isRecord(given) && typeof given['class_name'] === 'string' && isRecord(config)) return fromConfig(given['class_name'], config)
  throw new ArgumentError(
    'compile',
    `optimizer must be a name, what adam() or its like gave, or a config of Keras, got ${described(given)}`,
  )
}
