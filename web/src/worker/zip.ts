/** Zip archives: a project as one file, and pictures that come in one. */
import { ArgumentError, blobSource, type ByteSource } from '../../../src/index.ts'
import type { ZippedPicture } from '../messages.ts'
import type { FileToWrite } from '../../../src/loaders/bytes/file_to_write.ts'
import { isZip } from '../../../src/loaders/bytes/is_zip.ts'
import { openMember, zipMembers, type Member } from '../../../src/loaders/bytes/zip.ts'
import { zipFile } from '../../../src/loaders/bytes/zip_write.ts'

/** Bytes that are in memory at a time. */
const PIECE = 4 * 2 ** 20
/** Bytes of all members of an archive that is made or unpacked as a whole. */
const LARGEST = 2 ** 31
/** Pictures that are taken from an archive. */
const MOST_PICTURES = 20_000
/** Bytes of one of them: what a camera makes, and more. */
const LARGEST_PICTURE = 64 * 2 ** 20
const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i
/** What archives have besides, of systems that made them. */
const HIDDEN = /(^|\/)(\.|__MACOSX\/)/

function toWrite(blob: Blob): FileToWrite {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < blob.size; at += PIECE) yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer())
  }
  return { size: blob.size, chunks }
}

/** What is made of pieces goes to where the browser keeps blobs, and out of this worker's memory; of what is small, the pieces. */
async function partsOf(pieces: AsyncIterable<Uint8Array>): Promise<BlobPart[]> {
  let parts: BlobPart[] = []
  let held = 0
  for await (const piece of pieces) {
    parts.push(piece.slice())
    held += piece.length
    if (held < PIECE) continue
    parts = [new Blob(parts)]
    held = 0
  }
  return parts
}

/** @throws ArgumentError for more than can be unpacked again */
function checkSize(name: string, kind: string, files: Iterable<{ readonly size: number }>): void {
  const bytes = [...files].reduce((sum, { size }) => sum + size, 0)
  if (bytes > LARGEST) throw new ArgumentError(name, `${kind} must have at most ${LARGEST} bytes in it, got ${bytes}`)
}

/** An archive of files by their names. @param kind what it is, for messages @throws ArgumentError above 2 GiB */
export async function pack(files: ReadonlyMap<string, Blob>, kind: string): Promise<Blob> {
  checkSize('save', kind, files.values())
  return new Blob(await partsOf(zipFile(new Map([...files].map(([name, blob]) => [name, toWrite(blob)]))).chunks()))
}

/** @throws ArgumentError for something else */
async function archiveOf(file: File, kind: string): Promise<ByteSource> {
  const source = blobSource(file, file.name)
  if (await isZip(source)) return source
  throw new ArgumentError(file.name, `${kind} must be a zip archive, got something else`)
}

async function contentOf(source: ByteSource, member: Member): Promise<BlobPart[]> {
  const opened = await openMember(source, member)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < opened.size; at += PIECE) yield await opened.read(at, Math.min(PIECE, opened.size - at))
  }
  return partsOf(pieces())
}

/**
 * The files of an archive, by their names.
 * @param needed a file that it must have
 * @param kind what an archive with it is, for messages
 * @throws ArgumentError where it is none, or has not what is needed; FileError `truncated`, `corrupt`, `unsupported`
 */
export async function unpack(file: File, needed: string, kind: string): Promise<Map<string, Blob>> {
  const source = await archiveOf(file, kind)
  const members = (await zipMembers(source)).filter(({ name }) => !name.endsWith('/'))
  if (!members.some(({ name }) => name === needed))
    throw new ArgumentError(file.name, `${kind} must have ${needed} in it, got an archive without`)
  checkSize(file.name, kind, members)
  const files = new Map<string, Blob>()
  for (const member of members) files.set(member.name, new Blob(await contentOf(source, member)))
  return files
}

/** Archives that were listed. */
let listed = 0

/** The pictures of an archive; none of them is read yet. @throws ArgumentError, FileError where it is none, a broken one, or has too many */
export async function listZip(zip: File): Promise<ZippedPicture[]> {
  const members = await zipMembers(await archiveOf(zip, 'pictures'))
  const pictures = members.filter(({ name }) => PICTURE.test(name) && !HIDDEN.test(name))
  if (pictures.length > MOST_PICTURES)
    throw new ArgumentError(zip.name, `an archive must have at most ${MOST_PICTURES} pictures, got ${pictures.length}`)
  const archive = ++listed
  return pictures.map((member) => ({ path: member.name, zip, archive, member }))
}

/** Of a picture that is given. */
export const bytesOf = (given: File | ZippedPicture): number => (given instanceof File ? given : (given.member as Member)).size

/** The archive that was read last: small pictures lie side by side in it, so that one read serves several. */
let recent: { readonly archive: number; readonly source: ByteSource } | undefined

function sourceOf({ archive, zip }: ZippedPicture): ByteSource {
  if (recent?.archive !== archive) recent = { archive, source: blobSource(zip, zip.name) }
  return recent.source
}

/** @throws ArgumentError for a picture that would not fit into memory with what is made of it */
export function checkPicture(name: string, bytes: number): void {
  if (bytes > LARGEST_PICTURE) throw new ArgumentError(name, `a picture must have at most ${LARGEST_PICTURE} bytes, got ${bytes}`)
}

/** A picture of an archive as a file. @throws FileError */
export async function unzipped(picture: ZippedPicture): Promise<File> {
  return new File(await contentOf(sourceOf(picture), picture.member as Member), picture.path) // as listZip gave it
}
