/** Layers that few files have, in one chunk: what they share with each other is loaded once. */
import { AdaptivePooling } from './adaptive_pooling.ts'
import { MultiHeadAttention } from './attention.ts'
import { CustomScaleLayer, LayerScale, StochasticDepth } from './applications.ts'
import * as augmentation from './augmentation/index.ts'
import { ConvTranspose } from './conv_transpose.ts'
import { Normalization } from './data_normalization.ts'
import { DepthwiseConv, SeparableConv } from './depthwise_conv.ts'
import { Dot } from './dot.ts'
import { EinsumDense } from './einsum_dense.ts'
import { GroupNormalization, LayerNormalization, UnitNormalization } from './layer_normalization.ts'
import { Masking, MaskingEmbedding } from './masking.ts'
import { AlphaDropout, GaussianDropout, GaussianNoise, SpatialDropout } from './noise.ts'
import { PReLU } from './prelu.ts'
import { RMSNormalization } from './rms_normalization.ts'
import { Resizing, UpSampling } from './resizing.ts'
import { AdditiveAttention, Attention } from './sequence_attention.ts'
import { TimeDistributed } from './time_distributed.ts'

export { sparsemaxActivation } from './sparsemax.ts'

/** By the names of Keras 3. */
export const RARE = {
  ...augmentation,
  AdaptiveAveragePooling1D: AdaptivePooling,
  AdaptiveAveragePooling2D: AdaptivePooling,
  AdaptiveMaxPooling1D: AdaptivePooling,
  AdaptiveMaxPooling2D: AdaptivePooling,
  AdditiveAttention,
  AlphaDropout,
  Attention,
  Conv1DTranspose: ConvTranspose,
  Conv2DTranspose: ConvTranspose,
  CustomScaleLayer,
  DepthwiseConv1D: DepthwiseConv,
  DepthwiseConv2D: DepthwiseConv,
  Dot,
  EinsumDense,
  Embedding: MaskingEmbedding,
  GaussianDropout,
  GaussianNoise,
  GroupNormalization,
  LayerNormalization,
  LayerScale,
  Masking,
  MultiHeadAttention,
  Normalization,
  PReLU,
  RMSNormalization,
  Resizing,
  SeparableConv1D: SeparableConv,
  SeparableConv2D: SeparableConv,
  SpatialDropout1D: SpatialDropout,
  SpatialDropout2D: SpatialDropout,
  StochasticDepth,
  TimeDistributed,
  UnitNormalization,
  UpSampling1D: UpSampling,
  UpSampling2D: UpSampling,
}
