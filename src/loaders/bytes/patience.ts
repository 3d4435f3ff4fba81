/** How requests are made and tried again: what a server that is busy, and a connection that is cut, may ask of a user. */
import { ArgumentError, FileError } from '../../errors.ts'

/** Options of everything that is read from the web. */
export interface Patience {
  /** Ends the requests with its reason. */
  signal?: AbortSignal
  /** Default: the global fetch. */
  fetch?: typeof globalThis.fetch
  /** Sent with every request, such as `{ authorization: 'Bearer ...' }`; a `Range` is not the user's to send. */
  headers?: HeadersInit
  /** How often an answer of 408, 429 or 5xx, and a connection that fails or is cut, is tried again, in a row. Default 4. */
  retries?: number
  /**
   * Milliseconds before the first of them; each later pause is twice as long, up to a minute or this, if it is more, and as long as the server's
   * `Retry-After` says; where that is longer than those, there is no other try. Default 500.
   */
  retryPause?: number
  /** A connection that brings nothing for so many milliseconds counts as cut. Default 30,000. */
  stallTimeout?: number
}

/** Longest pause that doubling leads to. */
const LONGEST_PAUSE = 60_000
/** Milliseconds that a timer can wait for; for more it would not wait at all. */
const LONGEST_TIMER = 2 ** 31 - 1

/** @throws ArgumentError for an option that is no such number, or headers that are none */
export function checkPatience({ retries = 0, retryPause = 0, stallTimeout = 1, headers }: Patience): void {
  const refuse = (rule: string, got: unknown) => new ArgumentError('download', `${rule}, got ${String(got)}`)
  if (!(retries >= 0)) throw refuse('retries must be a number from 0', retries)
  if (!(retryPause >= 0 && retryPause <= LONGEST_TIMER)) throw refuse(`retryPause must be from 0 to ${LONGEST_TIMER} ms`, retryPause)
  if (!(stallTimeout > 0 && stallTimeout <= LONGEST_TIMER))
    throw refuse(`stallTimeout must be above 0 and at most ${LONGEST_TIMER} ms`, stallTimeout)
  if (headers === undefined) return
  let range: boolean
  try {
    range = new Headers(headers).has('range')
  } catch (cause) {
    throw refuse('headers must be names and values of HTTP', cause)
  }
  if (range) throw refuse('headers must not have a range, since files are read in ranges of their own', 'one')
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

/** What ended a try, and another may mend. */
export interface Interruption {
  readonly error: FileError
  /** Milliseconds that the server asks to wait for. */
  readonly wait: number
}

/** What cut a connection. */
export const cut = (error: FileError): Interruption => ({ error, wait: 0 })

/**
 * An answer that says that the server is busy, or broken for now; its body is let go of. Undefined for any other.
 * @param offset of the byte that was asked for
 */
export async function busy(name: string, answer: Response, offset: number): Promise<Interruption | undefined> {
  const { status } = answer
  if (status < 500 && status !== 429 && status !== 408) return undefined
  await answer.body?.cancel()
  const wait = retryAfter(answer)
  const asks = wait > LONGEST_PAUSE ? `, which asks to wait for ${Math.ceil(wait / 1000)} s` : ''
  const message = `[${name}] the server must answer with the file, got HTTP ${status} ${answer.statusText}`.trimEnd()
  return { error: new FileError('http', `${message}${asks}`, { offset }), wait }
}

/** Milliseconds, from seconds or a date (RFC 9110, 10.2.3); 0 where there is neither. */
function retryAfter(answer: Response): number {
  const given = answer.headers.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(given)) return 1000 * Number(given)
  const at = Date.parse(given)
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now())
}

/** Counts the tries of one thing. */
export class Tries {
  readonly #patience: Patience
  #failed = 0

  constructor(patience: Patience) {
    this.#patience = patience
  }

  /** Much has come since. */
  progressed(): void {
    this.#failed = 0
  }

  /** Waits before another try. @throws what ended the last one, where there is to be no other; the signal's reason */
  async again({ error, wait }: Interruption, signal: AbortSignal | undefined): Promise<void> {
    const { retries = 4, retryPause = 500 } = this.#patience
    const longest = Math.max(retryPause, LONGEST_PAUSE)
    if (this.#failed++ >= retries || wait > longest) throw error
    await pause(Math.max(wait, Math.min(retryPause * 2 ** (this.#failed - 1), longest)), signal)
  }
}

/** Aborts a request when the user does, and when nothing has come for a while. */
export class Watch {
  readonly #stop = new AbortController()
  readonly #ms: number
  readonly #name: string
  readonly #user: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(name: string, { stallTimeout = 30_000 }: Patience, signal: AbortSignal | undefined) {
    this.#name = name
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
      this.#stop.abort(new FileError('truncated', `[${this.#name}] the server must go on sending, got nothing for ${this.#ms} ms`))
    }, this.#ms)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#user?.removeEventListener('abort', this.#abort)
  }
}
