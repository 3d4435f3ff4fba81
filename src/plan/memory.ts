/**
 * Which intermediate tensors share a buffer: linear scan over their lifetimes. Whole buffers only, since WebGPU counts usage per
 * buffer: one dispatch may not read and write the same one, not even in disjoint ranges.
 */

export interface Lifetime {
  readonly id: number
  readonly bytes: number
  /** Position of the op that writes it. */
  readonly from: number
  /** Position of the last op that reads it. */
  readonly until: number
}

export interface Colouring {
  /** Tensor id -> slot. */
  readonly slotOf: ReadonlyMap<number, number>
  /** Bytes of each slot. */
  readonly slotBytes: readonly number[]
}

/** Assigns slots. A tensor's slot is free again after the op at `until`, so an op's output never shares with its inputs. */
export function colour(lifetimes: readonly Lifetime[]): Colouring {
  const slotOf = new Map<number, number>()
  const slotBytes: number[] = []
  const free: number[] = []
  const live: Lifetime[] = []
  for (const tensor of [...lifetimes].sort((a, b) => a.from - b.from)) {
    for (let i = live.length - 1; i >= 0; i--) {
      if (live[i]!.until < tensor.from) free.push(slotOf.get(live.splice(i, 1)[0]!.id)!)
    }
    const slot = takeSlot(free, slotBytes, tensor.bytes)
    slotOf.set(tensor.id, slot)
    live.push(tensor)
  }
  return { slotOf, slotBytes }
}

/** The smallest free slot that is large enough; else the largest free one, grown; else a new one. */
function takeSlot(free: number[], slotBytes: number[], bytes: number): number {
  free.sort((a, b) => slotBytes[a]! - slotBytes[b]!)
  const fits = free.findIndex((s) => slotBytes[s]! >= bytes)
  const slot = fits >= 0 ? free.splice(fits, 1)[0]! : free.pop()
  if (slot === undefined) return slotBytes.push(bytes) - 1
  slotBytes[slot] = Math.max(slotBytes[slot]!, bytes)
  return slot
}
