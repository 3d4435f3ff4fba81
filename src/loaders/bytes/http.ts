/** A file on a web server, read in ranges where the server allows it, else taken whole. */
import { FileError } from '../../errors.ts'
import { bytesSource, checkRange, type ByteSource } from './bytes.ts'

export interface HttpOptions {
  /** Aborts the opening. Each read takes a signal of its own. */
  signal?: AbortSignal
  /** Default: the global fetch. */
  fetch?: typeof globalThis.fetch
}

/** Small reads come from a cache of blocks of this many bytes, so that scattered metadata costs few requests. */
const BLOCK = 64 * 1024
/** Blocks kept: 16 MiB. */
const BLOCKS = 256
/** Reads of at least this many bytes are bulk data: one request each, not cached. */
const BULK = 4 * BLOCK

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
    return new RangedSource(name, range.total, first.headers.get('etag'), head, get)
  }
  if (first.status === 206) await first.body?.cancel()
  const whole = first.status === 206 ? await get(undefined, options.signal) : first
  await checkAnswer(name, whole)
  if (whole.status !== 200) throw new FileError('http', `[${name}] the whole file must come with HTTP 200, got ${whole.status}`)
  const length = whole.headers.get('content-encoding') ? null : whole.headers.get('content-length')
  return bytesSource(await body(name, whole, 0, length === null ? undefined : Number(length), options.signal), name)
}

type Get = (range: string | undefined, signal: AbortSignal | undefined) => Promise<Response>

class RangedSource implements ByteSource {
  readonly name: string
  readonly size: number
  readonly #etag: string | null
  readonly #get: Get
  /** Least recently used first. */
  readonly #blocks = new Map<number, Uint8Array<ArrayBuffer>>()

  constructor(name: string, size: number, etag: string | null, head: Uint8Array<ArrayBuffer>, get: Get) {
    this.name = name
    this.size = size
    this.#etag = etag
    this.#get = get
    this.#blocks.set(0, head)
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted()
    checkRange(this, offset, length)
    if (length === 0) return new Uint8Array(0)
    if (length >= BULK) return this.#fetch(offset, length, signal)
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    await this.#load(first, last, signal)
    const bytes = new Uint8Array(length)
    for (let b = first; b <= last; b++) {
      const block = this.#blocks.get(b)!
      const from = Math.max(0, offset - b * BLOCK)
      const to = Math.min(block.length, offset + length - b * BLOCK)
      bytes.set(block.subarray(from, to), b * BLOCK + from - offset)
    }
    return bytes
  }

  /** Makes blocks first..last the most recently used; the missing ones come with one request. */
  async #load(first: number, last: number, signal: AbortSignal | undefined): Promise<void> {
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    const missing = wanted.filter((b) => !this.#blocks.has(b))
    const fresh = new Map<number, Uint8Array<ArrayBuffer>>()
    if (missing.length) {
      const begin = missing[0]! * BLOCK
      const bytes = await this.#fetch(begin, Math.min(this.size, (missing.at(-1)! + 1) * BLOCK) - begin, signal)
      for (const b of missing) fresh.set(b, bytes.slice(b * BLOCK - begin, (b + 1) * BLOCK - begin))
    }
    for (const b of wanted) {
      const block = this.#blocks.get(b) ?? fresh.get(b)!
      this.#blocks.delete(b)
      this.#blocks.set(b, block)
    }
    for (const b of this.#blocks.keys()) {
      if (this.#blocks.size <= BLOCKS) break
      this.#blocks.delete(b)
    }
  }

  async #fetch(offset: number, length: number, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.#get(`bytes=${offset}-${offset + length - 1}`, signal)
    await checkAnswer(this.name, answer)
    const range = contentRange(answer)
    if (answer.status !== 206 || range?.begin !== offset) {
      await answer.body?.cancel()
      const got = `HTTP ${answer.status}, ${answer.headers.get('content-range') ?? 'no content-range'}`
      throw new FileError('http', `[${this.name}] the answer must be the range that begins at byte ${offset}, got ${got}`, { offset })
    }
    const etag = answer.headers.get('etag')
    if (range.total !== this.size || etag !== this.#etag) {
      await answer.body?.cancel()
      const got = `${range.total} bytes with tag ${etag}`
      throw new FileError(
        'integrity',
        `[${this.name}] the file must not change while it is read, got ${got} after ${this.size} with ${this.#etag}`,
        { offset },
      )
    }
    return body(this.name, answer, offset, length, signal)
  }
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
