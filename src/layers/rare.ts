/** Layers that few files have, in one chunk: what they share with each other is loaded once. */
import { CustomScaleLayer, LayerScale, StochasticDepth } from './applications.ts'
import { ConvTranspose } from './conv_transpose.ts'
import { Normalization } from './data_normalization.ts'
import { DepthwiseConv, SeparableConv } from './depthwise_conv.ts'
import { Dot } from './dot.ts'
import { Embedding } from './embedding.ts'
import { GroupNormalization, LayerNormalization, UnitNormalization } from './layer_normalization.ts'
import { AlphaDropout, GaussianDropout, GaussianNoise, SpatialDropout } from './noise.ts'
import { PReLU } from './prelu.ts'
import { Resizing, UpSampling } from './resizing.ts'

/** By the names of Keras 3. */
export const RARE = {
  AlphaDropout,
  Conv1DTranspose: ConvTranspose,
  Conv2DTranspose: ConvTranspose,
  CustomScaleLayer,
  DepthwiseConv1D: DepthwiseConv,
  DepthwiseConv2D: DepthwiseConv,
  Dot,
  Embedding,
  GaussianDropout,
  GaussianNoise,
  GroupNormalization,
  LayerNormalization,
  LayerScale,
  Normalization,
  PReLU,
  Resizing,
  SeparableConv1D: SeparableConv,
  SeparableConv2D: SeparableConv,
  SpatialDropout1D: SpatialDropout,
  SpatialDropout2D: SpatialDropout,
  StochasticDepth,
  UnitNormalization,
  UpSampling1D: UpSampling,
  UpSampling2D: UpSampling,
}
