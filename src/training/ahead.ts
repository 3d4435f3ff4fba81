/** Reads from what somebody else has written, while what came before is worked on. */

/** Items that are there, or under way, before they are taken. */
const AHEAD = 2

type Given<T> = Iterator<T> | AsyncIterator<T>

export interface AheadOptions {
  /** Items to ask for; never more. Default: all. */
  readonly limit: number | undefined
  readonly signal: AbortSignal | undefined
  /** Whether the iterator is closed where it is left before its end. */
  readonly close: boolean
}

/**
 * What an iterator gives, in order, two ahead; it is asked for one at a time.
 * @throws what the iterator throws, as it is, in its turn; the signal's reason at once, whatever the iterator is at
 */
export async function* ahead<T>(iterator: Given<T>, { limit = Infinity, signal, close }: AheadOptions): AsyncGenerator<T, void, undefined> {
  const asked: Promise<IteratorResult<T>>[] = []
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  let left = limit
  let ended = false
  const ask = () => {
    for (; left > 0 && asked.length < AHEAD; left--) {
      pending++
      const next = last.then(() => (ended ? ({ done: true, value: undefined } as const) : iterator.next()))
      last = next.then(
        ({ done }) => (ended ||= done === true),
        () => (ended = true),
      )
      void last.then(() => pending--)
      asked.push(next)
    }
  }
  let whole = false
  try {
    ask()
    for (;;) {
      signal?.throwIfAborted()
      const next = asked.shift()
      if (!next) break
      const result = await orAborted(next, signal)
      if (result.done) break
      ask()
      yield result.value
    }
    whole = true
  } finally {
    const leave = close && !ended
    ended = true // what was asked for and has not begun does not begin any more
    const closing = leave && Promise.resolve().then(() => iterator.return?.())
    if (closing && whole && !pending) await closing
    else if (closing) closing.catch(() => undefined) // whoever waits for a batch, or has thrown, need not wait for this
  }
}

/** What a promise gives, or the signal's reason as soon as there is one. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let stop: () => void = () => undefined
  try {
    // No race with one promise for all: it would keep whatever it has raced with.
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(signal!.reason as Error)
      signal?.addEventListener('abort', stop)
      promise.then(resolve, reject)
    })
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
