/** The optimizer that a model's file keeps: its config, and its variables in Keras's order. */
import { isRecord } from '../../described.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { isZip } from '../bytes/zip.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import { openHdf5, type Group } from '../hdf5/group.ts'
import { unwrapped, weightsInArchive } from './archive.ts'
import { readNames } from './keras.ts'
import type { GroupLike } from './weights_file.ts'
import type { ModelConfig } from './model_config.ts'
import { withSlashes } from './windows.ts'

export interface SavedOptimizer {
  /** As Keras serializes it. */
  readonly config: Readonly<Record<string, unknown>>
  /** The count of steps, the learning rate where it is a number, and the state; read when they are asked for. @throws FileError */
  readonly variables: () => Promise<readonly Dataset[]>
}

/** Undefined where the file keeps none. Nothing is read. */
export function savedOptimizerIn(source: ByteSource, { config, training }: ModelConfig): SavedOptimizer | undefined {
  const compiled = isRecord(config) && isRecord(config['compile_config']) ? config['compile_config']['optimizer'] : undefined
  const optimizer = compiled ?? (isRecord(training) ? training['optimizer_config'] : undefined)
  if (!isRecord(optimizer)) return undefined
  const variables = async () => {
    const file = await unwrapped(source)
    const root = await openHdf5((await isZip(file)) ? (await weightsInArchive(file)).weights : file)
    return compiled === undefined ? legacyVariables(root) : variablesIn(root)
  }
  return { config: optimizer, variables }
}

async function legacyVariables(root: Group): Promise<Dataset[]> {
  if (!root.has('optimizer_weights')) return []
  const group = await root.group('optimizer_weights')
  return Promise.all((await readNames(group, 'weight_names')).map((name) => group.dataset(name)))
}

async function variablesIn(given: GroupLike): Promise<Dataset[]> {
  const root = withSlashes(given)
  const optimizer = root.has('optimizer') ? await root.group('optimizer') : undefined
  if (!optimizer?.has('vars')) return []
  const vars = await optimizer.group('vars')
  return Promise.all(vars.names.map((_, i) => vars.dataset(String(i))))
}
