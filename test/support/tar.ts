/** Writes tar archives for tests. */
export interface TarFile {
  readonly name: string
  readonly data: string | Buffer
  /** Type flag: `0` a file (default), `2` a symbolic link, `5` a folder, `x` a pax header. */
  readonly type?: string
  /** The first part of a long path. */
  readonly prefix?: string
}

export function tar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ name, data, type = '0', prefix = '' }) => {
    const body = Buffer.from(data)
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write('0000644\0', 100)
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write(`        ${type}`, 148)
    header.write('ustar\u000000', 257)
    header.write(prefix, 345)
    const sum = header.reduce((a, b) => a + b, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, body, Buffer.alloc(-body.length & 511)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** A pax header that gives the next file this path. */
export function paxPath(path: string): TarFile {
  const record = (length: number) => `${length} path=${path}\n`
  let length = record(0).length
  while (Buffer.byteLength(record(length)) !== length) length++
  return { name: 'PaxHeader', type: 'x', data: record(length) }
}
