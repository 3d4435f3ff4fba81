/** What the networks of Keras Applications have in common: options, checks, the pooling at the end, weights. */
import { described } from '../described.ts'
import { ArgumentError, ShapeError } from '../errors.ts'
import type { UploadProgress } from '../tensor_source.ts'
import type { LoadWeightsOptions, WeightsInput } from '../loaders/keras/load_weights.ts'
import type { Activation } from '../layers/activations.ts'
import type { DenseOptions } from '../layers/dense.ts'
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { topology } from '../layers/topology.ts'
import { preprocessModeOf, type NetworkName } from '../loaders/images/preprocess.ts'
import { resolveWeights, type ResolveOptions } from '../loaders/weights/weight_store.ts'
import { formatShape } from '../shape.ts'
import type { Structure } from '../structure.ts'
import { learn } from '../training/about_network.ts'
import { Model, type AnyModel } from '../training/model.ts'

/** What every network by name takes: which part of it, for which pictures, with which weights. See {@link vgg16}. */
export interface ApplicationOptions {
  /** With the classifier at the end. Default true. */
  includeTop?: boolean
  /**
   * [height, width, channels]; without top height and width may be null: then the samples of each call say what they are. Default: the size that the
   * network was trained on, with 3 channels.
   */
  inputShape?: readonly [height: number | null, width: number | null, channels: number]
  /** What to build the network on instead of an input of its own: an input, or what layers made of one. Not together with inputShape. */
  inputTensor?: SymbolicTensor
  /**
   * A Keras weight file of any kind; the word `imagenet`: the official one, downloaded once (see `store`); null: seeded random weights. Default null.
   * Names and shapes are checked here; the values stream to the GPU when the model is compiled.
   */
  weights?: WeightsInput | null
  /** How to match a file that is not laid out as the network is. Default: by name. */
  loading?: Omit<LoadWeightsOptions, 'onProgress' | 'signal'>
  /** For `imagenet`: where to keep the file, mirrors to ask first, and who hears that it cannot be kept. */
  store?: Pick<ResolveOptions, 'cache' | 'mirrors' | 'fetch' | 'headers' | 'onNote'>
  /** Without top: `avg` or `max` puts global pooling at the end, null leaves the feature map. Default null. */
  pooling?: 'avg' | 'max' | null
  /** With top: number of classes. Default 1000. */
  classes?: number
  /** With top: of the last layer; `linear` gives scores that are no probabilities yet. Default `softmax`. */
  classifierActivation?: Activation
  /** Of the model. Default: that of the network. */
  name?: string
  /** Bytes downloaded, where `imagenet` is; then, from 0 again, bytes of the weights that have come from the file, as `loadWeights` counts them. */
  onProgress?: (progress: UploadProgress) => void
  /** Ends the loading with its reason. */
  signal?: AbortSignal
}

/** Options of the layer that tells classes apart. */
export type Classifier = Required<Pick<DenseOptions, 'units' | 'activation'>>

/** What differs from network to network. @typeParam Y what the top gives */
export interface Recipe<Y = SymbolicTensor> {
  readonly name: string
  readonly size: number
  readonly minSize: number
  /** Layer names carry running numbers that differ from file to file (see Network.automaticNames). */
  readonly automaticNames?: boolean
  /** From the input to the last feature map. */
  trunk(x: SymbolicTensor): SymbolicTensor
  /** From the last feature map to classes; further outputs behind them. @param last the last layer's units and activation */
  top(x: SymbolicTensor, last: Classifier): Y
}

type Named = Recipe<unknown>

function checkShape(recipe: Named, shape: readonly (number | null)[], includeTop: boolean): void {
  const shown = Array.isArray(shape) ? formatShape(shape) : String(shape)
  const [H, W] = Array.isArray(shape) ? (shape as readonly (number | null)[]) : []
  if (H === undefined || W === undefined || shape.length !== 3)
    throw new ShapeError(recipe.name, `inputShape must be [height,width,channels], got ${shown}`)
  if (includeTop && (H === null || W === null)) throw new ShapeError(recipe.name, `height and width must be known with top, got ${shown}`)
  if ([H, W].some((size) => size !== null && size < recipe.minSize)) {
    throw new ShapeError(recipe.name, `input size must be at least ${recipe.minSize}x${recipe.minSize}, got ${shown}`)
  }
}

/** The rules of Keras Applications for options that do not go together. */
function checkOptions({ name, size }: Named, options: ApplicationOptions): void {
  const { includeTop = true, inputShape, pooling = null, classes, classifierActivation, weights, loading, store } = options
  if (includeTop && pooling) throw new ArgumentError(name, `pooling is for includeTop false, got pooling ${pooling} with includeTop true`)
  if (pooling !== null && pooling !== 'avg' && pooling !== 'max') {
    throw new ArgumentError(name, `pooling must be avg, max or null, got ${String(pooling)}`)
  }
  if (!includeTop && classes !== undefined)
    throw new ArgumentError(name, `classes is for includeTop true, got ${classes} with includeTop false`)
  if (!includeTop && classifierActivation !== undefined)
    throw new ArgumentError(
      name,
      `classifierActivation is for includeTop true, got ${described(classifierActivation)} with includeTop false`,
    )
  if (inputShape && options.inputTensor) throw new ArgumentError(name, 'inputShape must not be given together with inputTensor, got both')
  if (loading && (weights === undefined || weights === null)) throw new ArgumentError(name, 'loading is for weights, got none')
  if (store && weights !== 'imagenet') throw new ArgumentError(name, 'store is for weights imagenet, got other weights')
  if (weights !== 'imagenet') return
  const shape = inputShape ?? options.inputTensor?.shape.slice(1) ?? [size, size, 3]
  if (includeTop && classes !== undefined && classes !== 1000)
    throw new ArgumentError(name, `classes must be 1000 for weights imagenet with top, got ${classes}`)
  if (includeTop && formatShape(shape) !== formatShape([size, size, 3]))
    throw new ShapeError(name, `inputShape must be [${size},${size},3] for weights imagenet with top, got ${formatShape(shape)}`)
  if (shape[2] !== 3) throw new ShapeError(name, `the input must have 3 channels for weights imagenet, got ${formatShape(shape)}`)
}

/** The inputs that a tensor was made of, as Keras's `get_source_inputs` gives them. */
function sourceInputs(tensor: SymbolicTensor): Structure<SymbolicTensor> {
  const sources = topology([tensor]).calls.flatMap(([t]) => (t!.inputs.length ? [] : [t!]))
  return sources.length === 1 ? sources[0]! : sources
}

/** @throws ShapeError, ArgumentError for options that do not fit; FileError, WeightsError for the weight file. */
export async function application<Y extends SymbolicTensor | readonly SymbolicTensor[] = SymbolicTensor>(
  recipe: Recipe<Y>,
  options: ApplicationOptions,
): Promise<Model<Y>> {
  checkOptions(recipe, options)
  const { includeTop = true, pooling = null, classes: units = 1000, classifierActivation: activation = 'softmax', inputTensor } = options
  const tensor =
    inputTensor ?? layers.input({ shape: checkedShape(recipe, options.inputShape ?? [recipe.size, recipe.size, 3], includeTop) })
  checkShape(recipe, tensor.shape.slice(1), includeTop)
  const end = recipe.trunk(tensor)
  const outputs = includeTop ? recipe.top(end, { units, activation }) : (pooled(end, pooling) as Y)
  const inputs = sourceInputs(tensor)
  const model = new Model({ inputs, outputs, name: options.name ?? recipe.name, automaticNames: recipe.automaticNames ?? false })
  if (!inputTensor) learn(model, { pictures: { preprocess: preprocessModeOf(recipe.name as NetworkName) ?? 'none' } })
  await loadInto(model, recipe, options)
  return model
}

/** Before an input is made of it, so that the message is the network's. */
function checkedShape(recipe: Named, shape: readonly (number | null)[], includeTop: boolean): readonly (number | null)[] {
  checkShape(recipe, shape, includeTop)
  return shape
}

function pooled(x: SymbolicTensor, pooling: 'avg' | 'max' | null): SymbolicTensor {
  if (pooling === 'avg') return layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x)
  return pooling === 'max' ? layers.globalMaxPooling2d({ name: 'max_pool' }).apply(x) : x
}

async function loadInto(model: AnyModel, recipe: Named, options: ApplicationOptions): Promise<void> {
  const { weights, onProgress, signal, loading, store } = options
  if (weights === undefined || weights === null) return
  const telling = { ...(onProgress && { onProgress }), ...(signal && { signal }) }
  const part = (options.includeTop ?? true) ? 'withTop' : 'withoutTop'
  const file = weights === 'imagenet' ? await resolveWeights(recipe.name, part, { ...store, ...telling }) : weights
  await model.loadWeights(file, { ...loading, ...telling })
}
