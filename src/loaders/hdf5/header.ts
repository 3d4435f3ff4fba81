/** Object headers: the list of messages that describe a group or a dataset. Specification, section IV.A. */
import { verify } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import type { Hdf5File } from './file.ts'

export const Message = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillOld: 0x04,
  fill: 0x05,
  link: 0x06,
  external: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const

export interface HeaderMessage {
  readonly type: number
  readonly body: Cursor
}

interface Block {
  readonly cursor: Cursor
  /** Version 2 only: messages carry a creation order. */
  readonly ordered: boolean
  readonly version: 1 | 2
}

const BLOCK_LIMIT = 1000
/** Messages of one object; version 1 cannot count more. */
const MESSAGE_LIMIT = 65535
const CHECKSUM = 4

/** All messages of the object at an address. @throws FileError */
export async function readHeader(file: Hdf5File, address: number): Promise<HeaderMessage[]> {
  const first = await file.structure(address, 16, 'an object header')
  const v2 = first.bytes[0] === 0x4f // O of OHDR; version 1 begins with a 1
  const blocks = [v2 ? await firstBlock2(file, address) : await firstBlock1(file, address, first)]
  const messages: HeaderMessage[] = []
  const seen = new Set<number>([address])
  for (let i = 0; i < blocks.length; i++) {
    for (const message of messagesOf(blocks[i]!)) {
      if (message.type !== Message.continuation) {
        messages.push(message)
        if (messages.length > MESSAGE_LIMIT) throw message.body.corrupt(`must be one of at most ${MESSAGE_LIMIT}, got more`)
        continue
      }
      const next = message.body.offset()
      const length = message.body.length()
      if (seen.has(next) || blocks.length > BLOCK_LIMIT) throw message.body.corrupt('must not lead back to a block already read')
      seen.add(next)
      blocks.push(await continuation(file, next, length, blocks[0]!))
    }
  }
  return messages
}

async function firstBlock1(file: Hdf5File, address: number, c: Cursor): Promise<Block> {
  c.version(1)
  c.skip(7)
  const size = c.u32()
  return { cursor: await file.structure(address + 16, size, 'an object header'), ordered: false, version: 1 }
}

async function firstBlock2(file: Hdf5File, address: number): Promise<Block> {
  const room = Math.min(64, file.source.size - file.base - address)
  const c = await file.structure(address, room, 'an object header')
  c.signature('OHDR')
  c.version(2)
  const flags = c.u8()
  if (flags & 0x20) c.skip(16)
  if (flags & 0x10) c.skip(4)
  const size = c.uint(1 << (flags & 3))
  const whole = await file.structure(address, c.at + size + CHECKSUM, 'an object header')
  verify(whole)
  whole.skip(c.at)
  return { cursor: whole.part(size, 'an object header'), ordered: (flags & 4) !== 0, version: 2 }
}

async function continuation(file: Hdf5File, address: number, length: number, { ordered, version }: Block): Promise<Block> {
  const cursor = await file.structure(address, length, 'a continued object header')
  if (version === 1) return { cursor, ordered, version }
  verify(cursor)
  cursor.signature('OCHK')
  return { cursor: cursor.part(cursor.left - CHECKSUM, 'a continued object header'), ordered, version }
}

function* messagesOf({ cursor: c, ordered, version }: Block): Generator<HeaderMessage> {
  const head = version === 1 ? 8 : ordered ? 6 : 4
  while (c.left >= head) {
    const type = version === 1 ? c.u16() : c.u8()
    const size = c.u16()
    const flags = c.u8()
    c.skip(head - (version === 1 ? 5 : 4))
    const body = c.part(size, `message ${type} of an object header`)
    if (flags & 2) throw body.unsupported('a shared message (a committed datatype)')
    yield { type, body }
  }
}
