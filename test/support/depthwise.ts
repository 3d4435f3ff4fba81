/** Shapes that show what a depthwise kernel may get wrong: channels in vectors and not, several filters a channel, every way to step. */
import type { DepthwiseWindow } from '../../src/kernels/depthwise_conv2d/geometry.ts'

export interface DepthwiseCase {
  readonly name: string
  readonly x: readonly [N: number, H: number, W: number, C: number]
  readonly filter: readonly [R: number, S: number]
  /** Filters of a channel. */
  readonly M: number
  readonly window: DepthwiseWindow
}

type Given = readonly [x: DepthwiseCase['x'], filter: DepthwiseCase['filter'], M: number, window: DepthwiseWindow]

const cases: readonly Given[] = [
  [[2, 9, 7, 8], [3, 3], 1, { strides: [1, 1], padding: 'same' }],
  [[2, 9, 7, 3], [3, 3], 1, { strides: [2, 2], padding: 'valid' }],
  [[2, 8, 10, 36], [3, 3], 1, { strides: [2, 2], padding: 'same' }],
  [[1, 11, 9, 4], [5, 5], 1, { strides: [1, 1], padding: 'same' }],
  [[2, 11, 9, 4], [5, 3], 2, { strides: [2, 1], padding: 'same' }],
  [[3, 5, 6, 1], [1, 1], 1, { strides: [1, 1], padding: 'valid' }],
  [[1, 5, 8, 12], [1, 1], 1, { strides: [2, 3], padding: 'same' }],
  [[2, 6, 7, 3], [2, 4], 4, { strides: [1, 3], padding: [1, 0, 2, 1] }],
  [[1, 4, 6, 8], [7, 7], 1, { strides: [2, 2], padding: 'same' }],
  [[1, 2, 9, 4], [1, 40], 1, { strides: [1, 1], padding: [0, 20, 0, 19] }],
  [[2, 8, 9, 8], [3, 2], 1, { strides: [1, 1], padding: 'same', dilations: [2, 3] }],
  [[2, 9, 9, 5], [2, 3], 2, { strides: [2, 1], padding: 'valid', dilations: [1, 2] }],
  [[1, 9, 6, 4], [3, 3], 1, { strides: [1, 1], padding: [-1, -2, 0, -1] }],
  [[2, 8, 12, 4], [2, 2], 1, { strides: [3, 3], padding: 'valid' }],
  [[1, 6, 8, 3], [2, 3], 1, { strides: [1, 1], padding: 'valid', dilations: [4, 3] }],
]

export const depthwiseCases: readonly DepthwiseCase[] = cases.map(([x, filter, M, window]) => ({
  name: `x [${x.join()}], ${M} filters of ${filter.join('x')}, ${JSON.stringify(window)}`,
  ...{ x, filter, M, window },
}))
