/** Pictures and hashes as test/golden/make_images.py has them. Runs in Node and in browsers. */
import type { Pixels } from '../../src/loaders/images/resize.ts'

/** Bytes of a linear congruential generator. */
export function noise(count: number, seed: number): Uint8Array<ArrayBuffer> {
  let x = seed
  return Uint8Array.from({ length: count }, () => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24)
}

export function noisePicture(height: number, width: number, seed = 1): Pixels {
  return { width, height, data: noise(height * width * 3, seed) }
}

/** FNV-1a, 32 bits. */
export function fnv(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}

/** The largest difference between two pictures of one size. */
export function farthest(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), a.length === b.length ? 0 : Infinity)
}

/** CRC-32, as PNG chunks have it. */
export function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
    return crc
  })
  return ~bytes.reduce((crc, byte) => table[(crc ^ byte) & 255]! ^ (crc >>> 8), -1) >>> 0
}
