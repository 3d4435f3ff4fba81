/** What Node users name a small file by, read whole. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ArgumentError, FileError } from '../errors.ts'
import { fetchBytes } from '../loaders/fetch.ts'

/** A path, a URL (https, data or file), a Blob, or the bytes themselves. */
export type FileInput = string | URL | Blob | ArrayBuffer | Uint8Array

export interface ReadOptions {
  signal?: AbortSignal | undefined
  /** For URLs. Default: the global fetch. */
  fetch?: typeof globalThis.fetch | undefined
}

/**
 * The bytes, and a name for messages.
 * @throws FileError `not-found`, `http`, `truncated`; ArgumentError; the signal's reason
 */
export async function readInput(
  input: FileInput,
  what: string,
  options: ReadOptions = {},
): Promise<{ bytes: Uint8Array<ArrayBuffer>; where: string }> {
  options.signal?.throwIfAborted()
  if (input instanceof Uint8Array) return { bytes: input as Uint8Array<ArrayBuffer>, where: what }
  if (input instanceof ArrayBuffer) return { bytes: new Uint8Array(input), where: what }
  if (input instanceof Blob) return { bytes: new Uint8Array(await input.arrayBuffer()), where: what }
  if (typeof input !== 'string' && !(input instanceof URL)) {
    throw new ArgumentError(what, `the input must be a path, a URL, a Blob or bytes, got ${typeof input}`)
  }
  const url = String(input)
  if (/^(https?|data|blob):/.test(url)) return { bytes: await fetchBytes(url, options), where: url.slice(0, 100) }
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const bytes = await readFile(path, { signal: options.signal }).catch((cause: unknown) => {
    options.signal?.throwIfAborted()
    throw new FileError('not-found', `[${basename(path)}] the path must be a readable file, got ${String(cause)}`, { path }, { cause })
  })
  return { bytes, where: basename(path) }
}
