/** An opened HDF5 file: signature, superblock, and metadata reads that are bounded. HDF5 File Format Specification 3.0, section II. */
import { FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { verify } from './checksum.ts'
import { Cursor, type Widths } from './cursor.ts'

const SIGNATURE = '\x89HDF\r\n\x1a\n'
/**
 * Bytes of metadata that one file may make us read: so many times its size and a constant, and never more than 256 MiB. Files that Keras
 * writes need about their size, since shared groups are read again for each weight.
 */
const BUDGET_FACTOR = 32
const BUDGET_BASE = 1024 * 1024
const BUDGET_LIMIT = 256 * 1024 * 1024
/** What reading a structure costs beside its bytes, so that many small ones are counted too. */
const STRUCTURE_COST = 64
/** Largest single structure. */
const STRUCTURE_LIMIT = 16 * 1024 * 1024

let opened = 0

export class Hdf5File {
  /** Tells opened files apart. */
  readonly serial = opened++
  readonly source: ByteSource
  /** Where addresses count from: the length of a user block. */
  readonly base: number
  readonly widths: Widths
  readonly #signal: AbortSignal | undefined
  #budget: number

  constructor(source: ByteSource, base: number, widths: Widths, signal: AbortSignal | undefined) {
    this.source = source
    this.base = base
    this.widths = widths
    this.#signal = signal
    this.#budget = Math.min(BUDGET_LIMIT, BUDGET_BASE + BUDGET_FACTOR * source.size)
  }

  /** Checks that [address, address + length) lies in the file. @throws FileError `truncated` */
  check(address: number, length: number, what: string): void {
    if (address >= 0 && length >= 0 && this.base + address + length <= this.source.size) return
    throw new FileError(
      'truncated',
      `[${this.source.name}] ${what} must lie inside the file of ${this.source.size} bytes, got ${length} bytes at ${address}`,
      {
        offset: address,
      },
    )
  }

  /** Counts work on metadata. @throws FileError `corrupt` where a file asks for more than its size explains */
  spend(length: number, what: string, address: number): void {
    this.#budget -= length
    if (length <= STRUCTURE_LIMIT && this.#budget >= 0) return
    throw new FileError('corrupt', `[${this.source.name}] ${what} must be of a sensible size, got ${length} bytes`, { offset: address })
  }

  /** Reads a metadata structure. @param signal default: the one the file was opened with; null for none. @throws FileError */
  async structure(address: number, length: number, what: string, signal: AbortSignal | null | undefined = this.#signal): Promise<Cursor> {
    this.check(address, length, what)
    this.spend(length + STRUCTURE_COST, what, address)
    return new Cursor(await this.source.read(this.base + address, length, signal ?? undefined), address, this.widths, what)
  }

  /** Reads raw data. */
  data(address: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    this.check(address, length, 'the data of a dataset')
    return this.source.read(this.base + address, length, signal)
  }
}

/** Finds the signature at 0, 512, 1024, 2048, ... */
async function findSignature(source: ByteSource, signal: AbortSignal | undefined): Promise<number | undefined> {
  for (let at = 0; at + SIGNATURE.length <= source.size; at = at === 0 ? 512 : 2 * at) {
    const bytes = await source.read(at, SIGNATURE.length, signal)
    if ([...SIGNATURE].every((c, i) => c.charCodeAt(0) === bytes[i])) return at
  }
  return undefined
}

/** True for a file that begins as HDF5 does, perhaps behind a block of the user's. */
export async function isHdf5(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  return (await findSignature(source, signal)) !== undefined
}

/** Opens a file. @returns it and the address of its root group's object header. @throws FileError */
export async function openFile(source: ByteSource, signal: AbortSignal | undefined): Promise<{ file: Hdf5File; root: number }> {
  const base = await findSignature(source, signal)
  if (base === undefined) {
    const { guess, GUESSED } = await lazy(import('../bytes/guess.ts'))
    const got = guess(await source.read(0, Math.min(GUESSED, source.size), signal))
    throw new FileError('not-hdf5', `[${source.name}] the file must be HDF5, got ${got}`, { offset: 0 })
  }
  const room = Math.min(128, source.size - base)
  const c = new Cursor(await source.read(base, room, signal), base, { offsets: 8, lengths: 8 }, 'the superblock')
  c.skip(8)
  const version = c.version(0, 1, 2, 3)
  if (version < 2) c.skip(4)
  const widths = { offsets: c.u8(), lengths: c.u8() }
  if (![4, 8].includes(widths.offsets) || ![4, 8].includes(widths.lengths)) {
    throw c.unsupported(`addresses of ${widths.offsets} and lengths of ${widths.lengths} bytes`)
  }
  c.skip(version < 2 ? 9 : 1) // reserved, tree sizes, flags
  if (version === 1) c.skip(4)
  const rest = new Cursor(c.take(c.left), base, widths, 'the superblock')
  const said = rest.offset() // base address; where the signature was found is what counts
  rest.offset() // free space, or superblock extension
  const end = rest.offset() - said + base
  if (version < 2) {
    rest.offset() // driver information
    rest.offset() // link name of the root entry
  }
  const root = rest.offset()
  if (version >= 2) verify(new Cursor(c.bytes.subarray(0, 16 + 4 * widths.offsets), base, widths, 'the superblock'))
  if (end > source.size) {
    throw new FileError('truncated', `[${source.name}] the file must have ${end} bytes as its superblock says, got ${source.size}`, {
      offset: source.size,
    })
  }
  return { file: new Hdf5File(source, base, widths, signal), root }
}
