/**
 * Broken and hostile files, made from every small fixture: cut at each boundary of a structure, bits and bytes changed, pieces of other files
 * put in, addresses and sizes overwritten. Opening and reading all weights gives values or one of our errors, in less than a second,
 * with memory for what the file can hold. Checksums are not looked at in half of the cases, so that what lies behind them is met too.
 *
 * A failure names its case: THAW_FUZZ_SEED=<seed> THAW_FUZZ_CASES=1 runs it alone. THAW_FUZZ_CASES=200000 is a long campaign.
 */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { FileError, ThawError } from '../../src/errors.ts'
import { bytesSource, checkRange, type ByteSource } from '../../src/loaders/bytes/bytes.ts'
import type * as Checksum from '../../src/loaders/hdf5/checksum.ts'
import { Group, openHdf5 } from '../../src/loaders/hdf5/group.ts'
import { openKerasWeights } from '../../src/loaders/keras/keras.ts'
import { processorTime } from '../support/processor.ts'
import { lcg } from '../support/values.ts'
import { keras, readAll } from './files.ts'

const checks = vi.hoisted(() => ({ on: true }))
vi.mock('../../src/loaders/hdf5/checksum.ts', async (original) => {
  const real = await original<typeof Checksum>()
  return { ...real, verify: (...args: Parameters<typeof real.verify>) => checks.on && real.verify(...args) }
})

const SEED = Number(process.env['THAW_FUZZ_SEED'] ?? 1)
const CASES = Number(process.env['THAW_FUZZ_CASES'] ?? 4000)
/** Milliseconds of the processor. */
const SLOW = 1000
/** Bytes of memory, beside four times the file. */
const ROOM = 16 * 1024 * 1024

type Bytes = Uint8Array<ArrayBuffer>
type Random = () => number

const names = readdirSync(new URL('../golden/keras_files/', import.meta.url)).sort()
const files = new Map(names.map((name) => [name, keras(name)]))

/** Bytes asked of a source, and elements of new arrays: together, what a run needs at most. */
let needed = 0
const plain = { Uint8Array, Float32Array }

beforeAll(() => {
  for (const name of ['Uint8Array', 'Float32Array'] as const) {
    globalThis[name] = new Proxy(plain[name], {
      construct(target, args: [unknown], newTarget) {
        if (typeof args[0] === 'number') needed += args[0] * target.BYTES_PER_ELEMENT
        return Reflect.construct(target, args, newTarget === globalThis[name] ? target : newTarget) as object
      },
    }) as never
  }
})
afterAll(() => Object.assign(globalThis, plain))

/** Counts what is asked for, and notes where. */
function counted(bytes: Bytes, name: string, reads: Set<number> = new Set()): ByteSource {
  const inner = bytesSource(bytes, name)
  return {
    size: inner.size,
    name,
    async read(offset, length, signal) {
      checkRange(inner, offset, length)
      needed += length
      reads.add(offset).add(offset + length)
      return inner.read(offset, length, signal)
    },
  }
}

/** Reads everything below a group, each object once. */
async function readGroup(group: Group, within: Within, seen = new Set<number>()): Promise<void> {
  if (seen.has(group.address)) return
  seen.add(group.address)
  for (const name of group.attributes.names) await within(() => group.attributes.get(name))
  for (const name of group.names) {
    const found = await within(() => group.get(name)).catch(ours)
    if (found instanceof Group) await readGroup(found, within, seen)
    else if (found) await within(() => readAll(found)).catch(ours)
  }
}

/** Shards, sound ones: what is broken is their list. */
const sibling = async (name: string): Promise<ByteSource> => {
  if (files.has(name)) return Promise.resolve(bytesSource(files.get(name)!, name))
  throw new FileError('not-found', `no ${name}`)
}

/** One error does not hide what is wrong with other objects. */
function ours(error: unknown): undefined {
  if (!(error instanceof ThawError)) throw error
}

type Within = <T>(work: () => Promise<T>) => Promise<T>

/** Opens a file as Keras's and as plain HDF5, and reads all that is there. @returns the error of the first, if any */
async function outcome(bytes: Bytes, name: string, reads?: Set<number>): Promise<Error | undefined> {
  const within: Within = async (work) => {
    needed = 0
    const done = await work()
    if (needed > 4 * bytes.length + ROOM) throw new Error(`needs ${needed} bytes for a file of ${bytes.length}`)
    return done
  }
  let failure: Error | undefined
  try {
    const { layers } = await within(() => openKerasWeights(counted(bytes, name, reads), { sibling }))
    for (const { weights } of layers) for (const { source } of weights) await within(() => readAll(source))
  } catch (error) {
    failure = error as Error
    ours(error)
  }
  if (!name.endsWith('.keras'))
    await within(() => openHdf5(counted(bytes, name, reads)))
      .then((root) => readGroup(root, within))
      .catch(ours)
  return failure
}

const pick = <T>(list: readonly T[], next: Random): T => list[Math.floor(next() * list.length)]!
const at = (bytes: Bytes, next: Random): number => Math.floor(next() * bytes.length)

/** Where structures begin and end, by the reads of the sound file. */
const boundaries = new Map<string, readonly number[]>()

/** A place in a structure, near its head, or anywhere; seldom in the superblock, behind which nothing would be met. */
function place(bytes: Bytes, known: readonly number[], next: Random): number {
  const way = next()
  if (way < 0.2 || !known.length) return at(bytes, next)
  if (way < 0.6) {
    const i = 8 + Math.floor(next() * known.length)
    const begin = known[i] ?? known[0]!
    return Math.min(bytes.length - 1, begin + Math.floor(next() * Math.min(512, (known[i + 1] ?? bytes.length) - begin)))
  }
  return Math.min(bytes.length - 1, Math.max(0, pick(known, next) + Math.floor(next() * 96) - 16))
}

/** Ways to break a file. */
const BREAKS: Readonly<Record<string, (bytes: Bytes, known: readonly number[], next: Random) => Bytes>> = {
  bits(bytes, known, next) {
    for (let n = 1 + Math.floor(next() * 4); n > 0; n--) bytes[place(bytes, known, next)]! ^= 1 << Math.floor(next() * 8)
    return bytes
  },
  bytes(bytes, known, next) {
    for (let n = 1 + Math.floor(next() * 4); n > 0; n--)
      bytes[place(bytes, known, next)] = pick([0, 1, 2, 3, 127, 128, 254, 255, at(bytes, next) & 255], next)
    return bytes
  },
  numbers(bytes, known, next) {
    const view = new DataView(bytes.buffer)
    for (let n = 1 + Math.floor(next() * 2); n > 0; n--) {
      const from = Math.min(bytes.length - 8, place(bytes, known, next) & ~(next() < 0.7 ? 7 : 0))
      const self = [from, known.length ? pick(known, next) : 0, at(bytes, next), bytes.length, bytes.length - 1]
      const sizes = [0, 1, 255, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 2 ** 53 - 1].map(BigInt)
      const value = pick([...self.map(BigInt), ...sizes, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 8n], next)
      if (next() < 0.7) view.setBigUint64(from, value, true)
      else if (next() < 0.5) view.setUint32(from, Number(value & 0xffffffffn), true)
      else view.setUint16(from, Number(value & 0xffffn), true)
    }
    return bytes
  },
  splice(bytes, known, next) {
    const other = pick([...files.values(), bytes], next)
    const from = at(other, next)
    const piece = other.slice(from, from + 8 * (1 + Math.floor(next() ** 3 * 256)))
    const to = next() < 0.5 ? from : place(bytes, known, next) & ~7
    bytes.set(piece.subarray(0, Math.max(0, bytes.length - to)), Math.min(to, bytes.length))
    return bytes
  },
  shift(bytes, known, next) {
    const from = place(bytes, known, next)
    const out = new Uint8Array(Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + Math.floor(next() * 32) - 16)]))
    return withLength(out)
  },
  cut: (bytes, known, next) => withLength(bytes.slice(0, place(bytes, known, next))),
}

/** Writes the end of the file into the superblock of a file that h5py wrote, so that reading goes on behind it. */
function withLength(bytes: Bytes): Bytes {
  const end = bytes[8] === 0 ? 40 : 28
  if (bytes.length > end + 8 && bytes[1] === 0x48) new DataView(bytes.buffer).setBigUint64(end, BigInt(bytes.length), true)
  return bytes
}

async function check(bytes: Bytes, name: string, what: string): Promise<Error | undefined> {
  const started = processorTime()
  const error = await outcome(bytes, name).catch((e: unknown) => {
    throw new Error(`${what}: ${e instanceof Error ? e.stack : String(e)}`)
  })
  const took = processorTime() - started
  if (took > SLOW) throw new Error(`${what}: took ${took} ms`)
  return error
}

/** Fixtures that are there to be refused. */
const REFUSED = ['bombs.h5', 'chunks.h5', 'filters.h5', 'keras3_sharded_00002.weights.h5', 'not_keras.h5', 'npz.keras']

/** The files themselves, which also tells where their structures are. */
test('sound files', async () => {
  for (const [name, bytes] of files) {
    const reads = new Set<number>()
    const error = await outcome(bytes, name, reads)
    expect(error === undefined, `${name}: ${error?.message}`).toBe(!REFUSED.includes(name))
    boundaries.set(
      name,
      [...reads].sort((a, b) => a - b),
    )
  }
})

describe('cut at every boundary', () => {
  test.each(names)('%s', async (name) => {
    const bytes = files.get(name)!
    for (const length of boundaries.get(name)!.filter((b) => b < bytes.length)) {
      expect(await check(bytes.slice(0, length), name, `cut at ${length}`)).toBeInstanceOf(FileError)
      await check(withLength(bytes.slice(0, length)), name, `cut at ${length}, which the superblock says too`)
    }
  })
})

test(`${CASES} broken files from seed ${SEED}`, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed++) {
    const next = lcg(seed)
    for (let i = 0; i < 4; i++) next()
    const name = pick(names, next)
    const known = boundaries.get(name)!
    let bytes = files.get(name)!.slice()
    const ways = Array.from({ length: 1 + Math.floor(next() * 2) }, () => pick(Object.keys(BREAKS), next))
    for (const way of ways) if (bytes.length > 16) bytes = BREAKS[way]!(bytes, known, next)
    checks.on = next() < 0.5
    await check(bytes, name, `THAW_FUZZ_SEED=${seed} (${name}, ${ways.join(', ')}${checks.on ? '' : ', checksums off'})`)
  }
  checks.on = true
}, 3_600_000)
