/** Reads numbers out of one structure of an HDF5 file, little-endian, never past its end. */
import { FileError } from '../../errors.ts'

/** Sizes of addresses and lengths, from the superblock. */
export interface Widths {
  readonly offsets: number
  readonly lengths: number
}

export class Cursor {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Address of the first byte in the file, for messages. */
  readonly address: number
  readonly widths: Widths
  /** What is being read, for messages. */
  readonly what: string
  at = 0
  readonly #view: DataView

  constructor(bytes: Uint8Array<ArrayBuffer>, address: number, widths: Widths, what: string) {
    this.bytes = bytes
    this.address = address
    this.widths = widths
    this.what = what
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  corrupt(rule: string): FileError {
    return new FileError('corrupt', `[hdf5] ${this.what} ${rule} (at byte ${this.address + this.at})`, { offset: this.address + this.at })
  }

  unsupported(feature: string): FileError {
    return new FileError(
      'unsupported',
      `[hdf5] files that Keras writes are read, got ${feature} in ${this.what} (at byte ${this.address})`,
      {
        offset: this.address,
      },
    )
  }

  #step(length: number): number {
    const at = this.at
    if (!(length >= 0 && length <= this.left)) throw this.corrupt(`must hold ${length} more bytes, got ${this.left}`)
    this.at += length
    return at
  }

  skip(length: number): void {
    this.#step(length)
  }

  /** Moves to the next multiple of 8 from the start of the structure. */
  align8(): void {
    this.#step((8 - (this.at % 8)) % 8)
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#step(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), true)
  }

  /** An unsigned number of 1 to 8 bytes; above 2^53 the file is corrupt. */
  uint(width: number): number {
    const bytes = this.take(width)
    const value = bytes.reduceRight((sum, b) => sum * 256 + b, 0)
    if (!Number.isSafeInteger(value)) throw this.corrupt(`must hold numbers below 2^53, got ${value}`)
    return value
  }

  /** An address; Infinity where it is undefined, which all ones mean. */
  offset(): number {
    const { offsets } = this.widths
    if (this.left < offsets || this.bytes.subarray(this.at, this.at + offsets).some((b) => b !== 0xff)) return this.uint(offsets)
    this.skip(offsets)
    return Infinity
  }

  length(): number {
    return this.uint(this.widths.lengths)
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#step(length)
    return this.bytes.subarray(at, at + length)
  }

  /** A part of this structure as one of its own. */
  part(length: number, what: string): Cursor {
    const address = this.address + this.at
    return new Cursor(this.take(length), address, this.widths, what)
  }

  /** Checks the four letters that mark a structure. */
  signature(expected: string): void {
    const found = text(this.take(4))
    if (found !== expected) throw this.corrupt(`must begin with ${expected}, got ${JSON.stringify(found)}`)
  }

  version(...known: readonly number[]): number {
    const found = this.u8()
    if (!known.includes(found)) throw this.unsupported(`version ${found}`)
    return found
  }
}

const decoder = new TextDecoder()

/** UTF-8 up to the first NUL. */
export function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end))
}
