/** The registry: every op, by its name. */
import { accumulateMean } from './accumulate_mean.ts'
import { activation } from './activation/activation.ts'
import { activationGrad } from './activation/grad.ts'
import { adam } from './adam.ts'
import { avgPool } from './avg_pool.ts'
import { batchNorm } from './batch_norm.ts'
import { columnSum } from './column_sum.ts'
import { combine } from './combine.ts'
import { concat } from './concat.ts'
import { conv2d } from './conv2d/conv2d.ts'
import { conv2dGradW } from './conv2d/grad_w.ts'
import { conv2dTranspose } from './conv2d/transpose.ts'
import { dense } from './dense/dense.ts'
import { denseGradW } from './dense/grad_w.ts'
import { denseGradX } from './dense/grad_x.ts'
import { depthwiseConv2d } from './depthwise_conv2d/depthwise_conv2d.ts'
import { dropout } from './dropout.ts'
import { foldBatchNormScale } from './fold_batch_norm_scale.ts'
import { foldBatchNormShift } from './fold_batch_norm_shift.ts'
import { gatherRows } from './gather_rows.ts'
import { globalAvgPool } from './global_avg_pool.ts'
import { globalAvgPoolGrad } from './global_avg_pool_grad.ts'
import { globalMaxPool } from './global_max_pool.ts'
import { lrn } from './lrn.ts'
import { maxPool } from './max_pool.ts'
import { pad } from './pad.ts'
import { prelu } from './prelu.ts'
import { rescale } from './rescale.ts'
import { resizeBilinear } from './resize_bilinear.ts'
import { resizeNearest } from './resize_nearest.ts'
import { sameArgmax } from './same_argmax.ts'
import { sgd } from './sgd.ts'
import { sgdMomentum } from './sgd_momentum.ts'
import { softmax } from './softmax.ts'
import { softmaxCrossEntropy } from './softmax_cross_entropy/softmax_cross_entropy.ts'
import { softmaxCrossEntropyGrad } from './softmax_cross_entropy/grad.ts'
import { softmaxGrad } from './softmax_grad.ts'
import { storeRows } from './store_rows.ts'
import { transpose } from './transpose.ts'
import { unpack } from './unpack.ts'

export const kernels = {
  accumulateMean,
  activation,
  activationGrad,
  adam,
  avgPool,
  batchNorm,
  columnSum,
  combine,
  concat,
  conv2d,
  conv2dGradW,
  conv2dTranspose,
  dense,
  denseGradW,
  denseGradX,
  depthwiseConv2d,
  dropout,
  foldBatchNormScale,
  foldBatchNormShift,
  gatherRows,
  globalAvgPool,
  globalAvgPoolGrad,
  globalMaxPool,
  lrn,
  maxPool,
  pad,
  prelu,
  rescale,
  resizeBilinear,
  resizeNearest,
  sameArgmax,
  sgd,
  sgdMomentum,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyGrad,
  softmaxGrad,
  storeRows,
  transpose,
  unpack,
}
