/** Many parameters read back at once, as they are at one moment, while what comes after goes on. */
import type { Parameter } from '../parameter.ts'
import { sizeOf } from '../shape.ts'
import type { ParameterStore } from './parameter_store.ts'

/** Bytes that are read through one staging buffer. */
const GROUP = 16 * 1024 * 1024
/** Staging buffers: the device fills one while the host reads the other. However much is read, it takes no more room. */
const STAGINGS = 2

export interface Snapshot {
  /** Of each parameter, when they are there. */
  readonly values: Promise<Float32Array<ArrayBuffer>[]>
}

/** Some bytes of a part of a parameter. */
interface Piece {
  readonly parameter: Parameter
  readonly part: number
  readonly from: number
  readonly bytes: number
}

/** All that the parameters hold, in order, in groups of which all but the last fill a staging buffer. */
function grouped(store: ParameterStore, parameters: readonly Parameter[]): Piece[][] {
  const groups: Piece[][] = []
  let left = 0
  const add = (parameter: Parameter, part: number, end: number) => {
    for (let from = 0; from < end;) {
      if (left === 0) {
        groups.push([])
        left = GROUP
      }
      const bytes = Math.min(left, end - from)
      groups.at(-1)!.push({ parameter, part, from, bytes })
      left -= bytes
      from += bytes
    }
  }
  for (const p of parameters) for (const [part, { bytes }] of store.parts(p).entries()) add(p, part, bytes)
  return groups
}

const bytesIn = (group: readonly Piece[]) => group.reduce((sum, { bytes }) => sum + bytes, 0)

/** The values of a group; its copies are submitted at once. */
async function readGroup(store: ParameterStore, group: readonly Piece[], staging: GPUBuffer): Promise<Float32Array> {
  const copied = store.device.submit('snapshot', 0, (encoder) => {
    let at = 0
    for (const { parameter, part, from, bytes } of group) {
      const { buffer, offset } = store.parts(parameter)[part]!
      encoder.copyBufferToBuffer(buffer, offset + from, staging, at, bytes)
      at += bytes
    }
  })
  const [values] = await Promise.all([store.device.readMapped(staging, bytesIn(group) / 4), copied])
  return values
}

/**
 * Reads parameters of type f32 back.
 * @returns settles when the copies are on their way: what is submitted from then on does not change the values. Nothing that changes them may be
 * submitted before
 * @throws DeviceError `out-of-memory` where there is no room to read through, `lost`
 */
export async function snapshot(store: ParameterStore, parameters: readonly Parameter[]): Promise<Snapshot> {
  const { device } = store
  const groups = grouped(store, parameters)
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const stagings = await device.allocate('snapshot', () =>
    groups.slice(0, STAGINGS).map((group) => device.createBuffer('snapshot', bytesIn(group), usage)),
  )
  const reads: Promise<Float32Array>[] = []
  const free = async () => {
    await Promise.allSettled(reads)
    for (const staging of stagings) device.destroyBuffer(staging)
  }
  try {
    for (const [i, group] of groups.entries()) {
      await reads[i - STAGINGS]
      const read = readGroup(store, group, stagings[i % STAGINGS]!)
      read.catch(() => undefined) // heard of when all are waited for
      reads.push(read)
    }
  } catch (error) {
    await free()
    throw error
  }
  const values = Promise.all(reads)
    .then((all) => apart(parameters, all))
    .finally(free)
  values.catch(() => undefined)
  return { values }
}

/** What lies behind each other, as the values of each parameter. */
function apart(parameters: readonly Parameter[], groups: readonly Float32Array[]): Float32Array<ArrayBuffer>[] {
  let [group, at] = [0, 0]
  return parameters.map((p) => {
    const values = new Float32Array(sizeOf(p.shape))
    for (let done = 0; done < values.length;) {
      if (at === groups[group]!.length) [group, at] = [group + 1, 0]
      const piece = groups[group]!.subarray(at, at + values.length - done)
      values.set(piece, done)
      done += piece.length
      at += piece.length
    }
    return values
  })
}
