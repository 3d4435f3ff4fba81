/** Archives: members in place, deflated ones, 64-bit fields, and what is broken. */
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { bytesSource, type ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { isZip } from '../../../src/loaders/bytes/is_zip.ts'
import { memberNamed, openMember, zipMembers } from '../../../src/loaders/bytes/zip.ts'
import { archive } from '../../support/zip.ts'
import { keras, source } from '../files.ts'

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
