/** What graphs of training are made with, where there is no model on a device. */
import type { Objective } from '../../src/training/graphs.ts'
import { categoricalCrossentropy } from '../../src/training/losses/index.ts'
import { Tally } from '../../src/training/metrics/index.ts'
import type { Optimizer } from '../../src/training/optimizers/index.ts'
import type { Updating } from '../../src/training/step_graphs.ts'

/** What a loss graph computes besides the network: categorical cross-entropy for so many classes, and no metrics. */
export function classification(classes: number): Objective {
  const outputs = [{ name: 'predictions', loss: categoricalCrossentropy(), lossWeight: 1, labelled: true }]
  return { criteria: { outputs, logged: [] }, tally: new Tally([]), rows: { t0: [classes] } }
}

/** Updates by an optimizer, with state of their own. */
export const updatingBy = (optimizer: Optimizer): Updating => ({ optimizer, momentsOf: (w) => optimizer.state(w) })
