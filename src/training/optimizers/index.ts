/** The optimizers, and the schedules of their learning rates. */
export { adadelta, type AdadeltaOptions } from './adadelta.ts'
export { adagrad, type AdagradOptions } from './adagrad.ts'
export { adam, adamw, type AdamOptions, type AdamwOptions } from './adam.ts'
export { adamax, type AdamaxOptions } from './adamax.ts'
export { optimizerOf, type OptimizerConfig, type OptimizerName } from './given.ts'
export { lion, type LionOptions } from './lion.ts'
export { nadam, type NadamOptions } from './nadam.ts'
export { KerasOptimizer, type Optimizer, type Trained } from './optimizer.ts'
export type { CommonOptions } from './options.ts'
export { rmsprop, type RmspropOptions } from './rmsprop.ts'
export {
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  linearWarmup,
  piecewiseConstantDecay,
  polynomialDecay,
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  type ExponentialDecayOptions,
  type LearningRateSchedule,
  type LinearWarmupOptions,
  type PiecewiseConstantDecayOptions,
  type PolynomialDecayOptions,
} from './schedules.ts'
export { sgd, type SgdOptions } from './sgd.ts'
