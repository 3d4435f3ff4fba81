/** The order of samples, and batches of them. */

/** 0..count-1 in order. */
export function inOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i)
}

/** Mulberry32: a small seeded generator, uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The n-th seed of those that one seed stands for. */
export function nthSeed(seed: number, n: number): number {
  return (seed ^ Math.imul(n, 0x9e3779b9)) >>> 0
}

/** 0..count-1 in a seeded random order (Fisher-Yates). */
export function shuffled(count: number, seed: number): Uint32Array {
  const order = inOrder(count)
  const next = random(seed)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
  return order
}

/**
 * Copies the rows that `order[begin..end)` names into a batch of `batch` rows. The rows past the end are the last one again, so that whatever
 * is computed of them is as finite as the rest.
 */
export function gather(
  data: Float32Array | Uint8Array,
  rowSize: number,
  order: Uint32Array,
  begin: number,
  end: number,
  batch: number,
): Float32Array {
  const out = new Float32Array(batch * rowSize)
  for (let i = 0; i < batch; i++) {
    const from = order[Math.min(begin + i, end - 1)]! * rowSize
    out.set(data.subarray(from, from + rowSize), i * rowSize)
  }
  return out
}

/** 1 for the first `valid` rows of a batch, 0 for padding. */
export function rowWeights(valid: number, batch: number, value = 1): Float32Array {
  return new Float32Array(batch).fill(value, 0, valid)
}
