/**
 * `weights: 'imagenet'`: official weight files, downloaded once, checked against their hash, kept in a cache.
 * Where there is no cache, or none that can keep them, they are read from the web in ranges, as any URL is.
 */
import { FileError, ThawError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { stored, type WeightCache } from './cache.ts'
import { browserCache } from './cache_store.ts'
import { checkPatience } from '../bytes/patience.ts'
import { download, firstOf, type DownloadOptions } from './download.ts'
import { httpSource } from '../bytes/http.ts'
import { checkedPin, officialWeights, type PinnedFile, type WeightsPart } from './manifest.ts'

export type { PartialFile, WeightCache } from './cache.ts'
export { classIndexFile, type PinnedFile, type WeightsPart } from './manifest.ts'

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

let defaultCache: WeightCache | undefined

// eslint-disable-next-line no-console -- nobody else listens, and a file that is never kept should not go unnoticed
const warn = (note: string): void => console.warn(note)

/**
 * The cache for everybody who names none; `undefined` for the browser's own. The Node entry sets a folder.
 * @example
 * setDefaultWeightCache(weightCache({ folder: '/home/me/.keras/models' })) // files that Keras has downloaded are used where they lie
 */
export function setDefaultWeightCache(cache: WeightCache | undefined): void {
  defaultCache = cache
}

/**
 * Official ImageNet weights of a network of Keras Applications, by its Keras name such as `vgg16`, `inception_v3` or `resnet50_legacy`.
 * @throws ArgumentError for a network without official weights; and as `resolveFile` does
 * @example
 * // from the web
 * const source = await resolveWeights('vgg16', 'withoutTop', { mirrors: ['https://example.org/keras/'] })
 * const trunk = await vgg16({ includeTop: false, weights: source })
 */
export async function resolveWeights(network: string, part: WeightsPart, options: ResolveOptions = {}): Promise<ByteSource> {
  return resolveFile(officialWeights(network, part), options)
}

/**
 * A pinned file: from the cache, or downloaded into it. A download that was cut goes on where it ended, also in a later call. A cache that
 * fails is done without, after a note: the file is then read in ranges; what the cache has of it stays there, for when there is room.
 * @throws ArgumentError for an option that cannot be honoured, or a name that leaves the cache; FileError `http`, `truncated`, `integrity`,
 * `not-hdf5` naming every address that was tried; the signal's reason
 * @example
 * // from the web
 * const file = { file: 'mine.h5', url: 'https://example.org/mine.h5', md5: '0123456789abcdef0123456789abcdef' }
 * await model.loadWeights(await resolveFile(file))
 */
export async function resolveFile(file: PinnedFile, options: ResolveOptions = {}): Promise<ByteSource> {
  const { mirrors = [], signal, onNote = warn } = options
  signal?.throwIfAborted()
  checkPatience(options)
  checkedPin(file)
  const urls = [...mirrors.map((base) => `${base.replace(/\/+$/, '')}/${file.file}`), file.url]
  const cache = options.cache === undefined ? (defaultCache ?? browserCache()) : options.cache
  if (cache) {
    try {
      return await cached(file, urls, cache, options)
    } catch (error) {
      if (!(error instanceof ThawError && error.code === 'storage')) throw error
      onNote(`${error.message}; read from the web instead, as it is needed, and its hash is not checked`)
    }
  }
  return firstOf(file, urls, signal, (url) => uncached(file, url, options))
}

/** @throws ThawError `storage` where the cache fails; and as resolveFile does */
async function cached(file: PinnedFile, urls: readonly string[], cache: WeightCache, options: ResolveOptions): Promise<ByteSource> {
  const { signal } = options
  const find = () => stored(file, cache.find(file, signal), signal)
  const found = await find()
  if (found) return found
  const part = await stored(file, cache.open(file, signal), signal)
  try {
    // Somebody else may have brought it in while we waited.
    if (!(await find())) await download(file, urls, part, options)
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
