/** One thing, several in order, or several by name: how models take their inputs and give their outputs, as in Keras. */
import { isRecord } from './described.ts'

/** One thing, an array of them, or a record of them by name. See {@link Model}. */
export type Structure<T> = T | readonly T[] | Readonly<Record<string, T>>

/** The keys of a record in the order in which Keras takes them: sorted. Undefined for one thing, and for a list. */
export function keysOf(structure: unknown): string[] | undefined {
  // What stands alone has a shape, or is of a class.
  if (!isRecord(structure) || Array.isArray(structure['shape'])) return undefined
  const prototype: unknown = Object.getPrototypeOf(structure)
  return prototype === Object.prototype || prototype === null ? Object.keys(structure).sort() : undefined
}

/** What a structure holds; a record in the order of its sorted keys. */
export function listOf<T>(structure: Structure<T>): T[] {
  const keys = keysOf(structure)
  if (keys) return keys.map((key) => (structure as Readonly<Record<string, T>>)[key]!)
  return Array.isArray(structure) ? [...(structure as readonly T[])] : [structure as T]
}

/** Values in a structure like another, whose `listOf` has as many. */
export function structured<T>(like: Structure<unknown>, values: readonly T[]): Structure<T> {
  const keys = keysOf(like)
  if (keys) return Object.fromEntries(keys.map((key, i) => [key, values[i]!]))
  return Array.isArray(like) ? [...values] : values[0]!
}
