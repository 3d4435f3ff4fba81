/** What Node users name a small file by, read whole. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { ArgumentError, FileError } from '../errors.ts'
import { bytesOf, isBytes, type BytesInput } from '../loaders/bytes/blob.ts'
import { plainBytes } from '../loaders/bytes/bytes.ts'
import { fetchBytes } from '../loaders/bytes/fetch.ts'
import { shownUrl } from '../loaders/bytes/http.ts'
import { pathOf } from './file.ts'

/** A path, a URL (https, data or file), a Blob, or the bytes themselves. See {@link loadImage}. */
export type FileInput = string | URL | BytesInput

export interface ReadOptions {
  signal?: AbortSignal | undefined
  /** For URLs. Default: the global fetch. */
  fetch?: typeof globalThis.fetch | undefined
}

/**
 * The bytes, and a name for messages.
 * @throws FileError `not-found`, `http`, `truncated`, `integrity` (a Blob that cannot be read); ArgumentError; the signal's reason
 */
export async function readInput(
  input: FileInput,
  what: string,
  options: ReadOptions = {},
): Promise<{ bytes: Uint8Array<ArrayBuffer>; where: string }> {
  options.signal?.throwIfAborted()
  if (isBytes(input)) return { bytes: await bytesOf(input, options.signal), where: what }
  if (typeof input !== 'string' && !(input instanceof URL)) {
    throw new ArgumentError(what, `the input must be a path, a URL, a Blob or bytes, got ${typeof input}`)
  }
  const url = String(input)
  if (/^(https?|data|blob):/i.test(url)) return { bytes: await fetchBytes(url, options), where: shownUrl(url) }
  const path = /^file:/i.test(url) ? pathOf(url, what) : url
  const bytes = await readFile(path, { signal: options.signal }).catch((cause: unknown) => {
    options.signal?.throwIfAborted()
    throw new FileError('not-found', `[${basename(path)}] the path must be a readable file, got ${String(cause)}`, { path }, { cause })
  })
  return { bytes: plainBytes(bytes), where: basename(path) }
}
