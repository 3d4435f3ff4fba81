/** How fast the adapter is: begun with caution, then measured on what it is given to do. */

/** Seconds of work from which on a submit says how slow the adapter is. A shorter one takes its time for other reasons, too. */
const TELLING_SECONDS = 0.1
/** The most that one submit can change the estimate by: costs are a rough measure of work, and a machine may sleep in the middle. */
const LARGEST_CHANGE = 4

/**
 * Work per second, in the unit in which costs are given. It only decides where long work is cut into several dispatches and submits, which
 * never changes a result.
 */
export class Pace {
  #rate: number
  #doneAt = -Infinity

  /** @param rate what even a slow adapter reaches */
  constructor(rate: number) {
    this.#rate = rate
  }

  /** Work per second that may be counted on. */
  get rate(): number {
    return this.#rate
  }

  /**
   * Takes note of a submit that is done; to be told of all submits in their order. A short submit says only that the adapter is at least as
   * fast as that, a long one how fast it is.
   * @param work 0 where there is nothing to compute, only to be copied
   * @param submittedAt seconds; the work began then, or when the submit before it was done
   */
  note(work: number, submittedAt: number, doneAt: number): void {
    const seconds = Math.max(1e-6, doneAt - Math.max(submittedAt, this.#doneAt))
    this.#doneAt = doneAt
    const seen = work / seconds
    if (seen > this.#rate) this.#rate = Math.min(seen, LARGEST_CHANGE * this.#rate)
    else if (work > 0 && seconds >= TELLING_SECONDS) this.#rate = Math.max(seen, this.#rate / LARGEST_CHANGE)
  }
}
