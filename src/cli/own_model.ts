/** A model from the config that its file holds, as the command line loads it. */
import { ArgumentError } from '../errors.ts'
import { readModelConfig, type ModelConfig } from '../loaders/keras/model_config.ts'
import { loadModel, type LoadModelOptions } from '../models/load_model.ts'
import { formatShape } from '../shape.ts'
import type { AnyModel } from '../training/model.ts'
import type { OpenedFile } from './input.ts'

/** The config in a file; undefined where it holds weights only, as all shards do. */
export async function configIn({ source }: OpenedFile, signal: AbortSignal): Promise<ModelConfig | undefined> {
  return readModelConfig(source, signal)
}

/** Shape of the pictures that a config is for, the first one in it: [null,height,width,channels], sizes null where it leaves them open. */
function declaredShape({ config }: ModelConfig): readonly (number | null)[] | undefined {
  const found = /"batch(?:_input)?_shape":(\[null,(?:null|\d+),(?:null|\d+),\d+\])/.exec(JSON.stringify(config))
  return found ? (JSON.parse(found[1]!) as (number | null)[]) : undefined
}

/**
 * Builds the model of a file from its own config, with its weights.
 * @param options.size height and width of the input. Default: what the config says
 * @throws ArgumentError where the config leaves the size open and none is given; and as loadModel does
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
  const shape = declaredShape(config)
  if (size === undefined && shape?.slice(1).includes(null)) {
    throw new ArgumentError(file.source.name, `the input's size must be given (--size N), got ${formatShape(shape)} in the model's config`)
  }
  return loadModel(file.sources, { ...options, ...(size !== undefined && { inputShape: [size, size, shape?.[3] ?? 3] }) })
}
