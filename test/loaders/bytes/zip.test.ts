/** Archives: members in place, deflated ones, 64-bit fields, and what is broken. */
import { crc32, deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { bytesSource, type ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { isZip, memberNamed, openMember, zipMembers } from '../../../src/loaders/bytes/zip.ts'
import { keras, source } from '../files.ts'

interface Entry {
  name: string
  data: Uint8Array
  method?: number
  flags?: number
  /** What the header promises, if that is not the truth. */
  size?: number
}

/** An archive; `wide` puts all sizes and offsets into ZIP64 fields. */
function archive(entries: readonly Entry[], wide = false): Uint8Array<ArrayBuffer> {
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

const data = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) >> 5)
const zipMember = async (archived: ByteSource, name: string) => openMember(archived, memberNamed(await zipMembers(archived), name)!)
const member = (bytes: Uint8Array<ArrayBuffer>, name = 'b.h5') => zipMember(bytesSource(bytes, 'a.zip'), name)
const noise = { name: 'a.json', data: Uint8Array.of(1, 2, 3) }

test.each([
  [0, false],
  [8, false],
  [0, true],
  [8, true],
])('method %i, 64-bit fields %s', async (method, wide) => {
  const found = await member(archive([noise, { name: 'folder/b.h5', data, method }], wide))
  expect(found.size).toBe(data.length)
  expect(await found.read(100, 4900)).toEqual(data.slice(100))
  await expect(found.read(4999, 2)).rejects.toBeInstanceOf(FileError)
})

test('a member of a real archive, bit for bit', async () => {
  expect(await isZip(source('keras3.keras'))).toBe(true)
  expect(await isZip(source('keras2_weights.h5'))).toBe(false)
  const [stored, packed] = [
    await zipMember(source('keras3.keras'), 'model.weights.h5'),
    await zipMember(source('keras3_zipped_again.keras'), 'model.weights.h5'),
  ]
  const bytes = await stored.read(0, stored.size)
  const archived = Buffer.from(keras('keras3.keras'))
  const header = archived.lastIndexOf('PK\x01\x02', archived.lastIndexOf('model.weights.h5'))
  expect(crc32(bytes)).toBe(archived.readUInt32LE(header + 16))
  expect((await packed.read(0, packed.size)).length).toBe(bytes.length)
})

test.each([
  ['encryption', archive([{ name: 'b.h5', data, flags: 1 }]), 'unsupported', 'got an encrypted one for b.h5'],
  ['another compression', archive([{ name: 'b.h5', data, method: 93 }]), 'unsupported', 'got compression method 93 for b.h5'],
  ['a bomb', archive([{ name: 'b.h5', data, method: 8, size: 2 ** 31 }]), 'corrupt', 'must not promise 2147483648 bytes'],
  ['more than promised', archive([{ name: 'b.h5', data, method: 8, size: 10 }]), 'corrupt', 'must have at most 10 bytes, got more'],
  ['less than promised', archive([{ name: 'b.h5', data, method: 8, size: 6000 }]), 'corrupt', 'must have 6000 bytes, got 5000'],
  ['a stored member that ends outside', archive([{ name: 'b.h5', data, size: 50_000 }]), 'truncated', 'must end inside the file'],
  ['no list at the end', archive([noise, { name: 'b.h5', data }]).slice(0, 5000), 'truncated', 'must end with its list of members'],
])('%s', async (_name, bytes, code, message) => {
  const error = await member(bytes).then(
    () => undefined,
    (e: Error) => e,
  )
  expect(error).toBeInstanceOf(FileError)
  expect((error as FileError).code).toBe(code)
  expect(error!.message).toContain(message)
})
