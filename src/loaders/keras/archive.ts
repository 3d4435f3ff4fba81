/** Finds the weights in an archive: `.keras` files of Keras 3 and of tf.keras 2.11 to 2.15. Names what other archives are. */
import { FileError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { memberNamed, openMember, zipMembers } from '../bytes/zip.ts'

/** Members that hold the weights, and what the archive is then. */
const WEIGHTS: readonly (readonly [fileName: string, variant: string])[] = [
  ['model.weights.h5', '.keras archive'],
  ['variables.h5', '.keras archive of tf.keras 2.11'],
]

/** Archives that are no Keras file, or one that is not read, by a member that they have. */
const OTHERS: readonly (readonly [member: RegExp, what: string])[] = [
  [/(^|\/)model\.weights\.npz$/, 'a .keras archive whose weights are NumPy arrays (model.weights.npz)'],
  [/(^|\/)model\.weights\.json$/, 'a .keras archive in shards (model.weights.json)'],
  [/(^|\/)saved_model\.pb$/, 'a TensorFlow SavedModel'],
  [/(^|\/)data\.pkl$/, 'a PyTorch file'],
  [/(^|\/)[^/]*\.mlmodel$/, 'a Core ML model'],
  [/(^|\/)model\.json$/, 'a TensorFlow.js model'],
  [/\.npy$/, 'NumPy arrays (.npz)'],
]

/** @throws FileError `unsupported` naming what the archive is; `not-found` listing its members; whatever is wrong with it */
export async function weightsInArchive(source: ByteSource, signal?: AbortSignal): Promise<{ weights: ByteSource; variant: string }> {
  const members = await zipMembers(source, signal)
  for (const [fileName, variant] of WEIGHTS) {
    const member = memberNamed(members, fileName)
    if (member) return { weights: await openMember(source, member, signal), variant }
  }
  const other = OTHERS.find(([member]) => members.some(({ name }) => member.test(name)))
  if (other) throw new FileError('unsupported', `[${source.name}] the archive must hold model.weights.h5, got ${other[1]}`)
  const there = members.slice(0, 8).map((m) => m.name).join(', ') || 'nothing' // prettier-ignore
  throw new FileError('not-found', `[${source.name}] the archive must hold model.weights.h5, got ${there}`, { path: 'model.weights.h5' })
}
