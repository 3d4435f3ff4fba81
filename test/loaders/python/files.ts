/** Functions as real Pythons compiled them (test/golden/make_python_code.py). */
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../../golden/python/', import.meta.url)

export interface Compiled {
  /** What `marshal.dumps` gave, in base64. */
  readonly code: string
  readonly defaults: readonly unknown[] | null
  readonly closure: readonly unknown[] | null
  /** What `dis` says. */
  readonly instructions: readonly (readonly [offset: number, name: string, arg: number | null])[]
}

/** By Python, then by name. */
export const compiled: readonly { readonly python: string; readonly functions: Readonly<Record<string, Compiled>> }[] = readdirSync(folder)
  .filter((file) => file.startsWith('code_'))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as (typeof compiled)[number])

export const bytesOfBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
