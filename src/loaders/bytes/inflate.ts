/** Decompression with a limit, by the platform's own DecompressionStream. */
import { FileError } from '../../errors.ts'

/**
 * @param format `deflate`: a zlib stream; `deflate-raw`: without header and checksum, as in zip archives
 * @param limit bytes; what would become larger is refused before it does
 * @param what for messages
 * @throws FileError `corrupt`
 */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: 'deflate' | 'deflate-raw',
  limit: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const part = await reader.read().catch((cause: unknown) => {
      throw new FileError('corrupt', `[inflate] ${what} must be a whole ${format} stream, got ${String(cause)}`, {}, { cause })
    })
    if (part.done) break
    parts.push(part.value)
    length += part.value.length
    if (length > limit) {
      await reader.cancel()
      throw new FileError('corrupt', `[inflate] ${what} must have at most ${limit} bytes, got more`)
    }
  }
  const out = new Uint8Array(length)
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0)
  return out
}
