/**
 * `weights: 'imagenet'`: official weight files, downloaded once, checked against their hash, kept in a cache.
 * Where there is no cache, or none that can keep them, they are read from the web in ranges, as any URL is. What does that comes when it is asked for.
 */
import type { ByteSource } from '../bytes/bytes.ts'
import type { WeightCache } from './cache.ts'
import { officialWeights, type PinnedFile, type WeightsPart } from './manifest.ts'
import type { ResolveOptions } from './resolve.ts'
import { lazy } from '../../lazy.ts'

export type { PartialFile, WeightCache } from './cache.ts'
export type { ResolveOptions } from './resolve.ts'
export { classIndexFile, type PinnedFile, type WeightsPart } from './manifest.ts'

let defaultCache: WeightCache | undefined

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
  const cache = defaultCache
  return (await lazy(import('./resolve.ts'))).resolved(file, options, cache)
}
