/** What `fit` is asked for, and what it gives. */
import { ArgumentError } from '../errors.ts'
import type { Batches } from '../dataset.ts'
import { described } from '../described.ts'
import type { Augmentation } from '../layers/augmentation/augmentation.ts'
import { checkOptions } from '../options.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import type { Criteria } from './criteria.ts'
import { checkAugmentation } from './augment.ts'
import { checkCallbacks, type Callback } from './callbacks/callback.ts'
import type { Engine } from './engine.ts'
import type { FeatureType } from './graphs.ts'
import type { LabelledData } from './inputs.ts'
import type { Labelling } from './labels.ts'
import type { Details, Logs } from './metrics/index.ts'
import { checkMix, type Mix } from './mix.ts'
import type { FitNote } from './notes.ts'
import type { Optimizer } from './optimizers/optimizer.ts'
import { checkState, type TrainerState } from './trainer_state.ts'

/** How far `fit` is, after each step. See {@link Model}. */
export interface FitProgress {
  /** `features`: the frozen trunk runs, once; `train`; `validate`. */
  readonly phase: 'features' | 'train' | 'validate'
  /** From 0, or on from that of `state`. */
  readonly epoch: number
  /** All epochs, those of `state` counted. */
  readonly epochs: number
  /** Samples done, in `train` those of the steps that are begun, and samples in all, in this phase. */
  readonly done: number
  /** Infinity where nobody knows. */
  readonly total: number
}

/** What an epoch has given. See {@link Model}. */
export interface EpochLog {
  /** From 0, or on from that of `state`. */
  readonly epoch: number
  /** By Keras's names: `loss` and the metrics (`accuracy`); with validation data also `val_loss`, `val_accuracy`. */
  readonly logs: Logs
  /** What is no single number, by the same names: `confusion_matrix`, `val_confusion_matrix`. Only where a metric has any. */
  readonly details?: Details
  /** Wall-clock seconds, validation included; for the first epoch with the time of the trunk. */
  readonly seconds: number
}

/** What `fit` gives: its epochs, and what there is to say of them. See {@link Model}. */
export interface History {
  /** Those of this call, in order. */
  readonly epochs: readonly EpochLog[]
  /** Seconds spent on the frozen trunk, once for all epochs; 0 where no features were kept. */
  readonly trunkSeconds: number
  /** What `onNote` was told. */
  readonly notes: readonly FitNote[]
}

/** Options of `testOnBatch`. See {@link Model}. */
export interface TestOnBatchOptions {
  /** How much each sample counts in the loss. */
  sampleWeight?: Labelling
  /** Ends it with its reason. */
  signal?: AbortSignal
}

/** Options of `trainOnBatch`. See {@link Model}. */
export interface TrainOnBatchOptions extends TestOnBatchOptions {
  /** How much the samples of each class count in the loss. */
  classWeight?: Readonly<Record<number, number>>
}

/** Options of `fit`. See {@link Model}. */
export interface FitOptions {
  /** Epochs to train; with `state`, in all: those that it has done count. Default 1. */
  epochs?: number
  /** Default 32; of a dataset its own; of other batches as many as the first has. Larger ones may come. */
  batchSize?: number
  /**
   * Samples of a batch that are trained on at a time, 1 to batchSize: their gradients are added up, and the weights are updated once for the batch. The
   * step is that of the whole batch, but for the order in which sums are made, and takes the memory of so many samples, and of all gradients besides.
   * What is drawn for a sample is the same. Refused where samples of a batch are not apart from each other: where batch normalisation trains with
   * its statistics, and with `mix`. Never chosen by itself, whatever memory there is. Default: the whole batch at a time.
   */
  microBatch?: number
  /** Shuffle the samples before every epoch. Default true; of a dataset as it is made. Other batches come as they are: not for those. */
  shuffle?: boolean
  /**
   * Steps of an epoch; data that does not end needs it. Of samples in memory an epoch takes the first ones of its order. An iterator goes on where
   * the last epoch ended; all other data begins anew. Default: all batches.
   */
  stepsPerEpoch?: number
  /**
   * For shuffling and dropout. Same seed, same adapter: the same bits. What is drawn depends on how many epochs and steps the model was trained
   * since compile, so that several calls with one seed draw as one call would. Default 0, or that of `state`.
   */
  seed?: number
  /**
   * Where to go on, be it in the middle of an epoch: what `trainerState` gave, of this model or one made alike. With the same data and options,
   * training then goes on to the bit. The optimizer's learning rate is not in it.
   */
  state?: TrainerState
  /** Evaluated after every epoch: `val_loss` and so on. Default: none. */
  validationData?: LabelledData<Structure<Tensor>> | Batches
  /**
   * Share of the samples that is not trained on but kept for validation: the last ones, as they are, before anything is shuffled. For samples in
   * memory, and without `validationData`.
   */
  validationSplit?: number
  /** Batches of a validation, as `stepsPerEpoch`. */
  validationSteps?: number
  /**
   * How much the samples of each class count in the loss, 1 where it is not said: by class number, for class numbers, one-hot targets or 0 and 1.
   * Not with several outputs, nor beside sampleWeight; it does not change validation. As in Keras.
   */
  classWeight?: Readonly<Record<number, number>>
  /**
   * Keep the features of the frozen trunk: on the device, where they fit `openDevice({ featureMemory })`, else in the host's memory. Default:
   * where they take less than 2 GiB. Of data in batches only where this is true: the samples of the first epoch are kept then, in the host's
   * memory, and every epoch is of those.
   */
  cacheFeatures?: boolean
  /**
   * In what features are kept, wherever that is. `f16` takes half the bytes, on every adapter: each feature is off by 2^-11 of itself at most, below 2^-14
   * by 2^-25, and from 65520 on it is infinite, so that the loss is not finite. The head computes in f32 all the same. Not where `cacheFeatures` is
   * false. Default `f32`.
   */
  featureType?: FeatureType
  /** Samples per run of the trunk. Default 32, fewer where that would exceed the adapter's limits. */
  featureBatchSize?: number
  /**
   * Bytes that the tensors of a training step may take on the device, beside weights and the optimizer's state. Where it would take more, parts of
   * the forward pass are computed again in the backward pass instead of kept, as few as will do: the same bits, at most one more forward pass. Default:
   * what there is; where that is used up, as if it were said here. A step that takes more in any case is refused (`DeviceError` `limit`);
   * a smaller `microBatch` makes it smaller.
   */
  activationMemory?: number
  /**
   * Mixes every sample of a step, and its targets, with another one of the batch: `mixUp()` or `cutMix()`. Before layers that augment. Targets must
   * have the shape of the model's output. Default: nothing.
   */
  mix?: Mix
  /** Layers that augment the samples of a step before the model, which has one input: `[layers.randomFlip()]`. Default: those in the model alone. */
  augment?: readonly Augmentation[]
  /** Who hears of the training, in this order: `earlyStopping()` and its like, or objects of functions with Keras's hooks. */
  callbacks?: readonly Callback[]
  /**
   * Where the device is lost, open another one as it was opened, and go on from the last state that was kept in the host's memory, to the same
   * curve. Default true where the device came from `openDevice`.
   */
  recover?: boolean
  /** Ends the training with its reason; weights are those of the last finished step. */
  signal?: AbortSignal
  /** Told after each step. */
  onProgress?: (progress: FitProgress) => void
  /** After the callbacks, with what they have added to the logs. */
  onEpochEnd?: (log: EpochLog) => void
  /** Told before the first step where other layers train than in the model's last `fit`: its steps are compiled anew. */
  onNote?: (note: FitNote) => void
}

/** An engine that can train. */
export type TrainingEngine = Engine & { readonly optimizer: Optimizer; readonly criteria: Criteria }

/** Options that have a value in any case. */
export type Settings = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'seed'>> &
  Pick<FitOptions, 'shuffle' | 'stepsPerEpoch' | 'validationSteps'> & {
    /** Whether it is a step of `trainOnBatch`. */
    readonly byHand?: boolean
  }

const OPTIONS = {
  epochs: 'positive whole number',
  batchSize: 'positive whole number',
  microBatch: 'positive whole number',
  shuffle: 'boolean',
  stepsPerEpoch: 'positive whole number',
  seed: 'any',
  state: 'any',
  validationData: 'any',
  validationSplit: 'any',
  validationSteps: 'positive whole number',
  classWeight: 'any',
  cacheFeatures: 'boolean',
  featureType: 'any',
  featureBatchSize: 'positive whole number',
  activationMemory: 'positive whole number',
  mix: 'any',
  augment: 'any',
  callbacks: 'any',
  recover: 'boolean',
  signal: 'AbortSignal',
  onProgress: 'function',
  onEpochEnd: 'function',
  onNote: 'function',
} as const

function checkFeatureType({ featureType, cacheFeatures }: FitOptions): void {
  if (featureType === undefined) return
  if (featureType !== 'f32' && featureType !== 'f16')
    throw new ArgumentError('fit', `featureType must be f32 or f16, got ${described(featureType)}`)
  if (cacheFeatures === false)
    throw new ArgumentError('fit', `featureType is for features that are kept, got ${featureType} and cacheFeatures false`)
}

/** The options with their defaults. @throws ArgumentError */
export function settingsOf(options: FitOptions): Omit<Settings, 'batchSize'> {
  checkOptions('fit', options, OPTIONS)
  if (options.mix !== undefined) checkMix('fit', options.mix)
  if (options.augment !== undefined) checkAugmentation('fit', options.augment)
  const { epochs = 1, shuffle, stepsPerEpoch, validationData, validationSplit, validationSteps, state } = options
  if (state !== undefined) checkState(state)
  if (options.callbacks !== undefined) checkCallbacks(options.callbacks)
  checkFeatureType(options)
  const seed = options.seed ?? state?.seed ?? 0
  if (!Number.isInteger(seed)) throw new ArgumentError('fit', `seed must be a whole number, got ${described(seed)}`)
  if (state && state.seed !== seed) throw new ArgumentError('fit', `seed must be that of state, ${state.seed}, got ${seed}`)
  if (validationSplit !== undefined) {
    if (!(validationSplit > 0 && validationSplit < 1))
      throw new ArgumentError('fit', `validationSplit must be between 0 and 1, got ${described(validationSplit)}`)
    if (validationData !== undefined)
      throw new ArgumentError('fit', 'validationSplit must not be given together with validationData, got both')
  } else if (validationSteps !== undefined && validationData === undefined) {
    throw new ArgumentError('fit', `validationSteps are for a validation, got ${validationSteps} and no validationData`)
  }
  return { epochs, shuffle, seed, stepsPerEpoch, validationSteps }
}
