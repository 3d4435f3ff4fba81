/** One pass over the data with one plan: the loop that prediction, features, training steps and evaluation share. */
import type { Plan, PlanInputs, PlanOutputs, Started } from '../plan/plan.ts'
import { Batches, type Feed, type Range } from './batches.ts'

export interface PassOptions {
  plan: Plan
  feed: Feed
  batchSize: number
  /** Which row comes when. Default: as they are. */
  order?: Uint32Array
  /** Samples done before. Default 0. */
  from?: number
  signal: AbortSignal | undefined
  /** Starts one batch, the samples of the range in the order. The inputs may be changed when it settles. */
  start: (inputs: PlanInputs, range: Range) => Promise<Started>
  /** Told in order when a batch is done, while others are under way. */
  onBatch?: (range: Range, outputs: PlanOutputs) => void
}

/** Batches that are started before the first of them is done. */
const UNDER_WAY = 3

/**
 * One pass over all samples in `order`. The last batch is filled up with rows of weight 0. Of the feed, what the plan has inputs for is used.
 * @throws the signal's reason between batches; what `start`, a run and `onBatch` throw. Nothing is under way any more then.
 */
export async function runPass({ plan, feed, batchSize, order, from = 0, signal, start, onBatch }: PassOptions): Promise<void> {
  const batches = new Batches(plan, feed, batchSize, order)
  const underWay: Promise<void>[] = []
  let over = false
  const wait = async (most: number) => {
    while (underWay.length > most) {
      signal?.throwIfAborted()
      await underWay.shift()
    }
  }
  try {
    for (let begin = from; begin < feed.count; begin += batchSize) {
      await wait(UNDER_WAY - 1)
      signal?.throwIfAborted()
      const range = { begin, end: Math.min(feed.count, begin + batchSize) }
      const { values } = await start(batches.inputs(range), range)
      const done = values.then((outputs) => {
        if (!over) onBatch?.(range, outputs)
      })
      done.catch(() => undefined) // heard of when it is waited for
      underWay.push(done)
    }
    await wait(0)
  } finally {
    over = true
    await Promise.allSettled(underWay)
  }
}
