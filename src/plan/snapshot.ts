/** Many parameters read back at once, as they are at one moment, while what comes after goes on. */
import type { Parameter } from '../parameter.ts'
import { sizeOf } from '../shape.ts'
import type { ParameterStore } from './parameter_store.ts'

/** Bytes that are read through one staging buffer, unless one tensor has more. */
const GROUP = 32 * 1024 * 1024

export interface Snapshot {
  /** Of each parameter, when they are there. */
  readonly values: Promise<Float32Array<ArrayBuffer>[]>
}

/** Some rows of a parameter. */
interface Piece {
  readonly parameter: Parameter
  readonly part: number
  readonly bytes: number
}

/** Tensors in groups, each no larger than need be. */
function grouped(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = []
  let left = 0
  for (const piece of pieces) {
    if (piece.bytes > left) {
      groups.push([])
      left = Math.max(GROUP, piece.bytes)
    }
    groups.at(-1)!.push(piece)
    left -= piece.bytes
  }
  return groups
}

/**
 * Reads parameters of type f32 back.
 * @returns settles when the copies are on their way: what is submitted from then on does not change the values
 * @throws DeviceError `out-of-memory` where there is no room for a copy of them, `lost`
 */
export async function snapshot(store: ParameterStore, parameters: readonly Parameter[]): Promise<Snapshot> {
  const { device } = store
  const pieces = parameters.flatMap((p) => store.parts(p).map(({ bytes }, part) => ({ parameter: p, part, bytes })))
  const groups = grouped(pieces)
  const total = (group: readonly Piece[]) => group.reduce((sum, { bytes }) => sum + bytes, 0)
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const stagings = await device.allocate('snapshot', () => groups.map((group) => device.createBuffer('snapshot', total(group), usage)))
  const copied = device.submit('snapshot', 0, (encoder) => {
    groups.forEach((group, i) => {
      let at = 0
      for (const { parameter, part, bytes } of group) {
        const { buffer, offset } = store.parts(parameter)[part]!
        encoder.copyBufferToBuffer(buffer, offset, stagings[i]!, at, bytes)
        at += bytes
      }
    })
  })
  const free = () => stagings.forEach((staging) => device.destroyBuffer(staging))
  const read = Promise.all([copied, ...groups.map((group, i) => device.readMapped(stagings[i]!, total(group) / 4))])
  const values = read.then(([, ...groups]) => apart(parameters, groups)).finally(free)
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
