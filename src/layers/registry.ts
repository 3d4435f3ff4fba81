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

/** Classes by their names, of one chunk. */
type Loading = () => Promise<Readonly<Record<string, LayerClass>>>

const augmentation: Loading = () => import('./augmentation/index.ts')
const rare: Loading = async () => (await import('./rare.ts')).RARE

/** Where the classes of these names are, that come in chunks of their own. */
const ELSEWHERE: Readonly<Record<string, Loading>> = {
  AdaptiveAveragePooling1D: rare,
  AdaptiveAveragePooling2D: rare,
  AdaptiveMaxPooling1D: rare,
  AdaptiveMaxPooling2D: rare,
  AlphaDropout: rare,
  CenterCrop: augmentation,
  Conv1DTranspose: rare,
  Conv2DTranspose: rare,
  CustomScaleLayer: rare,
  DepthwiseConv1D: rare,
  DepthwiseConv2D: rare,
  Dot: rare,
  Embedding: rare,
  GaussianDropout: rare,
  GaussianNoise: rare,
  GroupNormalization: rare,
  LayerNormalization: rare,
  LayerScale: rare,
  Masking: rare,
  Normalization: rare,
  PReLU: rare,
  RMSNormalization: rare,
  RandomBrightness: augmentation,
  RandomColorJitter: augmentation,
  RandomContrast: augmentation,
  RandomCrop: augmentation,
  RandomErasing: augmentation,
  RandomFlip: augmentation,
  RandomGrayscale: augmentation,
  RandomHue: augmentation,
  RandomRotation: augmentation,
  RandomSaturation: augmentation,
  RandomShear: augmentation,
  RandomTranslation: augmentation,
  RandomZoom: augmentation,
  Resizing: rare,
  SeparableConv1D: rare,
  SeparableConv2D: rare,
  SpatialDropout1D: rare,
  SpatialDropout2D: rare,
  StochasticDepth: rare,
  UnitNormalization: rare,
  UpSampling1D: rare,
  UpSampling2D: rare,
}

/** Those of ELSEWHERE that are there. */
const loaded = new Map<string, LayerClass>()

/** An activation that few files have, in a chunk of its own. */
export const SPARSEMAX = 'sparsemax'

/** Loads what layers of these classes, and activations of these names, need, so that `layerFromConfig` makes them. Names that are not known are passed over. */
export async function loadClasses(names: Iterable<string>): Promise<void> {
  const missing = [...new Set(names)].filter((name) => Object.hasOwn(ELSEWHERE, name) && !loaded.has(name))
  const sparse = new Set(names).has(SPARSEMAX)
  if (sparse) rareActivations.set(SPARSEMAX, (await import('./sparsemax.ts')).sparsemaxActivation)
  await Promise.all(missing.map(async (name) => loaded.set(name, (await ELSEWHERE[name]!())[name]!)))
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
export const knownClasses: readonly string[] = [...Object.keys(CLASSES), ...Object.keys(ELSEWHERE)].sort()

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
