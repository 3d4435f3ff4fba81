/** What is under way in an element and can be ended. */

/** `look`: looking at the picture or video; `slot`: listening to what is slotted. */
type Kind = 'look' | 'slot' | 'camera'

/** One of each kind at a time. */
export class Stops {
  readonly #all = new Map<Kind, AbortController>()

  /** Whether one has begun and has not been ended. */
  has(kind: Kind): boolean {
    return this.#all.has(kind)
  }

  /** Ends what was under way of this kind. @returns aborted when the next one ends */
  begin(kind: Kind): AbortSignal {
    this.end(kind)
    const controller = new AbortController()
    this.#all.set(kind, controller)
    return controller.signal
  }

  /** Ends it, where there is one. */
  end(kind: Kind): void {
    const controller = this.#all.get(kind)
    this.#all.delete(kind)
    controller?.abort()
  }
}
