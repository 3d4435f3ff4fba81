/** JSON as Python reads and writes it: with NaN, Infinity and -Infinity, which JSON itself does not have. */

/** Stands for NaN while a text is JSON. An infinity needs none: 1e999 is one. */
const NAN = '\0NaN'

const STRANGE = /"(?:[^"\\]|\\.)*"|(?<![\w.])(?:NaN|Infinity)(?![\w.])/g

/**
 * What a text says.
 * @throws SyntaxError for what Python does not read either
 */
export function parsePython(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const plain = text.replace(STRANGE, (found) => (found === 'NaN' ? JSON.stringify(NAN) : found === 'Infinity' ? '1e999' : found))
    if (plain === text) throw error
    return JSON.parse(plain, (_, value: unknown) => (value === NAN ? NaN : value))
  }
}

/** The text of plain data. */
export function stringifyPython(value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) => (typeof v === 'number' && !Number.isFinite(v) ? `\0${v}` : v))
  return text.replace(/"(?:[^"\\]|\\.)*"/g, (found) => /^"\\u0000(NaN|-?Infinity)"$/.exec(found)?.[1] ?? found)
}
