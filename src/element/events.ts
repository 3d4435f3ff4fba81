/** What `<thaw-classifier>` tells its page. */
import type { Classification, Classifier } from '../models/classifier.ts'

/** The model is on the device. See {@link ThawClassifier}. */
export interface ReadyDetail {
  /** By the numbers of the classes. */
  readonly classNames: readonly string[]
  /** The element's own; it is disposed with it. */
  readonly classifier: Classifier
}

/** What a picture, or a frame of a video, is of. See {@link ThawClassifier}. */
export interface ClassifyDetail {
  /** The class that it fits best, and its probability, 0..1. */
  readonly label: string
  /** Of `label`. */
  readonly probability: number
  /** As many as `top` says, the most probable first. */
  readonly classes: readonly Classification[]
}

/** What has gone wrong. See {@link ThawClassifier}. */
export interface ErrorDetail {
  /** That of the error: `no-webgpu`, `no-adapter`, `not-found`, `camera-refused` and so on. */
  readonly code: string
  /** A sentence for people: the page's own by the code (`texts`), else the error's. */
  readonly message: string
  /** The error itself, mostly a `ThawError`. */
  readonly error: unknown
}

/** Events of the element, by their names. None of them bubbles. See {@link ThawClassifier}. */
export interface ThawClassifierEventMap extends Omit<HTMLElementEventMap, 'error' | 'progress'> {
  /** The model is on the device. */
  ready: CustomEvent<ReadyDetail>
  /** A picture, or a frame of a video, has its classes. */
  classify: CustomEvent<ClassifyDetail>
  /** Something has gone wrong; the element says it, too. */
  error: CustomEvent<ErrorDetail>
  /** How far the weights are on the device, in bytes. */
  progress: ProgressEvent
}
