/**
 * The order that numpy.random.RandomState(seed).shuffle gives, by which Keras splits a folder of pictures: MT19937 (Matsumoto and Nishimura,
 * 1998) and numpy's legacy bounded draws (numpy/random/src/distributions/distributions.c, random_interval).
 */

const N = 624
const M = 397

/** 32-bit words of the Mersenne twister. */
function mt19937(seed: number): () => number {
  const state = new Uint32Array(N)
  state[0] = seed
  for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i
  let at = N
  return () => {
    if (at === N) {
      at = 0
      for (let i = 0; i < N; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff)
        state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
      }
    }
    let y = state[at++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }
}

/** Shuffles in place. @param seed a whole number from 0 to 2^32 - 1 */
export function numpyShuffle(list: unknown[], seed: number): void {
  const next = mt19937(seed)
  for (let i = list.length - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1
    let j: number
    do j = (next() & mask) >>> 0
    while (j > i)
    const held = list[i]
    list[i] = list[j]
    list[j] = held
  }
}
