/** Waiting for a GPU that may be lost while one waits. */
import type { DeviceError } from '../errors.ts'

/**
 * Promises of the GPU, which a lost device may leave open for ever. Each wait lists itself while it lasts: a race against one long-lived
 * promise would leave a reaction on it for every wait there ever was.
 */
export class Waits {
  readonly #open = new Set<(error: DeviceError) => void>()
  #ended: DeviceError | undefined

  /** What has ended all waiting, if anything. */
  get ended(): DeviceError | undefined {
    return this.#ended
  }

  /** Fails all waits, those to come included. */
  end(error: DeviceError): void {
    this.#ended = error
    for (const fail of this.#open) fail(error)
    this.#open.clear()
  }

  /** Settles as the promise does, or fails with the loss of the device, whichever comes first. */
  for<T>(promise: Promise<T>): Promise<T> {
    if (this.#ended) {
      promise.catch(() => undefined)
      return Promise.reject(this.#ended)
    }
    return new Promise((resolve, reject) => {
      this.#open.add(reject)
      promise.then(
        (value) => {
          this.#open.delete(reject)
          resolve(value)
        },
        (error: Error) => {
          // After a loss WebGPU reports other errors, even out-of-memory, before it tells of the loss: the loss is the cause.
          setTimeout(() => {
            this.#open.delete(reject)
            reject(error)
          }, 0)
        },
      )
    })
  }
}
