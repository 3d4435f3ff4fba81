/**
 * Zip archives: `.keras` files of Keras 3 and of tf.keras 2.11 to 2.15, and archives around one Keras file, as services hand them out. Names what
 * other archives are. Loaded for files that are archives.
 */
import { FileError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { memberNamed, openMember, zipMembers, type Member } from '../bytes/zip.ts'
import { foundBeside } from './beside.ts'
import { isTfjs } from './json_files.ts'

/** Members that hold the weights, and what the archive is then. */
const WEIGHTS: readonly (readonly [fileName: string, variant: string])[] = [
  ['model.weights.h5', '.keras archive'],
  ['variables.h5', '.keras archive of tf.keras 2.11'],
]

/** Archives that are no Keras file, or one that is not read, by a member that they have; and what to do about it. */
const OTHERS: readonly (readonly [member: RegExp, what: string])[] = [
  [
    /(^|\/)model\.weights\.npz$/,
    'a .keras archive whose weights are NumPy arrays (model.weights.npz); save it again where h5py is installed',
  ],
  [/(^|\/)model\.weights\.json$/, 'a .keras archive in shards (model.weights.json); save it again without max_shard_size'],
  [/(^|\/)saved_model\.pb$/, "a TensorFlow SavedModel; save the model again in Python with model.save('model.keras')"],
  [/(^|\/)data\.pkl$/, 'a PyTorch file; files that Keras wrote are read'],
  [/(^|\/)[^/]*\.mlmodel$/, 'a Core ML model; the Keras file that it was made from is read'],
  [/\.npy$/, 'NumPy arrays (.npz); files that Keras wrote are read'],
]

/** Members that are named in a message. */
const SHOWN = 8

/** Archives around one Keras file, and that file, so that it is unpacked once. */
const opened = new WeakMap<ByteSource, ByteSource>()

/** What is in archives that have been listed: some have thousands of members. */
const listings = new WeakMap<ByteSource, readonly Member[]>()

async function membersOf(source: ByteSource, signal: AbortSignal | undefined): Promise<readonly Member[]> {
  const members = listings.get(source) ?? (await zipMembers(source, signal))
  listings.set(source, members)
  return members
}

const weightsMember = (members: readonly Member[]) =>
  WEIGHTS.map(([fileName, variant]) => ({ member: memberNamed(members, fileName), variant })).find(({ member }) => member)

/** Keras files in an archive, whatever folder they are in; what macOS adds is passed over. */
const isKerasFile = ({ name }: Member): boolean => /\.(h5|hdf5|keras)$/i.test(name) && !/(^|\/)(__MACOSX\/|\._)/.test(name)

/** See unwrapped.ts; of an archive. */
export async function unwrappedArchive(source: ByteSource, signal?: AbortSignal): Promise<ByteSource> {
  const known = opened.get(source)
  if (known) return known
  const members = await membersOf(source, signal)
  if (weightsMember(members)) return source
  const [only, second] = members.filter(isKerasFile)
  if (only && !second) {
    const inner = await openMember(source, only, signal)
    opened.set(source, inner)
    return inner
  }
  if (second) {
    const rule = `the archive must hold one Keras file, got ${listed(members.filter(isKerasFile))}; unpack it and choose one`
    throw new FileError('unsupported', `[${source.name}] ${rule}`)
  }
  const tfjs = await tfjsIn(source, members, signal)
  if (tfjs) return tfjs
  if (memberNamed(members, 'config.json')) return source // a .keras archive whose weights are of a kind that is not read
  throw noKeras(source, members)
}

/** The `model.json` of a TensorFlow.js model, as Teachable Machine exports it. */
async function tfjsIn(source: ByteSource, members: readonly Member[], signal: AbortSignal | undefined): Promise<ByteSource | undefined> {
  const model = memberNamed(members, 'model.json')
  const inner = model && (await openMember(source, model, signal))
  if (!inner || !(await isTfjs(inner, signal))) return undefined
  const folder = model.name.slice(0, -'model.json'.length)
  foundBeside(inner, (name) => {
    const found = members.find((m) => m.name === folder + name)
    if (found) return openMember(source, found, signal)
    const rule = `the archive must hold ${folder}${name}, which ${model.name} names`
    return Promise.reject(new FileError('not-found', `[${source.name}] ${rule}, got ${listed(members)}`, { path: name }))
  })
  opened.set(source, inner)
  return inner
}

/** The weights in a `.keras` archive. @throws as unwrapped */
export async function weightsInArchive(source: ByteSource, signal?: AbortSignal): Promise<{ weights: ByteSource; variant: string }> {
  const members = await membersOf(source, signal)
  const found = weightsMember(members)
  if (!found) throw noKeras(source, members)
  return { weights: await openMember(source, found.member!, signal), variant: found.variant }
}

/** The text of a member of a file name; undefined where there is none. @throws FileError `corrupt` for one that is larger than the limit; as unwrapped */
export async function textIn(source: ByteSource, fileName: string, limit: number, signal?: AbortSignal): Promise<string | undefined> {
  const member = memberNamed(await membersOf(source, signal), fileName)
  if (!member) return undefined
  const opened = await openMember(source, member, signal)
  if (opened.size > limit)
    throw new FileError('corrupt', `[${opened.name}] a config must be smaller than ${limit} bytes, got ${opened.size}`)
  return new TextDecoder().decode(await opened.read(0, opened.size, signal))
}

const listed = (members: readonly Member[]): string => {
  const names = members.slice(0, SHOWN).map((m) => m.name).join(', ') || 'nothing' // prettier-ignore
  return members.length > SHOWN ? `${names} and ${members.length - SHOWN} more` : names
}

function noKeras(source: ByteSource, members: readonly Member[]): FileError {
  const other = OTHERS.find(([member]) => members.some(({ name }) => member.test(name)))
  if (other) return new FileError('unsupported', `[${source.name}] the archive must hold a Keras file, got ${other[1]}`)
  return new FileError('not-found', `[${source.name}] the archive must hold a Keras file, got ${listed(members)}`)
}
