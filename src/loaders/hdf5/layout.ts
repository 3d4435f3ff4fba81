/** Where the values of a dataset lie, and the filters they went through. Specification, IV.A.2.i and l. */
import type { Cursor } from './cursor.ts'

export type Layout =
  | { readonly kind: 'compact'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'contiguous'; readonly address: number; readonly size: number }
  | { readonly kind: 'chunked'; readonly tree: number; readonly chunk: readonly number[] }

/** @param size bytes of all values, which version 1 and 2 do not say themselves */
export function readLayout(c: Cursor, size: number): Layout {
  const version = c.version(1, 2, 3, 4)
  if (version < 3) return oldLayout(c, size)
  const cls = c.u8()
  if (cls === 0) return { kind: 'compact', bytes: c.take(c.u16()) }
  if (cls === 1) return { kind: 'contiguous', address: c.offset(), size: c.length() }
  if (cls !== 2) throw c.unsupported(cls === 3 ? 'a virtual dataset' : `storage class ${cls}`)
  if (version === 4) throw c.unsupported('the chunk index of libver latest')
  const rank = c.u8() - 1
  return { kind: 'chunked', tree: c.offset(), chunk: chunkShape(c, rank) }
}

function oldLayout(c: Cursor, size: number): Layout {
  const rank = c.u8()
  const cls = c.u8()
  c.skip(5)
  const address = cls === 0 ? 0 : c.offset()
  if (cls === 2) return { kind: 'chunked', tree: address, chunk: chunkShape(c, rank - 1) }
  c.skip(4 * rank)
  if (cls === 1) return { kind: 'contiguous', address, size }
  if (cls === 0) return { kind: 'compact', bytes: c.take(c.u32()) }
  throw c.unsupported(`storage class ${cls}`)
}

function chunkShape(c: Cursor, rank: number): number[] {
  const chunk = Array.from({ length: Math.max(0, rank) }, () => c.u32())
  if (!chunk.length || chunk.includes(0)) throw c.corrupt(`must have chunks of at least one element, got [${chunk.join(',')}]`)
  return chunk
}

export interface Filter {
  readonly id: number
  readonly name: string
  readonly values: readonly number[]
}

export function readFilters(c: Cursor): Filter[] {
  const version = c.version(1, 2)
  const count = c.u8()
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
