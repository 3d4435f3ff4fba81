/** What takes the place of a device that is lost. */

interface Successive<D> {
  readonly isLost: boolean
  reopen(): Promise<D>
  dispose(): void
}

/** Opened when it is first asked for, the same one for all who ask; where it is lost too, its own successor. */
export class Successor<D extends Successive<D>> {
  /** Whether there can be one. */
  readonly possible: boolean
  readonly #open: (() => Promise<D>) | undefined
  #opened: Promise<D> | undefined
  #disposed = false

  constructor(open: (() => Promise<D>) | undefined) {
    this.#open = open
    this.possible = open !== undefined
  }

  /** Undefined where there cannot be one. @throws what opening throws; it can be tried again */
  async get(): Promise<D | undefined> {
    this.#opened ??= this.#open?.()
    try {
      const device = await this.#opened
      if (this.#disposed) device?.dispose()
      return device?.isLost ? await device.reopen() : device
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }

  dispose(): void {
    this.#disposed = true
    this.#opened?.then(
      (device) => device.dispose(),
      () => undefined,
    )
  }
}
