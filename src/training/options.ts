/** Checks options, of whatever type they were given as. */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'

type Kind = 'boolean' | 'function' | 'AbortSignal' | 'positive whole number'

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'AbortSignal') return isRecord(value) && typeof value['throwIfAborted'] === 'function'
  if (kind === 'positive whole number') return Number.isInteger(value) && (value as number) > 0
  return typeof value === kind
}

/** @throws ArgumentError unless `options` is an object whose values are undefined, or of their kinds */
export function checkOptions<O extends object>(where: string, options: O, kinds: Readonly<Partial<Record<keyof O, Kind>>>): void {
  if (!isRecord(options)) throw new ArgumentError(where, `options must be an object, got ${described(options)}`)
  for (const [key, kind] of Object.entries(kinds) as [string, Kind][]) {
    const value = options[key]
    if (value === undefined || isKind(value, kind)) continue
    throw new ArgumentError(where, `${key} must be ${kind === 'AbortSignal' ? 'an' : 'a'} ${kind}, got ${described(value)}`)
  }
}
