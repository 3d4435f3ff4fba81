/** Halves (IEEE 754 binary16), from their definition, in f64. */

/** The value of a half by its bits. */
export function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24
}

/** The nearest half, of two the even one; infinite from halfway between the largest and the next that there would be. */
export function roundedToHalf(v: number): number {
  const size = Math.abs(v)
  if (size >= 65520) return Math.sign(v) * Infinity
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(size || 1))) - 10)
  const steps = size / step // exact: a power of two
  const down = Math.floor(steps)
  const rest = steps - down
  const up = rest > 0.5 || (rest === 0.5 && down % 2 === 1)
  const rounded = (down + Number(up)) * step
  return v < 0 || Object.is(v, -0) ? -rounded : rounded
}

const BITS = new Map(Array.from({ length: 0x7c01 }, (_, bits) => [halfOf(bits), bits]))

/** Its bits. */
export function halfBits(v: number): number {
  const half = roundedToHalf(v)
  return BITS.get(Math.abs(half))! | (half < 0 || Object.is(half, -0) ? 0x8000 : 0)
}
