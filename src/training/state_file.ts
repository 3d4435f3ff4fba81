/** The state of training as bytes: to be kept in a file or a database, and gone on from in another process. */
import { described } from '../described.ts'
import { ArgumentError, FileError } from '../errors.ts'
import { plainBytes } from '../loaders/bytes/bytes.ts'
import { crc32 } from '../loaders/bytes/crc32.ts'
import { checkState, type TrainerState } from './trainer_state.ts'

/** What a file begins with; then come the check sum of what follows it and the length of the text, then the text, then the values. */
const MAGIC = 'thawstate1\n\0'
const HEAD = MAGIC.length + 8

/** A Float32Array in the text: where its values begin, and how many there are. */
const VALUES = '$f32'
/** A number that JSON has no word for. */
const NUMBER = '$number'

/**
 * @param state what `trainerState` gave
 * @returns little-endian bytes, which `loadTrainerState` reads
 * @throws ArgumentError for what is no state
 * @example
 * await model.fit({ x, y })
 * const bytes = saveTrainerState(await model.trainerState()) // to be kept as a file
 */
export function saveTrainerState(state: TrainerState): Uint8Array<ArrayBuffer> {
  checkState(state)
  const arrays: Float32Array[] = []
  let length = 0
  const text = JSON.stringify(state, (_, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) return { [NUMBER]: String(value) }
    if (!(value instanceof Float32Array)) return value
    arrays.push(value)
    length += value.length
    return { [VALUES]: [length - value.length, value.length] }
  })
  const json = new TextEncoder().encode(text)
  const padded = Math.ceil(json.length / 4) * 4
  const bytes = new Uint8Array(HEAD + padded + 4 * length).fill(32, HEAD, HEAD + padded)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(MAGIC))
  bytes.set(json, HEAD)
  let at = HEAD + padded
  for (const values of arrays) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  view.setUint32(HEAD - 4, padded, true)
  view.setUint32(HEAD - 8, crc32(bytes.subarray(HEAD - 4)), true)
  return bytes
}

function refuse(code: 'truncated' | 'corrupt' | 'unsupported', got: string): never {
  throw new FileError(code, `[state] bytes must be what saveTrainerState gave, got ${got}`)
}

async function bytesOf(given: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (given instanceof Uint8Array) return plainBytes(given)
  if (given instanceof ArrayBuffer) return new Uint8Array(given)
  if (typeof Blob !== 'undefined' && given instanceof Blob) return new Uint8Array(await given.arrayBuffer())
  throw new ArgumentError('loadTrainerState', `bytes must be a Uint8Array, an ArrayBuffer or a Blob, got ${described(given)}`)
}

/**
 * Reads what saveTrainerState gave.
 * @throws FileError for anything else, and where a byte has changed; ArgumentError for what are no bytes
 * @example
 * const kept = saveTrainerState(await model.trainerState())
 * await model.fit({ x, y }, { epochs: 2, state: await loadTrainerState(kept) })
 */
export async function loadTrainerState(given: Uint8Array | ArrayBuffer | Blob): Promise<TrainerState> {
  const bytes = await bytesOf(given)
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC) refuse(MAGIC.startsWith(magic) ? 'truncated' : 'unsupported', `${bytes.length} bytes that begin otherwise`)
  if (bytes.length < HEAD) refuse('truncated', `${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(HEAD - 8, true) !== crc32(bytes.subarray(HEAD - 4))) refuse('corrupt', 'a check sum of others')
  const padded = view.getUint32(HEAD - 4, true)
  const values = new Float32Array(bytes.slice(HEAD + padded).buffer)
  const state: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, HEAD + padded)), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if (NUMBER in value) return Number(value[NUMBER])
    if (!(VALUES in value)) return value
    const [begin, length] = value[VALUES] as [number, number]
    return values.slice(begin, begin + length)
  })
  checkState(state)
  return state
}
