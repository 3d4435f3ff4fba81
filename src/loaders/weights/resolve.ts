/** A pinned file: out of a cache, into it, or from the web as it is needed. */
import { FileError, ThawError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { httpSource } from '../bytes/http.ts'
import { checkPatience } from '../bytes/patience.ts'
import { stored, type PartialFile, type WeightCache } from './cache.ts'
import { browserCache } from './cache_store.ts'
import { download, firstOf, type DownloadOptions } from './download.ts'
import { checkedPin, type PinnedFile } from './manifest.ts'

/** How official files are found: where, kept where, told whom. See {@link resolveWeights}. */
export interface ResolveOptions extends DownloadOptions {
  /**
   * Default: the cache that `setDefaultWeightCache` was given, else the browser's Cache API, else none. null: none. Without a cache the
   * file is read in ranges when its values are needed, and its hash is not checked.
   */
  cache?: WeightCache | null
  /** Addresses of folders that have the same files under the same names, tried in this order before the official one. */
  mirrors?: readonly string[]
  /** Told when the cache cannot keep or give the file (full, forbidden, read-only), which then comes from the web. Default: `console.warn`. */
  onNote?: (note: string) => void
}

// eslint-disable-next-line no-console -- nobody else listens, and a file that is never kept should not go unnoticed
const warn = (note: string): void => console.warn(note)

/** See `resolveFile`. @param defaultCache where the options name none */
export async function resolved(file: PinnedFile, options: ResolveOptions, defaultCache: WeightCache | undefined): Promise<ByteSource> {
  const { mirrors = [], signal, onNote = warn } = options
  signal?.throwIfAborted()
  checkPatience(options)
  checkedPin(file)
  const urls = [...mirrors.map((base) => `${base.replace(/\/+$/, '')}/${file.file}`), file.url]
  const cache = options.cache === undefined ? (defaultCache ?? browserCache()) : options.cache
  if (cache) {
    try {
      return await cached(file, cache, (part) => download(file, urls, part, options), signal)
    } catch (error) {
      if (!(error instanceof ThawError && error.code === 'storage')) throw error
      onNote(`${error.message}; read from the web instead, as it is needed, and its hash is not checked`)
    }
  }
  return firstOf(file, urls, signal, (url) => uncached(file, url, options))
}

/**
 * A file of a cache. One that is not there is brought, unless somebody else has while we waited.
 * @throws ThawError `storage` where the cache fails; what `bring` throws; the signal's reason
 */
export async function cached(
  file: PinnedFile,
  cache: WeightCache,
  bring: (part: PartialFile) => Promise<void>,
  signal?: AbortSignal,
): Promise<ByteSource> {
  const find = () => stored(file, cache.find(file, signal), signal)
  const found = await find()
  if (found) return found
  const part = await stored(file, cache.open(file, signal), signal)
  try {
    if (!(await find())) await bring(part)
  } finally {
    await stored(file, part.close()).catch(() => undefined) // the file is in the cache, or an error says why not
  }
  const source = await find()
  if (source) return source
  throw new ThawError('storage', `[${file.file}] the cache must keep what it was given, got nothing back`)
}

async function uncached(file: PinnedFile, url: string, options: ResolveOptions): Promise<ByteSource> {
  const source = await httpSource(url, options)
  if (file.bytes === undefined || source.size === file.bytes) return source
  throw new FileError('integrity', `[${url}] the file must have ${file.bytes} bytes, got ${source.size}`)
}
