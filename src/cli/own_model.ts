/** A model from the config that its file holds, as the command line loads it. */
import { ArgumentError } from '../errors.ts'
import { readModelConfig, type ModelConfig } from '../loaders/keras/model_config.ts'
import { ordersIn } from '../loaders/keras/theano.ts'
import { loadModel, type LoadModelOptions } from '../models/load_model.ts'
import { formatShape } from '../shape.ts'
import type { AnyModel } from '../training/model.ts'
import type { OpenedFile } from './input.ts'

/** The config in a file; undefined where it holds weights only, as all shards do. */
export async function configIn({ source }: OpenedFile, signal: AbortSignal): Promise<ModelConfig | undefined> {
  return readModelConfig(source, signal)
}

/** The pictures that a config is for, the first ones in it. */
export interface Declared {
  /** [null,height,width,channels], or with channels first; sizes null where it leaves them open. */
  readonly shape: readonly (number | null)[]
  /** Undefined where it may be either. */
  readonly channelsFirst: boolean | undefined
}

const isChannels = (n: number | null | undefined): boolean => n === 1 || n === 3 || n === 4

/**
 * Of a config with layers whose channels come first, the input may be either, by what is behind it (a Permute): its side of 1, 3 or 4 values are the
 * channels.
 */
export function declaredIn({ config }: ModelConfig): Declared | undefined {
  const text = JSON.stringify(config)
  const found = /"batch(?:_input)?_shape":(\[null(?:,(?:null|\d+)){3}\])/.exec(text)
  if (!found) return undefined
  const shape = JSON.parse(found[1]!) as (number | null)[]
  const [ahead, behind] = [isChannels(shape[1]), isChannels(shape[3])]
  if (!ordersIn(text).has('th')) return { shape, channelsFirst: false }
  return { shape, channelsFirst: ahead === behind ? undefined : ahead }
}

/** The shape of pictures of a size. @throws ArgumentError where it is not known which side is the channels */
function sized(file: string, size: number, declared: Declared | undefined): number[] {
  const { shape, channelsFirst } = declared ?? { shape: [], channelsFirst: false }
  if (channelsFirst === undefined) {
    const rule = 'one side of the input must be known as its channels (1, 3 or 4) to have a --size'
    throw new ArgumentError(file, `${rule}, got ${formatShape(shape)}`)
  }
  return channelsFirst ? [shape[1]!, size, size] : [size, size, shape[3] ?? 3]
}

/**
 * Builds the model of a file from its own config, with its weights.
 * @param options.size height and width of the input. Default: what the config says
 * @throws ArgumentError for a size where it is not known which sides of the input have it; and as loadModel
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
  return loadModel(file.sources, { ...options, ...(size !== undefined && { inputShape: sized(file.source.name, size, declared) }) })
}
