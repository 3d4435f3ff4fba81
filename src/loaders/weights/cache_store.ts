/** A weight cache in the browser's Cache API: a file is kept as several responses, so that it can grow and be read in parts. */
import { FileError } from '../../errors.ts'
import { inBlocks } from '../bytes/blocks.ts'
import { checkRange, type ByteSource } from '../bytes/bytes.ts'
import { PIECE, type PartialFile, type WeightCache } from './cache.ts'
import { checkedPin, type PinnedFile } from './manifest.ts'

/** What is needed of a `Cache`. */
export interface ResponseStore {
  match(key: string): Promise<Response | undefined>
  put(key: string, response: Response): Promise<void>
  delete(key: string): Promise<boolean>
}

/** What is needed of a `CacheStorage`. */
export interface ResponseStores {
  open(name: string): Promise<ResponseStore>
}

/** What is needed of a `LockManager`. */
export interface Locks {
  request(name: string, options: { signal?: AbortSignal }, use: () => Promise<void>): Promise<void>
}

/** The name of the cache, as `caches.open` and the browser's developer tools know it. */
export const CACHE_NAME = 'thaw-weights'

/** The page's cache, or undefined where it has none: outside of secure contexts, in frames that may keep nothing, and in Node. */
export function browserCache(): WeightCache | undefined {
  try {
    const { caches, navigator } = globalThis as { caches?: CacheStorage; navigator?: Navigator }
    return caches && cacheStore(caches, navigator?.locks)
  } catch {
    return undefined // a sandboxed frame may not even look
  }
}

/**
 * A cache of responses. Each holds 8 MiB of a file, the last one less; one more, written at the end, says that the file is whole.
 * @param locks keeps tabs from bringing in the same file at once
 */
export function cacheStore(stores: ResponseStores, locks?: Locks): WeightCache {
  return {
    async find(file) {
      const store = await stores.open(CACHE_NAME)
      const whole = await store.match(`${keyOf(file)}/whole`)
      if (!whole) return undefined
      const { bytes } = (await whole.json()) as { bytes: number }
      const last = await store.match(`${keyOf(file)}/${Math.ceil(bytes / PIECE) - 1}`)
      return last && partsSource(store, file, bytes)
    },
    async open(file, signal) {
      const release = await acquire(locks, `${CACHE_NAME}/${file.md5}`, signal)
      try {
        return await openParts(await stores.open(CACHE_NAME), file, release)
      } catch (error) {
        release()
        throw error
      }
    },
  }
}

/** Keys have to be web addresses; nothing is ever fetched from them. */
function keyOf(pin: PinnedFile): string {
  const { md5, file } = checkedPin(pin)
  return `https://thaw-weights.invalid/${md5}/${encodeURIComponent(file)}`
}

function acquire(locks: Locks | undefined, name: string, signal: AbortSignal | undefined): Promise<() => void> {
  if (!locks) return Promise.resolve(() => undefined)
  return new Promise((resolve, reject) => {
    locks.request(name, signal ? { signal } : {}, () => new Promise<void>((release) => resolve(release))).catch(reject)
  })
}

/** Reads touch the parts that they need; the part that was read last is kept at hand. */
function partsSource(store: ResponseStore, file: PinnedFile, size: number): ByteSource {
  let recent: { index: number; blob: Blob } | undefined
  const part = async (index: number) => {
    if (recent?.index === index) return recent.blob
    const blob = await (await store.match(`${keyOf(file)}/${index}`))?.blob()
    const wanted = Math.min(PIECE, size - index * PIECE)
    if (blob?.size !== wanted) {
      await store.delete(`${keyOf(file)}/whole`) // so that the next one who asks for the file gets it anew
      const rule = `part ${index} in the cache must have ${wanted} bytes, got ${blob ? blob.size : 'none'}`
      throw new FileError('integrity', `[${file.file}] ${rule}`, { offset: index * PIECE })
    }
    recent = { index, blob }
    return blob
  }
  const whole = { size, name: file.file }
  return inBlocks({
    ...whole,
    async read(offset, length, signal) {
      checkRange(whole, offset, length)
      const bytes = new Uint8Array(length)
      for (let at = offset; at < offset + length;) {
        signal?.throwIfAborted()
        const index = Math.floor(at / PIECE)
        const begin = at - index * PIECE
        const end = Math.min(PIECE, begin + offset + length - at)
        bytes.set(new Uint8Array(await (await part(index)).slice(begin, end).arrayBuffer()), at - offset)
        at += end - begin
      }
      return bytes
    },
  })
}

async function openParts(store: ResponseStore, file: PinnedFile, release: () => void): Promise<PartialFile> {
  const key = keyOf(file)
  let size = 0
  for (let index = 0; size === index * PIECE; index++) {
    const part = await (await store.match(`${key}/${index}`))?.blob()
    if (!part?.size) break
    size += part.size
  }
  return {
    get size() {
      return size
    },
    source: () => partsSource(store, file, size),
    async append(bytes) {
      for (let at = 0; at < bytes.length;) {
        const index = Math.floor(size / PIECE)
        const held = size % PIECE
        const next = bytes.subarray(at, at + PIECE - held)
        const before = held ? [(await (await store.match(`${key}/${index}`))!.blob()).slice(0, held)] : []
        await store.put(`${key}/${index}`, new Response(new Blob([...before, next])))
        size += next.length
        at += next.length
      }
    },
    async clear() {
      for (const name of ['whole', ...Array.from({ length: Math.ceil(size / PIECE) }, (_, index) => String(index))]) {
        await store.delete(`${key}/${name}`)
      }
      size = 0
    },
    complete: () => store.put(`${key}/whole`, new Response(JSON.stringify({ bytes: size }))),
    close() {
      release()
      return Promise.resolve()
    },
  }
}
