/** The checksum of HDF5's newer structures: Bob Jenkins' lookup3 (hashlittle) with seed 0. */
import type { Cursor } from './cursor.ts'

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/** lookup3 of the bytes, as an unsigned number. */
export function lookup3(bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) | 0
  let b = a
  let c = a
  const word = (at: number) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
  let at = 0
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0
    b = (b + word(at + 4)) | 0
    c = (c + word(at + 8)) | 0
    a = (a - c) ^ rotate(c, 4)
    c = (c + b) | 0
    b = (b - a) ^ rotate(a, 6)
    a = (a + c) | 0
    c = (c - b) ^ rotate(b, 8)
    b = (b + a) | 0
    a = (a - c) ^ rotate(c, 16)
    c = (c + b) | 0
    b = (b - a) ^ rotate(a, 19)
    a = (a + c) | 0
    c = (c - b) ^ rotate(b, 4)
    b = (b + a) | 0
  }
  if (at === bytes.length) return c >>> 0
  a = (a + word(at)) | 0
  b = (b + word(at + 4)) | 0
  c = (c + word(at + 8)) | 0
  c = (c ^ b) - rotate(b, 14)
  a = (a ^ c) - rotate(c, 11)
  b = (b ^ a) - rotate(a, 25)
  c = (c ^ b) - rotate(b, 16)
  a = (a ^ c) - rotate(c, 4)
  b = (b ^ a) - rotate(a, 14)
  c = (c ^ b) - rotate(b, 24)
  return c >>> 0
}

/** Checks the last four bytes of a structure against the others. @throws FileError `corrupt` */
export function verify(c: Cursor): void {
  const end = c.bytes.length - 4
  if (end < 0) throw c.corrupt(`must end with a checksum, got ${c.bytes.length} bytes`)
  const [b0, b1, b2, b3] = c.bytes.subarray(end) as unknown as [number, number, number, number]
  if (lookup3(c.bytes.subarray(0, end)) !== (b0 | (b1 << 8) | (b2 << 16) | (b3 << 24)) >>> 0) {
    throw c.corrupt('must have the checksum that is stored with it, got another')
  }
}
