/** Bytes that a user picked, or that are in memory. */
import { FileError } from '../../errors.ts'
import { inBlocks } from './blocks.ts'
import { checkRange, plainBytes, type ByteSource } from './bytes.ts'

/** A picked file, or bytes in memory. */
export type BytesInput = Blob | ArrayBuffer | Uint8Array

export const isBytes = (input: unknown): input is BytesInput =>
  input instanceof Blob || input instanceof ArrayBuffer || input instanceof Uint8Array

const nameOf = (blob: Blob): string => ('name' in blob && typeof blob.name === 'string' ? blob.name : 'blob')

/**
 * A source over a Blob or a File that the user picked; only what is read comes into memory, in blocks.
 * @example
 * const source = blobSource(new File([new Uint8Array([1, 2, 3])], 'three.bin'))
 * await source.read(1, 2) // [2, 3]
 * source.name // "three.bin"
 */
export function blobSource(blob: Blob, name = nameOf(blob)): ByteSource {
  const whole = { size: blob.size, name }
  return inBlocks({
    ...whole,
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(whole, offset, length)
      const bytes = await content(blob.slice(offset, offset + length), name, offset)
      signal?.throwIfAborted()
      return bytes
    },
  })
}

async function content(blob: Blob, name: string, offset: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch (cause) {
    throw new FileError('integrity', `[${name}] the file must stay readable and unchanged, got ${String(cause)}`, { offset }, { cause })
  }
}

/** All bytes of a small file; those in memory are not copied. @throws FileError `integrity` for a file that cannot be read; the signal's reason */
export async function bytesOf(input: BytesInput, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted()
  if (!(input instanceof Blob)) return input instanceof ArrayBuffer ? new Uint8Array(input) : plainBytes(input)
  const bytes = await content(input, nameOf(input), 0)
  signal?.throwIfAborted()
  return bytes
}
