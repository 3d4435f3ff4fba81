/** TerminateOnNaN (keras/src/callbacks/terminate_on_nan.py). */
import { DataError } from '../../errors.ts'
import { checkNames } from '../../options.ts'
import type { Callback } from './callback.ts'

/**
 * Ends training in order when a loss is not finite, which is found within a few steps; the weights are those of the last step that is known to
 * be good. Without it, or with `raiseError`, `fit` throws DataError.
 * @param options.raiseError default false
 * @example
 * await model.fit({ x, y }, { callbacks: [terminateOnNaN()] })
 */
export function terminateOnNaN(options: { raiseError?: boolean } = {}): Callback {
  checkNames('terminateOnNaN', options, ['raiseError'])
  const { raiseError = false } = options
  return {
    name: 'terminateOnNaN',
    onNotFinite(training) {
      if (raiseError) throw new DataError('terminateOnNaN', 'the loss must be finite, got NaN or an infinity')
      training.stopTraining = true
    },
  }
}
