/** Zip archives for tests, as other programs write them. Node only. */
import { deflateRawSync } from 'node:zlib'

export interface Entry {
  name: string
  data: Uint8Array
  method?: number
  flags?: number
  /** What the header promises, if that is not the truth. */
  size?: number
}

/** An archive; `wide` puts all sizes and offsets into ZIP64 fields. */
export function archive(entries: readonly Entry[], wide = false): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  const add = (list: Buffer[], b: Buffer) => (list.push(b), (at += list === parts ? b.length : 0))
  for (const { name, data, method = 0, flags = 0, size = data.length } of entries) {
    const stored = method === 8 ? deflateRawSync(data) : Buffer.from(data)
    const label = Buffer.from(name)
    const local = Buffer.alloc(30)
    const entry = Buffer.alloc(46)
    const extra = wide ? Buffer.alloc(28) : Buffer.alloc(0)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(label.length, 26)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(flags, 8)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt16LE(label.length, 28)
    entry.writeUInt16LE(extra.length, 30)
    const fields = [
      [20, stored.length],
      [24, size],
      [42, at],
    ] as const
    for (const [field, value] of fields) entry.writeUInt32LE(wide ? 0xffffffff : value, field)
    if (wide) {
      extra.writeUInt16LE(1)
      extra.writeUInt16LE(24, 2)
      for (const [i, value] of [size, stored.length, at].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
    }
    directory.push(entry, label, extra)
    for (const b of [local, label, stored]) add(parts, b)
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt32LE(wide ? 0xffffffff : list.length, 12)
  end.writeUInt32LE(wide ? 0xffffffff : at, 16)
  const end64 = Buffer.alloc(wide ? 56 : 0)
  const locator = Buffer.alloc(wide ? 20 : 0)
  if (wide) {
    end64.writeUInt32LE(0x06064b50)
    end64.writeBigUInt64LE(BigInt(list.length), 40)
    end64.writeBigUInt64LE(BigInt(at), 48)
    locator.writeUInt32LE(0x07064b50)
    locator.writeBigUInt64LE(BigInt(at + list.length), 8)
  }
  return new Uint8Array(Buffer.concat([...parts, list, end64, locator, end]))
}
