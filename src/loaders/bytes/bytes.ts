/** Where bytes come from. Everything that reads a file reads it through a `ByteSource`. */
import { FileError } from '../../errors.ts'

/** A file, wherever it is, of which any part can be read. See {@link bytesSource}. */
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

/** Sources of which a small read costs next to nothing: memory, and what keeps blocks. */
export const quick = new WeakSet<ByteSource>()

/** @throws FileError `truncated` unless [offset, offset + length) lies within the source. */
export function checkRange(source: { readonly size: number; readonly name: string }, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= source.size) return
  throw new FileError(
    'truncated',
    `[${source.name}] a read must end inside the file of ${source.size} bytes, got ${length} bytes at ${offset}`,
    { offset },
  )
}

/**
 * The same bytes as nothing but a Uint8Array: `slice` of a Node Buffer is a view of memory that others use, that of a Uint8Array a copy.
 * Memory that is shared with other threads is copied.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(bytes)
}

/**
 * A source over bytes in memory; they are not copied.
 * @example
 * const source = bytesSource(new Uint8Array([1, 2, 3]), 'three.bin')
 * await source.read(1, 2) // [2, 3]
 */
export function bytesSource(bytes: ArrayBuffer | Uint8Array, name = 'bytes'): ByteSource {
  const data = bytes instanceof Uint8Array ? plainBytes(bytes) : new Uint8Array(bytes)
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
  quick.add(source)
  return source
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
  if (quick.has(whole)) quick.add(source)
  return source
}

/** Sources that follow each other, as one. */
export function joinedSource(parts: readonly ByteSource[], name: string): ByteSource {
  const [only, second] = parts
  if (only && !second) return only
  const source: ByteSource = {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    name,
    async read(offset, length, signal) {
      checkRange(source, offset, length)
      const out = new Uint8Array(length)
      let begin = 0
      for (const part of parts) {
        const [from, to] = [Math.max(offset, begin), Math.min(offset + length, begin + part.size)]
        if (from < to) out.set(await part.read(from - begin, to - from, signal), from - offset)
        begin += part.size
      }
      return out
    },
  }
  return source
}

/**
 * What compressed bytes may become: 64 times as many, and 1 MiB. Deflate can make a thousand of one, but weights never shrink like that, and
 * memory has to be found for what a file promises.
 */
export function expansionLimit(bytes: number): number {
  return 1024 * 1024 + 64 * bytes
}
