/** Brings a pinned file into a cache: from several addresses, in several goes where a connection is cut, checked against its hash. */
import { ArgumentError, FileError, type FileErrorCode } from '../../errors.ts'
import { PIECE, Sink, type PartialFile } from './cache.ts'
import { checkAnswer, contentRange, request } from '../bytes/http.ts'
import type { PinnedFile } from './manifest.ts'

export interface DownloadOptions {
  /** Called for every piece that comes in; `loadedBytes` begins with what was there. `totalBytes` is Infinity while nobody knows it. */
  onProgress?: (progress: { loadedBytes: number; totalBytes: number }) => void
  signal?: AbortSignal
  /** Default: the global fetch. */
  fetch?: typeof globalThis.fetch
  /** How often a connection that fails or is cut is tried again, in a row. Default 4. */
  retries?: number
  /** Milliseconds before the first of them; each later pause is twice as long, up to a minute or this, if it is more. Default 500. */
  retryPause?: number
  /** A connection that brings nothing for so many milliseconds counts as cut. Default 30,000. */
  stallTimeout?: number
}

/** Longest pause that doubling leads to. */
const LONGEST_PAUSE = 60_000
/** Milliseconds that a timer can wait for; for more it would not wait at all. */
const LONGEST_TIMER = 2 ** 31 - 1

/** @throws ArgumentError for an option that is no such number */
export function checkPatience({ retries = 0, retryPause = 0, stallTimeout = 1 }: DownloadOptions): void {
  const refuse = (rule: string, got: unknown) => new ArgumentError('download', `${rule}, got ${String(got)}`)
  if (!(retries >= 0)) throw refuse('retries must be a number from 0', retries)
  if (!(retryPause >= 0 && retryPause <= LONGEST_TIMER)) throw refuse(`retryPause must be from 0 to ${LONGEST_TIMER} ms`, retryPause)
  if (!(stallTimeout > 0 && stallTimeout <= LONGEST_TIMER))
    throw refuse(`stallTimeout must be above 0 and at most ${LONGEST_TIMER} ms`, stallTimeout)
}

/** Resolves after some milliseconds. @throws the signal's reason */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

/**
 * What the first of several addresses gives that gives anything.
 * @throws FileError of the last one, which lists what each of them said
 */
export async function firstOf<T>(
  file: PinnedFile,
  urls: readonly string[],
  signal: AbortSignal | undefined,
  get: (url: string) => Promise<T>,
): Promise<T> {
  const failures: FileError[] = []
  for (const url of urls) {
    try {
      return await get(url)
    } catch (error) {
      if (signal?.aborted || !(error instanceof FileError)) throw error
      failures.push(error)
    }
  }
  const last = failures.at(-1)!
  if (failures.length === 1) throw last
  const list = failures.map((f) => `\n  ${f.message}`).join('')
  const message = `[${file.file}] one of ${urls.length} addresses must give the file, got${list}`
  throw new FileError(last.code as FileErrorCode, message, {}, { cause: last })
}

/**
 * Completes a partial file and checks it. Since the hash says what the file is, one address may go on where another was cut.
 * @throws FileError `http`, `truncated` when all retries are used up (what came in stays), `integrity` with both values for another or a
 * damaged file (which is taken away), `not-hdf5` for a web page; ThawError `storage` where the cache fails; the signal's reason (what came
 * in stays)
 */
export async function download(file: PinnedFile, urls: readonly string[], part: PartialFile, options: DownloadOptions): Promise<void> {
  const sink = new Sink(file, part)
  await sink.hashStart(options.signal)
  await firstOf(file, urls, options.signal, (url) => new Origin(url, file, sink, options).run())
  await sink.complete()
}

/** One address. */
class Origin {
  readonly #url: string
  readonly #file: PinnedFile
  readonly #sink: Sink
  readonly #options: DownloadOptions
  /** Undefined until an answer has told. */
  #total: number | undefined
  #etag: string | null | undefined

  constructor(url: string, file: PinnedFile, sink: Sink, options: DownloadOptions) {
    this.#url = url
    this.#file = file
    this.#sink = sink
    this.#options = options
    this.#total = file.bytes
  }

  async run(): Promise<void> {
    const { retries = 4, retryPause = 500, signal } = this.#options
    let failed = 0
    let anew = false
    for (;;) {
      const before = this.#sink.size
      const interruption = await this.#attempt()
      if (!interruption) {
        const { pieced } = this.#sink
        const got = this.#sink.hex()
        if (got === this.#file.md5) return
        await this.#sink.restart()
        // Pieces may not have fitted together: once more from the beginning.
        if (pieced && !anew) {
          anew = true
          continue
        }
        throw new FileError('integrity', `[${this.#url}] the file must have the MD5 hash ${this.#file.md5}, got ${got}`)
      }
      if (this.#sink.size - before >= PIECE) failed = 0
      if (failed++ >= retries) throw interruption
      await pause(Math.min(retryPause * 2 ** (failed - 1), Math.max(retryPause, LONGEST_PAUSE)), signal)
    }
  }

  /** One request. @returns what cut it short, or undefined when the file is complete. @throws what no retry will mend */
  async #attempt(): Promise<FileError | undefined> {
    const { signal, fetch = globalThis.fetch } = this.#options
    signal?.throwIfAborted()
    const { bytes } = this.#file
    if (bytes !== undefined && this.#sink.size > bytes) await this.#sink.restart()
    if (this.#sink.size === bytes) return undefined
    const watch = new Watch(this.#url, this.#options)
    try {
      const range = this.#sink.size ? `bytes=${this.#sink.size}-` : undefined
      let answer: Response
      try {
        answer = await request(this.#url, range, watch.signal, fetch)
      } catch (error) {
        signal?.throwIfAborted()
        return error as FileError
      }
      return (await this.#judge(answer)) ?? (await this.#take(answer, watch))
    } finally {
      watch.end()
    }
  }

  /** Whether the answer's body goes on where the sink ends; clears the sink where it begins anew. @returns what is to be tried again */
  async #judge(answer: Response): Promise<FileError | undefined> {
    const refuse = async (code: 'http' | 'integrity', rule: string) => {
      await answer.body?.cancel()
      return new FileError(code, `[${this.#url}] ${rule}`, { offset: this.#sink.size })
    }
    const { status } = answer
    if (status >= 500 || status === 429 || status === 408) return refuse('http', `the server must answer with the file, got HTTP ${status}`)
    if (status === 416 && this.#sink.size) {
      const error = await refuse('integrity', `the file must go on at byte ${this.#sink.size}, got HTTP 416`)
      if (this.#file.bytes !== undefined) throw error
      await this.#sink.restart()
      return error
    }
    await checkAnswer(this.#url, answer)
    if (status !== 200 && status !== 206) throw await refuse('http', `the server must answer with HTTP 200 or 206, got ${status}`)
    const encoded = answer.headers.has('content-encoding')
    const header = encoded ? null : answer.headers.get('content-length')
    const length = header === null ? undefined : Number(header)
    const etag = answer.headers.get('etag')
    const range = status === 206 ? contentRange(answer) : undefined
    const begin = status === 206 ? this.#sink.size : 0
    if (range && range.begin !== begin) throw await refuse('http', `the answer must begin at byte ${begin}, got ${range.begin}`)
    const total = range ? range.total : length === undefined ? undefined : begin + length
    if (begin && this.#etag !== undefined && (etag !== this.#etag || (total ?? this.#total) !== this.#total)) {
      const error = await refuse('integrity', `the file must not change while it comes in, got tag ${etag} after ${this.#etag}`)
      this.#etag = undefined
      this.#total = this.#file.bytes
      await this.#sink.restart()
      return error
    }
    if (this.#file.bytes !== undefined && total !== undefined && total !== this.#file.bytes) {
      throw await refuse('integrity', `the file must have ${this.#file.bytes} bytes, got ${total}`)
    }
    if (begin === 0 && this.#sink.size) await this.#sink.restart()
    this.#etag = etag
    this.#total = this.#file.bytes ?? total ?? (begin ? this.#total : undefined)
    return undefined
  }

  /** The answer's body into the sink. @returns what cut it short */
  async #take(answer: Response, watch: Watch): Promise<FileError | undefined> {
    const { signal, onProgress } = this.#options
    const total = this.#total ?? Infinity
    const sink = this.#sink
    sink.begin()
    const reader = answer.body?.getReader()
    try {
      for (;;) {
        let piece: ReadableStreamReadResult<Uint8Array> | undefined
        try {
          piece = await reader?.read()
        } catch (cause) {
          signal?.throwIfAborted()
          return this.#cut(cause)
        }
        if (!piece || piece.done) break
        watch.alive()
        if (sink.size + piece.value.length > total) {
          await sink.restart()
          throw new FileError('integrity', `[${this.#url}] the file must have ${total} bytes, got more`, { offset: total })
        }
        await sink.write(piece.value)
        onProgress?.({ loadedBytes: sink.size, totalBytes: total })
        signal?.throwIfAborted()
      }
    } finally {
      await sink.flush()
      await reader?.cancel().catch(() => undefined) // ends the connection where the body is not read to its end
    }
    return sink.size < total && total !== Infinity ? this.#cut('its end') : undefined
  }

  #cut(cause: unknown): FileError {
    const rule = `the answer must not end early, got ${this.#sink.size} of ${this.#total ?? 'unknown'} bytes and ${String(cause)}`
    return new FileError('truncated', `[${this.#url}] ${rule}`, { offset: this.#sink.size }, { cause })
  }
}

/** Aborts a request when the user does, and when nothing has come for a while. */
class Watch {
  readonly #stop = new AbortController()
  readonly #ms: number
  readonly #url: string
  readonly #user: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(url: string, { signal, stallTimeout = 30_000 }: DownloadOptions) {
    this.#url = url
    this.#ms = stallTimeout
    this.#user = signal
    signal?.addEventListener('abort', this.#abort)
    this.alive()
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  readonly #abort = () => this.#stop.abort(this.#user!.reason)

  /** Something has come. */
  alive(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#stop.abort(new FileError('truncated', `[${this.#url}] the server must go on sending, got nothing for ${this.#ms} ms`))
    }, this.#ms)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#user?.removeEventListener('abort', this.#abort)
  }
}
