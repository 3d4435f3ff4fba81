/** Progress of a long piece of work: a bar where somebody looks at a terminal, a line now and then where the output goes to a file. */

/** Where progress is written to; process.stdout is one. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  readonly label: string
  /** How amounts are shown. Default: whole numbers. */
  readonly format?: (amount: number) => string
  readonly output?: Output
  /** Milliseconds; for tests. */
  readonly now?: () => number
}

const BAR = 30
/** Milliseconds between two drawings of a bar, and two lines. */
const REDRAW = 100
const LINE_EVERY = 5000

/** `42s`, `3m 05s`, `1h 02m` */
export function duration(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s}s`
  const two = (n: number) => String(n).padStart(2, '0')
  return s < 3600 ? `${Math.floor(s / 60)}m ${two(s % 60)}s` : `${Math.floor(s / 3600)}h ${two(Math.floor((s % 3600) / 60))}m`
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** One bar: `update` as often as you like, then `finish` or `stop`. */
export class Progress {
  readonly #label: string
  readonly #format: (amount: number) => string
  readonly #output: Output
  readonly #now: () => number
  readonly #started: number
  #shown = -Infinity
  #onScreen = false
  #done = 0

  constructor({ label, format = String, output = process.stdout, now = () => performance.now() }: ProgressOptions) {
    this.#label = label
    this.#format = format
    this.#output = output
    this.#now = now
    this.#started = this.#shown = now()
    if (output.isTTY) this.#shown = -Infinity
  }

  #seconds(): number {
    return (this.#now() - this.#started) / 1000
  }

  #rate(): string {
    const perSecond = this.#done / Math.max(this.#seconds(), 1e-3)
    const shown = this.#format === String ? (perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1)) : this.#format(perSecond)
    return `${shown}/s`
  }

  update(done: number, total: number): void {
    this.#done = done
    const now = this.#now()
    if (now - this.#shown < (this.#output.isTTY ? REDRAW : LINE_EVERY)) return
    this.#shown = now
    const share = Math.min(1, done / total)
    const left = done ? duration((this.#seconds() * (total - done)) / done) : '?'
    const amounts = `${this.#format(done)}/${this.#format(total)}`
    if (!this.#output.isTTY) {
      this.#output.write(`${this.#label} ${amounts} (${Math.floor(100 * share)}%), ${this.#rate()}, ${left} left\n`)
      return
    }
    const filled = Math.floor(BAR * share)
    const bar = '='.repeat(filled) + (filled < BAR ? '>' : '') + '.'.repeat(Math.max(0, BAR - filled - 1))
    this.#draw(`${this.#label} ${amounts} [${bar}] ${this.#rate()}, ${left} left`)
  }

  #draw(text: string): void {
    this.#output.write(`\r\x1b[K${text.slice(0, (this.#output.columns ?? 120) - 1)}`)
    this.#onScreen = true
  }

  /** Takes the bar off the screen, without a word: on errors. */
  stop(): void {
    if (this.#onScreen) this.#output.write('\r\x1b[K')
    this.#onScreen = false
  }

  /** Leaves one line that says what was done. */
  finish(): void {
    this.stop()
    this.#output.write(`${this.#label} ${this.#format(this.#done)} in ${duration(this.#seconds())} (${this.#rate()})\n`)
  }
}
