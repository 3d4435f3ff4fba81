/** Brings a pinned file into a cache: from several addresses, in several goes where a connection is cut, checked against its hash. */
import { FileError, type FileErrorCode } from '../../errors.ts'
import { PIECE, Sink, type PartialFile } from './cache.ts'
import { checkAnswer, contentRange, request } from '../bytes/http.ts'
import { busy, cut, Tries, Watch, type Interruption, type Patience } from '../bytes/patience.ts'
import type { PinnedFile } from './manifest.ts'

/** A file by its name, and by its hash where that is known. */
type Wanted = Pick<PinnedFile, 'file' | 'bytes'> & { readonly md5?: string }

export interface DownloadOptions extends Patience {
  /** Called for every piece that comes in; `loadedBytes` begins with what was there. `totalBytes` is Infinity while nobody knows it. */
  onProgress?: (progress: { loadedBytes: number; totalBytes: number }) => void
}

/**
 * What the first of several addresses gives that gives anything.
 * @throws FileError of the last one, which lists what each of them said
 */
export async function firstOf<T>(
  file: Wanted,
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
 * Completes a partial file and checks it, where its hash is known. Since the hash says what the file is, one address may go on where another was cut.
 * @throws FileError `http`, `truncated` when all retries are used up (what came in stays), `integrity` with both values for another or a
 * damaged file (which is taken away), `not-hdf5` for a web page; ThawError `storage` where the cache fails; the signal's reason (what came
 * in stays)
 */
export async function download(file: Wanted, urls: readonly string[], part: PartialFile, options: DownloadOptions): Promise<void> {
  const sink = new Sink(file, part)
  await sink.hashStart(options.signal)
  await firstOf(file, urls, options.signal, (url) => new Origin(url, file, sink, options).run())
  await sink.complete()
}

/** One address. */
class Origin {
  readonly #url: string
  readonly #file: Wanted
  readonly #sink: Sink
  readonly #options: DownloadOptions
  /** Undefined until an answer has told. */
  #total: number | undefined
  #etag: string | null | undefined

  constructor(url: string, file: Wanted, sink: Sink, options: DownloadOptions) {
    this.#url = url
    this.#file = file
    this.#sink = sink
    this.#options = options
    this.#total = file.bytes
  }

  async run(): Promise<void> {
    const tries = new Tries(this.#options)
    let anew = false
    for (;;) {
      const before = this.#sink.size
      const interruption = await this.#attempt()
      if (!interruption) {
        if (this.#file.md5 === undefined) return
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
      if (this.#sink.size - before >= PIECE) tries.progressed()
      await tries.again(interruption, this.#options.signal)
    }
  }

  /** One request. @returns what cut it short, or undefined when the file is complete. @throws what no retry will mend */
  async #attempt(): Promise<Interruption | undefined> {
    const { signal } = this.#options
    signal?.throwIfAborted()
    const { bytes } = this.#file
    if (bytes !== undefined && this.#sink.size > bytes) await this.#sink.restart()
    if (this.#sink.size === bytes) return undefined
    const watch = new Watch(this.#url, this.#options, signal)
    try {
      const range = this.#sink.size ? `bytes=${this.#sink.size}-` : undefined
      let answer: Response
      try {
        answer = await request(this.#url, range, { ...this.#options, signal: watch.signal })
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof FileError) return cut(error)
        throw error
      }
      return (await this.#judge(answer)) ?? (await this.#take(answer, watch))
    } finally {
      watch.end()
    }
  }

  /** Whether the answer's body goes on where the sink ends; clears the sink where it begins anew. @returns what is to be tried again */
  async #judge(answer: Response): Promise<Interruption | undefined> {
    const later = await busy(this.#url, answer, this.#sink.size)
    if (later) return later
    const refuse = async (code: 'http' | 'integrity', rule: string) => {
      await answer.body?.cancel()
      return new FileError(code, `[${this.#url}] ${rule}`, { offset: this.#sink.size })
    }
    const { status } = answer
    if (status === 416 && this.#sink.size) {
      const error = await refuse('integrity', `the file must go on at byte ${this.#sink.size}, got HTTP 416`)
      if (this.#file.bytes !== undefined) throw error
      await this.#sink.restart()
      return cut(error)
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
      return cut(error)
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
  async #take(answer: Response, watch: Watch): Promise<Interruption | undefined> {
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

  #cut(cause: unknown): Interruption {
    const rule = `the answer must not end early, got ${this.#sink.size} of ${this.#total ?? 'unknown'} bytes and ${String(cause)}`
    return cut(new FileError('truncated', `[${this.#url}] ${rule}`, { offset: this.#sink.size }, { cause }))
  }
}
