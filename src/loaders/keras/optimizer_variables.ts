/** The variables of the optimizer that a model's file keeps. Loaded when training goes on from it. */
import type { ByteSource } from '../bytes/bytes.ts'
import { isZip } from '../bytes/is_zip.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import { openHdf5, type Group } from '../hdf5/group.ts'
import { weightsInArchive } from './archive.ts'
import { readNames } from './keras.ts'
import { treeOf } from './keras3.ts'
import { unwrapped } from './unwrapped.ts'
import type { GroupLike } from './weights_file.ts'

/** In Keras's order; none where the file has none. @param legacy whether it is one of whole models in HDF5 @throws FileError */
export async function variablesOf(source: ByteSource, legacy: boolean): Promise<Dataset[]> {
  const file = await unwrapped(source)
  const root = await openHdf5((await isZip(file)) ? (await weightsInArchive(file)).weights : file)
  return legacy ? legacyVariables(root) : variablesIn(root)
}

async function legacyVariables(root: Group): Promise<Dataset[]> {
  if (!root.has('optimizer_weights')) return []
  const group = await root.group('optimizer_weights')
  const names = await readNames(group, 'weight_names')
  return Promise.all(names.map((name) => (name.startsWith('/') ? root.dataset(name.slice(1)) : group.dataset(name)))) // Theano's `/iterations`
}

async function variablesIn(given: GroupLike): Promise<Dataset[]> {
  const root = await treeOf(given)
  const optimizer = root.has('optimizer') ? await root.group('optimizer') : undefined
  if (!optimizer?.has('vars')) return []
  const vars = await optimizer.group('vars')
  return Promise.all(vars.names.map((_, i) => vars.dataset(String(i))))
}
