/**
 * Finds the layers and weights in an HDF5 file that Keras wrote, by content and never by the file's name:
 * weights-only files (layer names on the root: Keras 1, Keras 2, Keras 3), whole models (`/model_weights`), Keras 3's `.weights.h5`, also in
 * shards, files of Keras 0, `.keras` archives, TensorFlow.js's layers models, and zip archives around one of these.
 */
import { described } from '../../described.ts'
import { ArgumentError, FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import { besideFound } from './beside.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { isZip } from '../bytes/is_zip.ts'
import { openHdf5, type Group } from '../hdf5/group.ts'
import { isJson, isTfjs } from './json_files.ts'
import { isKeras3, isSubclassed, readKeras3 } from './keras3.ts'
import { layersByOwner, lastStep, parseName } from './owners.ts'
import { kernelsByNames, namedOrders, orderingIn } from './orders.ts'
import { unwrapped } from './unwrapped.ts'
import type { FileLayer, FileWeight, KerasWeightsFile } from './weights_file.ts'

export interface OpenOptions {
  signal?: AbortSignal
  /** Opens another file of the same folder: the shards of a `.weights.json` or a `model.json` are asked for by their names. */
  sibling?: (name: string) => Promise<ByteSource>
  /** Which Keras wrote the file. Default: what it says, else by its form. */
  kerasVersion?: string
}

/**
 * Opens a file and lists what it holds; no value is read.
 * @throws FileError `not-hdf5` naming what the file is instead; `truncated`, `corrupt`; `not-keras` for HDF5 of another kind; `unsupported` for
 * a Keras file of a kind that is not read; `not-found` for shards that are not there; the signal's reason
 */
export async function openKerasWeights(source: ByteSource, options: OpenOptions = {}): Promise<KerasWeightsFile> {
  const { signal, sibling, kerasVersion } = options
  checkVersion(kerasVersion)
  const inner = await unwrapped(source, signal)
  if (await isJson(inner, signal)) return openJson(inner, besideFound(inner) ?? sibling, signal)
  const archive = (await isZip(inner, signal)) ? await (await lazy(import('./archive.ts'))).weightsInArchive(inner, signal) : undefined
  const root = await openHdf5(archive?.weights ?? inner, options)
  const file = await readRoot(root, inner.name, kerasVersion, signal)
  const variant = archive ? `${archive.variant}, ${file.variant}` : file.variant
  return { ...file, variant: inner === source ? variant : `${variant}, in a zip archive` }
}

/** What names the files that the weights are in. */
async function openJson(source: ByteSource, sibling: OpenOptions['sibling'], signal: AbortSignal | undefined): Promise<KerasWeightsFile> {
  if (await isTfjs(source, signal)) return (await lazy(import('./rare.ts'))).openTfjs(source, sibling, signal)
  const { openShards } = await lazy(import('./rare.ts'))
  const { root, shards } = await openShards(source, sibling, signal, { openHdf5, isKeras3 })
  const file = await readKeras3(root, signal)
  return { ...file, fileName: source.name, variant: `${file.variant}, in ${shards} shards` }
}

/** @throws ArgumentError unless it begins as versions do */
function checkVersion(version: string | undefined): void {
  if (version === undefined || /^[0-9]+(\.|$)/.test(version)) return
  throw new ArgumentError('kerasVersion', `a version of Keras must be one such as 2.2.4, got ${described(version)}`)
}

async function readRoot(
  root: Group,
  fileName: string,
  said: string | undefined,
  signal: AbortSignal | undefined,
): Promise<KerasWeightsFile> {
  const whole = !hasNames(root, 'layer_names') && root.has('model_weights')
  const group = whole ? await root.group('model_weights') : root
  if (hasNames(group, 'layer_names')) return readNamed(root, group, fileName, said, signal)
  if (isKeras3(root) || (await isSubclassed(root))) return { ...(await readKeras3(root, signal)), fileName }
  const { isKeras0, readKeras0 } = await lazy(import('./rare.ts'))
  if (!(await isKeras0(root))) throw notKeras(fileName, root)
  const { flat, layers } = await readKeras0(root, signal)
  const variant = flat ? 'weights only, Keras 0, a list without layers (Graph model)' : 'weights only, Keras 0, layers without names'
  return { variant, fileName, era: 0, ...namedOrders(fileName), positional: flat ? 'flat' : 'layers', named: true, layers }
}

/** Files of Keras 1, 2 and 3 with names of layers. */
async function readNamed(
  root: Group,
  group: Group,
  fileName: string,
  said: string | undefined,
  signal: AbortSignal | undefined,
): Promise<KerasWeightsFile> {
  const attribute = async (name: string) => ((await group.attributes.strings(name)) ?? (await root.attributes.strings(name)))?.[0]
  const version = said ?? (await attribute('keras_version'))
  const backend = await attribute('backend')
  const layers: FileLayer[] = []
  for (const name of await readNames(group, 'layer_names')) {
    signal?.throwIfAborted()
    for (const layer of await readLayer(await group.group(name), name)) layers.push(layer)
  }
  const era = (version === undefined ? namesToday(layers) : !/^[01]\b/.test(version)) ? 2 : 1
  const ordering = era === 1 || backend === 'theano' ? orderingIn(await attribute('model_config')) : undefined
  const kernels = era === 1 ? kernelsByNames(layers.flatMap((l) => l.weights.map(({ source }) => source.path))) : undefined
  return {
    variant: `${group === root ? 'weights only' : 'whole model'}, Keras ${version ?? `${era} (no version in the file)`}`,
    fileName,
    ...(version !== undefined && { version }),
    era,
    ...(kernels && { kernels }),
    ...namedOrders(fileName),
    ...(backend !== undefined && { kernels: backend === 'theano' ? 'theano' : 'tensorflow' }),
    ...(ordering && { dimOrdering: ordering }),
    named: true,
    layers,
  }
}

/** True where weights have names that Keras 1 did not give. */
const namesToday = (layers: readonly FileLayer[]): boolean =>
  layers.some(({ weights }) => weights.some(({ source }) => /\/(kernel|moving_mean|moving_variance)(_\d+)?(:\d+)?$/.test(source.path)))

/** Long lists of names are cut into `layer_names0`, `layer_names1`, ... */
function hasNames({ attributes }: Group, attribute: string): boolean {
  return attributes.names.includes(attribute) || attributes.names.includes(`${attribute}0`)
}

export async function readNames({ attributes }: Group, attribute: string): Promise<string[]> {
  const whole = await attributes.strings(attribute)
  if (whole) return whole
  const names: string[] = []
  for (let i = 0; ; i++) {
    const part = await attributes.strings(`${attribute}${i}`)
    if (!part) return names
    names.push(...part)
  }
}

function notKeras(fileName: string, root: Group): FileError {
  const { names } = root.attributes
  const holds = `attributes ${names.slice(0, 8).join(', ') || 'none'} and members ${root.names.slice(0, 8).join(', ') || 'none'}`
  return new FileError('not-keras', `[${fileName}] an HDF5 file from Keras must have layer_names or model_weights, got ${holds}`)
}

/**
 * The layers of one group: the layer itself, or, where the weights' names tell of several owners, the layers of a nested model. Nested
 * weights are told apart by name, since their order depends on what was frozen when the file was written.
 */
async function readLayer(group: Group, name: string): Promise<FileLayer[]> {
  const weights: [owner: string, weight: FileWeight][] = []
  for (const path of await readNames(group, 'weight_names')) {
    const [owner, weight] = parseName(path, name)
    weights.push([owner, { name: weight, source: await group.dataset(path) }])
  }
  const [only, second] = new Set(weights.map(([owner]) => owner))
  if (only === undefined) return [{ name, weights: [] }]
  // One owner: the layer, whose variables may have further numbers behind its name. Or a nested model of one layer.
  const own = second === undefined && (only === '' || only === name || related(lastStep(only), name))
  return own ? [{ name, weights: weights.map(([, weight]) => weight) }] : layersByOwner(weights, name)
}

/** `conv1_3` is the name scope of a second model's `conv1`, `conv1_3_1` that of the same model when it was loaded and saved again. */
function related(owner: string, layer: string): boolean {
  const stem = (name: string) => name.replace(/(_\d+)+$/, '')
  return stem(owner) === stem(layer) || layer.endsWith(`/${owner}`)
}
