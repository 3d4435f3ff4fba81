/** Looks at what somebody has handed over, of whatever type. */

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** For a message: `undefined`, `"cat.jpg"`, `an array of 2`, `HTMLImageElement`, `an object with x, y`. */
export function described(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`
  if (!isRecord(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value)
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ?? 'Object'
  return name === 'Object' ? `an object with ${Object.keys(value).join(', ') || 'nothing in it'}` : name
}
