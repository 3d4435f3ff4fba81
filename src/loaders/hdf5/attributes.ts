/** Attributes of groups and datasets, and the global heap that holds their variable-length strings. Specification, IV.A.2.m and III.E. */
import { sizeOf } from '../../shape.ts'
import { Cursor, text } from './cursor.ts'
import type { Hdf5File } from './file.ts'
import { Message, type HeaderMessage } from './header.ts'
import { readDataspace, readDatatype, toNumbers, toStrings, type Datatype } from './types.ts'
import { lazy } from '../../lazy.ts'

export type AttributeValue = string[] | number[]

interface RawAttribute {
  readonly name: string
  readonly type: Datatype
  readonly count: number
  readonly data: Cursor
}

function parse(c: Cursor): RawAttribute {
  const version = c.version(1, 2, 3)
  const flags = c.u8()
  if (version > 1 && flags & 3) throw c.unsupported('a shared datatype or dataspace')
  const [nameSize, typeSize, spaceSize] = [c.u16(), c.u16(), c.u16()]
  if (version === 3) c.skip(1)
  const aligned = () => version === 1 && c.align8()
  const name = text(c.take(nameSize))
  aligned()
  const type = readDatatype(c.part(typeSize, `the datatype of attribute ${name}`))
  aligned()
  const shape = readDataspace(c.part(spaceSize, `the dataspace of attribute ${name}`))
  aligned()
  const count = shape ? sizeOf(shape) : 0
  return { name, type, count, data: c.part(count * type.size, `attribute ${name}`) }
}

/** Attributes of one object, decoded when they are asked for. */
export class Attributes {
  readonly #file: Hdf5File
  readonly #raw = new Map<string, RawAttribute>()

  private constructor(file: Hdf5File, messages: readonly Cursor[]) {
    this.#file = file
    for (const body of messages) {
      const raw = parse(body)
      this.#raw.set(raw.name, raw)
    }
  }

  /** The attributes that an object header lists, itself or in dense storage. @throws FileError */
  static async read(file: Hdf5File, messages: readonly HeaderMessage[]): Promise<Attributes> {
    const inline = messages.filter((m) => m.type === Message.attribute).map((m) => m.body)
    const info = messages.find((m) => m.type === Message.attributeInfo)
    return new Attributes(file, info ? [...inline, ...(await denseAttributes(file, info.body))] : inline)
  }

  get names(): string[] {
    return [...this.#raw.keys()]
  }

  /** All elements in order; a scalar is a list of one. Undefined where there is no such attribute. @throws FileError */
  async get(name: string): Promise<AttributeValue | undefined> {
    const raw = this.#raw.get(name)
    if (!raw) return undefined
    const { type, count, data } = raw
    if (count === 0) return [] // h5py gives an empty list of names the type f64
    if (type.kind === 'varString') return this.#varStrings(raw)
    return type.kind === 'string' ? toStrings(type.size, data.bytes) : toNumbers(type, data.bytes, `attribute ${name}`)
  }

  /** @throws FileError `corrupt` where it holds no strings */
  async strings(name: string): Promise<string[] | undefined> {
    const value = await this.get(name)
    if (value?.some((v) => typeof v !== 'string')) throw this.#raw.get(name)!.data.corrupt('must hold strings, got numbers')
    return value as string[] | undefined
  }

  /** Each element: length, address of a heap collection, index in it. */
  async #varStrings({ name, count, data: whole }: RawAttribute): Promise<string[]> {
    const data = new Cursor(whole.bytes, whole.address, whole.widths, whole.what) // of this call: an attribute may be asked for again
    const values: string[] = []
    const heaps = new Map<number, Map<number, Uint8Array>>()
    for (let i = 0; i < count; i++) {
      const length = data.u32()
      const address = data.offset()
      const index = data.u32()
      if (length === 0) {
        values.push('')
        continue
      }
      let heap = heaps.get(address)
      if (!heap) heaps.set(address, (heap = await readGlobalHeap(this.#file, address)))
      const bytes = heap.get(index)
      if (!bytes || bytes.length < length)
        throw data.corrupt(`${name} must find ${length} bytes in its heap, got ${bytes?.length ?? 'none'}`)
      this.#file.spend(length, `attribute ${name}`, address)
      values.push(text(bytes.subarray(0, length)))
    }
    return values
  }
}

/** Attributes outside the header, where there are many. */
async function denseAttributes(file: Hdf5File, c: Cursor): Promise<Cursor[]> {
  c.version(0)
  const flags = c.u8()
  if (flags & 1) c.skip(2)
  const heap = c.offset()
  const tree = c.offset()
  if (heap === Infinity) return []
  const { denseMessages, Records } = await lazy(import('./rare.ts'))
  return denseMessages(file, heap, tree, Records.attributes, 'an attribute')
}

/** Objects of one collection by index. */
async function readGlobalHeap(file: Hdf5File, address: number): Promise<Map<number, Uint8Array>> {
  const head = await file.structure(address, 8 + file.widths.lengths, 'a global heap')
  head.signature('GCOL')
  head.version(1)
  head.skip(3)
  const c = await file.structure(address, head.length(), 'a global heap')
  c.skip(head.at)
  const objects = new Map<number, Uint8Array>()
  while (c.left >= 8 + file.widths.lengths) {
    const index = c.u16()
    c.skip(6)
    const size = c.length()
    if (index === 0) break // the free space at the end
    objects.set(index, c.take(size))
    c.skip(Math.min(c.left, (8 - (size % 8)) % 8))
  }
  return objects
}
