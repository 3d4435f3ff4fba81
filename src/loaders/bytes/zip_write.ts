/** Writes zip archives of stored members, as Keras's `.keras` files are. APPNOTE.TXT 6.3.10, sections 4.3 and 4.4. */
import { ArgumentError } from '../../errors.ts'
import { crc32 } from './crc32.ts'
import type { FileToWrite } from './file_to_write.ts'

/** Beyond these, archives need ZIP64. */
const SIZE_LIMIT = 0xffffffff

/** Members' CRC-32 comes behind their bytes, since those are made while they are written; names are UTF-8. */
const FLAGS = 0x0808
/** 1 January 1980: when a model was saved is in its metadata. */
const DATE = 0x21

function fields(size: number, write: (view: DataView) => void, ...rest: Uint8Array[]): Uint8Array {
  const head = new Uint8Array(size)
  write(new DataView(head.buffer))
  const bytes = new Uint8Array(size + rest.reduce((n, r) => n + r.length, 0))
  bytes.set(head)
  rest.reduce((at, r) => (bytes.set(r, at), at + r.length), size)
  return bytes
}

/** What the local header and the directory's entry say alike, from version on; the CRC is known in the latter only. */
function common(view: DataView, at: number, { name, size, crc }: { name: Uint8Array; size: number; crc: number }): void {
  view.setUint16(at, 20, true)
  view.setUint16(at + 2, FLAGS, true)
  view.setUint16(at + 8, DATE, true)
  view.setUint32(at + 10, crc, true)
  view.setUint32(at + 14, size, true)
  view.setUint32(at + 18, size, true)
  view.setUint16(at + 22, name.length, true)
}

const LOCAL_SIZE = 30
const DESCRIPTOR_SIZE = 16
const ENTRY_SIZE = 46
const END_SIZE = 22

/**
 * An archive of stored members.
 * @throws ArgumentError above 4 GiB
 */
export function zipFile(members: ReadonlyMap<string, FileToWrite>): FileToWrite {
  const encoder = new TextEncoder()
  const list = [...members].map(([name, file]) => ({ name: encoder.encode(name), file }))
  const size = list.reduce((n, { name, file }) => n + LOCAL_SIZE + DESCRIPTOR_SIZE + ENTRY_SIZE + 2 * name.length + file.size, END_SIZE)
  if (size > SIZE_LIMIT) throw new ArgumentError('zip', `an archive must be smaller than 4 GiB, got ${size} bytes (save as .h5)`)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let at = 0
    const entries: Uint8Array[] = []
    for (const { name, file } of list) {
      const begin = at
      const about = { name, size: file.size, crc: 0 }
      const local = (view: DataView) => {
        view.setUint32(0, 0x04034b50, true)
        common(view, 4, about)
      }
      yield fields(LOCAL_SIZE, local, name)
      for await (const part of file.chunks()) {
        about.crc = crc32(part, about.crc)
        yield part
      }
      yield fields(DESCRIPTOR_SIZE, (view) =>
        [0x08074b50, about.crc, file.size, file.size].forEach((v, i) => view.setUint32(4 * i, v, true)),
      )
      at += LOCAL_SIZE + name.length + file.size + DESCRIPTOR_SIZE
      const entry = (view: DataView) => {
        view.setUint32(0, 0x02014b50, true)
        view.setUint16(4, 20, true)
        common(view, 6, about)
        view.setUint32(42, begin, true)
      }
      entries.push(fields(ENTRY_SIZE, entry, name))
    }
    yield* entries
    const directory = entries.reduce((n, e) => n + e.length, 0)
    yield fields(END_SIZE, (view) => {
      view.setUint32(0, 0x06054b50, true)
      view.setUint16(8, entries.length, true)
      view.setUint16(10, entries.length, true)
      view.setUint32(12, directory, true)
      view.setUint32(16, at, true)
    })
  }
  return { size, chunks }
}
