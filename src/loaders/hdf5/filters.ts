/** Undoes the filters of a chunk: deflate, LZF, shuffle, Fletcher's checksum. Specification, IV.A.2.l. */
import { FileError } from '../../errors.ts'
import { inflate } from '../bytes/inflate.ts'
import { FLETCHER32, LZF, SHUFFLE, type Filter } from './layout.ts'
import { unlzf } from './lzf.ts'

/** Bytes in which a chunk may be stored: what does not compress becomes hardly larger. */
const MOST = 2
const SLACK = 1024
/** Bytes that fletcher32 appends. */
const CHECKSUM = 4

/**
 * @param size bytes of the chunk's values; a chunk that would become larger is refused before it does.
 * @param mask bit i set: filter i was skipped for this chunk.
 */
export async function unfilter(
  stored: Uint8Array<ArrayBuffer>,
  filters: readonly Filter[],
  mask: number,
  size: number,
  elementSize: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (stored.length > MOST * size + SLACK)
    throw new FileError('corrupt', `[hdf5] a chunk of ${path} must be stored in about ${size} bytes, got ${stored.length}`, { path })
  let bytes = stored
  for (let i = filters.length - 1; i >= 0; i--) {
    if (mask & (1 << i)) continue
    const { id } = filters[i]!
    if (id === FLETCHER32) bytes = verified(bytes, path)
    else if (id === SHUFFLE) bytes = unshuffled(bytes, elementSize)
    else if (id === LZF) bytes = unlzf(bytes, size + CHECKSUM, path)
    else bytes = await inflate(bytes, 'deflate', size + CHECKSUM, `a chunk of ${path}`)
  }
  if (bytes.length !== size)
    throw new FileError('corrupt', `[hdf5] a chunk of ${path} must have ${size} bytes, got ${bytes.length}`, { path })
  return bytes
}

/** Bytes were sorted by their place within the elements: all first bytes, then all second ones. */
function unshuffled(bytes: Uint8Array<ArrayBuffer>, elementSize: number): Uint8Array<ArrayBuffer> {
  const count = Math.floor(bytes.length / elementSize)
  const out = new Uint8Array(bytes.length)
  for (let b = 0; b < elementSize; b++) for (let i = 0; i < count; i++) out[i * elementSize + b] = bytes[b * count + i]!
  out.set(bytes.subarray(count * elementSize), count * elementSize)
  return out
}

/** Fletcher32 as HDF5 computes it: sums of big-endian 16-bit words, modulo 65535, stored little-endian behind the data. */
function verified(bytes: Uint8Array<ArrayBuffer>, path: string): Uint8Array<ArrayBuffer> {
  const data = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM))
  let a = 0
  let b = 0
  for (let i = 0; i < data.length; i += 2) {
    a = (a + ((data[i]! << 8) | (data[i + 1] ?? 0))) % 65535
    b = (b + a) % 65535
  }
  const found = bytes.subarray(data.length).reduceRight((sum, v) => sum * 256 + v, 0)
  const same = (found % 65536) % 65535 === a && Math.floor(found / 65536) % 65535 === b
  if (!same)
    throw new FileError('corrupt', `[hdf5] a chunk of ${path} must have the checksum that is stored with it, got another`, { path })
  return data
}
