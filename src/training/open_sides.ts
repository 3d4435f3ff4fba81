/** What `fit` is given to train on and to validate with: looked at before anything has changed. */
import { ArgumentError } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { FitOptions, Settings, TrainingEngine } from './fit_options.ts'
import type { Given } from './given.ts'
import { labelledGiven } from './labelled.ts'
import { inOrderBy, type PassRequest } from './sources.ts'
import { splitSamples } from './split_samples.ts'

/** The first passes over what is given. */
export interface FirstPasses {
  readonly training: PassRequest
  readonly validation: PassRequest
}

/** The options, but for what the data decides. */
export type Asked = Omit<Settings, 'batchSize'>

/** What is asked of each side for its first pass; the engine is where training begins, or will be. */
export function firstPasses({ progress }: Engine, { state, signal }: FitOptions, asked: Asked, batchSize: number): FirstPasses {
  const { seed, shuffle, stepsPerEpoch, validationSteps } = asked
  const epoch = state ? state.epoch : progress.epoch + (progress.position ? 1 : 0)
  return {
    training: { batchSize, epoch, seed, shuffle, steps: stepsPerEpoch, signal },
    validation: inOrderBy(batchSize, signal, validationSteps),
  }
}

/** @throws ArgumentError for batches that cannot be taken as the options ask for */
function checkStream(what: string, { stream }: Given, steps: number | undefined, options: FitOptions, { epochs }: Asked): void {
  const { state, shuffle, cacheFeatures } = options
  if (!stream) return
  if (stream.isOnce && steps === undefined && !cacheFeatures && epochs - (state?.epoch ?? 0) > 1) {
    const option = what === 'data' ? 'stepsPerEpoch' : 'validationSteps'
    throw new ArgumentError(
      'fit',
      `${what} for several epochs must be read anew (a function that gives the iterator) or have ${option}, got an iterator`,
    )
  }
  if (what !== 'data') return
  if (shuffle !== undefined && stream.batchSize === undefined)
    throw new ArgumentError('fit', `shuffle is for samples in memory and datasets, got ${shuffle} and batches, which come as they are`)
  if (stream.isOnce && state?.position)
    throw new ArgumentError('fit', 'training goes on within an epoch only with data that is read anew, got an iterator')
}

/**
 * Opens the data of both sides. Where that fails, what was opened is closed.
 * @throws as labelledGiven and splitSamples; ArgumentError
 */
export async function openSides(
  engine: TrainingEngine,
  data: unknown,
  options: FitOptions,
  asked: Asked,
): Promise<[training: Given, validation?: Given]> {
  const { classWeight, validationData, validationSplit, batchSize } = options
  const [training, validation] = validationSplit === undefined ? [data, validationData] : splitSamples(data, engine, validationSplit)
  const passes = firstPasses(engine, options, asked, 0)
  const train = await labelledGiven('fit', training, engine, { ...passes.training, batchSize }, { classWeight })
  const opened: [Given, Given?] = [train]
  try {
    checkStream('data', train, asked.stepsPerEpoch, options, asked)
    if (validation === undefined) return opened
    opened[1] = await labelledGiven('fit', validation, engine, { ...passes.validation, batchSize })
    checkStream('validationData', opened[1], asked.validationSteps, options, asked)
    return opened
  } catch (error) {
    await closeSides(opened)
    throw error
  }
}

/** Ends passes that were opened and nobody has taken. */
export async function closeSides(opened: readonly (Given | undefined)[]): Promise<void> {
  for (const given of opened) await given?.stream?.close()
}
