/** The layers, as functions with Keras's names in camelCase: `layers.dense({ units: 10 }).apply(x)`. */
import { ActivationLayer, ELU, LeakyReLU, ReLU, Softmax, type ReLUOptions } from './activation_layers.ts'
import type { Activation } from './activations.ts'
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
import { Dropout } from './dropout.ts'
import { Identity } from './identity.ts'
import { InputLayer } from './input_layer.ts'
import type { SymbolicTensor } from './layer.ts'
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
export const conv1d = (options: Conv1DOptions) => new Conv(1, options)
export const conv2d = (options: Conv2DOptions) => new Conv(2, options)
export const depthwiseConv1d = (options: DepthwiseConv1DOptions) => new DepthwiseConv(1, options)
export const depthwiseConv2d = (options: DepthwiseConv2DOptions) => new DepthwiseConv(2, options)
export const separableConv1d = (options: SeparableConv1DOptions) => new SeparableConv(1, options)
export const separableConv2d = (options: SeparableConv2DOptions) => new SeparableConv(2, options)
export const conv1dTranspose = (options: Conv1DTransposeOptions) => new ConvTranspose(1, options)
export const conv2dTranspose = (options: Conv2DTransposeOptions) => new ConvTranspose(2, options)
export const dense = (options: DenseOptions) => new Dense(options)
export const maxPooling1d = (options?: Pooling1DOptions) => new Pooling('max', 1, options)
export const maxPooling2d = (options?: Pooling2DOptions) => new Pooling('max', 2, options)
export const averagePooling1d = (options?: Pooling1DOptions) => new Pooling('average', 1, options)
export const averagePooling2d = (options?: Pooling2DOptions) => new Pooling('average', 2, options)
export const globalAveragePooling1d = (options?: GlobalPoolingOptions) => new GlobalPooling('average', 1, options)
export const globalAveragePooling2d = (options?: GlobalPoolingOptions) => new GlobalPooling('average', 2, options)
export const globalMaxPooling1d = (options?: GlobalPoolingOptions) => new GlobalPooling('max', 1, options)
export const globalMaxPooling2d = (options?: GlobalPoolingOptions) => new GlobalPooling('max', 2, options)
export const batchNormalization = (options?: BatchNormalizationOptions) => new BatchNormalization(options)
export const layerNormalization = (options?: LayerNormalizationOptions) => new LayerNormalization(options)
export const groupNormalization = (options?: GroupNormalizationOptions) => new GroupNormalization(options)
export const unitNormalization = (options?: LayerOptions & { axis?: Axes }) => new UnitNormalization(options)
export const normalization = (options?: NormalizationOptions) => new Normalization(options)
export const localResponseNormalization = (options?: LocalResponseNormalizationOptions) => new LocalResponseNormalization(options)
export const activation = (options: LayerOptions & { activation: Activation }) => new ActivationLayer(options)
export const relu = (options?: ReLUOptions) => new ReLU(options)
export const leakyRelu = (options?: LayerOptions & { negativeSlope?: number }) => new LeakyReLU(options)
export const elu = (options?: LayerOptions & { alpha?: number }) => new ELU(options)
export const prelu = (options?: LayerOptions & { sharedAxes?: readonly number[] }) => new PReLU(options)
export const softmax = (options?: LayerOptions & { axis?: Axes }) => new Softmax(options)
export { activityRegularization } from './identity.ts'
export const dropout = (options: ConstructorParameters<typeof Dropout>[0]) => new Dropout(options)
export const spatialDropout1d = (options: Omit<ConstructorParameters<typeof SpatialDropout>[1], 'dataFormat'>) =>
  new SpatialDropout(1, options)
export const spatialDropout2d = (options: ConstructorParameters<typeof SpatialDropout>[1]) => new SpatialDropout(2, options)
export const alphaDropout = (options: ConstructorParameters<typeof AlphaDropout>[0]) => new AlphaDropout(options)
export const gaussianDropout = (options: ConstructorParameters<typeof GaussianDropout>[0]) => new GaussianDropout(options)
export const gaussianNoise = (options: ConstructorParameters<typeof GaussianNoise>[0]) => new GaussianNoise(options)
export const identity = (options?: LayerOptions) => new Identity(options)
export const add = (options?: LayerOptions) => new Merge('Add', options)
export const subtract = (options?: LayerOptions) => new Merge('Subtract', options)
export const multiply = (options?: LayerOptions) => new Merge('Multiply', options)
export const average = (options?: LayerOptions) => new Merge('Average', options)
export const maximum = (options?: LayerOptions) => new Merge('Maximum', options)
export const minimum = (options?: LayerOptions) => new Merge('Minimum', options)
export const concatenate = (options?: LayerOptions & { axis?: number }) => new Concatenate(options)
export const flatten = (options?: SpaceOptions) => new Flatten(options)
export const reshape = (options: LayerOptions & { targetShape: readonly number[] }) => new Reshape(options)
export const permute = (options: LayerOptions & { dims: readonly number[] }) => new Permute(options)
export const repeatVector = (options: LayerOptions & { n: number }) => new RepeatVector(options)
export const zeroPadding1d = (options?: SpaceOptions & { padding?: Ends }) => new ZeroPadding(1, options)
export const zeroPadding2d = (options?: ZeroPadding2DOptions) => new ZeroPadding(2, options)
export const cropping1d = (options?: LayerOptions & { cropping?: Ends }) => new Cropping(1, options)
export const cropping2d = (options?: SpaceOptions & { cropping?: Sides }) => new Cropping(2, options)
export const resizing = (options: ResizingOptions) => new Resizing(options)
export const upSampling1d = (options?: LayerOptions & { size?: number }) => new UpSampling(1, options)
export const upSampling2d = (options?: UpSampling2DOptions) => new UpSampling(2, options)
export const rescaling = (options: RescalingOptions) => new Rescaling(options)
export const randomFlip = (options?: RandomFlipOptions) => new RandomFlip(options)
export const randomRotation = (options: RandomRotationOptions) => new RandomRotation(options)
export const randomZoom = (options: RandomZoomOptions) => new RandomZoom(options)
export const randomTranslation = (options: RandomTranslationOptions) => new RandomTranslation(options)
export const randomShear = (options?: RandomShearOptions) => new RandomShear(options)
export const randomBrightness = (options: ColorOptions) => new RandomBrightness(options)
export const randomContrast = (options: ColorOptions) => new RandomContrast(options)
export const randomSaturation = (options: ColorOptions) => new RandomSaturation(options)
export const randomHue = (options: ColorOptions) => new RandomHue(options)
export const randomGrayscale = (options?: AugmentationOptions & { factor?: number }) => new RandomGrayscale(options)
export const randomColorJitter = (options?: RandomColorJitterOptions) => new RandomColorJitter(options)
export const randomErasing = (options?: RandomErasingOptions) => new RandomErasing(options)
export const randomCrop = (options: CropOptions & AugmentationOptions) => new RandomCrop(options)
export const centerCrop = (options: CropOptions) => new CenterCrop(options)
export const preprocess = (options: LayerOptions & { mode: PreprocessMode }) => new Preprocess(options)
