/** Which class makes a layer from a config, by Keras's class name. */
import { ActivationLayer, ELU, LeakyReLU, PReLU, ReLU, Softmax } from './activation_layers.ts'
import { RandomBrightness, RandomColorJitter, RandomContrast, RandomGrayscale, RandomHue, RandomSaturation } from './augmentation/color.ts'
import { CenterCrop, RandomCrop } from './augmentation/cropping.ts'
import { RandomErasing } from './augmentation/erasing.ts'
import { RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom } from './augmentation/geometric.ts'
import type { LayerConfig } from './config.ts'
import { Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D } from './conv.ts'
import { Dense } from './dense.ts'
import type { Layer } from './layer.ts'
import { GroupNormalization, LayerNormalization, UnitNormalization } from './layer_normalization.ts'
import { Concatenate, fromKeras1Merge, Merge } from './merging.ts'
import { BatchNormalization, Normalization } from './normalization.ts'
import { GlobalPooling2D, Pooling2D } from './pooling.ts'
import { AlphaDropout, Dropout, GaussianDropout, GaussianNoise, IDENTITIES, Identity, SpatialDropout2D } from './regularization.ts'
import { Rescaling, Resizing, UpSampling2D } from './scaling.ts'
import { Cropping2D, Flatten, Permute, Reshape, ZeroPadding2D } from './shaping.ts'

interface LayerClass {
  fromConfig(c: LayerConfig): Layer
}

/** By the names of Keras 3. */
const CLASSES: Readonly<Record<string, LayerClass>> = {
  Activation: ActivationLayer,
  Add: Merge,
  AlphaDropout,
  Average: Merge,
  AveragePooling2D: Pooling2D,
  BatchNormalization,
  CenterCrop,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  Cropping2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  SpatialDropout2D,
  ELU,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GlobalAveragePooling2D: GlobalPooling2D,
  GlobalMaxPooling2D: GlobalPooling2D,
  GroupNormalization,
  LayerNormalization,
  LeakyReLU,
  MaxPooling2D: Pooling2D,
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
  Rescaling,
  Reshape,
  Resizing,
  SeparableConv2D,
  Softmax,
  Subtract: Merge,
  UnitNormalization,
  UpSampling2D,
  ZeroPadding2D,
  Merge: { fromConfig: fromKeras1Merge },
  ...Object.fromEntries(IDENTITIES.map((name) => [name, Identity])),
}

/** What older versions, and other names in Keras 3, call the same. */
const ALIASES: Readonly<Record<string, string>> = {
  Convolution2D: 'Conv2D',
  AtrousConvolution2D: 'Conv2D',
  Deconvolution2D: 'Conv2DTranspose',
  Convolution2DTranspose: 'Conv2DTranspose',
  SeparableConvolution2D: 'SeparableConv2D',
  DepthwiseConvolution2D: 'DepthwiseConv2D',
  MaxPool2D: 'MaxPooling2D',
  AvgPool2D: 'AveragePooling2D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
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
  return ALIASES[className] ?? className
}

/** A layer from its config, or undefined for a class that is not known. @throws FileError for a config that the layer cannot do */
export function layerFromConfig(c: LayerConfig): Layer | undefined {
  return Object.hasOwn(CLASSES, c.className) ? CLASSES[c.className]!.fromConfig(c) : undefined
}
