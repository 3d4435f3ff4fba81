/** What a loss graph computes besides the network: categorical cross-entropy for so many classes, and no metrics. */
import type { Objective } from '../../src/training/graphs.ts'
import { categoricalCrossentropy } from '../../src/training/losses/index.ts'
import { Tally } from '../../src/training/metrics/index.ts'

export function classification(classes: number): Objective {
  const outputs = [{ name: 'predictions', loss: categoricalCrossentropy(), lossWeight: 1, labelled: true }]
  return { criteria: { outputs, logged: [] }, tally: new Tally([]), rows: { t0: [classes] } }
}
