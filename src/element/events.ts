/** What `<thaw-classifier>` tells its page. */
import type { Classification, Classifier } from '../models/classifier.ts'

/** The model is on the device. */
export interface ReadyDetail {
  readonly classNames: readonly string[]
  readonly classifier: Classifier
}

/** What a picture, or a frame of a video, is of. */
export interface ClassifyDetail {
  /** The class that it fits best, and its probability, 0..1. */
  readonly label: string
  readonly probability: number
  /** As many as `top` says, the most probable first. */
  readonly classes: readonly Classification[]
}

/** What has gone wrong. */
export interface ErrorDetail {
  /** That of the error: `no-webgpu`, `no-adapter`, `not-found`, `camera-refused` and so on. */
  readonly code: string
  readonly message: string
  readonly error: unknown
}

/** Events of the element, by their names. None of them bubbles. */
export interface ThawClassifierEventMap extends Omit<HTMLElementEventMap, 'error' | 'progress'> {
  ready: CustomEvent<ReadyDetail>
  classify: CustomEvent<ClassifyDetail>
  error: CustomEvent<ErrorDetail>
  /** How far the weights are on the device, in bytes. */
  progress: ProgressEvent
}
