/** Dataspaces and datatypes, and turning stored values into numbers and strings. Specification, sections IV.A.2.b and d. */
import { FileError } from '../../errors.ts'
import { sizeOf, type Shape } from '../../shape.ts'
import { text, type Cursor } from './cursor.ts'

const MAX_RANK = 32

/** Sizes of a dataspace; [] for a scalar, undefined for a null space, which holds nothing. */
export function readDataspace(c: Cursor): Shape | undefined {
  const version = c.version(1, 2)
  const rank = c.u8()
  if (rank > MAX_RANK) throw c.corrupt(`must have at most ${MAX_RANK} dimensions, got ${rank}`)
  c.skip(1)
  const type = version === 2 ? c.u8() : 1
  if (version === 1) c.skip(5)
  if (type === 2) return undefined
  const shape = Array.from({ length: rank }, () => c.length())
  if (!Number.isSafeInteger(sizeOf(shape))) throw c.corrupt(`must have fewer than 2^53 elements, got [${shape.join(',')}]`)
  return shape
}

export type Datatype =
  | { readonly kind: 'float'; readonly size: 2 | 4 | 8; readonly little: boolean; readonly brain: boolean }
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly little: boolean; readonly signed: boolean }
  | { readonly kind: 'string'; readonly size: number }
  | { readonly kind: 'varString'; readonly size: number }
  | { readonly kind: 'other'; readonly size: number; readonly name: string }

const CLASSES = [
  'integer',
  'float',
  'time',
  'string',
  'bit field',
  'opaque',
  'compound',
  'reference',
  'enumeration',
  'variable length',
  'array',
]

export function readDatatype(c: Cursor): Datatype {
  const head = c.u8()
  const cls = head & 15
  const bits = c.u8() | (c.u8() << 8) | (c.u8() << 16)
  const size = c.u32()
  const little = (bits & 1) === 0
  if (cls === 0 && (size === 1 || size === 2 || size === 4 || size === 8)) return { kind: 'int', size, little, signed: (bits & 8) !== 0 }
  if (cls === 1) return floatType(c, size, little, bits)
  if (cls === 3) return { kind: 'string', size }
  if (cls === 5 && size === 2) return { kind: 'float', size: 2, little: true, brain: true } // how h5py stores bfloat16
  if (cls === 9 && (bits & 15) === 1) return { kind: 'varString', size }
  return { kind: 'other', size, name: `${CLASSES[cls] ?? `class ${cls}`} of ${size} bytes` }
}

function floatType(c: Cursor, size: number, little: boolean, bits: number): Datatype {
  c.skip(4) // bit offset, precision
  c.skip(1)
  const exponent = c.u8()
  c.skip(1)
  const mantissa = c.u8()
  const layout = `${size}:${exponent}:${mantissa}`
  if (!(bits & 0x40)) {
    if (layout === '4:8:23' || layout === '8:11:52' || layout === '2:5:10')
      return { kind: 'float', size: size as 2 | 4 | 8, little, brain: false }
    if (layout === '2:8:7') return { kind: 'float', size: 2, little, brain: true }
  }
  return { kind: 'other', size, name: `float of ${size} bytes with ${exponent} exponent and ${mantissa} mantissa bits` }
}

/** Half precision (IEEE 754 binary16) by its bits. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 31) return mantissa ? NaN : sign * Infinity
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}

const scratch = new DataView(new ArrayBuffer(4))

function brainFloat(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/** @throws FileError `unsupported` for a type that holds no number */
export function checkNumbers(type: Datatype, where: string): asserts type is Extract<Datatype, { kind: 'float' | 'int' }> {
  if (type.kind === 'float' || type.kind === 'int') return
  const got = type.kind === 'other' ? type.name : 'strings'
  throw new FileError('unsupported', `[hdf5] ${where} must hold numbers, got ${got}`, { path: where })
}

/** Reads one number at a byte position. @throws FileError `unsupported` for a type that holds no number */
function numberReader(type: Datatype, view: DataView, where: string): (at: number) => number {
  checkNumbers(type, where)
  if (type.kind === 'float') {
    const { little, brain } = type
    if (type.size === 4) return (at) => view.getFloat32(at, little)
    if (type.size === 8) return (at) => view.getFloat64(at, little)
    return (at) => (brain ? brainFloat : half)(view.getUint16(at, little))
  }
  const { little, signed } = type
  if (type.size === 1) return (at) => (signed ? view.getInt8(at) : view.getUint8(at))
  if (type.size === 2) return (at) => (signed ? view.getInt16(at, little) : view.getUint16(at, little))
  if (type.size === 4) return (at) => (signed ? view.getInt32(at, little) : view.getUint32(at, little))
  return (at) => Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little))
}

/** Host order is little-endian wherever WebGPU runs. A view of the bytes where they are f32 already and aligned. */
export function toFloat32(type: Datatype, bytes: Uint8Array<ArrayBuffer>, where: string): Float32Array<ArrayBuffer> {
  const count = bytes.length / type.size
  if (type.kind === 'float' && type.size === 4 && type.little) {
    if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count)
    return new Float32Array(bytes.slice().buffer)
  }
  const read = numberReader(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), where)
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) values[i] = read(i * type.size)
  return values
}

/** As `toFloat32`; always a copy. */
export function toFloat64(type: Datatype, bytes: Uint8Array<ArrayBuffer>, where: string): Float64Array<ArrayBuffer> {
  return Float64Array.from(toNumbers(type, bytes, where))
}

/** Numbers as they are, for attributes. */
export function toNumbers(type: Datatype, bytes: Uint8Array<ArrayBuffer>, where: string): number[] {
  const read = numberReader(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), where)
  return Array.from({ length: bytes.length / type.size }, (_, i) => read(i * type.size))
}

/** Fixed-length strings, padded with NUL or blanks. */
export function toStrings(size: number, bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / size }, (_, i) => text(bytes.subarray(i * size, (i + 1) * size)).trimEnd())
}

/** `float32`, `bfloat16`, `int8`, `float64, big-endian`. */
export function dtypeName(type: Datatype): string {
  if (type.kind === 'other') return type.name
  if (type.kind === 'string' || type.kind === 'varString') return 'string'
  const order = type.little || type.size === 1 ? '' : ', big-endian'
  const bits = 8 * type.size
  if (type.kind === 'float') return `${type.brain ? 'b' : ''}float${bits}${order}`
  return `${type.signed ? '' : 'u'}int${bits}${order}`
}
