/** Files that lie beside another one: the shards of a list, the weights of a `model.json`. */
import type { ByteSource } from '../bytes/bytes.ts'

/** Opens the file of a name that lies beside another one. */
type Beside = (name: string) => Promise<ByteSource>

/** Of files that were found in an archive or a folder, and need those beside them. */
const neighbours = new WeakMap<ByteSource, Beside>()

/** What opens the files beside one that was found in an archive or a folder; undefined for any other. */
export const besideFound = (inner: ByteSource): Beside | undefined => neighbours.get(inner)

/** For who finds a file in a folder. */
export const foundBeside = (inner: ByteSource, beside: Beside): ByteSource => (neighbours.set(inner, beside), inner)
