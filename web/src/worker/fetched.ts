/** A network at an address: brought once, gone on with where a connection was cut, kept in the browser's cache. */
import { FileError, httpSource, ThawError, type ByteSource } from '../../../src/index.ts'
import { checkAnswer, contentRange, request } from '../../../src/loaders/bytes/http.ts'
import { Md5 } from '../../../src/loaders/bytes/md5.ts'
import { browserCache } from '../../../src/loaders/weights/cache_store.ts'
import type { PinnedFile, WeightCache } from '../../../src/loaders/weights/weight_store.ts'
import { download } from '../../../src/loaders/weights/download.ts'

type Bytes = (loaded: number, total: number) => void

/** Where it is kept which file an address had: see {@link markOf}. */
const MARKS = 'thaw-urls'

/** Past the browser's own cache, which would have the file once more. */
const uncached: typeof globalThis.fetch = (address, init) => fetch(address, { ...init, cache: 'no-store' })

/** The file's name in the cache, where the address stands for the hash that nobody knows. */
function pinOf(url: string): PinnedFile {
  const hash = new Md5()
  hash.update(new TextEncoder().encode(url))
  const name = new URL(url).pathname
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
    .slice(0, 100)
  return { file: name || 'network', url, md5: hash.hex() }
}

/**
 * What the server calls the file's present state, and how large it is; undefined where it does not say.
 * @throws FileError for an answer that is not the file, or none: then with its cause
 */
async function markOf(url: string): Promise<string | undefined> {
  const answer = await request(url, 'bytes=0-0', { fetch: uncached })
  await checkAnswer(url, answer)
  await answer.body?.cancel()
  const { headers } = answer
  const mark = headers.get('etag') ?? headers.get('last-modified')
  const size = contentRange(answer)?.total ?? headers.get('content-length')
  return mark === null ? undefined : `${mark} ${size}`
}

async function throughCache(url: string, cache: WeightCache, onBytes: Bytes): Promise<ByteSource> {
  const pin = pinOf(url)
  const marks = await caches.open(MARKS)
  const before = await (await marks.match(url))?.text()
  const found = await cache.find(pin)
  const mark = await markOf(url).catch((error: unknown) => {
    const offline = error instanceof FileError && error.cause !== undefined
    if (found && offline) return before
    throw error
  })
  const same = mark !== undefined && mark === before
  if (found && same) return found
  const part = await cache.open(pin)
  try {
    if (!same) await part.clear()
    await marks.put(url, new Response(mark ?? ''))
    const onProgress = ({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number }) => onBytes(loadedBytes, totalBytes)
    await download({ file: pin.file }, [url], part, { onProgress, fetch: uncached })
  } finally {
    await part.close()
  }
  const source = await cache.find(pin)
  if (source) return source
  throw new ThawError('storage', `[${url}] the cache must keep what it was given, got nothing back`)
}

/**
 * The file at an address, of which the cache has what came before. Where the server says that it has changed, or does not say, it is brought anew;
 * where there is no network, it is what there was. Without a cache, or with one that is full, it is read from the web as it is needed.
 * @throws FileError `http`, `truncated`, `not-hdf5` for a web page, `integrity` for a file that changes while it comes
 */
export async function fetched(url: string, onBytes: Bytes): Promise<ByteSource> {
  const cache = browserCache()
  if (!cache) return httpSource(url)
  try {
    return await throughCache(url, cache, onBytes)
  } catch (error) {
    if (error instanceof FileError) throw error
    return httpSource(url)
  }
}
