/** What a loss graph computes besides the network: categorical cross-entropy for so many classes, and no metrics. */
import type { Objective } from '../../src/training/graphs.ts'
import { categoricalCrossentropy } from '../../src/training/losses.ts'
import { Tally } from '../../src/training/metrics.ts'

export function classification(classes: number): Objective {
  return { loss: categoricalCrossentropy(), tally: new Tally([]), target: [classes] }
}
