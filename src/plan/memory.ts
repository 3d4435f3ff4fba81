/**
 * Which tensors share a buffer: greedily, each in the smallest buffer that is free for as long as it lives. Whole buffers only, since WebGPU counts usage per buffer: one dispatch may not read and write the same one, not even in disjoint ranges.
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
  /** Bytes that these tensors need of each slot; 0 where they do not use it. */
  readonly slotBytes: readonly number[]
}

interface Slot {
  bytes: number
  needed: number
  readonly tensors: Lifetime[]
}

/**
 * Assigns slots. A tensor's slot is free again after the op at `until`, so an op's output never shares with its inputs.
 * @param present bytes of slots that are there already; they are taken before new ones are made, and may have to grow
 */
export function colour(lifetimes: readonly Lifetime[], present: readonly number[] = []): Colouring {
  // Neither order is always better: networks that shrink as they go do well in time, those that branch by size.
  const [bySize, byTime] = [
    [...lifetimes].sort((a, b) => b.bytes - a.bytes || a.from - b.from),
    [...lifetimes].sort((a, b) => a.from - b.from || b.bytes - a.bytes),
  ].map((ordered) => assign(ordered, present)) as [Assignment, Assignment]
  return bySize.total <= byTime.total ? bySize : byTime
}

interface Assignment extends Colouring {
  /** Bytes of all slots, of those that are not used, too. */
  readonly total: number
}

function assign(tensors: readonly Lifetime[], present: readonly number[]): Assignment {
  const slots = present.map((bytes): Slot => ({ bytes, needed: 0, tensors: [] }))
  const slotOf = new Map<number, number>()
  for (const tensor of tensors) {
    const slot = freeSlot(slots, tensor) ?? newSlot(slots)
    slot.bytes = Math.max(slot.bytes, tensor.bytes)
    slot.needed = Math.max(slot.needed, tensor.bytes)
    slot.tensors.push(tensor)
    slotOf.set(tensor.id, slots.indexOf(slot))
  }
  return { slotOf, slotBytes: slots.map((s) => s.needed), total: slots.reduce((sum, s) => sum + s.bytes, 0) }
}

function newSlot(slots: Slot[]): Slot {
  const slot: Slot = { bytes: 0, needed: 0, tensors: [] }
  slots.push(slot)
  return slot
}

/** Of the slots that hold nothing while the tensor lives, the smallest that is large enough; else the largest. */
function freeSlot(slots: readonly Slot[], { bytes, from, until }: Lifetime): Slot | undefined {
  const better = (a: Slot, b: Slot): boolean => {
    if (a.bytes >= bytes !== b.bytes >= bytes) return a.bytes >= bytes
    return a.bytes >= bytes ? a.bytes < b.bytes : a.bytes > b.bytes
  }
  let best: Slot | undefined
  for (const slot of slots) {
    if ((!best || better(slot, best)) && slot.tensors.every((t) => t.until < from || t.from > until)) best = slot
  }
  return best
}
