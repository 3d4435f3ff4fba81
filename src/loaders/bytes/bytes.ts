/** Where bytes come from: memory, a Blob, a web server. Everything that reads a file reads it through a `ByteSource`. */
import { FileError } from '../../errors.ts'

export interface ByteSource {
  /** Bytes. */
  readonly size: number
  /** For messages: a file name or URL. */
  readonly name: string
  /**
   * Bytes [offset, offset + length). The result may be a view of memory that the source keeps: treat it as read-only.
   * @throws FileError `truncated` with the offset where the range is not inside the file; the signal's reason when aborted.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
}

/** @throws FileError `truncated` unless [offset, offset + length) lies within the source. */
export function checkRange(source: { readonly size: number; readonly name: string }, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= source.size) return
  throw new FileError(
    'truncated',
    `[${source.name}] a read must end inside the file of ${source.size} bytes, got ${length} bytes at ${offset}`,
    { offset },
  )
}

/** A source over bytes in memory; they are not copied. */
export function bytesSource(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>, name = 'bytes'): ByteSource {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)
  const source: ByteSource = {
    size: data.length,
    name,
    read: (offset, length, signal) =>
      new Promise((resolve) => {
        signal?.throwIfAborted()
        checkRange(source, offset, length)
        resolve(data.subarray(offset, offset + length))
      }),
  }
  return source
}

/** A source over a Blob or a File that the user picked; only the ranges that are read come into memory. */
export function blobSource(blob: Blob, name = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'blob'): ByteSource {
  const source: ByteSource = {
    size: blob.size,
    name,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(source, offset, length)
      let bytes: Uint8Array<ArrayBuffer>
      try {
        bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
      } catch (cause) {
        throw new FileError('integrity', `[${name}] the file must stay readable and unchanged, got ${String(cause)}`, { offset }, { cause })
      }
      signal?.throwIfAborted()
      return bytes
    },
  }
  return source
}

/** A picked file, or bytes in memory. */
export type BytesInput = Blob | ArrayBuffer | Uint8Array

export const isBytes = (input: unknown): input is BytesInput =>
  input instanceof Blob || input instanceof ArrayBuffer || input instanceof Uint8Array

/** All bytes of a small file; those in memory are not copied. @throws FileError `integrity` for a file that cannot be read; the signal's reason */
export async function bytesOf(input: BytesInput, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted()
  if (input instanceof Blob) return blobSource(input).read(0, input.size, signal)
  return input instanceof ArrayBuffer ? new Uint8Array(input) : (input as Uint8Array<ArrayBuffer>)
}

/** A part of another source, such as a member of an archive. @throws FileError `truncated` where the part is not inside. */
export function partOf(whole: ByteSource, begin: number, length: number, name: string): ByteSource {
  checkRange(whole, begin, length)
  const source: ByteSource = {
    size: length,
    name,
    async read(offset, count, signal) {
      checkRange(source, offset, count)
      return whole.read(begin + offset, count, signal)
    },
  }
  return source
}
