/**
 * Dense storage (libver latest, more than eight links or attributes): the messages lie in a fractal heap, and a B-tree of version 2 lists
 * where in the heap. Specification, III.A.2 and III.G.
 */
import { verify } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import type { Hdf5File } from './file.ts'

/** B-tree record types: links and attributes by the hash of their name. */
export const Records = { links: 5, attributes: 8 } as const

const DEPTH_LIMIT = 32
const CHECKSUM = 4

/** Bytes that hold numbers up to a limit. */
const widthOf = (limit: number): number => Math.max(1, Math.ceil(Math.log2(limit + 1) / 8))

/**
 * The messages that a tree lists, in the order of their names' hashes.
 * @param what for messages
 * @throws FileError `unsupported` for objects too large for the heap's blocks, `corrupt`, `truncated`
 */
export async function denseMessages(
  file: Hdf5File,
  heapAddress: number,
  treeAddress: number,
  type: number,
  what: string,
): Promise<Cursor[]> {
  const heap = await openHeap(file, heapAddress)
  const messages: Cursor[] = []
  for (const record of await treeRecords(file, treeAddress, type)) {
    if (type === Records.links) record.skip(4) // the hash; attributes have it at the end
    messages.push(await heap(record.part(record.left, `${what}'s place in its heap`), what))
  }
  return messages
}

interface Tree {
  readonly type: number
  readonly recordSize: number
  readonly nodeSize: number
  /** Most records in a node and below it, by level; leaves are level 0. */
  readonly most: readonly { readonly inNode: number; readonly below: number }[]
}

async function treeRecords(file: Hdf5File, address: number, type: number): Promise<Cursor[]> {
  const { offsets, lengths } = file.widths
  const c = await file.structure(address, 16 + offsets + 2 + lengths + CHECKSUM, 'a B-tree')
  verify(c)
  c.signature('BTHD')
  c.version(0)
  if (c.u8() !== type) throw c.corrupt(`must list records of type ${type}`)
  const [nodeSize, recordSize, depth] = [c.u32(), c.u16(), c.u16()]
  c.skip(2)
  const root = c.offset()
  const count = c.u16()
  if (root === Infinity) return []
  if (depth > DEPTH_LIMIT || recordSize === 0) {
    throw c.corrupt(`must be at most ${DEPTH_LIMIT} deep with records, got ${depth} and ${recordSize} bytes`)
  }
  const most = [{ inNode: Math.floor((nodeSize - 10) / recordSize), below: 0 }]
  most[0]!.below = most[0]!.inNode
  for (let level = 1; level <= depth; level++) {
    const { inNode: child, below } = most[level - 1]!
    const pointer = offsets + widthOf(child) + (level > 1 ? widthOf(below) : 0)
    const inNode = Math.floor((nodeSize - 10 - pointer) / (recordSize + pointer))
    most.push({ inNode, below: (inNode + 1) * below + inNode })
  }
  const records: Cursor[] = []
  await readNode(file, { type, recordSize, nodeSize, most }, root, count, depth, records)
  return records
}

/** Appends a node's records and those below it. Depth and the file's budget bound the walk. */
async function readNode(file: Hdf5File, tree: Tree, address: number, count: number, level: number, records: Cursor[]): Promise<void> {
  const { type, recordSize, most } = tree
  const { offsets } = file.widths
  const childWidth = level > 0 ? widthOf(most[level - 1]!.inNode) : 0
  const belowWidth = level > 1 ? widthOf(most[level - 1]!.below) : 0
  const pointers = level > 0 ? (count + 1) * (offsets + childWidth + belowWidth) : 0
  const c = await file.structure(address, 6 + count * recordSize + pointers + CHECKSUM, 'a B-tree node')
  verify(c)
  c.signature(level > 0 ? 'BTIN' : 'BTLF')
  c.version(0)
  if (c.u8() !== type) throw c.corrupt(`must hold records of type ${type}`)
  for (let i = 0; i < count; i++) records.push(c.part(recordSize, 'a B-tree record'))
  for (let i = 0; level > 0 && i <= count; i++) {
    const child = c.offset()
    const inChild = c.uint(childWidth)
    c.skip(belowWidth)
    await readNode(file, tree, child, inChild, level - 1, records)
  }
}

/** Gets an object by its heap ID. */
type Heap = (id: Cursor, what: string) => Promise<Cursor>

interface Table {
  readonly width: number
  readonly start: number
  readonly maxDirect: number
  /** Bytes of an offset in the heap. */
  readonly offsetWidth: number
}

/** Bytes of a block in a row: rows 0 and 1 have the starting size, each later one twice the one before. */
const blockSize = ({ start }: Table, row: number): number => start * 2 ** Math.max(0, row - 1)

async function openHeap(file: Hdf5File, address: number): Promise<Heap> {
  const { offsets, lengths } = file.widths
  const c = await file.structure(address, 22 + 12 * lengths + 3 * offsets + CHECKSUM, 'a fractal heap')
  verify(c)
  c.signature('FRHP')
  c.version(0)
  c.skip(2) // bytes of an ID, which the records have too
  if (c.u16()) throw c.unsupported('a filtered fractal heap')
  c.skip(1) // flags
  const maxObject = c.u32()
  c.skip(lengths + offsets + lengths + offsets + 8 * lengths) // huge objects, free space, statistics
  const width = c.u16()
  const [start, maxDirect] = [c.length(), c.length()]
  const maxBits = c.u16()
  c.skip(2) // rows at the start
  const root = c.offset()
  const rows = c.u16()
  if (!width || !start || maxDirect < start || maxBits > 64)
    throw c.corrupt(`must have blocks, got ${width} of ${start} to ${maxDirect} bytes in a row`)
  const table: Table = { width, start, maxDirect, offsetWidth: Math.ceil(maxBits / 8) }
  const lengthWidth = Math.min(widthOf(maxDirect), widthOf(maxObject))
  return async (id, what) => {
    const kind = (id.u8() >> 4) & 3
    if (kind !== 0) throw id.unsupported(kind === 1 ? 'a huge object of a fractal heap' : 'a tiny object of a fractal heap')
    const offset = id.uint(table.offsetWidth)
    const length = id.uint(lengthWidth)
    const block = rows === 0 ? { address: root, begin: 0, size: start } : await findBlock(file, table, root, 0, rows, offset, 0)
    const within = offset - block.begin
    if (block.address === Infinity || within + length > block.size) {
      throw id.corrupt(`must lie inside a block of its heap, got ${length} bytes at ${offset}`)
    }
    return file.structure(block.address + within, length, what)
  }
}

interface Block {
  readonly address: number
  /** Where it begins in the heap. */
  readonly begin: number
  readonly size: number
}

/** Follows indirect blocks down to the direct block that holds an offset. */
async function findBlock(
  file: Hdf5File,
  t: Table,
  address: number,
  begin: number,
  rows: number,
  offset: number,
  depth: number,
): Promise<Block> {
  const { offsets } = file.widths
  const directRows = Math.min(rows, Math.log2(t.maxDirect / t.start) + 2)
  const head = 5 + offsets + t.offsetWidth
  const c = await file.structure(address, head + rows * t.width * offsets + CHECKSUM, 'an indirect block of a fractal heap')
  verify(c)
  c.signature('FHIB')
  c.version(0)
  c.skip(head - 5)
  let at = begin
  for (let row = 0; row < rows; row++) {
    const size = blockSize(t, row)
    for (let i = 0; i < t.width; i++, at += size) {
      const child = c.offset()
      if (offset < at || offset >= at + size) continue
      if (row < directRows) return { address: child, begin: at, size }
      if (child === Infinity || depth > DEPTH_LIMIT) throw c.corrupt(`must have a block for offset ${offset}`)
      const below = Math.log2(size / (t.start * t.width)) + 1
      return findBlock(file, t, child, at, below, offset, depth + 1)
    }
  }
  throw c.corrupt(`must reach offset ${offset}, got ${at} as its end`)
}
