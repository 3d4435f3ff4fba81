/** Where the values of a dataset lie, and the filters they went through. Specification, IV.A.2.i and l. */
import { FileError } from '../../errors.ts'
import { ceilDiv, type Shape } from '../../shape.ts'
import type { Cursor } from './cursor.ts'

/** How the chunks are found. An address of Infinity: none was written. */
export type ChunkIndex =
  | { readonly kind: 'tree' | 'implicit'; readonly address: number }
  /** `stored` is undefined where the chunk is not filtered. */
  | { readonly kind: 'single'; readonly address: number; readonly stored: number | undefined; readonly mask: number }
  | { readonly kind: 'fixed array'; readonly address: number; readonly pageBits: number }

export interface ChunkedLayout {
  readonly kind: 'chunked'
  readonly index: ChunkIndex
  readonly chunk: readonly number[]
  /** Chunks that stick out of the shape are not filtered (libver latest, on request). */
  readonly plainEdges: boolean
}

export type Layout =
  | { readonly kind: 'compact'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'contiguous'; readonly address: number; readonly size: number }
  | ChunkedLayout

/** @param size bytes of all values, which version 1 and 2 do not say themselves */
export function readLayout(c: Cursor, size: number): Layout {
  const version = c.version(1, 2, 3, 4, 5)
  if (version < 3) return oldLayout(c, size)
  const cls = c.u8()
  if (cls === 0) return { kind: 'compact', bytes: c.take(c.u16()) }
  if (cls === 1) return { kind: 'contiguous', address: c.offset(), size: c.length() }
  if (cls !== 2) throw c.unsupported(cls === 3 ? 'a virtual dataset' : `storage class ${cls}`)
  if (version > 3) return newChunks(c, version)
  const rank = c.u8() - 1
  return { kind: 'chunked', index: { kind: 'tree', address: c.offset() }, chunk: chunkShape(c, rank, 4), plainEdges: false }
}

/** Chunks as libver latest lays them out: version 4, and 5 with wider sizes of filtered chunks. */
function newChunks(c: Cursor, version: number): Layout {
  const flags = c.u8()
  const rank = c.u8() - 1
  const width = c.u8()
  if (width < 1 || width > 8) throw c.corrupt(`must have sizes of 1 to 8 bytes, got ${width}`)
  const chunk = chunkShape(c, rank, width)
  c.skip(width) // bytes of an element
  const layout = (index: ChunkIndex): Layout => ({ kind: 'chunked', index, chunk, plainEdges: (flags & 1) !== 0 })
  const kind = c.u8()
  if (kind === 1) {
    const filtered = (flags & 2) !== 0
    const stored = filtered ? (version === 4 ? c.length() : c.uint(8)) : undefined
    const mask = filtered ? c.u32() : 0
    return layout({ kind: 'single', stored, mask, address: c.offset() })
  }
  if (kind === 2) return layout({ kind: 'implicit', address: c.offset() })
  if (kind === 3) return layout({ kind: 'fixed array', pageBits: c.u8(), address: c.offset() })
  const names: Record<number, string> = { 4: 'an extensible array', 5: 'a B-tree of version 2' }
  throw c.unsupported(`chunks found by ${names[kind] ?? `index ${kind}`} (a dataset that can grow)`)
}

function oldLayout(c: Cursor, size: number): Layout {
  const rank = c.u8()
  const cls = c.u8()
  c.skip(5)
  const address = cls === 0 ? 0 : c.offset()
  if (cls === 2) return { kind: 'chunked', index: { kind: 'tree', address }, chunk: chunkShape(c, rank - 1, 4), plainEdges: false }
  c.skip(4 * rank)
  if (cls === 1) return { kind: 'contiguous', address, size }
  if (cls === 0) return { kind: 'compact', bytes: c.take(c.u32()) }
  throw c.unsupported(`storage class ${cls}`)
}

function chunkShape(c: Cursor, rank: number, width: number): number[] {
  const chunk = Array.from({ length: Math.max(0, rank) }, () => c.uint(width))
  if (!chunk.length || chunk.includes(0)) throw c.corrupt(`must have chunks of at least one element, got [${chunk.join(',')}]`)
  return chunk
}

/** As the specification says; a chunk's mask has a bit for each. */
const FILTER_LIMIT = 32

export interface Filter {
  readonly id: number
  readonly name: string
  readonly values: readonly number[]
}

export function readFilters(c: Cursor): Filter[] {
  const version = c.version(1, 2)
  const count = c.u8()
  if (count > FILTER_LIMIT) throw c.corrupt(`must have at most ${FILTER_LIMIT} filters, got ${count}`)
  if (version === 1) c.skip(6)
  return Array.from({ length: count }, () => {
    const id = c.u16()
    const nameLength = version === 1 || id >= 256 ? c.u16() : 0
    c.skip(2)
    const valueCount = c.u16()
    const name = new TextDecoder().decode(c.take(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength)).replace(/\0[^]*$/, '')
    const values = Array.from({ length: valueCount }, () => c.u32())
    if (version === 1 && valueCount % 2) c.skip(4)
    return { id, name, values }
  })
}

/** Chunks along each axis; those at the end may stick out. */
export function gridOf(shape: Shape, chunk: Shape): number[] {
  return shape.map((d, axis) => ceilDiv(d, chunk[axis]!))
}

export const DEFLATE = 1
export const SHUFFLE = 2
export const FLETCHER32 = 3
/** Of h5py. */
export const LZF = 32000

const KNOWN: readonly number[] = [DEFLATE, SHUFFLE, FLETCHER32, LZF]

/** Names of those that files of HDF5 do not name. */
const NAMES: Readonly<Record<number, string>> = { 4: 'szip', 5: 'nbit', 6: 'scaleoffset' }

/** @throws FileError `unsupported` naming the first filter that is not known */
export function checkFilters(filters: readonly Filter[], path: string): void {
  const unknown = filters.find(({ id }) => !KNOWN.includes(id))
  if (unknown) {
    const known = unknown.name || NAMES[unknown.id]
    const name = known ? ` (${known})` : ''
    throw new FileError(
      'unsupported',
      `[hdf5] filters must be deflate, lzf, shuffle or fletcher32, got filter ${unknown.id}${name} on ${path}`,
      { path },
    )
  }
}
