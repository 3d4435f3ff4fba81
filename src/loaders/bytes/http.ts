/** A file on a web server, read in ranges where the server allows it, else taken whole. */
import { FileError } from '../../errors.ts'
import { BLOCK, inBlocks } from './blocks.ts'
import { bytesSource, checkRange, type ByteSource } from './bytes.ts'
import { inLanes } from './lanes.ts'
import { busy, checkPatience, cut, Tries, Watch, type Interruption, type Patience } from './patience.ts'

/** The signal aborts the opening; each read takes a signal of its own. See {@link httpSource}. */
export type HttpOptions = Patience

/** A long read comes in pieces of so many bytes: 4 MiB. */
const PIECE = 4 * 1024 * 1024
/** Pieces that come at a time: browsers have six connections to a server, and others want some. */
const LANES = 4

/**
 * Opens a file on a web server. The first request asks for one block and learns the size from `Content-Range`. A server that
 * answers with the whole file, or whose `Content-Range` a cross-origin page may not see, sends the file once and whole.
 *
 * A server that is busy (408, 429, 5xx) and a connection that is cut or brings nothing are tried again; what has come of a range stays, and the
 * rest is asked for. Long reads come in pieces, several at a time.
 * @throws FileError `http` for an answer that is not the file, `not-hdf5` for a web page, `truncated` for a body that ends early, `integrity` for a
 * file that changes while it is read (size, ETag, or without one Last-Modified), ArgumentError for an option that cannot be honoured; the signal's
 * reason when aborted.
 * @example
 * // from the web
 * const source = await httpSource('https://example.org/vgg16.h5', { retries: 3, headers: { authorization: 'Bearer 123' } })
 * const model = await vgg16({ weights: source })
 */
export async function httpSource(url: string | URL, options: HttpOptions = {}): Promise<ByteSource> {
  checkPatience(options)
  const name = String(url)
  const tries = new Tries(options)
  for (;;) {
    const opened = await open(name, options)
    if ('read' in opened) return opened
    await tries.again(opened, options.signal)
  }
}

/** One try to open a file. */
async function open(name: string, options: HttpOptions): Promise<ByteSource | Interruption> {
  const { signal } = options
  const first = await ask(name, `bytes=0-${BLOCK - 1}`, 0, options, signal)
  if (!('answer' in first)) return first
  const { answer, watch } = first
  try {
    if (answer.status === 416) {
      await answer.body?.cancel()
      throw new FileError('truncated', `[${name}] the file must not be empty, got HTTP 416 for its first byte`, { offset: 0 })
    }
    await checkAnswer(name, answer)
    const range = answer.status === 206 ? contentRange(answer) : undefined
    if (range?.total === undefined) return await whole(name, first, options)
    if (range.begin !== 0) throw new FileError('http', `[${name}] the answer must begin at byte 0, got ${range.begin}`, { offset: 0 })
    const head = new Uint8Array(Math.min(BLOCK, range.total))
    const ended = await into(name, answer, head, { offset: 0, got: 0 }, watch, signal)
    return ended ?? inBlocks(rangedSource(name, range.total, answer, options), head)
  } finally {
    watch.end()
  }
}

/** The whole file, from a server that does not do ranges, or does not say of what. */
async function whole(name: string, first: Asked, options: HttpOptions): Promise<ByteSource | Interruption> {
  const { signal } = options
  const partial = first.answer.status === 206
  if (partial) await first.answer.body?.cancel()
  const asked = partial ? await ask(name, undefined, 0, options, signal) : first
  if (!('answer' in asked)) return asked
  const { answer, watch } = asked
  try {
    await checkAnswer(name, answer)
    if (answer.status !== 200) throw new FileError('http', `[${name}] the whole file must come with HTTP 200, got ${answer.status}`)
    const header = answer.headers.get('content-encoding') ? null : answer.headers.get('content-length')
    const length = header === null ? undefined : Number(header)
    const parts: Uint8Array<ArrayBuffer>[] = []
    let got = 0
    const ended = await each(name, answer, watch, signal, (part) => {
      parts.push(part.slice())
      got += part.length
      return got <= (length ?? Infinity)
    })
    if (length !== undefined && got > length)
      throw new FileError('http', `[${name}] the answer must have ${length} bytes, got more`, { offset: 0 })
    if (got < (length ?? got)) {
      const rule = `the answer must have ${length} bytes, got ${got}`
      return cut(new FileError('truncated', `[${name}] ${rule}`, { offset: got }, { cause: ended?.error.cause }))
    }
    return ended ?? bytesSource(new Uint8Array(await new Blob(parts).arrayBuffer()), name)
  } finally {
    watch.end()
  }
}

/**
 * One try to ask for what tells a file from what it was before: its ETag or date, and its size; undefined where the server says neither tag nor date.
 * @returns what another try may mend where there is no answer to be judged
 * @throws FileError for an answer that is not the file; the signal's reason
 */
export async function httpMark(name: string, options: HttpOptions): Promise<{ readonly mark: string | undefined } | Interruption> {
  const asked = await ask(name, 'bytes=0-0', 0, options, options.signal)
  if (!('answer' in asked)) return asked
  const { answer, watch } = asked
  watch.end()
  await checkAnswer(name, answer)
  await answer.body?.cancel()
  const { headers, status } = answer
  if (!headers.has('etag') && !headers.has('last-modified')) return { mark: undefined }
  const size = status === 206 ? contentRange(answer)?.total : headers.get('content-length') // of a part, other sites' pages see no Content-Range
  return { mark: `${markOf(answer)} ${size ?? ''}` }
}

/** A file in ranges. @param first the answer that told its size, and by what it is known */
function rangedSource(name: string, size: number, first: Response, options: HttpOptions): ByteSource {
  const mark = markOf(first)
  const source: ByteSource = {
    size,
    name,
    async read(offset, length, signal) {
      checkRange(source, offset, length)
      const bytes = new Uint8Array(length)
      const count = Math.ceil(length / PIECE)
      await inLanes(count, LANES, async (i) => {
        const begin = i * PIECE
        await piece(name, { size, mark }, bytes.subarray(begin, begin + PIECE), offset + begin, options, signal)
      })
      return bytes
    },
  }
  return source
}

/** Fills `bytes` from a range that begins at `offset`; what has come stays when a connection is cut. */
async function piece(
  name: string,
  file: { readonly size: number; readonly mark: string },
  bytes: Uint8Array,
  offset: number,
  options: HttpOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tries = new Tries(options)
  const at = { offset, got: 0 }
  while (at.got < bytes.length) {
    const before = at.got
    const begin = offset + before
    const asked = await ask(name, `bytes=${begin}-${offset + bytes.length - 1}`, begin, options, signal)
    let ended: Interruption | undefined
    if ('answer' in asked) {
      const { answer, watch } = asked
      try {
        await checkAnswer(name, answer)
        await checkSame(name, answer, begin, file)
        ended = await into(name, answer, bytes, at, watch, signal)
      } finally {
        watch.end()
      }
    } else ended = asked
    if (ended && at.got > before) tries.progressed()
    if (ended) await tries.again(ended, signal)
  }
}

/** By what a file is known to be the same: its tag, or where it has none its date. */
function markOf({ headers }: Response): string {
  const tag = headers.get('etag')
  return tag === null ? `date ${headers.get('last-modified')}` : `tag ${tag}`
}

/** @throws FileError unless the answer is the range that was asked for, of the file that the first answer was of */
async function checkSame(
  name: string,
  answer: Response,
  offset: number,
  { size, mark }: { readonly size: number; readonly mark: string },
): Promise<void> {
  const range = contentRange(answer)
  if (answer.status !== 206 || range?.begin !== offset) {
    await answer.body?.cancel()
    const got = `HTTP ${answer.status}, ${answer.headers.get('content-range') ?? 'no content-range'}`
    throw new FileError('http', `[${name}] the answer must be the range that begins at byte ${offset}, got ${got}`, { offset })
  }
  if (range.total === size && markOf(answer) === mark) return
  await answer.body?.cancel()
  const got = `${range.total} bytes with ${markOf(answer)}`
  const rule = `the file must not change while it is read, got ${got} after ${size} with ${mark}`
  throw new FileError('integrity', `[${name}] ${rule}`, { offset })
}

/** A URL for messages: one that holds its data may be as long as a file. */
export const shownUrl = (url: string): string => (url.length > 500 ? `${url.slice(0, 100)}...` : url)

/** The URL of another file in the same folder; what it has behind its path, such as a token, stays. */
export function besideUrl(url: string, name: string): string {
  const [, path, rest] = /^([^?#]*)(.*)$/s.exec(url)!
  return `${path!.slice(0, path!.lastIndexOf('/') + 1)}${encodeURIComponent(name)}${rest}`
}

interface Asked {
  readonly answer: Response
  /** To be ended when the body has come. */
  readonly watch: Watch
}

/** One request, watched. @returns what another try may mend where there is no answer to be judged */
async function ask(
  name: string,
  range: string | undefined,
  offset: number,
  options: Patience,
  signal: AbortSignal | undefined,
): Promise<Asked | Interruption> {
  signal?.throwIfAborted()
  const watch = new Watch(shownUrl(name), options, signal)
  try {
    const answer = await request(name, range, { ...options, signal: watch.signal })
    const refused = await busy(shownUrl(name), answer, offset)
    if (!refused) return { answer, watch }
    watch.end()
    return refused
  } catch (error) {
    watch.end()
    signal?.throwIfAborted()
    if (error instanceof FileError) return cut(error)
    throw error
  }
}

/**
 * One request, with a `Range` header where `range` is given.
 * @throws FileError `http` where there is no answer; the signal's reason
 */
export async function request(
  name: string,
  range: string | undefined,
  { signal, fetch = globalThis.fetch, headers }: Patience,
): Promise<Response> {
  signal?.throwIfAborted()
  const sent = new Headers(headers)
  if (range !== undefined) sent.set('range', range)
  try {
    return await fetch(name, { headers: sent, ...(signal && { signal }) })
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

/** The body, part by part, as long as `take` wants more. @returns what cut it short */
async function each(
  name: string,
  answer: Response,
  watch: Watch,
  signal: AbortSignal | undefined,
  take: (part: Uint8Array) => boolean,
): Promise<Interruption | undefined> {
  const reader = answer.body?.getReader()
  try {
    for (;;) {
      const part = await reader?.read()
      if (!part || part.done) return undefined
      watch.alive()
      if (take(part.value)) continue
      await reader?.cancel()
      return undefined
    }
  } catch (cause) {
    signal?.throwIfAborted()
    return cut(new FileError('truncated', `[${name}] the answer must not end early, got ${String(cause)}`, {}, { cause }))
  }
}

/**
 * The body behind what has come of `bytes`, which it must fill.
 * @param at where `bytes` are in the file, and how many have come; moves on
 * @returns what cut it short
 * @throws FileError `http` for a body that goes on behind `bytes`
 */
async function into(
  name: string,
  answer: Response,
  bytes: Uint8Array,
  at: { readonly offset: number; got: number },
  watch: Watch,
  signal: AbortSignal | undefined,
): Promise<Interruption | undefined> {
  const begin = at.offset + at.got
  const wanted = bytes.length - at.got
  let more = false
  const ended = await each(name, answer, watch, signal, (part) => {
    more = part.length > bytes.length - at.got
    bytes.set(more ? part.subarray(0, bytes.length - at.got) : part, at.got)
    at.got += Math.min(part.length, bytes.length - at.got)
    return !more
  })
  if (more) throw new FileError('http', `[${name}] the answer must have ${wanted} bytes, got more`, { offset: begin })
  if (at.got === bytes.length) return undefined
  const offset = at.offset + at.got
  const rule = `the answer must have ${wanted} bytes, got ${offset - begin}`
  return cut(new FileError('truncated', `[${name}] ${rule}`, { offset }, { cause: ended?.error.cause }))
}
