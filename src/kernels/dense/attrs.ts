/** What dense is told beside its tensors. */
import type { EpilogueAttrs } from '../epilogue.ts'

export interface DenseAttrs extends EpilogueAttrs {
  /** First column of x that meets w. Default 0, and then all columns must. */
  readonly xBegin?: number
}
