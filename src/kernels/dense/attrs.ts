/** What dense is told beside its tensors. */
export interface DenseAttrs {
  /** Applied last, after bias and residual. */
  readonly activation: 'linear' | 'relu'
  /** First column of x that meets w. Default 0, and then all columns must. */
  readonly xBegin?: number
}
