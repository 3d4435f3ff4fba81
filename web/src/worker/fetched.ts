/** A network at an address: brought once, gone on with where a connection was cut, kept in the browser's cache until another takes its place. */
import { httpSource, ThawError, type ByteSource } from '../../../src/index.ts'
import { httpMark } from '../../../src/loaders/bytes/http.ts'
import { Md5 } from '../../../src/loaders/bytes/md5.ts'
import { Tries } from '../../../src/loaders/bytes/patience.ts'
import { stored, type PartialFile } from '../../../src/loaders/weights/cache.ts'
import { cacheStore } from '../../../src/loaders/weights/cache_store.ts'
import { download } from '../../../src/loaders/weights/download.ts'
import { cached } from '../../../src/loaders/weights/resolve.ts'
import type { PinnedFile } from '../../../src/loaders/weights/weight_store.ts'
import { NETWORKS } from '../store/database.ts'

type Bytes = (loaded: number, total: number) => void

/** A file of an address, in one of its states. */
interface Version {
  readonly url: string
  /** What the server calls that state; of one that says nothing, a word of our own. */
  readonly mark: string
}

/** Where the cache says which version it has for when there is no network. */
const LAST = 'https://thaw-networks.invalid/last'
/** Milliseconds that a server has to answer, where there is the file as it was. */
const PATIENCE = 5000

/** Past the browser's own cache, which would have the file once more. */
const uncached: typeof globalThis.fetch = (address, init) => fetch(address, { ...init, cache: 'no-store' })

/** The files that this tab reads, or brings, by their hashes, and how each is let go: until then, no tab takes it away. */
const held = new Map<string, () => void>()
/** What came last. */
let last: { readonly version: Version; readonly md5: string } | undefined

/** The file's name in the cache, where address and mark stand for the hash that nobody knows. */
function pinOf({ url, mark }: Version): PinnedFile {
  const hash = new Md5()
  hash.update(new TextEncoder().encode(`${url} ${mark}`))
  const name = new URL(url).pathname
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
    .slice(0, 100)
  return { file: name || 'network', url, md5: hash.hex() }
}

const lockOf = (md5: string): string => `${NETWORKS}/${md5}`

function hold(md5: string): Promise<void> {
  if (held.has(md5)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const using = () =>
      new Promise<void>((release) => {
        held.set(md5, release)
        resolve()
      })
    navigator.locks.request(lockOf(md5), { mode: 'shared' }, using).catch(reject)
  })
}

/**
 * What the server calls the file's present state; undefined where it does not say.
 * @param before what stands for it where the server does not answer, or is broken for now: then it is not asked twice
 * @throws FileError for an answer that is not the file, or none
 */
async function markOf(url: string, before: string | undefined): Promise<string | undefined> {
  const tries = new Tries({})
  for (;;) {
    const told = await httpMark(url, { fetch: uncached, ...(before !== undefined && { stallTimeout: PATIENCE }) })
    if ('mark' in told) return told.mark
    if (before !== undefined) return before
    await tries.again(told, undefined)
  }
}

/** Brings a file into the cache. @param told whether it has a mark: else what came of it cannot be gone on with. Nor does it stay where the cache is full */
async function bring({ url, file }: PinnedFile, part: PartialFile, told: boolean, onBytes: Bytes): Promise<void> {
  const onProgress = ({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number }) => onBytes(loadedBytes, totalBytes)
  try {
    await download({ file }, [url], part, { onProgress, fetch: uncached })
  } catch (error) {
    if (!told || (error as Partial<ThawError>).code === 'storage') await part.clear()
    throw error
  }
}

async function throughCache(url: string, onBytes: Bytes): Promise<ByteSource> {
  const store = await caches.open(NETWORKS)
  const cache = cacheStore({ open: () => Promise.resolve(store) }, navigator.locks)
  const before = (await (await store.match(LAST))?.json()) as Version | undefined
  const kept = before?.url === url && (await cache.find(pinOf(before))) ? before : undefined
  const mark = await markOf(url, kept?.mark)
  const version = { url, mark: mark ?? crypto.randomUUID() }
  const pin = pinOf(version)
  await hold(pin.md5)
  const source = await cached(pin, cache, (part) => bring(pin, part, mark !== undefined, onBytes))
  last = { version, md5: pin.md5 }
  return source
}

/**
 * The file at an address, of which the cache has what came before. Where the server says that it has changed, or does not say, it is brought anew;
 * where there is no network, it is what there was. Without a cache, or with one that is full, it is read from the web as it is needed.
 * @throws FileError `http`, `truncated`, `not-hdf5` for a web page, `integrity` for a file that changes while it comes
 */
export async function fetched(url: string, onBytes: Bytes): Promise<ByteSource> {
  last = undefined
  if (!('caches' in globalThis)) return httpSource(url)
  try {
    return await stored({ file: url }, throughCache(url, onBytes))
  } catch (error) {
    if (error instanceof ThawError && error.code === 'storage') return httpSource(url)
    throw error
  }
}

/** The network of the file that came last is open: others go, but for those that other tabs read. */
export async function keepLast(): Promise<void> {
  if (!('caches' in globalThis)) return
  for (const [md5, release] of held) {
    if (md5 === last?.md5) continue
    release()
    held.delete(md5)
  }
  const store = await caches.open(NETWORKS)
  for (const { url } of await store.keys()) {
    const [, , , md5] = url.split('/')
    await navigator.locks.request(lockOf(md5!), { ifAvailable: true }, (lock) => lock && store.delete(url))
  }
  if (last) await store.put(LAST, new Response(JSON.stringify(last.version)))
}
