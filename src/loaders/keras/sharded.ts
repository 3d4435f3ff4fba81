/**
 * Keras 3's weights in shards (`save_weights('x.weights.json', max_shard_size=...)`): a JSON file says which `.weights.h5` files hold the variables
 * of which layer. All of them together are one tree; a layer's variables may lie in several. Loaded for such files.
 */
import { FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import type { Group, openHdf5 } from '../hdf5/group.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import type { GroupLike } from './weights_file.ts'

/** Bytes of the JSON, and files that it may name. */
const JSON_LIMIT = 16 * 1024 * 1024
const SHARD_LIMIT = 10_000

/** What reads a file. Given, not imported: who opens shards has it, and what two chunks import is a chunk of its own. */
interface Reading {
  readonly openHdf5: typeof openHdf5
  readonly isKeras3: (root: Group) => boolean
}

/** Groups of one path in several files. */
class MergedGroup implements GroupLike {
  readonly path: string
  readonly #groups: readonly Group[]

  constructor(groups: readonly Group[]) {
    this.path = groups[0]!.path
    this.#groups = groups
  }

  get id(): string {
    return this.#groups.map((g) => g.id).join(' ')
  }

  get names(): string[] {
    return [...new Set(this.#groups.flatMap((g) => g.names))]
  }

  get attributes(): GroupLike['attributes'] {
    return {
      strings: async (name) => {
        for (const { attributes } of this.#groups) {
          const found = await attributes.strings(name)
          if (found) return found
        }
        return undefined
      },
    }
  }

  has(name: string): boolean {
    return this.#groups.some((g) => g.has(name))
  }

  async group(name: string): Promise<GroupLike> {
    return new MergedGroup(await Promise.all(this.#having(name).map((g) => g.group(name))))
  }

  /** @throws FileError `corrupt` where two shards have it */
  async dataset(name: string): Promise<Dataset> {
    const [found, second] = this.#having(name)
    if (!second) return found!.dataset(name)
    const path = `${this.path}/${name}`
    throw new FileError('corrupt', `[keras] ${path} must be in one shard, got it in ${found!.file} and ${second.file}`, { path })
  }

  #having(name: string): Group[] {
    const found = this.#groups.filter((g) => g.has(name))
    return found.length ? found : [this.#groups[0]!] // whose error says what is there
  }
}

/** @throws FileError; the signal's reason */
export async function openShards(
  source: ByteSource,
  sibling: ((name: string) => Promise<ByteSource>) | undefined,
  signal: AbortSignal | undefined,
  { openHdf5, isKeras3 }: Reading,
): Promise<{ root: GroupLike; shards: number }> {
  const names = await shardNames(source, signal)
  const roots: Group[] = []
  for (const name of names) {
    signal?.throwIfAborted()
    if (!sibling) {
      const rule = `the shards must be given with the list of them, got none of ${names.slice(0, 8).join(', ')}`
      throw new FileError('not-found', `[${source.name}] ${rule}`, { path: name })
    }
    const root = await openHdf5(await sibling(name), signal ? { signal } : {})
    if (!isKeras3(root)) throw new FileError('not-keras', `[${name}] a shard must hold layers, got ${root.names.slice(0, 8).join(', ')}`)
    roots.push(root)
  }
  return { root: new MergedGroup(roots), shards: names.length }
}

/** Files that the JSON names, each once. */
async function shardNames(source: ByteSource, signal: AbortSignal | undefined): Promise<string[]> {
  const corrupt = (rule: string, cause?: unknown) => new FileError('corrupt', `[${source.name}] ${rule}`, {}, { cause })
  if (source.size > JSON_LIMIT) throw corrupt(`a list of shards must have at most ${JSON_LIMIT} bytes, got ${source.size}`)
  const bytes = await source.read(0, source.size, signal)
  let content: unknown
  try {
    content = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw corrupt(`the file must be whole JSON, got ${String(cause)}`, cause)
  }
  const map = (content as { weight_map?: unknown }).weight_map
  if (typeof map !== 'object' || map === null) {
    const { guess, GUESSED } = await lazy(import('../bytes/guess.ts'))
    const got = guess(bytes.subarray(0, GUESSED))
    throw new FileError('not-hdf5', `[${source.name}] the file must be HDF5, or JSON with a weight_map, got ${got}`, { offset: 0 })
  }
  const names = [...new Set(Object.values(map).flat(1) as unknown[])]
  const stray = names.find((n) => typeof n !== 'string' || !/^[^/\\:?#]+$/.test(n) || n === '..')
  if (stray !== undefined || !names.length || names.length > SHARD_LIMIT) {
    const got = stray === undefined ? `${names.length} of them` : JSON.stringify(stray)
    throw corrupt(`weight_map must name 1 to ${SHARD_LIMIT} files of the same folder, got ${got}`)
  }
  return names as string[]
}
