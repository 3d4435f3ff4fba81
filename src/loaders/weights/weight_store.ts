/**
 * `weights: 'imagenet'`: official weight files, downloaded once, checked against their hash, kept in a cache.
 * Where there is no cache they are read from the web in ranges, as any URL is.
 */
import { FileError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { stored, type WeightCache } from './cache.ts'
import { browserCache } from './cache_store.ts'
import { checkPatience, download, firstOf, type DownloadOptions } from './download.ts'
import { httpSource } from '../bytes/http.ts'
import { officialWeights, type PinnedFile, type WeightsPart } from './manifest.ts'

export type { PartialFile, WeightCache } from './cache.ts'
export { classIndexFile, type PinnedFile, type WeightsPart } from './manifest.ts'

export interface ResolveOptions extends DownloadOptions {
  /**
   * Default: the cache that `setDefaultWeightCache` was given, else the browser's Cache API, else none. null: none. Without a cache the
   * file is read in ranges when its values are needed, and its hash is not checked.
   */
  cache?: WeightCache | null
  /** Addresses of folders that have the same files under the same names, tried in this order before the official one. */
  mirrors?: readonly string[]
}

let defaultCache: WeightCache | undefined

/** The cache for everybody who names none; `undefined` for the browser's own. The Node entry sets a folder. */
export function setDefaultWeightCache(cache: WeightCache | undefined): void {
  defaultCache = cache
}

/**
 * Official ImageNet weights of a network of Keras Applications, by its Keras name such as `vgg16`, `inception_v3` or `resnet50_legacy`.
 * @throws ArgumentError for a network without official weights; and as `resolveFile` does
 */
export async function resolveWeights(network: string, part: WeightsPart, options: ResolveOptions = {}): Promise<ByteSource> {
  return resolveFile(officialWeights(network, part), options)
}

/**
 * A pinned file: from the cache, or downloaded into it. A download that was cut goes on where it ended, also in a later call.
 * @throws ArgumentError for an option that cannot be honoured; FileError `http`, `truncated`, `integrity`, `not-hdf5` naming every address that
 * was tried; ThawError `storage` where the cache cannot take or give the file; the signal's reason
 */
export async function resolveFile(file: PinnedFile, options: ResolveOptions = {}): Promise<ByteSource> {
  const { mirrors = [], signal } = options
  signal?.throwIfAborted()
  checkPatience(options)
  const urls = [...mirrors.map((base) => `${base.replace(/\/+$/, '')}/${file.file}`), file.url]
  const cache = options.cache === undefined ? (defaultCache ?? browserCache()) : options.cache
  if (!cache) return firstOf(file, urls, signal, (url) => uncached(file, url, options))
  const find = () => stored(file, cache.find(file, signal), signal)
  const found = await find()
  if (found) return found
  const part = await stored(file, cache.open(file, signal), signal)
  try {
    // Somebody else may have brought it in while we waited.
    if (!(await find())) await download(file, urls, part, options)
  } finally {
    await stored(file, part.close())
  }
  const source = await find()
  if (source) return source
  throw new FileError('integrity', `[${file.file}] the cache must keep what it was given, got nothing back`)
}

async function uncached(file: PinnedFile, url: string, { signal, fetch }: ResolveOptions): Promise<ByteSource> {
  const source = await httpSource(url, { ...(signal && { signal }), ...(fetch && { fetch }) })
  if (file.bytes === undefined || source.size === file.bytes) return source
  throw new FileError('integrity', `[${url}] the file must have ${file.bytes} bytes, got ${source.size}`)
}
