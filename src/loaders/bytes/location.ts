/** Where a file is, as text: a URL; in Node also a path. */
import type { ByteSource } from './bytes.ts'
import { besideUrl, httpSource, type HttpOptions } from './http.ts'

type OpenPath = (path: string) => Promise<ByteSource>

let openPath: OpenPath | undefined

/** The Node entry says how paths and `file:` URLs are opened. A page has none: there, every text is a URL. */
export function setPathOpener(open: OpenPath | undefined): void {
  openPath = open
}

/** A drive's letter is no scheme. */
const isPath = (where: string): boolean => openPath !== undefined && (/^file:/i.test(where) || !/^[a-z][a-z0-9+.-]+:/i.test(where))

/** Opens a URL, or in Node a path. @throws FileError; the signal's reason */
export async function locationSource(where: string | URL, options: HttpOptions): Promise<ByteSource> {
  const text = String(where)
  if (isPath(text)) return openPath!(text)
  return httpSource(where, options)
}

/** The place of another file in the same folder. */
export function besideLocation(where: string, name: string): string {
  if (!isPath(where) || /^file:/i.test(where)) return besideUrl(where, name)
  return where.slice(0, Math.max(where.lastIndexOf('/'), where.lastIndexOf('\\')) + 1) + name
}
