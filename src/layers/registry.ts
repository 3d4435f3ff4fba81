/** Which class makes a layer from a config, by Keras's class name. */
import { ActivationLayer, ELU, LeakyReLU, PReLU, ReLU, Softmax } from './activation_layers.ts'
import { RandomBrightness, RandomColorJitter, RandomContrast, RandomGrayscale, RandomHue, RandomSaturation } from './augmentation/color.ts'
import { CenterCrop, RandomCrop } from './augmentation/cropping.ts'
import { RandomErasing } from './augmentation/erasing.ts'
import { RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom } from './augmentation/geometric.ts'
import type { LayerConfig } from './config.ts'
import { Cropping, ZeroPadding } from './borders.ts'
import { Conv, ConvTranspose, DepthwiseConv, SeparableConv } from './conv.ts'
import { Dense } from './dense.ts'
import type { Layer } from './layer.ts'
import { GroupNormalization, LayerNormalization, UnitNormalization } from './layer_normalization.ts'
import { Concatenate, fromKeras1Merge, Merge } from './merging.ts'
import { BatchNormalization, Normalization } from './normalization.ts'
import { GlobalPooling, Pooling } from './pooling.ts'
import { AlphaDropout, Dropout, GaussianDropout, GaussianNoise, IDENTITIES, Identity, SpatialDropout } from './regularization.ts'
import { Rescaling, Resizing, UpSampling } from './scaling.ts'
import { Flatten, Permute, RepeatVector, Reshape } from './shaping.ts'

interface LayerClass {
  fromConfig(c: LayerConfig): Layer
}

/** By the names of Keras 3. */
const CLASSES: Readonly<Record<string, LayerClass>> = {
  Activation: ActivationLayer,
  Add: Merge,
  AlphaDropout,
  Average: Merge,
  AveragePooling1D: Pooling,
  AveragePooling2D: Pooling,
  BatchNormalization,
  CenterCrop,
  Concatenate,
  Conv1D: Conv,
  Conv1DTranspose: ConvTranspose,
  Conv2D: Conv,
  Conv2DTranspose: ConvTranspose,
  Cropping1D: Cropping,
  Cropping2D: Cropping,
  Dense,
  DepthwiseConv1D: DepthwiseConv,
  DepthwiseConv2D: DepthwiseConv,
  Dropout,
  ELU,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GlobalAveragePooling1D: GlobalPooling,
  GlobalAveragePooling2D: GlobalPooling,
  GlobalMaxPooling1D: GlobalPooling,
  GlobalMaxPooling2D: GlobalPooling,
  GroupNormalization,
  LayerNormalization,
  LeakyReLU,
  MaxPooling1D: Pooling,
  MaxPooling2D: Pooling,
  Maximum: Merge,
  Minimum: Merge,
  Multiply: Merge,
  Normalization,
  PReLU,
  Permute,
  RandomBrightness,
  RandomColorJitter,
  RandomContrast,
  RandomCrop,
  RandomErasing,
  RandomFlip,
  RandomGrayscale,
  RandomHue,
  RandomRotation,
  RandomSaturation,
  RandomShear,
  RandomTranslation,
  RandomZoom,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  Resizing,
  SeparableConv1D: SeparableConv,
  SeparableConv2D: SeparableConv,
  Softmax,
  SpatialDropout1D: SpatialDropout,
  SpatialDropout2D: SpatialDropout,
  Subtract: Merge,
  UnitNormalization,
  UpSampling1D: UpSampling,
  UpSampling2D: UpSampling,
  ZeroPadding1D: ZeroPadding,
  ZeroPadding2D: ZeroPadding,
  Merge: { fromConfig: fromKeras1Merge },
  ...Object.fromEntries(IDENTITIES.map((name) => [name, Identity])),
}

/** What older versions, and other names in Keras 3, call the same. */
const ALIASES: Readonly<Record<string, string>> = {
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  AtrousConvolution1D: 'Conv1D',
  AtrousConvolution2D: 'Conv2D',
  Deconvolution2D: 'Conv2DTranspose',
  Convolution1DTranspose: 'Conv1DTranspose',
  Convolution2DTranspose: 'Conv2DTranspose',
  SeparableConvolution1D: 'SeparableConv1D',
  SeparableConvolution2D: 'SeparableConv2D',
  DepthwiseConvolution2D: 'DepthwiseConv2D',
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  AvgPool1D: 'AveragePooling1D',
  AvgPool2D: 'AveragePooling2D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  ThresholdedReLU: 'ReLU',
}

/** Class names that `loadModel` knows, without aliases. */
export const knownClasses: readonly string[] = Object.keys(CLASSES).sort()

/** The name of Keras 3 for a class; the same where there is none. */
export function currentName(className: string): string {
  return Object.hasOwn(ALIASES, className) ? ALIASES[className]! : className
}

/** A layer from its config, or undefined for a class that is not known. @throws FileError for a config that the layer cannot do */
export function layerFromConfig(c: LayerConfig): Layer | undefined {
  return Object.hasOwn(CLASSES, c.className) ? CLASSES[c.className]!.fromConfig(c) : undefined
}
