/** Slow jobs, several of which are at work while their results are taken in order. */
export class InOrder<T> {
  readonly #jobs: Iterator<() => T | Promise<T>>
  readonly #ahead: number
  readonly #begun: Promise<T>[] = []
  #failed = false

  /** @param ahead jobs that are at work at the same time; none begins before the first result is asked for, or after one that failed */
  constructor(jobs: Iterator<() => T | Promise<T>>, ahead: number) {
    this.#jobs = jobs
    this.#ahead = ahead
  }

  /** The next result. There must be one. @throws what its job threw */
  next(): Promise<T> {
    while (this.#begun.length < this.#ahead && !this.#failed) {
      const next = this.#jobs.next()
      if (next.done) break
      const job = next.value
      const result = (async () => job())()
      result.catch(() => (this.#failed = true)) // thrown to whoever takes it; nobody may come to that
      this.#begun.push(result)
    }
    return this.#begun.shift()!
  }
}
