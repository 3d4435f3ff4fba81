/** A model from the config that its file holds, as the command line loads it. */
import { readModelConfig, type ModelConfig } from '../loaders/keras/model_config.ts'
import { orderingIn } from '../loaders/keras/theano.ts'
import { loadModel, type LoadModelOptions } from '../models/load_model.ts'
import type { AnyModel } from '../training/model.ts'
import type { OpenedFile } from './input.ts'

/** The config in a file; undefined where it holds weights only, as all shards do. */
export async function configIn({ source }: OpenedFile, signal: AbortSignal): Promise<ModelConfig | undefined> {
  return readModelConfig(source, signal)
}

/** The pictures that a config is for, the first ones in it. */
interface Declared {
  /** [null,height,width,channels], or with channels first; sizes null where it leaves them open. */
  readonly shape: readonly (number | null)[]
  readonly channelsFirst: boolean
}

function declaredIn({ config }: ModelConfig): Declared | undefined {
  const text = JSON.stringify(config)
  const channelsFirst = orderingIn(text) === 'th'
  const sizes = channelsFirst ? String.raw`\d+,(?:null|\d+),(?:null|\d+)` : String.raw`(?:null|\d+),(?:null|\d+),\d+`
  const found = new RegExp(String.raw`"batch(?:_input)?_shape":(\[null,${sizes}\])`).exec(text)
  return found ? { shape: JSON.parse(found[1]!) as (number | null)[], channelsFirst } : undefined
}

/** The shape of pictures of a size. */
function sized(size: number, declared: Declared | undefined): number[] {
  const { shape, channelsFirst } = declared ?? { shape: [], channelsFirst: false }
  return channelsFirst ? [shape[1]!, size, size] : [size, size, shape[3] ?? 3]
}

/**
 * Builds the model of a file from its own config, with its weights.
 * @param options.size height and width of the input. Default: what the config says
 * @throws as loadModel
 */
export async function ownModel(
  file: OpenedFile,
  config: ModelConfig,
  {
    size,
    ...options
  }: { size?: number | undefined } & Pick<
    LoadModelOptions,
    'signal' | 'onProgress' | 'replaceLayers' | 'kernels' | 'dimOrdering' | 'kerasVersion'
  >,
): Promise<AnyModel> {
  const declared = declaredIn(config)
  return loadModel(file.sources, { ...options, ...(size !== undefined && { inputShape: sized(size, declared) }) })
}
