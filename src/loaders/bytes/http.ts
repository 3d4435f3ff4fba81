/** A file on a web server, read in ranges where the server allows it, else taken whole. */
import { FileError } from '../../errors.ts'
import { BLOCK, inBlocks } from './blocks.ts'
import { bytesSource, checkRange, type ByteSource } from './bytes.ts'

export interface HttpOptions {
  /** Aborts the opening. Each read takes a signal of its own. */
  signal?: AbortSignal
  /** Default: the global fetch. */
  fetch?: typeof globalThis.fetch
}

/**
 * Opens a file on a web server. The first request asks for one block and learns the size from `Content-Range`. A server that
 * answers with the whole file, or whose `Content-Range` a cross-origin page may not see, sends the file once and whole.
 * @throws FileError `http` for an answer that is not the file, `not-hdf5` for a web page, `truncated` for a body that ends early;
 * the signal's reason when aborted.
 */
export async function httpSource(url: string | URL, options: HttpOptions = {}): Promise<ByteSource> {
  const name = String(url)
  const get = (range: string | undefined, signal: AbortSignal | undefined) =>
    request(name, range, signal, options.fetch ?? globalThis.fetch)
  const first = await get(`bytes=0-${BLOCK - 1}`, options.signal)
  if (first.status === 416) {
    await first.body?.cancel()
    throw new FileError('truncated', `[${name}] the file must not be empty, got HTTP 416 for its first byte`, { offset: 0 })
  }
  await checkAnswer(name, first)
  const range = first.status === 206 ? contentRange(first) : undefined
  if (first.status === 206 && range?.total !== undefined) {
    if (range.begin !== 0) throw new FileError('http', `[${name}] the answer must begin at byte 0, got ${range.begin}`, { offset: 0 })
    const head = await body(name, first, 0, Math.min(BLOCK, range.total), options.signal)
    return inBlocks(rangedSource(name, range.total, first.headers.get('etag'), get), head)
  }
  if (first.status === 206) await first.body?.cancel()
  const whole = first.status === 206 ? await get(undefined, options.signal) : first
  await checkAnswer(name, whole)
  if (whole.status !== 200) throw new FileError('http', `[${name}] the whole file must come with HTTP 200, got ${whole.status}`)
  const length = whole.headers.get('content-encoding') ? null : whole.headers.get('content-length')
  return bytesSource(await body(name, whole, 0, length === null ? undefined : Number(length), options.signal), name)
}

type Get = (range: string | undefined, signal: AbortSignal | undefined) => Promise<Response>

/** A file in ranges, one request each. @param etag of the first answer */
function rangedSource(name: string, size: number, etag: string | null, get: Get): ByteSource {
  const source: ByteSource = {
    size,
    name,
    async read(offset, length, signal) {
      checkRange(source, offset, length)
      const answer = await get(`bytes=${offset}-${offset + length - 1}`, signal)
      await checkAnswer(name, answer)
      await checkSame(name, answer, { offset, size, etag })
      return body(name, answer, offset, length, signal)
    },
  }
  return source
}

/** @throws FileError unless the answer is the range that was asked for, of the file that the first answer was of */
async function checkSame(
  name: string,
  answer: Response,
  { offset, size, etag }: { offset: number; size: number; etag: string | null },
): Promise<void> {
  const range = contentRange(answer)
  if (answer.status !== 206 || range?.begin !== offset) {
    await answer.body?.cancel()
    const got = `HTTP ${answer.status}, ${answer.headers.get('content-range') ?? 'no content-range'}`
    throw new FileError('http', `[${name}] the answer must be the range that begins at byte ${offset}, got ${got}`, { offset })
  }
  const tag = answer.headers.get('etag')
  if (range.total === size && tag === etag) return
  await answer.body?.cancel()
  const got = `${range.total} bytes with tag ${tag}`
  const rule = `the file must not change while it is read, got ${got} after ${size} with ${etag}`
  throw new FileError('integrity', `[${name}] ${rule}`, { offset })
}

/** A URL for messages: one that holds its data may be as long as a file. */
export const shownUrl = (url: string): string => (url.length > 500 ? `${url.slice(0, 100)}...` : url)

/** The URL of another file in the same folder; what it has behind its path, such as a token, stays. */
export function besideUrl(url: string, name: string): string {
  const [, path, rest] = /^([^?#]*)(.*)$/s.exec(url)!
  return `${path!.slice(0, path!.lastIndexOf('/') + 1)}${encodeURIComponent(name)}${rest}`
}

/**
 * One request, with a `Range` header where `range` is given.
 * @throws FileError `http` where there is no answer; the signal's reason
 */
export async function request(
  name: string,
  range: string | undefined,
  signal: AbortSignal | undefined,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  signal?.throwIfAborted()
  try {
    return await fetch(name, { ...(range !== undefined && { headers: { range } }), ...(signal && { signal }) })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new FileError('http', `[${shownUrl(name)}] the server must answer, got ${shownUrl(String(cause))}`, {}, { cause })
  }
}

/** @throws FileError for an answer that cannot be the file. */
export async function checkAnswer(name: string, answer: Response): Promise<void> {
  const html = answer.headers.get('content-type')?.startsWith('text/html')
  if (answer.ok && !html) return
  await answer.body?.cancel()
  if (answer.ok) throw new FileError('not-hdf5', `[${name}] the URL must give a weight file, got a web page (content-type text/html)`)
  throw new FileError('http', `[${name}] the server must answer with the file, got HTTP ${answer.status} ${answer.statusText}`)
}

/** First byte and total size; total is undefined where the server does not say (`*`). */
export function contentRange(answer: Response): { begin: number; total: number | undefined } | undefined {
  const found = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers.get('content-range') ?? '')
  return found ? { begin: Number(found[1]), total: found[2] === '*' ? undefined : Number(found[2]) } : undefined
}

/** The body, which must have `length` bytes unless that is undefined. A body that goes on after that is cut off and refused. */
async function body(
  name: string,
  answer: Response,
  offset: number,
  length: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let got = 0
  const reader = answer.body?.getReader()
  try {
    for (;;) {
      const part = await reader?.read()
      if (!part || part.done) break
      parts.push(part.value)
      got += part.value.length
      if (length !== undefined && got > length) break
    }
  } catch (cause) {
    signal?.throwIfAborted()
    throw new FileError(
      'truncated',
      `[${name}] the answer must not end early, got ${got} of ${length ?? 'unknown'} bytes`,
      { offset: offset + got },
      { cause },
    )
  }
  if (length !== undefined && got > length) {
    await reader?.cancel()
    throw new FileError('http', `[${name}] the answer must have ${length} bytes, got more`, { offset })
  }
  if (length !== undefined && got < length) {
    throw new FileError('truncated', `[${name}] the answer must have ${length} bytes, got ${got}`, { offset: offset + got })
  }
  const bytes = new Uint8Array(got)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
