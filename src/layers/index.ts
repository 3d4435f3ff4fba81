/** The layers, as functions with Keras's names in camelCase: `layers.dense({ units: 10 }).apply(x)`. */
import { ActivationLayer, ELU, LeakyReLU, PReLU, ReLU, Softmax, type ReLUOptions } from './activation_layers.ts'
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
import type { Activation } from './activations.ts'
import {
  Conv2D,
  Conv2DTranspose,
  DepthwiseConv2D,
  SeparableConv2D,
  type Conv2DOptions,
  type Conv2DTransposeOptions,
  type DepthwiseConv2DOptions,
  type SeparableConv2DOptions,
} from './conv.ts'
import { Dense, type DenseOptions } from './dense.ts'
import type { LayerOptions } from './config.ts'
import type { SymbolicTensor } from './layer.ts'
import {
  GroupNormalization,
  LayerNormalization,
  UnitNormalization,
  type Axes,
  type GroupNormalizationOptions,
  type LayerNormalizationOptions,
} from './layer_normalization.ts'
import { Concatenate, Merge } from './merging.ts'
import {
  BatchNormalization,
  LocalResponseNormalization,
  Normalization,
  type BatchNormalizationOptions,
  type LocalResponseNormalizationOptions,
  type NormalizationOptions,
} from './normalization.ts'
import { GlobalPooling2D, Pooling2D, type GlobalPooling2DOptions, type Pooling2DOptions } from './pooling.ts'
import {
  activityRegularization,
  AlphaDropout,
  Dropout,
  GaussianDropout,
  GaussianNoise,
  Identity,
  SpatialDropout2D,
} from './regularization.ts'
import {
  Preprocess,
  Rescaling,
  Resizing,
  UpSampling2D,
  type PreprocessMode,
  type RescalingOptions,
  type ResizingOptions,
  type UpSampling2DOptions,
} from './scaling.ts'
import { Cropping2D, Flatten, InputLayer, Permute, Reshape, ZeroPadding2D, type Sides, type ZeroPadding2DOptions } from './shaping.ts'

export const layers = {
  /** A model's input. `shape` is without the batch: [height, width, channels] or [features]. */
  input: (options: LayerOptions & { shape: readonly number[] }): SymbolicTensor => new InputLayer(options).tensor(),
  conv2d: (options: Conv2DOptions) => new Conv2D(options),
  depthwiseConv2d: (options: DepthwiseConv2DOptions) => new DepthwiseConv2D(options),
  separableConv2d: (options: SeparableConv2DOptions) => new SeparableConv2D(options),
  conv2dTranspose: (options: Conv2DTransposeOptions) => new Conv2DTranspose(options),
  dense: (options: DenseOptions) => new Dense(options),
  maxPooling2d: (options?: Pooling2DOptions) => new Pooling2D('max', options),
  averagePooling2d: (options?: Pooling2DOptions) => new Pooling2D('average', options),
  globalAveragePooling2d: (options?: GlobalPooling2DOptions) => new GlobalPooling2D('average', options),
  globalMaxPooling2d: (options?: GlobalPooling2DOptions) => new GlobalPooling2D('max', options),
  batchNormalization: (options?: BatchNormalizationOptions) => new BatchNormalization(options),
  layerNormalization: (options?: LayerNormalizationOptions) => new LayerNormalization(options),
  groupNormalization: (options?: GroupNormalizationOptions) => new GroupNormalization(options),
  unitNormalization: (options?: LayerOptions & { axis?: Axes }) => new UnitNormalization(options),
  normalization: (options?: NormalizationOptions) => new Normalization(options),
  localResponseNormalization: (options?: LocalResponseNormalizationOptions) => new LocalResponseNormalization(options),
  activation: (options: LayerOptions & { activation: Activation }) => new ActivationLayer(options),
  relu: (options?: ReLUOptions) => new ReLU(options),
  leakyRelu: (options?: LayerOptions & { negativeSlope?: number }) => new LeakyReLU(options),
  elu: (options?: LayerOptions & { alpha?: number }) => new ELU(options),
  prelu: (options?: LayerOptions & { sharedAxes?: readonly number[] }) => new PReLU(options),
  softmax: (options?: LayerOptions & { axis?: number }) => new Softmax(options),
  activityRegularization,
  dropout: (options: ConstructorParameters<typeof Dropout>[0]) => new Dropout(options),
  spatialDropout2d: (options: ConstructorParameters<typeof SpatialDropout2D>[0]) => new SpatialDropout2D(options),
  alphaDropout: (options: ConstructorParameters<typeof AlphaDropout>[0]) => new AlphaDropout(options),
  gaussianDropout: (options: ConstructorParameters<typeof GaussianDropout>[0]) => new GaussianDropout(options),
  gaussianNoise: (options: ConstructorParameters<typeof GaussianNoise>[0]) => new GaussianNoise(options),
  identity: (options?: LayerOptions) => new Identity(options),
  add: (options?: LayerOptions) => new Merge('Add', options),
  subtract: (options?: LayerOptions) => new Merge('Subtract', options),
  multiply: (options?: LayerOptions) => new Merge('Multiply', options),
  average: (options?: LayerOptions) => new Merge('Average', options),
  maximum: (options?: LayerOptions) => new Merge('Maximum', options),
  minimum: (options?: LayerOptions) => new Merge('Minimum', options),
  concatenate: (options?: LayerOptions & { axis?: number }) => new Concatenate(options),
  flatten: (options?: LayerOptions) => new Flatten(options),
  reshape: (options: LayerOptions & { targetShape: readonly number[] }) => new Reshape(options),
  permute: (options: LayerOptions & { dims: readonly number[] }) => new Permute(options),
  zeroPadding2d: (options?: ZeroPadding2DOptions) => new ZeroPadding2D(options),
  cropping2d: (options?: LayerOptions & { cropping?: Sides }) => new Cropping2D(options),
  resizing: (options: ResizingOptions) => new Resizing(options),
  upSampling2d: (options?: UpSampling2DOptions) => new UpSampling2D(options),
  rescaling: (options: RescalingOptions) => new Rescaling(options),
  randomFlip: (options?: RandomFlipOptions) => new RandomFlip(options),
  randomRotation: (options: RandomRotationOptions) => new RandomRotation(options),
  randomZoom: (options: RandomZoomOptions) => new RandomZoom(options),
  randomTranslation: (options: RandomTranslationOptions) => new RandomTranslation(options),
  randomShear: (options?: RandomShearOptions) => new RandomShear(options),
  randomBrightness: (options: ColorOptions) => new RandomBrightness(options),
  randomContrast: (options: ColorOptions) => new RandomContrast(options),
  randomSaturation: (options: ColorOptions) => new RandomSaturation(options),
  randomHue: (options: ColorOptions) => new RandomHue(options),
  randomGrayscale: (options?: AugmentationOptions & { factor?: number }) => new RandomGrayscale(options),
  randomColorJitter: (options?: RandomColorJitterOptions) => new RandomColorJitter(options),
  randomErasing: (options?: RandomErasingOptions) => new RandomErasing(options),
  randomCrop: (options: CropOptions & AugmentationOptions) => new RandomCrop(options),
  centerCrop: (options: CropOptions) => new CenterCrop(options),
  preprocess: (options: LayerOptions & { mode: PreprocessMode }) => new Preprocess(options),
}
