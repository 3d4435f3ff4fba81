/** Losses and metrics by name: ours, Keras's in snake_case, and its short ones. */

/** Keras's short names (keras/src/losses/__init__.py). */
const SHORT = {
  bce: 'binaryCrossentropy',
  kld: 'klDivergence',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  mse: 'meanSquaredError',
  msle: 'meanSquaredLogarithmicError',
} as const

type Snake<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : S

/** A name in camelCase, in snake_case, or short. */
export type KerasName<K extends string> = K | Snake<K> | keyof { [S in keyof typeof SHORT as (typeof SHORT)[S] extends K ? S : never]: S }

/** `meanSquaredError` as `mean_squared_error`. */
export const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Whether a name is one of Keras's short ones. */
const isShort = (name: string) => Object.hasOwn(SHORT, name.toLowerCase())

/** A name as Keras writes it: short ones as they are, others in snake_case. */
export const kerasName = (name: string) => (isShort(name) ? name : snakeCase(name))

/** The key of a table that a name stands for, if any. */
export function keyOfName<K extends string>(name: unknown, table: Readonly<Record<K, unknown>>): K | undefined {
  if (typeof name !== 'string') return undefined
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const key = isShort(name) ? SHORT[name.toLowerCase() as keyof typeof SHORT] : camel
  return Object.hasOwn(table, key) ? (key as K) : undefined
}
