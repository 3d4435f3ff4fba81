/** Checks options, of whatever type they were given as. */
import { described, isRecord } from './described.ts'
import { ArgumentError } from './errors.ts'

/** `any`: looked at by whoever takes it. */
type Kind = 'boolean' | 'function' | 'record' | 'AbortSignal' | 'positive whole number' | 'any'

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'any') return true
  if (kind === 'record') return isRecord(value)
  if (kind === 'AbortSignal') return isRecord(value) && typeof value['throwIfAborted'] === 'function'
  if (kind === 'positive whole number') return Number.isInteger(value) && (value as number) > 0
  return typeof value === kind
}

/** How many letters must change to make one name of another. */
function edits(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 0; i < a.length; i++) {
    let diagonal = i
    row[0] = i + 1
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!
      row[j] = Math.min(above + 1, row[j - 1]! + 1, diagonal + Number(a[i] !== b[j - 1]))
      diagonal = above
    }
  }
  return row[b.length]!
}

/** `validation_data` as `validationdata`, so that Keras's names are near to ours. */
const folded = (name: string) => name.replaceAll('_', '').toLowerCase()

/** The known name that was probably meant: less than half of it is otherwise. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const far = (k: string) => edits(folded(name), folded(k)) / Math.max(name.length, k.length)
  const [best] = [...known].sort((a, b) => far(a) - far(b))
  return best !== undefined && far(best) < 0.5 ? best : undefined
}

/** @throws ArgumentError unless `options` is an object of nothing but what is known, naming what it has besides, and what is like that */
export function checkNames(where: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) throw new ArgumentError(where, `options must be an object, got ${described(options)}`)
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown === undefined) return
  const meant = nearest(unknown, known)
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
  throw new ArgumentError(where, `options must be ${known.join(', ') || 'none'}, got ${unknown}${hint}`)
}

/** @throws ArgumentError as checkNames, and unless each value is undefined, or of its kind */
export function checkOptions<O extends object>(where: string, options: O, kinds: Readonly<Record<keyof O, Kind>>): void {
  checkNames(where, options, Object.keys(kinds))
  for (const [key, kind] of Object.entries<Kind>(kinds)) {
    const value = (options as Readonly<Record<string, unknown>>)[key]
    if (value === undefined || isKind(value, kind)) continue
    throw new ArgumentError(where, `${key} must be ${kind === 'AbortSignal' ? 'an' : 'a'} ${kind}, got ${described(value)}`)
  }
}
