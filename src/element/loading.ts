/** The model of one element: loaded, loaded anew, and given back. */
import type { ThawError } from '../errors.ts'
import type { WeightsInput } from '../loaders/keras/load_weights.ts'
import type { Classifier, ClassifierOptions } from '../models/classifier.ts'
import { load, type Loaded } from './engine.ts'

/** What an element's page may say of its model beside the attributes. See {@link ThawClassifier}. */
export type ElementOptions = Omit<ClassifierOptions, 'device' | 'signal' | 'onProgress'>

/** Who hears of a load that nothing has taken the place of. */
export interface LoadEvents {
  onProgress(loadedBytes: number, totalBytes: number): void
  onReady(classifier: Classifier): void
  onError(error: unknown): void
  /** The device is lost, and the model with it. */
  onLost(): void
}

interface Load {
  readonly stop: AbortController
  readonly loaded: Promise<Loaded>
}

export class Loading {
  readonly #events: LoadEvents
  #now: Load | undefined
  #classifier: Classifier | undefined

  constructor(events: LoadEvents) {
    this.#events = events
  }

  /** What is loaded or being loaded; rejected with the error that `onError` has. */
  get loaded(): Promise<Loaded> | undefined {
    return this.#now?.loaded
  }

  /** The one that is ready. */
  get classifier(): Classifier | undefined {
    return this.#classifier
  }

  /** Loads a model in place of the one before, whose load ends. */
  start(file: WeightsInput, options: ElementOptions): void {
    const before = this.#now
    const stop = new AbortController()
    const { signal } = stop
    const loaded = load(file, {
      ...options,
      signal,
      onProgress: ({ loadedBytes, totalBytes }) => {
        if (!signal.aborted) this.#events.onProgress(loadedBytes, totalBytes)
      },
    })
    this.#now = { stop, loaded }
    this.#classifier = undefined
    loaded.then(
      ({ classifier, lost }) => {
        if (signal.aborted) return
        this.#classifier = classifier
        this.#events.onReady(classifier)
        void lost.then(() => {
          if (!signal.aborted) this.#events.onLost()
        })
      },
      (error: ThawError) => {
        if (!signal.aborted) this.#events.onError(error)
      },
    )
    end(before) // after the new one has said that it needs the device, so that this is not closed and opened again
  }

  /** Ends what is under way, frees the model, and the device unless another element has it. */
  stop(): void {
    const before = this.#now
    this.#now = undefined
    this.#classifier = undefined
    end(before)
  }
}

function end(load: Load | undefined): void {
  load?.stop.abort()
  load?.loaded.then(
    (loaded) => loaded.dispose(),
    () => undefined,
  )
}
