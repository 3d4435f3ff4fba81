/**
 * Files of Keras 0 (2015), which have no names: a Sequential model's layers by number, `layer_3/param_0`, with the layers that have no weights;
 * a Graph model's weights in one list, `graph/param_12`. Written by `save_weights` of Keras 0.1 to 0.3.
 */
import { FileError } from '../../errors.ts'
import type { Group } from '../hdf5/group.ts'
import type { FileLayer, FileWeight } from './weights_file.ts'

/** Layers of a model, and weights of a layer; more is no Keras file. */
const COUNT_LIMIT = 100_000

/** True for the root of such a file. */
export async function isKeras0(root: Group): Promise<boolean> {
  return root.attributes.names.includes('nb_layers') || (await isGraph(root))
}

async function isGraph(root: Group): Promise<boolean> {
  return root.has('graph') && (await root.group('graph')).attributes.names.includes('nb_params')
}

/** @throws FileError; the signal's reason */
export async function readKeras0(root: Group, signal: AbortSignal | undefined): Promise<{ flat: boolean; layers: FileLayer[] }> {
  if (!root.attributes.names.includes('nb_layers')) {
    return { flat: true, layers: [{ name: 'graph', weights: await readParams(await root.group('graph')) }] }
  }
  const layers: FileLayer[] = []
  const count = await countOf(root, 'nb_layers')
  for (let k = 0; k < count; k++) {
    signal?.throwIfAborted()
    const name = `layer_${k}`
    layers.push({ name, weights: await readParams(await root.group(name)) })
  }
  return { flat: false, layers }
}

async function readParams(group: Group): Promise<FileWeight[]> {
  const weights: FileWeight[] = []
  const count = await countOf(group, 'nb_params')
  for (let p = 0; p < count; p++) weights.push({ name: String(p), source: await group.dataset(`param_${p}`) })
  return weights
}

async function countOf(group: Group, attribute: string): Promise<number> {
  const [count] = (await group.attributes.get(attribute)) ?? []
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= COUNT_LIMIT) return count
  const rule = `${attribute} must be a whole number up to ${COUNT_LIMIT}, got ${String(count)}`
  throw new FileError('corrupt', `[keras] ${group.path} ${rule}`, { path: group.path })
}
