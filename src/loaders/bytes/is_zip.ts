/** Tells zip archives, whose reader is loaded when there is one. APPNOTE.TXT 6.3.10, section 4.3. */
import type { ByteSource } from './bytes.ts'

/** What a member's header begins with, and so an archive. */
export const LOCAL = 0x04034b50

/** Bytes of the shortest end of an archive. */
export const END_SIZE = 22

/** True if the bytes begin as a zip archive does. */
export async function isZip(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  if (source.size < END_SIZE) return false
  const { buffer, byteOffset } = await source.read(0, 4, signal)
  return new DataView(buffer, byteOffset, 4).getUint32(0, true) === LOCAL
}
