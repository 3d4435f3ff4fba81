/** Every function of pointwiseLoss, and every kind of rowLoss, with predictions and targets that it is for. */
import type { PointwiseFunction } from '../../src/kernels/pointwise_loss/functions.ts'
import type { RowLossAttrs } from '../../src/kernels/row_loss/attrs.ts'

type Range = readonly [low: number, high: number]

const any: Range = [-4, 4]
const share: Range = [0.01, 0.99]
const positive: Range = [0.1, 3]

export const pointwise: readonly (readonly [name: string, f: PointwiseFunction, y: Range, t: Range])[] = [
  ['squared', 'squared', any, any],
  ['absolute', 'absolute', any, any],
  ['relative', 'relative', any, positive],
  ['squaredLog', 'squaredLog', positive, positive],
  ['logCosh', 'logCosh', any, any],
  ['hinge', 'hinge', any, [-1, 1]],
  ['squaredHinge', 'squaredHinge', any, [-1, 1]],
  ['poisson', 'poisson', positive, positive],
  ['klDivergence', 'klDivergence', share, share],
  ['huber', { kind: 'huber', delta: 1.5 }, any, any],
  ['binaryOfScore', { kind: 'binaryOfScore', labelSmoothing: 0 }, any, [0, 1]],
  ['binaryOfScore, smoothed', { kind: 'binaryOfScore', labelSmoothing: 0.2 }, any, [0, 1]],
  ['binary', { kind: 'binary', labelSmoothing: 0 }, share, [0, 1]],
  ['binary, smoothed', { kind: 'binary', labelSmoothing: 0.1 }, share, [0, 1]],
  ['focal', { kind: 'focal', gamma: 2, alpha: undefined, labelSmoothing: 0 }, share, [0, 1]],
  ['focal, all options', { kind: 'focal', gamma: 1.5, alpha: 0.25, labelSmoothing: 0.1 }, share, [0, 1]],
  ['focal with gamma 0', { kind: 'focal', gamma: 0, alpha: 0.3, labelSmoothing: 0 }, share, [0, 1]],
]

/** Of rowLoss, with predictions that each is for. */
export const rowLosses: readonly (readonly [name: string, attrs: RowLossAttrs, y: Range])[] = [
  ['categorical', { kind: 'categorical', alpha: 1, gamma: 0, labelSmoothing: 0 }, share],
  ['categorical, smoothed', { kind: 'categorical', alpha: 1, gamma: 0, labelSmoothing: 0.2 }, share],
  ['focal', { kind: 'categorical', alpha: 0.25, gamma: 2, labelSmoothing: 0.1 }, share],
  ['cosine', { kind: 'cosine', alpha: 1, gamma: 0, labelSmoothing: 0 }, any],
  ['hinge', { kind: 'hinge', alpha: 1, gamma: 0, labelSmoothing: 0 }, any],
]
