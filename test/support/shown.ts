/** What an example says that an expression is. */
import { expect } from 'vitest'

/** Typed arrays as lists; numbers that are not whole within 0.0005. */
const near = (value: unknown): unknown => {
  if (typeof value === 'number') return Number.isInteger(value) ? value : (expect.closeTo(value, 3) as unknown)
  if (Array.isArray(value)) return value.map(near)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, near(v)]))
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v: unknown) => (ArrayBuffer.isView(v) ? [...(v as Float32Array)] : v)))

/** @param said as JSON */
export function shown(value: unknown, said: unknown): void {
  expect(plain(value)).toEqual(near(said))
}
