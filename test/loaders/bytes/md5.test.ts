/** MD5 against the vectors of RFC 1321 and against Node's own, whatever pieces the bytes come in. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Md5 } from '../../../src/loaders/bytes/md5.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const data = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 5)) % 256)
const theirs = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')

// RFC 1321, appendix A.5
test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
  ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
])('%j', (text, hash) => {
  expect(new Md5().update(bytesOf(text)).hex()).toBe(hash)
})

describe('agrees with Node', () => {
  test('for every length around the ends of blocks', () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = data.subarray(0, length)
      expect(new Md5().update(bytes).hex(), `${length} bytes`).toBe(theirs(bytes))
    }
  })

  test.each([1, 3, 55, 63, 64, 65, 127, 1000, 4999])('in pieces of %i bytes', (size) => {
    const hash = new Md5()
    for (let at = 0; at < data.length; at += size) hash.update(data.subarray(at, at + size))
    expect(hash.hex()).toBe(theirs(data))
  })

  test('where the bytes begin at an odd address, and end in the middle of a buffer', () => {
    for (const begin of [1, 2, 3, 4, 7]) {
      const bytes = data.subarray(begin, begin + 777)
      expect(new Md5().update(bytes).hex()).toBe(theirs(bytes))
    }
  })

  test('for more than 2^32 bits', () => {
    const piece = new Uint8Array(1 << 26).fill(7)
    const ours = new Md5()
    const node = createHash('md5')
    for (let n = 0; n < 9; n++) {
      ours.update(piece)
      node.update(piece)
    }
    expect(ours.hex()).toBe(node.digest('hex'))
  })
})
