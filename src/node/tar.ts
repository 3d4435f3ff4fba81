/** Reads uncompressed tar archives (POSIX ustar; of pax headers the path) in memory. */

export interface TarMember {
  readonly name: string
  readonly data: Buffer
}

const BLOCK = 512

const text = (tar: Buffer, begin: number, length: number): string => tar.toString('utf8', begin, begin + length).replace(/\0[^]*$/, '')

/** The path in a pax header, whose records are `LENGTH KEY=VALUE` lines. */
function paxPath(header: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(header.toString('utf8'))?.[1]
}

/**
 * Plain files, in order. Header of 512 bytes: name at 0, octal size at 124, type at 156, name prefix at 345.
 * @throws RangeError where the archive ends within a file
 */
export function* untar(tar: Buffer): Generator<TarMember> {
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const size = parseInt(text(tar, at + 124, 12), 8) || 0
    const type = text(tar, at + 156, 1)
    const prefix = text(tar, at + 257, 5) === 'ustar' ? text(tar, at + 345, 155) : ''
    const name = longName ?? (prefix ? `${prefix}/` : '') + text(tar, at, 100)
    const data = tar.subarray(at + BLOCK, at + BLOCK + size)
    if (data.length < size) throw new RangeError(`the archive must hold ${size} bytes of ${name}, got ${data.length}`)
    longName = type === 'x' ? paxPath(data) : undefined
    if (type === '0' || type === '') yield { name: name.replace(/^\.\//, ''), data }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
}
