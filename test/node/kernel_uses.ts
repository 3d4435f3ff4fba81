/** Uses of every light op, for the test of what they share. */
import type { Shape } from '../../src/shape.ts'

/** Shapes of the inputs, and attributes. */
export type Use = readonly [inputs: readonly (Shape | undefined)[], attrs: object]

const pool = { poolSize: [3, 3], strides: [2, 2], padding: 'same' }
const otherPool = { poolSize: [2, 3], strides: [1, 1], padding: 'valid' }
const step = { rule: 'adam', state: ['a', 'b'], k: [0.1, 0.001, 1e-7], multiplier: 1, decay: 0, limit: 0, norm: 0, average: false }
const filters = { strides: [1, 1], padding: 'same', activation: 'linear' }
const none = undefined

/** Two uses of each op that differ in all that may be told at run time. */
export const uses: Readonly<Record<string, readonly [Use, Use]>> = {
  avgPool: [
    [[[1, 5, 5, 3]], pool],
    [[[2, 9, 7, 64]], otherPool],
  ],
  maxPool: [
    [[[1, 5, 5, 3]], pool],
    [[[2, 9, 7, 64]], otherPool],
  ],
  globalMaxPoolGrad: [
    [
      [
        [1, 3, 3, 4],
        [1, 4],
        [1, 4],
      ],
      {},
    ],
    [
      [
        [2, 7, 5, 9],
        [2, 9],
        [2, 9],
      ],
      {},
    ],
  ],
  slice: [
    [[[2, 3]], { begin: 1, end: 2 }],
    [[[9, 7, 70]], { begin: 0, end: 64 }],
  ],
  maxPoolArgmax: [
    [[[1, 5, 5, 3]], pool],
    [[[2, 9, 7, 64]], otherPool],
  ],
  maxPoolAt: [
    [
      [
        [1, 5, 5, 3],
        [1, 3, 3, 4],
      ],
      pool,
    ],
    [
      [
        [2, 9, 7, 64],
        [2, 8, 5, 64],
      ],
      otherPool,
    ],
  ],
  batchNorm: [
    [[[1, 3, 3, 4], [4], [4], [4], [4]], { epsilon: 1e-3 }],
    [[[2, 9], none, none, [9], [9]], { epsilon: 1e-5 }],
  ],
  batchNormTrain: [
    [[[1, 3, 3, 4], [4], [4], [2, 4]], { epsilon: 1e-3 }],
    [[[2, 9], none, none, [2, 9]], { epsilon: 1e-5 }],
  ],
  batchNormTrainGradW: [
    [
      [
        [1, 3, 3, 4],
        [1, 3, 3, 4],
        [2, 4],
      ],
      { epsilon: 1e-3 },
    ],
    [
      [
        [2, 9],
        [2, 9],
        [2, 9],
      ],
      { epsilon: 1e-5, rows: 1 },
    ],
  ],
  batchNormTrainGradX: [
    [[[1, 3, 3, 4], [4], [2, 4], [1, 3, 3, 4], [2, 4]], { epsilon: 1e-3 }],
    [[[2, 9], none, [2, 9], [2, 9], [2, 9]], { epsilon: 1e-5 }],
  ],
  columnSum: [
    [[[3, 4]], {}],
    [[[9, 70]], { rows: 4 }],
  ],
  concat: [
    [
      [
        [2, 1],
        [2, 2],
      ],
      {},
    ],
    [
      [
        [3, 5],
        [3, 2],
        [3, 1],
        [3, 7],
      ],
      {},
    ],
  ],
  depthwiseConv2d: [
    [[[1, 5, 5, 4], [3, 3, 4], [4], [1, 5, 5, 4]], filters],
    [
      [
        [2, 9, 30, 8],
        [5, 3, 8],
      ],
      { ...filters, strides: [2, 1], padding: 'valid' },
    ],
  ],
  dropout: [
    [[[2, 3], [2]], { rate: 0.5, salt: 1 }],
    [[[9, 3], [2]], { rate: 0.1, salt: 7 }],
  ],
  foldBatchNormScale: [
    [[[4], [4]], { epsilon: 1e-3 }],
    [[[9]], { epsilon: 1 }],
  ],
  foldBatchNormShift: [
    [[[4], [4], [4], [4]], {}],
    [[[9], [9]], {}],
  ],
  gatherRows: [
    [[[5, 3], [2]], {}],
    [[[9, 7, 70], [32]], {}],
  ],
  globalAvgPool: [
    [[[1, 3, 3, 4]], {}],
    [[[2, 7, 5, 9]], {}],
  ],
  globalAvgPoolGrad: [
    [[[2, 4]], { height: 3, width: 3 }],
    [[[5, 9]], { height: 7, width: 2 }],
  ],
  globalMaxPool: [
    [[[1, 3, 3, 4]], {}],
    [[[2, 7, 5, 9]], {}],
  ],
  gaussianNoise: [
    [[[2, 3], [2]], { kind: 'add', stddev: 0.5, salt: 1 }],
    [[[9, 3], [2]], { kind: 'multiply', stddev: 1, salt: 7 }],
  ],
  layerNorm: [
    [[[2, 3, 3, 4], [4], [4], [2, 18]], { axes: [3], kind: 'standard', epsilon: 1e-3 }],
    [[[2, 5, 7, 16], none, none, [2, 4]], { groups: 2, kind: 'unit', epsilon: 1e-12 }],
  ],
  layerNormGradX: [
    [[[2, 8], [8], [2, 2], [2, 8], [2, 2]], { axes: [1], kind: 'standard', epsilon: 1e-3 }],
    [[[2, 5, 16], none, [2, 4], [2, 5, 16], [2, 4]], { groups: 2, kind: 'deviation', epsilon: 1e-5 }],
  ],
  layerNormGradW: [
    [
      [
        [2, 8],
        [2, 2],
        [2, 8],
      ],
      { axes: [1], kind: 'standard', epsilon: 1e-3 },
    ],
    [
      [
        [2, 5, 16],
        [2, 4],
        [2, 5, 16],
      ],
      { groups: 2, kind: 'deviation', epsilon: 1e-5, rows: 3 },
    ],
  ],
  layerNormMoments: [
    [[[9, 96]], { axes: [1] }],
    [[[2, 7, 7, 256]], { groups: 32, each: 100 }],
  ],
  layerNormSums: [
    [[[9, 96], [96], [2, 9], [9, 96]], { axes: [1], kind: 'standard' }],
    [[[2, 7, 7, 256], none, [2, 64], [2, 7, 7, 256]], { groups: 32, kind: 'unit', each: 100 }],
  ],
  lrn: [
    [[[1, 3, 3, 8]], { radius: 2, bias: 1, alpha: 1e-4, beta: 0.75 }],
    [[[2, 5, 5, 65]], { radius: 1, bias: 2, alpha: 1, beta: 0.5 }],
  ],
  lrnGrad: [
    [
      [
        [1, 3, 3, 8],
        [1, 3, 3, 8],
      ],
      { radius: 2, bias: 1, alpha: 1e-4, beta: 0.75 },
    ],
    [
      [
        [2, 5, 5, 65],
        [2, 5, 5, 65],
        [2, 5, 5, 65],
      ],
      { radius: 1, bias: 2, alpha: 1, beta: 0.5 },
    ],
  ],
  moments: [
    [[[1, 3, 3, 4]], {}],
    [[[90, 70]], { rows: 4 }],
  ],
  moveStatistics: [
    [[[2, 3]], { momentum: 0.99 }],
    [[[2, 70]], { momentum: 0.5 }],
  ],
  optimize: [
    [[[5], [6]], step],
    [[[5, 7], [6], [1]], { ...step, k: [0.5, 0.1, 0], multiplier: 0.1, decay: 0.01, limit: 1, norm: 2 }],
  ],
  prelu: [
    [[[2, 3, 4], [4]], {}],
    [
      [
        [2, 3, 7],
        [3, 7],
      ],
      {},
    ],
  ],
  pointwiseLoss: [
    [
      [
        [2, 3],
        [2, 3],
      ],
      { f: { kind: 'huber', delta: 1 }, scale: 1 },
    ],
    [
      [
        [5, 70],
        [5, 70],
      ],
      { f: { kind: 'huber', delta: 3 }, scale: 0.5 },
    ],
  ],
  pointwiseLossGrad: [
    [[[2, 3], [2, 3], [2]], { f: { kind: 'focal', gamma: 2, alpha: 0.25, labelSmoothing: 0 }, scale: 1 }],
    [[[5, 70], [5, 70], [5]], { f: { kind: 'focal', gamma: 1, alpha: undefined, labelSmoothing: 0.1 }, scale: 0.5 }],
  ],
  rowLoss: [
    [
      [
        [2, 3],
        [2, 3],
      ],
      { kind: 'categorical', alpha: 1, gamma: 0, labelSmoothing: 0 },
    ],
    [
      [
        [5, 70],
        [5, 70],
      ],
      { kind: 'categorical', alpha: 0.25, gamma: 2, labelSmoothing: 0.1 },
    ],
  ],
  rowLossGrad: [
    [[[2, 3], [2, 3], [2]], { kind: 'categorical', alpha: 1, gamma: 0, labelSmoothing: 0 }],
    [[[5, 70], [5, 70], [5]], { kind: 'categorical', alpha: 0.25, gamma: 2, labelSmoothing: 0.1 }],
  ],
  squareSum: [
    [[[5]], {}],
    [[[5, 700], none], { each: 64 }],
  ],
  softmax: [
    [[[2, 3]], {}],
    [[[5, 1000]], {}],
  ],
  softmaxCrossEntropy: [
    [
      [
        [2, 3],
        [2, 3],
      ],
      {},
    ],
    [
      [
        [5, 70],
        [5, 70],
      ],
      {},
    ],
  ],
  softmaxCrossEntropyGrad: [
    [[[2, 3], [2, 3], [2]], {}],
    [[[5, 70], [5, 70], [5]], {}],
  ],
  softmaxGrad: [
    [
      [
        [2, 3],
        [2, 3],
      ],
      {},
    ],
    [
      [
        [5, 70],
        [5, 70],
      ],
      {},
    ],
  ],
  pixelLevels: [
    [
      [
        [2, 3],
        [256, 3],
      ],
      {},
    ],
    [
      [
        [9, 70],
        [256, 3],
      ],
      {},
    ],
  ],
  resample: [
    [[[2, 3], [4], [4], [4, 1]], { axis: 1 }],
    [[[9, 70], [64], [64], [64, 5]], { axis: 1 }],
  ],
  storeRows: [
    [[[2, 3], [1]], {}],
    [[[9, 7, 70], [1]], {}],
  ],
  unpack: [
    [[[2, 3]], {}],
    [[[5, 70]], {}],
  ],
}

/** Ops whose sizes are constants on software adapters: see `fixedOnSoftware`. */
export const fixed: typeof uses = {
  poolGrad: [
    [[[1, 3, 3, 3]], { ...pool, height: 5, width: 5 }],
    [
      [
        [2, 8, 5, 64],
        [2, 8, 5, 64],
      ],
      { ...otherPool, height: 9, width: 7 },
    ],
  ],
  pad: [
    [[[1, 3, 3, 4]], { padding: [1, 1, 1, 1] }],
    [[[2, 5, 4, 3]], { padding: [-1, 2, 0, -1] }],
  ],
  place: [
    [[[2, 3]], { begin: [0, 2], step: [1, -1], shape: [2, 3] }],
    [[[2, 5, 2, 3]], { begin: [0, 1, 0, 0], step: [1, 1, 2, 1], shape: [2, 9, 4, 3] }],
  ],
  stridedSlice: [
    [[[2, 3]], { begin: [0, 2], step: [1, -1], size: [2, 3] }],
    [[[2, 9, 4, 3]], { begin: [0, 1, 0, 0], step: [1, 1, 2, 1], size: [2, 5, 2, 3] }],
  ],
  resizeBilinear: [
    [[[1, 3, 3, 4]], { height: 5, width: 5, mode: 'halfPixel' }],
    [[[2, 9, 4, 3]], { height: 4, width: 8, mode: 'legacy' }],
  ],
  resizeBilinearGrad: [
    [[[1, 3, 3, 4]], { height: 5, width: 5, mode: 'halfPixel' }],
    [[[2, 9, 4, 3]], { height: 4, width: 8, mode: 'legacy' }],
  ],
  resizeNearestGrad: [
    [[[1, 3, 3, 4]], { height: 5, width: 7 }],
    [[[2, 9, 4, 3]], { height: 4, width: 8 }],
  ],
  resizeNearest: [
    [[[1, 3, 3, 4]], { height: 5, width: 7 }],
    [[[2, 9, 4, 3]], { height: 4, width: 8 }],
  ],
  transpose: [
    [[[2, 3, 4]], { axes: [0, 2, 1] }],
    [[[5, 70]], { axes: [1, 0] }],
  ],
}
