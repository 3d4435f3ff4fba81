/** Undoes LZF, h5py's own filter (number 32000): Marc Lehmann's liblzf, runs of bytes and copies of what came before. */
import { FileError } from '../../errors.ts'

/** Below: a run of so many bytes and one more. */
const RUNS = 32

/**
 * @param size bytes that there may be; what would become more is refused before it does
 * @throws FileError `corrupt`
 */
export function unlzf(bytes: Uint8Array<ArrayBuffer>, size: number, path: string): Uint8Array<ArrayBuffer> {
  const refuse = (got: string) =>
    new FileError('corrupt', `[hdf5] a chunk of ${path} must be a whole LZF stream of at most ${size} bytes, got ${got}`, { path })
  const out = new Uint8Array(size)
  let to = 0
  let from = 0
  const next = () => {
    if (from >= bytes.length) throw refuse('one that breaks off')
    return bytes[from++]!
  }
  while (from < bytes.length) {
    const control = next()
    if (control < RUNS) {
      const end = from + control + 1
      if (end > bytes.length) throw refuse('one that breaks off')
      if (to + control + 1 > size) throw refuse('more')
      out.set(bytes.subarray(from, end), to)
      to += control + 1
      from = end
      continue
    }
    const length = (control >> 5 === 7 ? 7 + next() : control >> 5) + 2
    const distance = (control % RUNS) * 256 + next() + 1
    if (distance > to) throw refuse(`a copy of what is ${distance} bytes before byte ${to}`)
    if (to + length > size) throw refuse('more')
    // Byte by byte: a copy may reach into itself.
    for (const end = to + length; to < end; to++) out[to] = out[to - distance]!
  }
  return out.slice(0, to)
}
