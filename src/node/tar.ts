/** Reads uncompressed tar archives (POSIX ustar, pax headers skipped) in memory. */

export interface TarMember {
  readonly name: string
  readonly data: Buffer
}

const text = (tar: Buffer, begin: number, length: number): string => tar.toString('latin1', begin, begin + length).replace(/\0[^]*$/, '')

/** Plain files, in order. Header of 512 bytes: name at 0, octal size at 124, type at 156, name prefix at 345. */
export function* untar(tar: Buffer): Generator<TarMember> {
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = parseInt(text(tar, at + 124, 12), 8) || 0
    const type = text(tar, at + 156, 1)
    const prefix = text(tar, at + 257, 5) === 'ustar' ? text(tar, at + 345, 155) : ''
    const name = (prefix ? `${prefix}/` : '') + text(tar, at, 100)
    if (type === '0' || type === '') yield { name: name.replace(/^\.\//, ''), data: tar.subarray(at + 512, at + 512 + size) }
    at += 512 + Math.ceil(size / 512) * 512
  }
}
