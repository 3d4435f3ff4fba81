/** Progress of long pieces of work: a bar where somebody looks at a terminal, a line now and then where the output goes to a file. */

/** Where progress is written to; process.stdout is one. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const BAR = 30
/** Milliseconds between two drawings of a bar, and between two lines. */
const REDRAW = 100
const LINE_EVERY = 5000

/** `42s`, `3m 05s`, `1h 02m` */
export function duration(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s}s`
  const two = (n: number) => String(n).padStart(2, '0')
  return s < 3600 ? `${Math.floor(s / 60)}m ${two(s % 60)}s` : `${Math.floor(s / 3600)}h ${two(Math.floor((s % 3600) / 60))}m`
}

export type Format = (amount: number) => string

export const megabytes: Format = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
/** Whole numbers, and rates below 10 with a decimal. */
const plain: Format = (n) => (Number.isInteger(n) || n >= 10 ? n.toFixed(0) : n.toFixed(1))

/** How far a piece of work is: amount, share, rate and time left. */
export function progressText(label: string, done: number, total: number, seconds: number, bar: boolean, format: Format = plain): string {
  const share = Math.min(1, done / total)
  const rate = `${format(done / Math.max(seconds, 1e-3))}/s`
  const left = done ? `${duration((seconds * (total - done)) / done)} left` : 'just begun'
  const filled = Math.floor(BAR * share)
  const drawn = bar ? ` [${('='.repeat(filled) + '>').slice(0, BAR).padEnd(BAR, '.')}]` : ` (${Math.floor(100 * share)}%)`
  return `${label} ${format(done)}/${format(total)}${drawn} ${rate}, ${left}`
}

interface Work {
  readonly label: string
  readonly format: Format
  /** Leave a line about it at the end. */
  readonly keep: boolean
  readonly started: number
  shown: number
  done: number
}

/** One piece of work after the other, each under its own bar. */
export class Bars {
  readonly #output: Output
  readonly #now: () => number
  #work: Work | undefined
  #onScreen = false

  /** @param now milliseconds; for tests */
  constructor(output: Output = process.stdout, now: () => number = () => performance.now()) {
    this.#output = output
    this.#now = now
  }

  /** Tells how far a piece of work is. Another label than before ends the work before it. */
  update(label: string, done: number, total: number, after: 'keep' | 'erase' = 'keep', format: Format = plain): void {
    if (this.#work?.label !== label) this.#begin(label, after === 'keep', format)
    const work = this.#work!
    work.done = done
    const now = this.#now()
    if (now - work.shown < (this.#output.isTTY ? REDRAW : LINE_EVERY)) return
    work.shown = now
    const text = progressText(label, done, total, (now - work.started) / 1000, this.#output.isTTY ?? false, format)
    if (!this.#output.isTTY) return void this.#output.write(`${text}\n`)
    this.#output.write(`\r\x1b[K${text.slice(0, (this.#output.columns ?? 120) - 1)}`)
    this.#onScreen = true
  }

  #begin(label: string, keep: boolean, format: Format): void {
    this.#finish()
    const started = this.#now()
    this.#work = { label, format, keep, started, shown: this.#output.isTTY ? -Infinity : started, done: 0 }
  }

  /** Ends the work, with a line about it where that was asked for. */
  #finish(): void {
    const work = this.#work
    this.clear()
    if (!work?.keep) return
    const seconds = (this.#now() - work.started) / 1000
    this.#output.write(`${work.label}: ${work.format(work.done)} in ${duration(seconds)}\n`)
  }

  /** Takes the bar off the screen without a word. */
  clear(): void {
    if (this.#onScreen) this.#output.write('\r\x1b[K')
    this.#onScreen = false
    this.#work = undefined
  }

  /** A bar for as long as a promise takes; none where the work is done before it tells anything. */
  async during<T>(label: string, work: (update: (done: number, total: number) => void) => Promise<T>, format: Format = plain): Promise<T> {
    const result = await work((done, total) => this.update(label, done, total, 'keep', format))
    this.#finish()
    return result
  }
}
