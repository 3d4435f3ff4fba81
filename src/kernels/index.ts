/** The registry: every op, by its name. */
import { accumulateMetrics } from './accumulate_metrics.ts'
import { adam } from './adam.ts'
import { add } from './add.ts'
import { avgPool } from './avg_pool.ts'
import { batchNorm } from './batch_norm.ts'
import { columnSum } from './column_sum.ts'
import { concat } from './concat.ts'
import { conv2d } from './conv2d.ts'
import { dense } from './dense.ts'
import { denseGradW } from './dense_grad_w.ts'
import { denseGradX } from './dense_grad_x.ts'
import { dropout } from './dropout.ts'
import { foldBatchNormScale } from './fold_batch_norm_scale.ts'
import { foldBatchNormShift } from './fold_batch_norm_shift.ts'
import { globalAvgPool } from './global_avg_pool.ts'
import { globalAvgPoolGrad } from './global_avg_pool_grad.ts'
import { globalMaxPool } from './global_max_pool.ts'
import { maxPool } from './max_pool.ts'
import { pad } from './pad.ts'
import { preprocess } from './preprocess.ts'
import { relu } from './relu.ts'
import { reluGrad } from './relu_grad.ts'
import { rescale } from './rescale.ts'
import { resizeBilinear } from './resize_bilinear.ts'
import { scaleChannels } from './scale_channels.ts'
import { sgd } from './sgd.ts'
import { sgdMomentum } from './sgd_momentum.ts'
import { softmax } from './softmax.ts'
import { softmaxCrossEntropy } from './softmax_cross_entropy.ts'
import { softmaxCrossEntropyGrad } from './softmax_cross_entropy_grad.ts'
import { softmaxGrad } from './softmax_grad.ts'

export const kernels = {
  accumulateMetrics,
  adam,
  add,
  avgPool,
  batchNorm,
  columnSum,
  concat,
  conv2d,
  dense,
  denseGradW,
  denseGradX,
  dropout,
  foldBatchNormScale,
  foldBatchNormShift,
  globalAvgPool,
  globalAvgPoolGrad,
  globalMaxPool,
  maxPool,
  pad,
  preprocess,
  relu,
  reluGrad,
  rescale,
  resizeBilinear,
  scaleChannels,
  sgd,
  sgdMomentum,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyGrad,
  softmaxGrad,
}
