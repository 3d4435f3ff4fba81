/** Names in a group and where they lead: symbol tables (B-tree, nodes, local heap) and link messages. Specification, III.A to D, IV.A.2.g. */
import { FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import { text, type Cursor } from './cursor.ts'
import type { Hdf5File } from './file.ts'
import { Message, type HeaderMessage } from './header.ts'

/** An object's header address, or the reason why the link is not followed. */
export type Link = { readonly address: number } | { readonly refused: string }

const NODE_LIMIT = 100_000
/** Bytes of a name; an attribute that lists it can hold no longer one. */
const NAME_LIMIT = 64 * 1024

/** All links of a group; undefined where the object is no group. @throws FileError */
export async function readLinks(file: Hdf5File, messages: readonly HeaderMessage[]): Promise<Map<string, Link> | undefined> {
  const table = messages.find((m) => m.type === Message.symbolTable)
  if (table) return symbolTable(file, table.body.offset(), table.body.offset())
  const info = messages.find((m) => m.type === Message.linkInfo)
  const links = messages.filter((m) => m.type === Message.link)
  if (!info && !links.length) return undefined
  const dense = info ? await denseLinks(file, info.body) : []
  return new Map([...links.map(({ body }) => body), ...dense].map(linkMessage))
}

/** Links outside the header, where there are many. */
async function denseLinks(file: Hdf5File, c: Cursor): Promise<Cursor[]> {
  c.version(0)
  const flags = c.u8()
  if (flags & 1) c.skip(8)
  const heap = c.offset()
  const tree = c.offset()
  if (heap === Infinity) return []
  const { denseMessages, Records } = await lazy(import('./rare.ts'))
  return denseMessages(file, heap, tree, Records.links, 'a link')
}

function linkMessage(c: Cursor): [string, Link] {
  c.version(1)
  const flags = c.u8()
  const type = flags & 8 ? c.u8() : 0
  if (flags & 4) c.skip(8)
  if (flags & 16) c.skip(1)
  const name = text(c.take(c.uint(1 << (flags & 3))))
  return [name, type === 0 ? { address: c.offset() } : { refused: type === 1 ? 'a soft link' : 'a link to another file' }]
}

async function symbolTable(file: Hdf5File, tree: number, heapAddress: number): Promise<Map<string, Link>> {
  const heap = await localHeap(file, heapAddress)
  const links = new Map<string, Link>()
  const seen = new Set<number>()
  const pending = [tree]
  for (let address = pending.pop(); address !== undefined; address = pending.pop()) {
    if (seen.has(address) || seen.size > NODE_LIMIT) {
      throw new FileError('corrupt', `[hdf5] a group's tree must not lead back to a node already read (at byte ${address})`, {
        offset: address,
      })
    }
    seen.add(address)
    const mark = await file.structure(address, 8, 'a group node')
    if (text(mark.bytes.subarray(0, 4)) === 'SNOD') await symbolNode(file, address, heap, links)
    else pending.push(...(await treeNode(file, address)).reverse())
  }
  return links
}

async function localHeap(file: Hdf5File, address: number): Promise<Cursor> {
  const c = await file.structure(address, 8 + 2 * file.widths.lengths + file.widths.offsets, 'a local heap')
  c.signature('HEAP')
  c.version(0)
  c.skip(3)
  const size = c.length()
  c.skip(file.widths.lengths)
  return file.structure(c.offset(), size, 'the names of a group')
}

/** Addresses of the children: nodes of the level below, or symbol nodes. */
async function treeNode(file: Hdf5File, address: number): Promise<number[]> {
  const { offsets, lengths } = file.widths
  const head = await file.structure(address, 8 + 2 * offsets, 'a group tree')
  head.signature('TREE')
  if (head.u8() !== 0) throw head.corrupt('must be a tree of groups')
  head.skip(1)
  const count = head.u16()
  const c = await file.structure(address + head.bytes.length, count * (offsets + lengths), 'a group tree')
  return Array.from({ length: count }, () => {
    c.skip(lengths)
    return c.offset()
  })
}

async function symbolNode(file: Hdf5File, address: number, heap: Cursor, links: Map<string, Link>): Promise<void> {
  const head = await file.structure(address, 8, 'a symbol node')
  head.signature('SNOD')
  head.version(1)
  head.skip(1)
  const count = head.u16()
  const c = await file.structure(address + 8, count * (2 * file.widths.offsets + 24), 'a symbol node')
  for (let i = 0; i < count; i++) {
    const nameAt = c.offset()
    const target = c.offset()
    const cache = c.u32()
    c.skip(20)
    if (!(nameAt < heap.bytes.length)) throw c.corrupt(`must name its links inside the heap of ${heap.bytes.length} bytes, got ${nameAt}`)
    const name = text(heap.bytes.subarray(nameAt, nameAt + NAME_LIMIT))
    file.spend(name.length, 'a name in a group', heap.address + nameAt)
    links.set(name, cache === 2 ? { refused: 'a soft link' } : { address: target })
  }
}
