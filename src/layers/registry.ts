/** Which class makes a layer from a config, by Keras's class name. What few files have is loaded when one has it. */
import { ActivationLayer, ELU, LeakyReLU, ReLU, Softmax } from './activation_layers.ts'
import { rareActivations } from './activations.ts'
import { Cropping, ZeroPadding } from './borders.ts'
import { Conv } from './conv.ts'
import { Dense } from './dense.ts'
import { Dropout } from './dropout.ts'
import { Concatenate, fromKeras1Merge, Merge } from './merging.ts'
import { BatchNormalization } from './normalization.ts'
import { GlobalPooling, Pooling } from './pooling.ts'
import { Rescaling } from './scaling.ts'
import { Flatten, Permute, RepeatVector, Reshape } from './shaping.ts'
import type { LayerConfig, MakeLayer } from './config.ts'
import { IDENTITIES, Identity } from './identity.ts'
import type { Layer } from './layer.ts'
import { lazy } from '../lazy.ts'

interface LayerClass {
  fromConfig(c: LayerConfig, make: MakeLayer): Layer
}

/** By the names of Keras 3. */
const CLASSES: Readonly<Record<string, LayerClass>> = {
  Activation: ActivationLayer,
  Add: Merge,
  Average: Merge,
  AveragePooling1D: Pooling,
  AveragePooling2D: Pooling,
  BatchNormalization,
  Concatenate,
  Conv1D: Conv,
  Conv2D: Conv,
  Cropping1D: Cropping,
  Cropping2D: Cropping,
  Dense,
  Dropout,
  ELU,
  Flatten,
  GlobalAveragePooling1D: GlobalPooling,
  GlobalAveragePooling2D: GlobalPooling,
  GlobalMaxPooling1D: GlobalPooling,
  GlobalMaxPooling2D: GlobalPooling,
  LeakyReLU,
  MaxPooling1D: Pooling,
  MaxPooling2D: Pooling,
  Maximum: Merge,
  Minimum: Merge,
  Multiply: Merge,
  Permute,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  Softmax,
  Subtract: Merge,
  ZeroPadding1D: ZeroPadding,
  ZeroPadding2D: ZeroPadding,
  Merge: { fromConfig: fromKeras1Merge },
  ...Object.fromEntries(IDENTITIES.map((name) => [name, Identity])),
}

/** Classes that few files have, those that augment included: they come in one chunk (`rare.ts`). */
const ELSEWHERE = [
  'AdaptiveAveragePooling1D',
  'AdaptiveAveragePooling2D',
  'AdaptiveMaxPooling1D',
  'AdaptiveMaxPooling2D',
  'AdditiveAttention',
  'AlphaDropout',
  'Attention',
  'CenterCrop',
  'Conv1DTranspose',
  'Conv2DTranspose',
  'CustomScaleLayer',
  'DepthwiseConv1D',
  'DepthwiseConv2D',
  'Dot',
  'EinsumDense',
  'Embedding',
  'GaussianDropout',
  'GaussianNoise',
  'GroupNormalization',
  'LayerNormalization',
  'LayerScale',
  'Masking',
  'MultiHeadAttention',
  'Normalization',
  'PReLU',
  'RMSNormalization',
  'RandomBrightness',
  'RandomColorJitter',
  'RandomContrast',
  'RandomCrop',
  'RandomErasing',
  'RandomFlip',
  'RandomGrayscale',
  'RandomHue',
  'RandomRotation',
  'RandomSaturation',
  'RandomShear',
  'RandomTranslation',
  'RandomZoom',
  'Resizing',
  'SeparableConv1D',
  'SeparableConv2D',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'StochasticDepth',
  'TimeDistributed',
  'UnitNormalization',
  'UpSampling1D',
  'UpSampling2D',
] as const

/** Those of ELSEWHERE that are there. */
const loaded = new Map<string, LayerClass>()

/** An activation that few files have, in the same chunk. */
export const SPARSEMAX = 'sparsemax'

/** Loads what layers of these classes, and activations of these names, need, so that `layerFromConfig` makes them. Names that are not known are passed over. */
export async function loadClasses(names: Iterable<string>): Promise<void> {
  const wanted = new Set(names)
  const missing = ELSEWHERE.filter((name) => wanted.has(name) && !loaded.has(name))
  if (!missing.length && !wanted.has(SPARSEMAX)) return
  const { RARE, sparsemaxActivation } = await lazy(import('./rare.ts'))
  for (const name of missing) loaded.set(name, RARE[name])
  if (wanted.has(SPARSEMAX)) rareActivations.set(SPARSEMAX, sparsemaxActivation)
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
export const knownClasses: readonly string[] = [...Object.keys(CLASSES), ...ELSEWHERE].sort()

/** The name of Keras 3 for a class; the same where there is none. */
export function currentName(className: string): string {
  return Object.hasOwn(ALIASES, className) ? ALIASES[className]! : className
}

/**
 * A layer from its config, or undefined for a class that is not known, or that nobody has loaded.
 * @param inner of layers that are in its config, as activations may be. Default: none is known
 * @throws FileError for a config that the layer cannot do
 */
export function layerFromConfig(c: LayerConfig, inner: MakeLayer = () => undefined): Layer | undefined {
  const made = Object.hasOwn(CLASSES, c.className) ? CLASSES[c.className] : loaded.get(c.className)
  return made?.fromConfig(c, inner)
}
