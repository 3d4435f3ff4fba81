/** Seeded randomness: the order of samples, and what else is drawn by number. */

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
