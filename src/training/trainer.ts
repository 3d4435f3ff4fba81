/** All of a model that is more than prediction: measuring, training, and what files keep of it. A page that only predicts does not load it. */
import { lazy } from '../lazy.ts'
import type { Network } from '../layers/network.ts'
import type { SavedOptimizer } from '../loaders/keras/saved_optimizer.ts'
import type { ReadWeight } from '../loaders/keras/keras_file.ts'
import type { TrainingToWrite } from '../loaders/keras/writer.ts'
import type { Structure } from '../structure.ts'
import { criteriaOf, type CriteriaOptions } from './criteria.ts'
import type { Engine, Trainer } from './engine.ts'
import { evaluate } from './evaluate.ts'
import { fit } from './fit.ts'
import { moveTo, packed } from './move.ts'
import { Tally } from './metrics/index.ts'
import { trainingToWrite } from './optimizer_state.ts'
import { optimizerOf } from './optimizers/given.ts'
import { KerasOptimizer } from './optimizers/optimizer.ts'
import { criteriaToWrite } from './saved_criteria.ts'
import { takeState } from './state.ts'

export { moveTo, packed, takeState }

/** A trainer, what is done with it, and how its optimizer comes out of files and goes into them. */
export interface KeepingTrainer extends Trainer {
  /** Its optimizer where that is one of Keras's, which files can keep. */
  readonly keras: KerasOptimizer | undefined
  readonly evaluate: typeof evaluate
  readonly fit: typeof fit
  readonly takeState: typeof takeState
  /** Puts the state of `saved`, where the optimizer is that. @throws as restore */
  restore(engine: Engine): Promise<void>
  /** What files keep of `keras`. @throws as trainingToWrite */
  toWrite(engine: Engine, read: ReadWeight): TrainingToWrite
}

/**
 * @param given of compile
 * @param of saved: what the optimizer `saved` is; outputs: the network's, in its structure
 * @throws ArgumentError
 */
export async function trainerOf(
  network: Network,
  given: CriteriaOptions & { readonly optimizer?: unknown },
  { saved, outputs }: { readonly saved: SavedOptimizer | undefined; readonly outputs: Structure<unknown> },
): Promise<KeepingTrainer> {
  const asSaved = given.optimizer === 'saved' ? await lazy(import('./saved_training.ts')) : undefined
  const optimizer = asSaved ? asSaved.savedOptimizer(saved) : given.optimizer === undefined ? undefined : optimizerOf(given.optimizer)
  optimizer?.check?.(network.weights)
  const criteria = criteriaOf(network, given)
  const keras = optimizer instanceof KerasOptimizer ? (optimizer as KerasOptimizer) : undefined
  const toSave = () => criteriaToWrite(outputs, network.outputNames, given)
  return {
    optimizer,
    criteria,
    tally: new Tally(criteria.logged),
    validationTally: new Tally(criteria.logged),
    keras,
    evaluate,
    fit,
    takeState,
    restore: (engine) => asSaved?.restore(engine, keras!, saved!) ?? Promise.resolve(),
    toWrite: (engine, read) => trainingToWrite(engine, keras!, toSave, read),
  }
}
