/** A CacheStorage for Node, which has none: as much of it as the weight cache uses (`ResponseStores`), in memory. */
import type { Locks, ResponseStores } from '../../src/loaders/weights/cache_store.ts'

export interface FakeCaches extends ResponseStores {
  /** What is stored under each key. */
  readonly entries: Map<string, Blob>
  /** Keys that were asked for, in order. */
  readonly asked: string[]
  /** Bytes that fit; `put` rejects beyond that. */
  quota: number
}

export function fakeCaches(): FakeCaches {
  const entries = new Map<string, Blob>()
  const made: FakeCaches = {
    entries,
    asked: [],
    quota: Infinity,
    open: () =>
      Promise.resolve({
        match(key) {
          made.asked.push(key)
          const blob = entries.get(key)
          return Promise.resolve(blob && new Response(blob))
        },
        async put(key, response) {
          const blob = await response.blob()
          const others = [...entries].filter(([k]) => k !== key).reduce((n, [, b]) => n + b.size, 0)
          if (others + blob.size > made.quota) throw new DOMException('Quota exceeded.', 'QuotaExceededError')
          entries.set(key, blob)
        },
        delete: (key) => Promise.resolve(entries.delete(key)),
      }),
  }
  return made
}

/** A LockManager: one user of a name after another. */
export function fakeLocks(): Locks {
  const last = new Map<string, Promise<void>>()
  return {
    request(name, { signal }, use) {
      const turn = (last.get(name) ?? Promise.resolve()).then(() => {
        signal?.throwIfAborted()
        return use()
      })
      last.set(
        name,
        turn.catch(() => undefined),
      )
      return turn
    },
  }
}
