/**
 * Lays out an HDF5 file of groups, string attributes and datasets of f32 and i32: its metadata as bytes, and where the values go. Texts too long for an
 * object's header go to the global heap, as h5py's do. Specification 3.0.
 */
import { ArgumentError } from '../../errors.ts'
import { sizeOf, type Shape } from '../../shape.ts'

export interface FileDataset {
  readonly kind: 'dataset'
  readonly shape: Shape
  /** Signed whole numbers of 32 bits, instead of f32. */
  readonly whole?: boolean
}

export interface FileGroup {
  readonly kind: 'group'
  readonly attributes: { readonly name: string; readonly value: string | readonly string[] }[]
  readonly members: Map<string, FileGroup | FileDataset>
}

export interface FileLayout {
  readonly metadata: Uint8Array
  /** In the order of their addresses. */
  readonly datasets: readonly { readonly dataset: FileDataset; readonly address: number }[]
}

/** A symbol node holds twice this many names, a tree node at least twice this many symbol nodes (superblock: group leaf and internal node K). */
const LEAF_K = 16
const INTERNAL_K = 16
const UNDEFINED = 0xffffffffffffffffn
const SUPERBLOCK = 96
const align = (n: number): number => Math.ceil(n / 8) * 8
const encoder = new TextEncoder()

/** Bytes that grow, little-endian. */
class Bytes {
  #data = new Uint8Array(1024)
  #view = new DataView(this.#data.buffer)
  length = 0

  #grow(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.#data.length) {
      const larger = new Uint8Array(Math.max(2 * this.#data.length, this.length))
      larger.set(this.#data)
      this.#data = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }

  /** Makes room first: growing replaces the view. */
  #at(count: number, write: (view: DataView, at: number) => void): void {
    const at = this.#grow(count)
    write(this.#view, at)
  }

  u8(...values: number[]): this {
    for (const v of values) this.#at(1, (view, at) => view.setUint8(at, v))
    return this
  }

  u16(...values: number[]): this {
    for (const v of values) this.#at(2, (view, at) => view.setUint16(at, v, true))
    return this
  }

  u32(...values: number[]): this {
    for (const v of values) this.#at(4, (view, at) => view.setUint32(at, v, true))
    return this
  }

  u64(...values: (number | bigint)[]): this {
    for (const v of values) this.#at(8, (view, at) => view.setBigUint64(at, BigInt(v), true))
    return this
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length)
    this.#data.set(bytes, at)
    return this
  }

  text(text: string): this {
    return this.raw(encoder.encode(text))
  }

  /** Zeros up to a length. */
  pad(length: number): this {
    this.#grow(length - this.length)
    return this
  }

  done(): Uint8Array {
    return this.#data.slice(0, this.length)
  }
}

/** IEEE 754 binary32, little-endian (class 1, version 1). */
const FLOAT32 = new Bytes().u8(0x11, 0x20, 0x1f, 0).u32(4).u16(0, 32).u8(23, 8, 0, 23).u32(127).done()

/** Signed, 32 bits, little-endian (class 0, version 1). */
const INT32 = new Bytes().u8(0x10, 0x08, 0, 0).u32(4).u16(0, 32).done()

/** Fixed-length strings padded with NUL (class 3, version 1, UTF-8). */
const stringType = (size: number): Uint8Array => new Bytes().u8(0x13, 0x11, 0, 0).u32(size).done()

function dataspace(shape: Shape): Uint8Array {
  return new Bytes()
    .u8(1, shape.length, 0, 0)
    .u32(0)
    .u64(...shape)
    .done()
}

function message(type: number, body: Uint8Array): Uint8Array {
  const size = align(body.length)
  if (size > 65535)
    throw new ArgumentError('writer', `a header message must be smaller than 64 KiB, got ${body.length} bytes (too many or too long names)`)
  return new Bytes()
    .u16(type, size)
    .u8(0, 0, 0, 0)
    .raw(body)
    .pad(8 + size)
    .done()
}

/** Bytes of one attribute, as Keras limits them. */
const ATTRIBUTE_LIMIT = 64512

/** A longer text lies in the global heap, and the attribute says where. */
const INLINE_TEXT = 4096
const MIN_COLLECTION = 4096

/** A collection of the global heap with one text (III.E), filled up by free space where it would be too small. */
function collection(text: Uint8Array): Uint8Array {
  const used = 16 + 16 + align(text.length)
  const size = Math.max(MIN_COLLECTION, used + 16)
  const out = new Bytes().text('GCOL').u8(1, 0, 0, 0).u64(size)
  out.u16(1, 1).u32(0).u64(text.length).raw(text).pad(used)
  out
    .u16(0, 0)
    .u32(0)
    .u64(size - used)
  return out.pad(size).done()
}

/** A string of variable length (class 9, UTF-8) of bytes. */
const VAR_STRING = new Bytes()
  .u8(0x19, 0x01, 0x01, 0)
  .u32(16)
  .raw(new Bytes().u8(0x10, 0, 0, 0).u32(1).u16(0, 8).done())
  .done()

/** An attribute whose text is the first of a collection. */
function longAttribute(name: string, length: number, address: number): Uint8Array {
  return attributeMessage(name, VAR_STRING, dataspace([]), new Bytes().u32(length).u64(address).u32(1).done())
}

/** Lists of names that are too long for one attribute become `layer_names0`, `layer_names1`, ..., as Keras cuts them. */
function attributes({ name, value }: FileGroup['attributes'][number]): Uint8Array[] {
  if (typeof value === 'string') return [attribute(name, value)]
  const longest = Math.max(1, ...value.map((v) => encoder.encode(v).length))
  const parts = Math.ceil((value.length * longest) / ATTRIBUTE_LIMIT)
  if (parts <= 1) return [attribute(name, value)]
  const size = Math.ceil(value.length / parts)
  return Array.from({ length: parts }, (_, i) => attribute(`${name}${i}`, value.slice(i * size, (i + 1) * size)))
}

/** A list of names is an array of strings of one length; a single text is a scalar. */
function attribute(name: string, value: string | readonly string[]): Uint8Array {
  const texts = (typeof value === 'string' ? [value] : value).map((v) => encoder.encode(v))
  const size = Math.max(1, ...texts.map((t) => t.length))
  const data = new Bytes()
  for (const t of texts) data.raw(t).pad(data.length + size - t.length)
  return attributeMessage(name, stringType(size), dataspace(typeof value === 'string' ? [] : [value.length]), data.done())
}

function attributeMessage(name: string, type: Uint8Array, space: Uint8Array, data: Uint8Array): Uint8Array {
  const label = encoder.encode(`${name}\0`)
  const out = new Bytes().u8(1, 0).u16(label.length, type.length, space.length)
  for (const part of [label, type, space]) out.raw(part).pad(align(out.length))
  return message(0x0c, out.raw(data).done())
}

function header(messages: readonly Uint8Array[]): Uint8Array {
  const size = messages.reduce((n, m) => n + m.length, 0)
  const out = new Bytes().u8(1, 0).u16(messages.length).u32(1, size, 0)
  for (const m of messages) out.raw(m)
  return out.done()
}

function datasetHeader({ shape, whole }: FileDataset, address: number): Uint8Array {
  const bytes = 4 * sizeOf(shape)
  const layout = new Bytes()
    .u8(3, 1)
    .u64(bytes ? address : UNDEFINED, bytes)
    .done()
  const fill = new Bytes().u8(2, 2, 2, 0).done() // allocated late, never written, undefined
  return header([message(0x01, dataspace(shape)), message(0x03, whole ? INT32 : FLOAT32), message(0x05, fill), message(0x08, layout)])
}

/** Metadata that has its place already and is filled in when everything has. */
interface Placed {
  readonly address: number
  readonly bytes: () => Uint8Array
}

class Layouter {
  readonly placed: Placed[] = []
  readonly datasets: FileDataset[] = []
  readonly addressOf = new Map<FileDataset, number>()
  readonly #internalK: number
  end = SUPERBLOCK

  /** @param internalK of the file */
  constructor(internalK: number) {
    this.#internalK = internalK
  }

  #place(size: number, bytes: (address: number) => Uint8Array): number {
    const address = this.end
    this.end += align(size)
    this.placed.push({ address, bytes: () => bytes(address) })
    return address
  }

  /** @returns address of the object header */
  object(object: FileGroup | FileDataset): { header: number; table?: readonly [tree: number, heap: number] } {
    if (object.kind === 'group') return this.#group(object)
    this.datasets.push(object)
    const write = () => datasetHeader(object, this.addressOf.get(object)!)
    this.addressOf.set(object, 0)
    return { header: this.#place(write().length, write) }
  }

  #group({ attributes: texts, members }: FileGroup) {
    const children = [...members].map(([name, child]) => ({ name: encoder.encode(`${name}\0`), header: this.object(child).header }))
    children.sort((a, b) => compareBytes(a.name, b.name))
    const names = new Bytes().pad(8) // the empty name, which a tree begins with
    const entries = children.map(({ name, header: to }) => {
      const at = names.length
      names.raw(name).pad(align(names.length))
      return { at, to }
    })
    const heap = this.#heap(names)
    const nodes: { address: number; last: number }[] = []
    for (let i = 0; i < entries.length; i += 2 * LEAF_K) {
      const part = entries.slice(i, i + 2 * LEAF_K)
      nodes.push({ address: this.#symbolNode(part), last: part.at(-1)!.at })
    }
    const tree = this.#place(24 + 8 + 32 * this.#internalK, () => {
      const out = new Bytes().text('TREE').u8(0, 0).u16(nodes.length).u64(UNDEFINED, UNDEFINED, 0)
      for (const { address, last } of nodes) out.u64(address, last)
      return out.done()
    })
    const bytes = header([message(0x11, new Bytes().u64(tree, heap).done()), ...texts.flatMap((text) => this.#attributes(text))])
    return { header: this.#place(bytes.length, () => bytes), table: [tree, heap] as const }
  }

  #attributes(given: FileGroup['attributes'][number]): Uint8Array[] {
    const text = typeof given.value === 'string' ? encoder.encode(given.value) : undefined
    if (!text || text.length <= INLINE_TEXT) return attributes(given)
    const bytes = collection(text)
    return [
      longAttribute(
        given.name,
        text.length,
        this.#place(bytes.length, () => bytes),
      ),
    ]
  }

  #heap(names: Bytes): number {
    const data = names.done()
    const size = Math.max(align(data.length), 16)
    // 1: no free block in it
    return this.#place(32 + size, (address) =>
      new Bytes()
        .text('HEAP')
        .u32(0)
        .u64(size, 1, address + 32)
        .raw(data)
        .done(),
    )
  }

  #symbolNode(entries: readonly { at: number; to: number }[]): number {
    return this.#place(8 + 2 * LEAF_K * 40, () => {
      const out = new Bytes().text('SNOD').u8(1, 0).u16(entries.length)
      for (const { at, to } of entries) out.u64(at, to).u32(0, 0).u64(0, 0)
      return out.done()
    })
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function superblock(root: number, [tree, heap]: readonly [number, number], end: number, internalK: number): Uint8Array {
  return new Bytes()
    .u8(0x89)
    .text('HDF\r\n')
    .u8(0x1a, 0x0a)
    .u8(0, 0, 0, 0, 0, 8, 8, 0)
    .u16(LEAF_K, internalK)
    .u32(0)
    .u64(0, UNDEFINED, end, UNDEFINED)
    .u64(0, root)
    .u32(1, 0)
    .u64(tree, heap) // the root's entry, with its symbol table cached
    .done()
}

/** Members of the largest group. */
function mostMembers({ members }: FileGroup): number {
  return [...members.values()].reduce((most, m) => (m.kind === 'group' ? Math.max(most, mostMembers(m)) : most), members.size)
}

/** @throws ArgumentError for longer names than a header can hold */
export function layOutFile(root: FileGroup): FileLayout {
  const internalK = Math.max(INTERNAL_K, Math.ceil(mostMembers(root) / (4 * LEAF_K))) // so that each group's tree is one node
  const layouter = new Layouter(internalK)
  const top = layouter.object(root)
  const metadataEnd = layouter.end
  let end = metadataEnd
  const datasets = layouter.datasets.map((dataset) => {
    const address = end
    layouter.addressOf.set(dataset, address)
    end = align(address + 4 * sizeOf(dataset.shape))
    return { dataset, address }
  })
  // The file ends with the last value, not with padding behind it.
  const last = datasets.at(-1)
  const fileEnd = last ? last.address + 4 * sizeOf(last.dataset.shape) : metadataEnd
  const metadata = new Uint8Array(metadataEnd)
  metadata.set(superblock(top.header, top.table!, fileEnd, internalK))
  for (const { address, bytes } of layouter.placed) metadata.set(bytes(), address)
  return { metadata, datasets }
}
