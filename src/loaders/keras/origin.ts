/** Where a Keras file comes from, by what it says of itself. */
import { isRecord } from '../../described.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { isZip } from '../bytes/is_zip.ts'
import { openHdf5, type Group } from '../hdf5/group.ts'
import { unwrapped } from './unwrapped.ts'
import type { ModelConfig } from './model_config.ts'
import { isJson } from './json_files.ts'

/** What a file does not say is left out. */
export interface Origin {
  /** Of Keras. */
  readonly version?: string
  /** Which Keras computed with: `tensorflow`, `jax`, `theano`. */
  readonly backend?: string
  /** When, in the words of the file. */
  readonly saved?: string
  /** Dtype policies of the layers, each once: `float32`, `mixed_float16`. */
  readonly policies: readonly string[]
  /** Keras's name of the loss that the model was compiled with, where it is one. */
  readonly loss?: string
}

/** Attributes of the file, or of the weights in it; archives and JSON have none. */
async function attributesOf(
  source: ByteSource,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<(string | undefined)[]> {
  const file = await unwrapped(source, signal)
  if ((await isJson(file, signal)) || (await isZip(file, signal))) return []
  const root = await openHdf5(file, signal ? { signal } : {})
  const groups = root.has('model_weights') ? [root, await root.group('model_weights')] : [root]
  const said = async (name: string) => {
    const all = await Promise.all(groups.map(async (group: Group) => (await group.attributes.strings(name))?.[0]))
    return all.find((value) => value !== undefined)
  }
  return Promise.all(names.map(said))
}

/** `float32` or `{ config: { name: 'mixed_float16' } }`. */
function policyOf(dtype: unknown): string | undefined {
  if (typeof dtype === 'string') return dtype
  const name = isRecord(dtype) && isRecord(dtype['config']) ? dtype['config']['name'] : undefined
  return typeof name === 'string' ? name : undefined
}

/** Of the layers in a model's config, and of those in the models in it. */
function policiesIn(model: unknown, found = new Set<string>()): Set<string> {
  const config = isRecord(model) ? model['config'] : undefined
  const policy = isRecord(config) ? policyOf(config['dtype']) : undefined
  if (policy !== undefined) found.add(policy)
  const layers = isRecord(config) ? config['layers'] : config // a Sequential of Keras 1 is a list
  if (Array.isArray(layers)) layers.forEach((layer) => policiesIn(layer, found))
  return found
}

function lossIn({ config, training }: ModelConfig): string | undefined {
  const compiled = isRecord(config) ? config['compile_config'] : undefined
  const loss = [compiled, training].map((said) => (isRecord(said) ? said['loss'] : undefined)).find((said) => said !== undefined)
  return typeof loss === 'string' ? loss : isRecord(loss) && typeof loss['class_name'] === 'string' ? loss['class_name'] : undefined
}

/**
 * Reads no weight.
 * @param config of the same file, where it has one. Keras 0 and 1, and `.weights.h5` files, do not say which Keras it was
 * @throws FileError for a broken file; the signal's reason
 */
export async function originOf(source: ByteSource, config: ModelConfig | undefined, signal?: AbortSignal): Promise<Origin> {
  const [written, backend] = await attributesOf(source, ['keras_version', 'backend'], signal)
  const version = config?.version ?? written
  const loss = config && lossIn(config)
  return {
    ...(version !== undefined && { version }),
    ...(backend !== undefined && { backend }),
    ...(config?.saved !== undefined && { saved: config.saved }),
    policies: config ? [...policiesIn(config.config)] : [],
    ...(loss !== undefined && { loss }),
  }
}
