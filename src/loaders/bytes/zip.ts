/** Lists the members of a zip archive and reads them in place. APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (ZIP64). */
import { FileError } from '../../errors.ts'
import { bytesSource, expansionLimit, partOf, type ByteSource } from './bytes.ts'
import { inflate } from './inflate.ts'
import { END_SIZE, LOCAL } from './is_zip.ts'

const ENTRY = 0x02014b50
const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
/** Largest list of members that is read. */
const DIRECTORY_LIMIT = 16 * 1024 * 1024

export interface Member {
  /** With its folder. */
  readonly name: string
  readonly encrypted: boolean
  /** 0: stored, 8: deflated. */
  readonly method: number
  readonly stored: number
  readonly size: number
  /** Of the local header. */
  readonly at: number
}

const viewOf = (bytes: Uint8Array<ArrayBuffer>) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function corrupt(source: ByteSource, rule: string, offset: number): FileError {
  return new FileError('corrupt', `[${source.name}] the archive ${rule} (at byte ${offset})`, { offset })
}

/** The member of a file name, in whatever folder. */
export function memberNamed(members: readonly Member[], fileName: string): Member | undefined {
  return members.find(({ name }) => (name === fileName || name.endsWith(`/${fileName}`)) && !name.startsWith('__MACOSX/'))
}

/**
 * A member of an archive: in place where it is stored, in memory where it is deflated.
 * @throws FileError `corrupt`, `truncated`; `unsupported` for encryption and other compression
 */
export async function openMember(source: ByteSource, member: Member, signal?: AbortSignal): Promise<ByteSource> {
  const { name, method, stored, size, at, encrypted } = member
  if (encrypted || (method !== 0 && method !== 8)) {
    const got = encrypted ? 'an encrypted one' : `compression method ${method}`
    throw new FileError('unsupported', `[${source.name}] members must be stored or deflated, got ${got} for ${name}`, { path: name })
  }
  const head = viewOf(await source.read(at, 30, signal))
  if (head.getUint32(0, true) !== LOCAL) throw corrupt(source, `must have a header for ${name}`, at)
  const begin = at + 30 + head.getUint16(26, true) + head.getUint16(28, true)
  const label = `${source.name}/${name}`
  if (method === 0) return partOf(source, begin, size, label)
  if (size > expansionLimit(stored)) throw corrupt(source, `must not promise ${size} bytes from ${stored} for ${name}`, at)
  const bytes = await inflate(await source.read(begin, stored, signal), 'deflate-raw', size, label)
  if (bytes.length !== size) throw corrupt(source, `must have ${size} bytes, got ${bytes.length} for ${name}`, at)
  return bytesSource(bytes, label)
}

/** Where the list of members is: from the end record, or its 64-bit form where a field does not fit. */
async function findDirectory(source: ByteSource, signal: AbortSignal | undefined): Promise<{ at: number; size: number }> {
  const length = Math.min(source.size, END_SIZE + 0xffff)
  const tailAt = source.size - length
  const tail = viewOf(await source.read(tailAt, length, signal))
  let end = length - END_SIZE
  while (end >= 0 && tail.getUint32(end, true) !== END) end--
  if (end < 0)
    throw new FileError('truncated', `[${source.name}] the archive must end with its list of members, got none`, { offset: source.size })
  const size = tail.getUint32(end + 12, true)
  const at = tail.getUint32(end + 16, true)
  if (at !== 0xffffffff && size !== 0xffffffff) return { at, size }
  if (end < 20 || tail.getUint32(end - 20, true) !== LOCATOR64) throw corrupt(source, 'must have a ZIP64 locator', tailAt + end)
  const end64At = number64(source, tail, end - 12)
  const end64 = viewOf(await source.read(end64At, 56, signal))
  if (end64.getUint32(0, true) !== END64) throw corrupt(source, 'must have a ZIP64 end record', end64At)
  return { size: number64(source, end64, 40), at: number64(source, end64, 48) }
}

function number64(source: ByteSource, view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true))
  if (!Number.isSafeInteger(value)) throw corrupt(source, `must hold numbers below 2^53, got ${value}`, at)
  return value
}

/** All members, in the order of the archive's own list. @throws FileError `corrupt`, `truncated` */
export async function zipMembers(source: ByteSource, signal?: AbortSignal): Promise<Member[]> {
  const { at: start, size } = await findDirectory(source, signal)
  if (size > DIRECTORY_LIMIT) throw corrupt(source, `must have a list of members below ${DIRECTORY_LIMIT} bytes, got ${size}`, start)
  const bytes = await source.read(start, size, signal)
  const view = viewOf(bytes)
  const members: Member[] = []
  for (let at = 0; at + 46 <= size && view.getUint32(at, true) === ENTRY;) {
    const [nameSize, extraSize, commentSize] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)]
    const nameAt = at + 46
    const next = nameAt + nameSize + extraSize + commentSize
    if (next > size) throw corrupt(source, 'must have whole entries', start + at)
    const fields = { size: view.getUint32(at + 24, true), stored: view.getUint32(at + 20, true), at: view.getUint32(at + 42, true) }
    wide(source, view, nameAt + nameSize, extraSize, fields)
    const name = new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameSize))
    members.push({ name, encrypted: (view.getUint16(at + 8, true) & 1) !== 0, method: view.getUint16(at + 10, true), ...fields })
    at = next
  }
  return members
}

/** Replaces fields of all ones by those of the ZIP64 extra field, which has only these, in this order. */
function wide(
  source: ByteSource,
  view: DataView,
  begin: number,
  length: number,
  fields: { size: number; stored: number; at: number },
): void {
  for (let at = begin; at + 4 <= begin + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    let from = at + 4
    for (const key of ['size', 'stored', 'at'] as const) {
      if (fields[key] !== 0xffffffff) continue
      if (from + 8 > begin + length) throw corrupt(source, 'must have whole ZIP64 fields', at)
      fields[key] = number64(source, view, from)
      from += 8
    }
    return
  }
}
