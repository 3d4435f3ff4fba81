/** The layers, as functions with Keras's names in camelCase: `layers.dense({ units: 10 }).apply(x)`. */
import { ActivationLayer, ELU, LeakyReLU, ReLU, Softmax, type ReLUOptions } from './activation_layers.ts'
import type { Activation, ActivationObject } from './activations.ts'
import { AdaptivePooling } from './adaptive_pooling.ts'
import type { Axes } from './axes.ts'
import { Cropping, ZeroPadding, type Ends, type Sides, type ZeroPadding2DOptions } from './borders.ts'
import type { LayerOptions } from './config.ts'
import { Conv, type Conv1DOptions, type Conv2DOptions } from './conv.ts'
import { ConvTranspose, type Conv1DTransposeOptions, type Conv2DTransposeOptions } from './conv_transpose.ts'
import { Normalization, type NormalizationOptions } from './data_normalization.ts'
import { Dense, type DenseOptions } from './dense.ts'
import {
  DepthwiseConv,
  SeparableConv,
  type DepthwiseConv1DOptions,
  type DepthwiseConv2DOptions,
  type SeparableConv1DOptions,
  type SeparableConv2DOptions,
} from './depthwise_conv.ts'
import { Dot, type DotOptions } from './dot.ts'
import { Dropout } from './dropout.ts'
import { Embedding, type EmbeddingOptions } from './embedding.ts'
import { Identity } from './identity.ts'
import type { Pair } from './kernel_options.ts'
import { InputLayer } from './input_layer.ts'
import type { SymbolicTensor } from './layer.ts'
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './attention.ts'
import { EinsumDense, type EinsumDenseOptions } from './einsum_dense.ts'
import { AdditiveAttention, Attention, type AdditiveAttentionOptions, type AttentionOptions } from './sequence_attention.ts'
import { TimeDistributed, type TimeDistributedOptions } from './time_distributed.ts'
import { Masking, type MaskingOptions } from './masking.ts'
import { RMSNormalization } from './rms_normalization.ts'
import {
  GroupNormalization,
  LayerNormalization,
  UnitNormalization,
  type GroupNormalizationOptions,
  type LayerNormalizationOptions,
} from './layer_normalization.ts'
import { LocalResponseNormalization, type LocalResponseNormalizationOptions } from './local_response_normalization.ts'
import { Concatenate, Merge } from './merging.ts'
import { AlphaDropout, GaussianDropout, GaussianNoise, SpatialDropout } from './noise.ts'
import { BatchNormalization, type BatchNormalizationOptions } from './normalization.ts'
import { GlobalPooling, Pooling, type GlobalPoolingOptions, type Pooling1DOptions, type Pooling2DOptions } from './pooling.ts'
import { PReLU } from './prelu.ts'
import { Resizing, UpSampling, type ResizingOptions, type UpSampling2DOptions } from './resizing.ts'
import { Preprocess, Rescaling, type PreprocessMode, type RescalingOptions } from './scaling.ts'
import { Flatten, Permute, RepeatVector, Reshape } from './shaping.ts'
import type { SpaceOptions } from './space.ts'
import { sparsemaxActivation } from './sparsemax.ts'
import {
  RandomBrightness,
  RandomColorJitter,
  RandomContrast,
  RandomGrayscale,
  RandomHue,
  RandomSaturation,
  type ColorOptions,
  type RandomColorJitterOptions,
} from './augmentation/color.ts'
import type { AugmentationOptions } from './augmentation/augmentation.ts'
import { CenterCrop, RandomCrop, type CropOptions } from './augmentation/cropping.ts'
import { RandomErasing, type RandomErasingOptions } from './augmentation/erasing.ts'
import {
  RandomFlip,
  RandomRotation,
  RandomShear,
  RandomTranslation,
  RandomZoom,
  type RandomFlipOptions,
  type RandomRotationOptions,
  type RandomShearOptions,
  type RandomTranslationOptions,
  type RandomZoomOptions,
} from './augmentation/geometric.ts'

/** A model's input. `shape` is without the batch: [height, width, channels] or [features]. */
export const input = (options: ConstructorParameters<typeof InputLayer>[0]): SymbolicTensor => new InputLayer(options).tensor()
/** Keras's Conv1D: [N,steps,C] to [N,steps',filters]. */
export const conv1d = (options: Conv1DOptions) => new Conv(1, options)
/** Keras's Conv2D: [N,H,W,C] to [N,P,Q,filters]. */
export const conv2d = (options: Conv2DOptions) => new Conv(2, options)
/** Keras's DepthwiseConv1D: [N,steps,C] to [N,steps',C * depthMultiplier]. */
export const depthwiseConv1d = (options: DepthwiseConv1DOptions) => new DepthwiseConv(1, options)
/** Keras's DepthwiseConv2D: [N,H,W,C] to [N,P,Q,C * depthMultiplier]. */
export const depthwiseConv2d = (options: DepthwiseConv2DOptions) => new DepthwiseConv(2, options)
/** Keras's SeparableConv1D: a depthwise convolution, then one over the channels. */
export const separableConv1d = (options: SeparableConv1DOptions) => new SeparableConv(1, options)
/** Keras's SeparableConv2D: a depthwise convolution, then one over the channels. */
export const separableConv2d = (options: SeparableConv2DOptions) => new SeparableConv(2, options)
/** Keras's Conv1DTranspose: [N,steps,C] to [N,steps * strides,filters] with padding `same`. */
export const conv1dTranspose = (options: Conv1DTransposeOptions) => new ConvTranspose(1, options)
/** Keras's Conv2DTranspose: [N,H,W,C] to [N,H * strides,W * strides,filters] with padding `same`. */
export const conv2dTranspose = (options: Conv2DTransposeOptions) => new ConvTranspose(2, options)
/** Keras's Dense, over the last axis: [...,C] to [...,units]. */
export const dense = (options: DenseOptions) => new Dense(options)
/** Keras's Embedding: a learned vector for each class number, [N,...] to [N,...,outputDim]. */
export const embedding = (options: EmbeddingOptions) => new Embedding(options)
/** Keras's MaxPooling1D: the largest value of each window of steps. */
export const maxPooling1d = (options?: Pooling1DOptions) => new Pooling('max', 1, options)
/** Keras's MaxPooling2D: the largest value of each window. */
export const maxPooling2d = (options?: Pooling2DOptions) => new Pooling('max', 2, options)
/** Keras's AveragePooling1D: the mean of each window of steps, without padding. */
export const averagePooling1d = (options?: Pooling1DOptions) => new Pooling('average', 1, options)
/** Keras's AveragePooling2D: the mean of each window, without padding. */
export const averagePooling2d = (options?: Pooling2DOptions) => new Pooling('average', 2, options)
/** Keras's AdaptiveAveragePooling1D: the mean of each of `outputSize` windows, as even as they can be. */
export const adaptiveAveragePooling1d = (options: SpaceOptions & { outputSize: number }) => new AdaptivePooling('average', 1, options)
/** Keras's AdaptiveAveragePooling2D: the mean of each of `outputSize` windows, as even as they can be. */
export const adaptiveAveragePooling2d = (options: SpaceOptions & { outputSize: Pair }) => new AdaptivePooling('average', 2, options)
/** Keras's AdaptiveMaxPooling1D: the largest value of each of `outputSize` windows, as even as they can be. */
export const adaptiveMaxPooling1d = (options: SpaceOptions & { outputSize: number }) => new AdaptivePooling('max', 1, options)
/** Keras's AdaptiveMaxPooling2D: the largest value of each of `outputSize` windows, as even as they can be. */
export const adaptiveMaxPooling2d = (options: SpaceOptions & { outputSize: Pair }) => new AdaptivePooling('max', 2, options)
/** Keras's GlobalAveragePooling1D: [N,steps,C] to [N,C]. */
export const globalAveragePooling1d = (options?: GlobalPoolingOptions) => new GlobalPooling('average', 1, options)
/** Keras's GlobalAveragePooling2D: [N,H,W,C] to [N,C]. */
export const globalAveragePooling2d = (options?: GlobalPoolingOptions) => new GlobalPooling('average', 2, options)
/** Keras's GlobalMaxPooling1D: [N,steps,C] to [N,C]. */
export const globalMaxPooling1d = (options?: GlobalPoolingOptions) => new GlobalPooling('max', 1, options)
/** Keras's GlobalMaxPooling2D: [N,H,W,C] to [N,C]. */
export const globalMaxPooling2d = (options?: GlobalPoolingOptions) => new GlobalPooling('max', 2, options)
/** Keras's BatchNormalization: by the batch's statistics while it trains, else by the moving ones. */
export const batchNormalization = (options?: BatchNormalizationOptions) => new BatchNormalization(options)
/** Keras's LayerNormalization: each sample to mean 0 and variance 1 along the axes. */
export const layerNormalization = (options?: LayerNormalizationOptions) => new LayerNormalization(options)
/** Keras's GroupNormalization: each group of channels of a sample to mean 0 and variance 1. */
export const groupNormalization = (options?: GroupNormalizationOptions) => new GroupNormalization(options)
/** Keras's RMSNormalization: to a mean square of 1 along the axes, times a factor that is learned. */
export const rmsNormalization = (options?: LayerOptions & { axis?: Axes; epsilon?: number }) => new RMSNormalization(options)
/** Keras's Masking: steps of a sequence that are all `maskValue` do not count behind it. */
export const masking = (options?: MaskingOptions) => new Masking(options)
/** Keras's UnitNormalization: to length 1 along the axes. */
export const unitNormalization = (options?: LayerOptions & { axis?: Axes }) => new UnitNormalization(options)
/** Keras's Normalization: (x - mean) / sqrt(variance), with numbers that are given. */
export const normalization = (options?: NormalizationOptions) => new Normalization(options)
/** The normalisation across channels of AlexNet and GoogLeNet, which Keras does not have. */
export const localResponseNormalization = (options?: LocalResponseNormalizationOptions) => new LocalResponseNormalization(options)
/** Keras's Activation: a function of each value, by its name. */
export const activation = (options: LayerOptions & { activation: Activation }) => new ActivationLayer(options)
/** Keras's ReLU, with a slope below its threshold and a largest value. */
export const relu = (options?: ReLUOptions) => new ReLU(options)
/** Keras's LeakyReLU: x above 0, negativeSlope * x below. */
export const leakyRelu = (options?: LayerOptions & { negativeSlope?: number }) => new LeakyReLU(options)
/** Keras's ELU: x above 0, alpha * (exp(x) - 1) below. */
export const elu = (options?: LayerOptions & { alpha?: number }) => new ELU(options)
/** Keras's PReLU: x above 0, a slope below that is learned. */
export const prelu = (options?: LayerOptions & { sharedAxes?: readonly number[] }) => new PReLU(options)
/** Keras's Softmax along an axis; default the last. */
export const softmax = (options?: LayerOptions & { axis?: Axes }) => new Softmax(options)
/** Keras's activation `sparsemax`, for layers to take: `layers.dense({ units: 10, activation: layers.sparsemax() })`. */
export const sparsemax = (): ActivationObject => sparsemaxActivation
export { activityRegularization } from './identity.ts'
/** Keras's Dropout: a share of the values is 0 while it trains, the others grow by as much. */
export const dropout = (options: ConstructorParameters<typeof Dropout>[0]) => new Dropout(options)
/** Keras's SpatialDropout1D: drops whole channels. */
export const spatialDropout1d = (options: Omit<ConstructorParameters<typeof SpatialDropout>[1], 'dataFormat'>) =>
  new SpatialDropout(1, options)
/** Keras's SpatialDropout2D: drops whole channels. */
export const spatialDropout2d = (options: ConstructorParameters<typeof SpatialDropout>[1]) => new SpatialDropout(2, options)
/** Keras's AlphaDropout, which keeps mean and variance behind SELU. */
export const alphaDropout = (options: ConstructorParameters<typeof AlphaDropout>[0]) => new AlphaDropout(options)
/** Keras's GaussianDropout: multiplies by noise around 1 while it trains. */
export const gaussianDropout = (options: ConstructorParameters<typeof GaussianDropout>[0]) => new GaussianDropout(options)
/** Keras's GaussianNoise: adds noise around 0 while it trains. */
export const gaussianNoise = (options: ConstructorParameters<typeof GaussianNoise>[0]) => new GaussianNoise(options)
/** Keras's Identity: what comes in. */
export const identity = (options?: LayerOptions) => new Identity(options)
/** Keras's Add: the sum of several tensors, value by value. */
export const add = (options?: LayerOptions) => new Merge('Add', options)
/** Keras's Subtract: the first of two tensors without the second. */
export const subtract = (options?: LayerOptions) => new Merge('Subtract', options)
/** Keras's Multiply: the product of several tensors, value by value. */
export const multiply = (options?: LayerOptions) => new Merge('Multiply', options)
/** Keras's Average: the mean of several tensors, value by value. */
export const average = (options?: LayerOptions) => new Merge('Average', options)
/** Keras's Maximum: the largest of several tensors, value by value. */
export const maximum = (options?: LayerOptions) => new Merge('Maximum', options)
/** Keras's Minimum: the smallest of several tensors, value by value. */
export const minimum = (options?: LayerOptions) => new Merge('Minimum', options)
/**
 * Keras's MultiHeadAttention, applied to `[query, value]`, `[query, value, key]`, or one tensor: [N,T,C] and [N,S,D] to [N,T,C]. It learns whom each element
 * listens to: `layers.multiHeadAttention({ numHeads: 4, keyDim: 16 }).apply(tokens)`.
 */
export const multiHeadAttention = (options: MultiHeadAttentionOptions) => new MultiHeadAttention(options)
/**
 * Keras's Attention (Luong's), applied to `[query, value]` or `[query, value, key]`: [N,T,C] and [N,S,C] to [N,T,C]. It learns a scale at most:
 * `layers.attention({ useScale: true }).apply([tokens, others])`.
 */
export const attention = (options?: AttentionOptions) => new Attention(options)
/** Keras's AdditiveAttention (Bahdanau's), applied as attention is: `layers.additiveAttention().apply([tokens, others])`. */
export const additiveAttention = (options?: AdditiveAttentionOptions) => new AdditiveAttention(options)
/** Keras's EinsumDense: a dense layer whose sums an equation says: `layers.einsumDense({ equation: 'abc,cd->abd', outputShape: [null, 8], biasAxes: 'd' })`. */
export const einsumDense = (options: EinsumDenseOptions) => new EinsumDense(options)
/** Keras's TimeDistributed: a layer, or a model, for each step: `layers.timeDistributed({ layer: layers.dense({ units: 8 }) })`, [N,T,C] to [N,T,8]. */
export const timeDistributed = (options: TimeDistributedOptions) => new TimeDistributed(options)
/** Keras's Dot: products of two tensors, summed along an axis of each. */
export const dot = (options: DotOptions) => new Dot(options)
/** Keras's Concatenate: several tensors one behind the other along an axis; default the last. */
export const concatenate = (options?: LayerOptions & { axis?: number }) => new Concatenate(options)
/** Keras's Flatten: [N,...] to [N,all]. */
export const flatten = (options?: SpaceOptions) => new Flatten(options)
/** Keras's Reshape: [N,...] to [N,...targetShape], where one size may be -1. */
export const reshape = (options: LayerOptions & { targetShape: readonly number[] }) => new Reshape(options)
/** Keras's Permute: the axes in another order, counted from 1, without the batch. */
export const permute = (options: LayerOptions & { dims: readonly number[] }) => new Permute(options)
/** Keras's RepeatVector: [N,C] to [N,n,C]. */
export const repeatVector = (options: LayerOptions & { n: number }) => new RepeatVector(options)
/** Keras's ZeroPadding1D: zeros before and after the steps. */
export const zeroPadding1d = (options?: SpaceOptions & { padding?: Ends }) => new ZeroPadding(1, options)
/** Keras's ZeroPadding2D: zeros around the picture. */
export const zeroPadding2d = (options?: ZeroPadding2DOptions) => new ZeroPadding(2, options)
/** Keras's Cropping1D: takes steps away at both ends. */
export const cropping1d = (options?: LayerOptions & { cropping?: Ends }) => new Cropping(1, options)
/** Keras's Cropping2D: takes the borders away. */
export const cropping2d = (options?: SpaceOptions & { cropping?: Sides }) => new Cropping(2, options)
/** Keras's Resizing: pictures to another height and width. */
export const resizing = (options: ResizingOptions) => new Resizing(options)
/** Keras's UpSampling1D: every step several times. */
export const upSampling1d = (options?: LayerOptions & { size?: number }) => new UpSampling(1, options)
/** Keras's UpSampling2D: every pixel several times, or filtered (`interpolation`). */
export const upSampling2d = (options?: UpSampling2DOptions) => new UpSampling(2, options)
/** Keras's Rescaling: x * scale + offset. */
export const rescaling = (options: RescalingOptions) => new Rescaling(options)
/** Keras's RandomFlip, while it trains. */
export const randomFlip = (options?: RandomFlipOptions) => new RandomFlip(options)
/** Keras's RandomRotation, while it trains. */
export const randomRotation = (options: RandomRotationOptions) => new RandomRotation(options)
/** Keras's RandomZoom, while it trains. */
export const randomZoom = (options: RandomZoomOptions) => new RandomZoom(options)
/** Keras's RandomTranslation, while it trains. */
export const randomTranslation = (options: RandomTranslationOptions) => new RandomTranslation(options)
/** Keras's RandomShear, while it trains. */
export const randomShear = (options?: RandomShearOptions) => new RandomShear(options)
/** Keras's RandomBrightness, while it trains. */
export const randomBrightness = (options: ColorOptions) => new RandomBrightness(options)
/** Keras's RandomContrast, while it trains. */
export const randomContrast = (options: ColorOptions) => new RandomContrast(options)
/** Keras's RandomSaturation, while it trains. */
export const randomSaturation = (options: ColorOptions) => new RandomSaturation(options)
/** Keras's RandomHue, while it trains. */
export const randomHue = (options: ColorOptions) => new RandomHue(options)
/** Keras's RandomGrayscale, while it trains. */
export const randomGrayscale = (options?: AugmentationOptions & { factor?: number }) => new RandomGrayscale(options)
/** Keras's RandomColorJitter, while it trains. */
export const randomColorJitter = (options?: RandomColorJitterOptions) => new RandomColorJitter(options)
/** Keras's RandomErasing, while it trains. */
export const randomErasing = (options?: RandomErasingOptions) => new RandomErasing(options)
/** Keras's RandomCrop: a random part while it trains, the middle otherwise. */
export const randomCrop = (options: CropOptions & AugmentationOptions) => new RandomCrop(options)
/** Keras's CenterCrop: the middle of the picture. */
export const centerCrop = (options: CropOptions) => new CenterCrop(options)
/** `preprocess_input` of keras.applications as layers that Keras has. */
export const preprocess = (options: LayerOptions & { mode: PreprocessMode }) => new Preprocess(options)
