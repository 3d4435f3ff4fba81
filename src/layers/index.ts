/** The layers, as functions with Keras's names in camelCase: `layers.dense({ units: 10 }).apply(x)`. */
import { Conv2D, Dense, type Conv2DOptions, type DenseOptions } from './conv.ts'
import type { LayerOptions, SymbolicTensor } from './layer.ts'
import { ActivationLayer, BatchNormalization, Dropout, type BatchNormalizationOptions } from './normalization.ts'
import type { Activation } from './activations.ts'
import { GlobalPooling2D, Pooling2D, type GlobalPooling2DOptions, type Pooling2DOptions } from './pooling.ts'
import {
  Add,
  Concatenate,
  Flatten,
  InputLayer,
  Preprocess,
  Rescaling,
  Resizing,
  ZeroPadding2D,
  type PreprocessMode,
  type RescalingOptions,
  type ResizingOptions,
  type ZeroPadding2DOptions,
} from './shaping.ts'

export const layers = {
  /** A model's input. `shape` is without the batch: [height, width, channels] or [features]. */
  input: (options: LayerOptions & { shape: readonly number[] }): SymbolicTensor => new InputLayer(options).tensor(),
  conv2d: (options: Conv2DOptions) => new Conv2D(options),
  dense: (options: DenseOptions) => new Dense(options),
  maxPooling2d: (options?: Pooling2DOptions) => new Pooling2D('max', options),
  averagePooling2d: (options?: Pooling2DOptions) => new Pooling2D('average', options),
  globalAveragePooling2d: (options?: GlobalPooling2DOptions) => new GlobalPooling2D('average', options),
  globalMaxPooling2d: (options?: GlobalPooling2DOptions) => new GlobalPooling2D('max', options),
  batchNormalization: (options?: BatchNormalizationOptions) => new BatchNormalization(options),
  activation: (options: LayerOptions & { activation: Activation }) => new ActivationLayer(options),
  relu: (options: LayerOptions = {}) => new ActivationLayer({ ...options, activation: 'relu' }),
  softmax: (options: LayerOptions = {}) => new ActivationLayer({ ...options, activation: 'softmax' }),
  dropout: (options: LayerOptions & { rate: number }) => new Dropout(options),
  add: (options?: LayerOptions) => new Add(options),
  concatenate: (options?: LayerOptions) => new Concatenate(options),
  flatten: (options?: LayerOptions) => new Flatten(options),
  zeroPadding2d: (options?: ZeroPadding2DOptions) => new ZeroPadding2D(options),
  resizing: (options: ResizingOptions) => new Resizing(options),
  rescaling: (options: RescalingOptions) => new Rescaling(options),
  preprocess: (options: LayerOptions & { mode: PreprocessMode }) => new Preprocess(options),
}
