/** A queue with an end: what waits is worked on in batches, and what finds no place is turned away at once. */

/** There is no place for one more. */
export class QueueFull extends Error {
  readonly code = 'queue-full'

  constructor(waiting: number) {
    super(`[queue] at most ${waiting} may wait, got one more`)
  }
}

interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

export class BatchQueue<T, R> {
  readonly #work: (items: T[]) => Promise<R[]>
  readonly #batch: number
  readonly #waiting: number
  readonly #queue: Waiting<T, R>[] = []
  #running: Promise<void> | undefined

  /**
   * @param work gives a result for each of several items, in their order
   * @param batch most items that are worked on together
   * @param waiting most items that wait, beside those
   */
  constructor(work: (items: T[]) => Promise<R[]>, batch: number, waiting: number) {
    this.#work = work
    this.#batch = batch
    this.#waiting = waiting
  }

  /** Items that wait. */
  get length(): number {
    return this.#queue.length
  }

  /** The result for one item. @throws QueueFull at once; what `work` throws */
  push(item: T): Promise<R> {
    if (this.#queue.length >= this.#waiting) return Promise.reject(new QueueFull(this.#waiting))
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Settles when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    await Promise.resolve() // so that what comes together is one batch
    while (this.#queue.length) await this.#settle(this.#queue.splice(0, this.#batch))
    this.#running = undefined
  }

  /** One item that cannot be used must not spoil the others of its batch: then each is worked on by itself. */
  async #settle(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#work(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, i) => resolve(results[i]!))
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error)
      else for (const one of batch) await this.#settle([one])
    }
  }
}
