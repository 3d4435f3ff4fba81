/** Finds the chunks of a dataset through whichever index it has. Specification, III.A.1, VII.A to C. */
import { FileError } from '../../errors.ts'
import { ceilDiv, sizeOf, type Shape } from '../../shape.ts'
import { verify } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import type { Hdf5File } from './file.ts'
import { gridOf, type ChunkIndex, type ChunkedLayout } from './layout.ts'

const NODE_LIMIT = 1_000_000
/** The filter mask that skips all. */
const UNFILTERED = 0xffffffff

export interface Chunk {
  /** Coordinates of its first element. */
  readonly at: readonly number[]
  readonly address: number
  /** Bytes in the file. */
  readonly stored: number
  /** Bit i set: filter i was not applied. */
  readonly mask: number
}

export interface ChunkedDataset {
  readonly file: Hdf5File
  readonly path: string
  readonly shape: Shape
  readonly layout: ChunkedLayout
  /** Bytes of a chunk's values. */
  readonly chunkBytes: number
  readonly filtered: boolean
}

/** All chunks that were written, in no particular order. @throws FileError */
export async function findChunks(d: ChunkedDataset, signal: AbortSignal | null): Promise<Chunk[]> {
  const { index, chunk } = d.layout
  const found = index.address === Infinity ? [] : await walk(d, index, signal)
  const most = sizeOf(gridOf(d.shape, chunk))
  const stray = found.find(({ at }) => at.some((p, axis) => p % chunk[axis]! !== 0 || p >= d.shape[axis]!))
  if (stray || found.length > most) {
    const got = stray ? `one at [${stray.at.join(',')}]` : `${found.length}`
    throw new FileError('corrupt', `[hdf5] dataset ${d.path} must have at most ${most} chunks, inside its shape, got ${got}`, {
      path: d.path,
    })
  }
  return found
}

async function walk(d: ChunkedDataset, index: ChunkIndex, signal: AbortSignal | null): Promise<Chunk[]> {
  if (index.kind === 'tree') return treeChunks(d, index.address, signal)
  if (index.kind === 'fixed array') return arrayChunks(d, index.address, index.pageBits, signal)
  const { chunkBytes, layout } = d
  if (index.kind === 'single') {
    const at = layout.chunk.map(() => 0)
    return [{ at, address: index.address, stored: index.stored ?? chunkBytes, mask: index.stored === undefined ? UNFILTERED : index.mask }]
  }
  const count = sizeOf(gridOf(d.shape, layout.chunk))
  d.file.check(index.address, count * chunkBytes, `dataset ${d.path}`)
  return Array.from({ length: count }, (_, i) => chunkAt(d, i, index.address + i * chunkBytes, chunkBytes, UNFILTERED))
}

/** The i-th chunk in row-major order of the grid. */
function chunkAt({ shape, layout: { chunk } }: ChunkedDataset, i: number, address: number, stored: number, mask: number): Chunk {
  let rest = i
  const at = gridOf(shape, chunk).reduceRight<number[]>((list, n, axis) => {
    const position = (rest % n) * chunk[axis]!
    rest = Math.floor(rest / n)
    return [position, ...list]
  }, [])
  return { at, address, stored, mask }
}

/** B-tree of version 1: what every libver but `latest` writes. */
async function treeChunks({ file, path, layout }: ChunkedDataset, root: number, signal: AbortSignal | null): Promise<Chunk[]> {
  const { offsets } = file.widths
  const rank = layout.chunk.length
  const chunks: Chunk[] = []
  const seen = new Set<number>()
  const pending = [root]
  for (let address = pending.pop(); address !== undefined; address = pending.pop()) {
    if (seen.has(address) || seen.size > NODE_LIMIT) {
      const rule = `the chunk index of ${path} must not lead back to a node already read`
      throw new FileError('corrupt', `[hdf5] ${rule} (at byte ${address})`, { offset: address, path })
    }
    seen.add(address)
    const head = await file.structure(address, 8 + 2 * offsets, 'a chunk index', signal)
    head.signature('TREE')
    if (head.u8() !== 1) throw head.corrupt('must be a tree of chunks')
    const level = head.u8()
    const count = head.u16()
    const c = await file.structure(address + head.bytes.length, count * (16 + 8 * rank + offsets), 'a chunk index', signal)
    for (let i = 0; i < count; i++) {
      const [stored, mask] = [c.u32(), c.u32()]
      const at = Array.from({ length: rank }, () => c.uint(8))
      c.skip(8)
      const child = c.offset()
      if (level > 0) pending.push(child)
      else chunks.push({ at, address: child, stored, mask })
    }
  }
  return chunks
}

/** Fixed array: one element per chunk, in pages where there are many. */
async function arrayChunks(d: ChunkedDataset, address: number, pageBits: number, signal: AbortSignal | null): Promise<Chunk[]> {
  const { file } = d
  const { offsets, lengths } = file.widths
  const head = await file.structure(address, 12 + lengths + offsets, 'a fixed array', signal)
  verify(head)
  head.signature('FAHD')
  head.version(0)
  const filtered = head.u8() === 1
  const entry = head.u8()
  head.skip(1) // page bits, which the layout says too
  const count = head.length()
  const block = head.offset()
  if (filtered !== d.filtered) throw head.corrupt(`must be ${d.filtered ? '' : 'un'}filtered as its dataset is`)
  const expected = sizeOf(gridOf(d.shape, d.layout.chunk))
  if (count !== expected) throw head.unsupported(`an index of ${count} chunks for ${expected} (a dataset that can grow)`)
  if (block === Infinity) return []
  const chunks: Chunk[] = []
  const read = (c: Cursor, first: number, n: number) => {
    for (let i = first; i < first + n; i++) {
      const at = c.offset()
      const stored = filtered ? c.uint(entry - offsets - 4) : d.chunkBytes
      const mask = filtered ? c.u32() : UNFILTERED
      if (at !== Infinity) chunks.push(chunkAt(d, i, at, stored, mask))
    }
  }
  const page = 2 ** pageBits
  const pages = count > page ? ceilDiv(count, page) : 0
  const prefix = 6 + offsets
  const body = pages ? ceilDiv(pages, 8) : count * entry
  const c = await file.structure(block, prefix + body + 4, 'a fixed array', signal)
  verify(c)
  c.signature('FADB')
  c.skip(prefix - 4)
  if (!pages) read(c, 0, count)
  const written = c.take(pages ? body : 0)
  for (let p = 0; p < pages; p++) {
    if (!(written[p >> 3]! & (0x80 >> (p & 7)))) continue
    const n = Math.min(page, count - p * page)
    const cursor = await file.structure(block + c.bytes.length + p * (page * entry + 4), n * entry + 4, 'a page of a fixed array', signal)
    verify(cursor)
    read(cursor, p * page, n)
  }
  return chunks
}
