/** What the networks of Keras Applications have in common: options, checks, the pooling at the end, weights. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { UploadProgress } from '../device/variables.ts'
import type { WeightsInput } from '../layers/load_weights.ts'
import { layers } from '../layers/index.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { formatShape } from '../shape.ts'
import { Model } from '../training/model.ts'

export interface ApplicationOptions {
  /** With the classifier at the end. Default true. */
  includeTop?: boolean
  /** [height, width, channels]. Default: the size that the network was trained on, with 3 channels. */
  inputShape?: readonly [height: number, width: number, channels: number]
  /**
   * A Keras weight file: `.h5` with weights only, or a whole model. null: seeded random weights. Default null.
   * Names and shapes are checked here; the values stream to the GPU when the model is compiled.
   */
  weights?: WeightsInput | null
  /** Without top: `avg` or `max` puts global pooling at the end, null leaves the feature map. Default null. */
  pooling?: 'avg' | 'max' | null
  /** With top: number of classes. Default 1000. */
  classes?: number
  name?: string
  /** Bytes read from the weight file; goes on while compile streams the values. */
  onProgress?: (progress: UploadProgress) => void
  signal?: AbortSignal
}

/** What differs from network to network. */
export interface Recipe {
  readonly name: string
  readonly size: number
  readonly minSize: number
  /** Layer names carry running numbers that differ from file to file (see Network.automaticNames). */
  readonly automaticNames?: boolean
  /** From the input to the last feature map. */
  trunk(x: SymbolicTensor): SymbolicTensor
  /** From the last feature map to class probabilities. */
  top(x: SymbolicTensor, classes: number): SymbolicTensor
}

function checkInput(recipe: Recipe, shape: readonly number[]): void {
  const [H, W] = shape
  if (shape.length !== 3) throw new ShapeError(recipe.name, `inputShape must be [height,width,channels], got ${formatShape(shape)}`)
  if (H! < recipe.minSize || W! < recipe.minSize) {
    throw new ShapeError(recipe.name, `input size must be at least ${recipe.minSize}x${recipe.minSize}, got ${formatShape(shape)}`)
  }
}

/** @throws ShapeError, ArgumentError for options that do not fit; FileError, WeightsError for the weight file. */
export async function application(recipe: Recipe, options: ApplicationOptions): Promise<Model> {
  const { includeTop = true, inputShape = [recipe.size, recipe.size, 3], pooling = null, classes = 1000 } = options
  checkInput(recipe, inputShape)
  if (includeTop && pooling)
    throw new ArgumentError(recipe.name, `pooling is for includeTop false, got pooling ${pooling} with includeTop true`)
  if (pooling !== null && pooling !== 'avg' && pooling !== 'max') {
    throw new ArgumentError(recipe.name, `pooling must be avg, max or null, got ${String(pooling)}`)
  }
  if (!includeTop && options.classes !== undefined) {
    throw new ArgumentError(recipe.name, `classes is for includeTop true, got ${options.classes} with includeTop false`)
  }
  const input = layers.input({ shape: inputShape })
  let x = recipe.trunk(input)
  if (includeTop) x = recipe.top(x, classes)
  else if (pooling === 'avg') x = layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x)
  else if (pooling === 'max') x = layers.globalMaxPooling2d({ name: 'max_pool' }).apply(x)
  const model = new Model({ inputs: input, outputs: x, name: options.name ?? recipe.name, automaticNames: recipe.automaticNames ?? false })
  const { weights, onProgress, signal } = options
  if (weights !== undefined && weights !== null) {
    await model.loadWeights(weights, { ...(onProgress && { onProgress }), ...(signal && { signal }) })
  }
  return model
}
