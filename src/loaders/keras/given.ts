/** What somebody gave to be loaded: one file, or several of which one is meant. */
import { ArgumentError, FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import { blobSource, isBytes, type BytesInput } from '../bytes/blob.ts'
import { inBlocks } from '../bytes/blocks.ts'
import { bytesSource, type ByteSource } from '../bytes/bytes.ts'
import type { HttpOptions } from '../bytes/http.ts'
import { besideLocation, locationSource } from '../bytes/location.ts'
import { isZip } from '../bytes/is_zip.ts'
import { isHdf5 } from '../hdf5/file.ts'
import { besideFound, foundBeside } from './beside.ts'
import { isShardList } from './json_files.ts'
import { unwrapped } from './unwrapped.ts'

/**
 * A URL (read by HTTP Range where the server can), in Node also a path; a picked file, bytes in memory, or a source of one's own.
 * See {@link loadModel}.
 */
export type WeightsFileInput = string | URL | BytesInput | ByteSource

/**
 * One file; or several of which one is meant: a Keras file among others, a `.weights.json` and its shards (or a `model.json` of TensorFlow.js and
 * the files with its weights), whose names must be those in the JSON, or a weight file with the `config.json` and `metadata.json` beside it. With the URL of such a JSON, the others are fetched from
 * the same folder. See {@link loadModel}.
 */
export type WeightsInput = WeightsFileInput | readonly WeightsFileInput[] | FileList

/** Opened; no more has been read than tells what is what. */
export interface Given {
  /** The Keras file, or the list of shards. */
  readonly file: ByteSource
  /** The other files. */
  readonly others: readonly ByteSource[]
  /** Opens the shard of a name. Undefined where there is nowhere to look for it. */
  readonly sibling?: (name: string) => Promise<ByteSource>
  /** The other files that were not asked for so far. */
  readonly unused: () => ByteSource[]
}

/** True for an array, a FileList, or any other list. */
const isList = (input: WeightsInput): input is readonly WeightsFileInput[] | FileList =>
  typeof input === 'object' && input !== null && !isBytes(input) && Symbol.iterator in input

/**
 * Opens what was given.
 * @param where who asks, for messages
 * @param web how URLs are read
 * @throws ArgumentError where it is not clear which file is meant; FileError; the signal's reason
 */
export async function openGiven(input: WeightsInput, where: string, web: HttpOptions): Promise<Given> {
  const { signal } = web
  const list = isList(input) ? [...input] : [input]
  const [only, second] = list
  if (only === undefined || second === undefined) return openOne(only, where, web)
  const sources = await Promise.all(list.map((i) => open(i, where, web)))
  const file = await choose(sources, where, signal)
  const others = sources.filter((s) => s !== file)
  const asked = new Set<ByteSource>()
  const sibling = (name: string) => {
    const found = others.find((s) => lastStep(s.name) === name)
    if (found) return Promise.resolve((asked.add(found), found))
    const rule = `its shard ${name} must be among the files given, got ${sources.map((s) => s.name).join(', ')}`
    return Promise.reject(new FileError('not-found', `[${file.name}] ${rule}`, { path: name }))
  }
  if (!besideFound(file)) foundBeside(file, sibling)
  return { file, others, sibling, unused: () => others.filter((s) => !asked.has(s)) }
}

async function openOne(input: WeightsFileInput | undefined, where: string, web: HttpOptions): Promise<Given> {
  if (input === undefined) throw new ArgumentError(where, 'a file must be given, got none')
  const file = await open(input, where, web)
  // Kept with the source, so that a model.json finds its weights whoever is handed it next.
  if ((typeof input === 'string' || input instanceof URL) && !besideFound(file))
    foundBeside(file, (name) => locationSource(besideLocation(String(input), name), web))
  const sibling = besideFound(file)
  return { file, others: [], unused: () => [], ...(sibling && { sibling }) }
}

async function open(input: WeightsFileInput, where: string, web: HttpOptions): Promise<ByteSource> {
  if (typeof input === 'string' || input instanceof URL) return locationSource(input, web)
  if (isBytes(input)) return input instanceof Blob ? blobSource(input) : bytesSource(input)
  if (typeof (input as Partial<ByteSource> | null)?.read === 'function') return inBlocks(input)
  throw new ArgumentError(where, `a file must be a URL, a Blob, bytes or a ByteSource, got ${typeof input}`)
}

const lastStep = (path: string): string =>
  path
    .replace(/[?#].*$/, '')
    .split('/')
    .at(-1)!

/** The one of several files that the others belong to: the list of shards, or else the only Keras file. */
async function choose(sources: readonly ByteSource[], where: string, signal: AbortSignal | undefined): Promise<ByteSource> {
  const kinds = await Promise.all(
    sources.map(async (source) => ({ source, list: await isShardList(source, signal), keras: await isKeras(source, signal) })),
  )
  const lists = kinds.filter((k) => k.list)
  const meant = lists.length ? lists : kinds.filter((k) => k.keras === true)
  if (meant.length === 1) return meant[0]!.source
  if (meant.length) {
    const names = meant.map(({ source }) => source.name).join(', ')
    throw new ArgumentError(where, `one file alone must be the one to load (or be the .weights.json that lists the others), got ${names}`)
  }
  const [wrong, more] = kinds.flatMap(({ keras }) => (typeof keras === 'boolean' ? [] : [keras]))
  if (wrong && !more) throw wrong
  const { guess, GUESSED } = await lazy(import('../bytes/guess.ts'))
  const seen = await Promise.all(sources.map(async (s) => `${s.name} (${guess(await s.read(0, Math.min(GUESSED, s.size), signal))})`))
  throw new ArgumentError(where, `one of several files must be a Keras file, got ${seen.join(', ')}`)
}

/** True for HDF5, and for an archive that is, or holds, a Keras file; what is wrong with an archive that is neither. */
async function isKeras(source: ByteSource, signal: AbortSignal | undefined): Promise<boolean | FileError> {
  if (!(await isZip(source, signal))) return isHdf5(source, signal)
  try {
    await unwrapped(source, signal)
    return true
  } catch (error) {
    if (error instanceof FileError) return error
    throw error
  }
}
