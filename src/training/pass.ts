/** One pass over the data: the loop that prediction, features, training steps and evaluation share. */
import type { PlanOutputs, Started } from '../plan/plan.ts'
import type { Batch, BatchStream } from './batches.ts'

export interface PassOptions {
  batches: BatchStream
  signal: AbortSignal | undefined
  /** Starts what is to be run of one batch. What it was fed from may be changed when it settles. */
  start: (batch: Batch) => Promise<Started>
  /** Told in order when a batch is done, while others are under way. */
  onBatch?: (batch: Batch, outputs: PlanOutputs) => void
}

/** Batches that are started before the first of them is done. */
const UNDER_WAY = 3

/**
 * One pass over all batches.
 * @throws the signal's reason between batches; what `batches`, `start`, a run and `onBatch` throw. Nothing is under way any more then.
 */
export async function runPass({ batches, signal, start, onBatch }: PassOptions): Promise<void> {
  const underWay: Promise<void>[] = []
  let over = false
  const wait = async (most: number) => {
    while (underWay.length > most) {
      signal?.throwIfAborted()
      await underWay.shift()
    }
  }
  try {
    signal?.throwIfAborted()
    for await (const batch of batches) {
      signal?.throwIfAborted()
      const { values } = await start(batch)
      const done = values.then((outputs) => {
        if (!over) onBatch?.(batch, outputs)
      })
      done.catch(() => undefined) // heard of when it is waited for
      underWay.push(done)
      await wait(UNDER_WAY - 1)
      signal?.throwIfAborted()
    }
    await wait(0)
  } finally {
    over = true
    await Promise.allSettled(underWay)
  }
}
