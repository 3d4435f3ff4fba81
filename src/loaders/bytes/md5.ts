/** MD5 (RFC 1321), the hash that Keras gives its weight files: tells a damaged download from a whole one, and is no protection from malice. */
import { plainBytes } from './bytes.ts'

/** The sines of RFC 1321, section 3.4: floor(2^32 * |sin(i + 1)|). */
const K = Int32Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))))
const BLOCK = 64

/** `a` of the next step: b + rotated sum. */
function step(sum: number, bits: number, b: number): number {
  return (((sum << bits) | (sum >>> (32 - bits))) + b) | 0
}

/** Takes the bytes of a file in order, in pieces of any size. */
export class Md5 {
  #a = 0x67452301
  #b = 0xefcdab89 | 0
  #c = 0x98badcfe | 0
  #d = 0x10325476
  #length = 0
  /** Bytes of a block that is not full yet: the last `#length % 64`. */
  readonly #rest = new Uint8Array(BLOCK)

  /** The next bytes of the file. They are not kept. */
  update(piece: Uint8Array): this {
    const bytes = plainBytes(piece)
    const held = this.#length % BLOCK
    this.#length += bytes.length
    let at = 0
    if (held) {
      at = Math.min(BLOCK - held, bytes.length)
      this.#rest.set(bytes.subarray(0, at), held)
      if (held + at < BLOCK) return this
      this.#blocks(new Int32Array(this.#rest.buffer))
    }
    const whole = Math.floor((bytes.length - at) / BLOCK) * BLOCK
    if (whole) {
      // Words need an aligned start; every platform with WebGPU is little-endian, as MD5 is.
      const aligned = (bytes.byteOffset + at) % 4 === 0 ? bytes.subarray(at) : bytes.slice(at, at + whole)
      this.#blocks(new Int32Array(aligned.buffer, aligned.byteOffset, whole / 4))
    }
    this.#rest.set(bytes.subarray(at + whole))
    return this
  }

  /** The hash of all bytes so far, in 32 lower-case digits. Ends the hashing: no update may follow. */
  hex(): string {
    const length = this.#length
    const padding = new Uint8Array(((119 - (length % BLOCK)) % BLOCK) + 9)
    padding[0] = 0x80
    const bits = new DataView(padding.buffer, padding.length - 8)
    bits.setUint32(0, (length % 2 ** 29) * 8, true)
    bits.setUint32(4, Math.floor(length / 2 ** 29), true)
    this.update(padding)
    const digest = new Uint8Array(Int32Array.of(this.#a, this.#b, this.#c, this.#d).buffer)
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }

  /** Whole blocks of 16 words. */
  #blocks(words: Int32Array): void {
    // Not by destructuring: four times slower.
    let A = this.#a
    let B = this.#b
    let C = this.#c
    let D = this.#d
    for (let at = 0; at < words.length; at += 16) {
      let a = A
      let b = B
      let c = C
      let d = D
      for (let i = 0; i < 16; i += 4) {
        a = step((a + (d ^ (b & (c ^ d))) + words[at + i]! + K[i]!) | 0, 7, b)
        d = step((d + (c ^ (a & (b ^ c))) + words[at + i + 1]! + K[i + 1]!) | 0, 12, a)
        c = step((c + (b ^ (d & (a ^ b))) + words[at + i + 2]! + K[i + 2]!) | 0, 17, d)
        b = step((b + (a ^ (c & (d ^ a))) + words[at + i + 3]! + K[i + 3]!) | 0, 22, c)
      }
      for (let i = 16; i < 32; i += 4) {
        a = step((a + (c ^ (d & (b ^ c))) + words[at + ((5 * i + 1) & 15)]! + K[i]!) | 0, 5, b)
        d = step((d + (b ^ (c & (a ^ b))) + words[at + ((5 * i + 6) & 15)]! + K[i + 1]!) | 0, 9, a)
        c = step((c + (a ^ (b & (d ^ a))) + words[at + ((5 * i + 11) & 15)]! + K[i + 2]!) | 0, 14, d)
        b = step((b + (d ^ (a & (c ^ d))) + words[at + ((5 * i) & 15)]! + K[i + 3]!) | 0, 20, c)
      }
      for (let i = 32; i < 48; i += 4) {
        a = step((a + (b ^ c ^ d) + words[at + ((3 * i + 5) & 15)]! + K[i]!) | 0, 4, b)
        d = step((d + (a ^ b ^ c) + words[at + ((3 * i + 8) & 15)]! + K[i + 1]!) | 0, 11, a)
        c = step((c + (d ^ a ^ b) + words[at + ((3 * i + 11) & 15)]! + K[i + 2]!) | 0, 16, d)
        b = step((b + (c ^ d ^ a) + words[at + ((3 * i + 14) & 15)]! + K[i + 3]!) | 0, 23, c)
      }
      for (let i = 48; i < 64; i += 4) {
        a = step((a + (c ^ (b | ~d)) + words[at + ((7 * i) & 15)]! + K[i]!) | 0, 6, b)
        d = step((d + (b ^ (a | ~c)) + words[at + ((7 * i + 7) & 15)]! + K[i + 1]!) | 0, 10, a)
        c = step((c + (a ^ (d | ~b)) + words[at + ((7 * i + 14) & 15)]! + K[i + 2]!) | 0, 15, d)
        b = step((b + (d ^ (c | ~a)) + words[at + ((7 * i + 5) & 15)]! + K[i + 3]!) | 0, 21, c)
      }
      A = (A + a) | 0
      B = (B + b) | 0
      C = (C + c) | 0
      D = (D + d) | 0
    }
    this.#a = A
    this.#b = B
    this.#c = C
    this.#d = D
  }
}
