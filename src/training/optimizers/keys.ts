/** Keys of options, ours and Keras's. */

/** `beta1` -> `beta_1`, `useEma` -> `use_ema`. */
export const snakeKey = (key: string): string => key.replace(/[A-Z]|\d+/g, (c) => `_${c.toLowerCase()}`)

/** `beta_1` -> `beta1`, `use_ema` -> `useEma`. */
export const camelKey = (key: string): string => key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase())

const withKeys = (record: Readonly<Record<string, unknown>>, of: (key: string) => string) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [of(key), value]))

export const snakeKeys = (record: Readonly<Record<string, unknown>>): Record<string, unknown> => withKeys(record, snakeKey)

export const camelKeys = (record: Readonly<Record<string, unknown>>): Record<string, unknown> => withKeys(record, camelKey)
