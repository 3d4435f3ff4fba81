/**
 * Finds the layers and weights in an HDF5 file that Keras wrote, by content and never by the file's name:
 * weights-only files (layer names on the root: Keras 1, Keras 2, Keras 3), whole models (`/model_weights`), Keras 3's `.weights.h5`, and
 * `.keras` archives, which hold one of these.
 */
import { FileError } from '../errors.ts'
import type { ByteSource } from './bytes.ts'
import type { Dataset } from './hdf5/dataset.ts'
import { openHdf5, type Group } from './hdf5/group.ts'
import { isKeras3, readKeras3 } from './keras3.ts'
import { isZip, zipMember } from './zip.ts'

export interface FileWeight {
  /** Keras 2 and 3 name within the layer, such as `kernel`; Keras 1 names are translated. A number in files that have no names. */
  readonly name: string
  readonly source: Dataset
}

/** Where a `.weights.h5` file keeps a layer. */
export interface FilePlace {
  /** HDF5 path of the model or nested model. */
  readonly model: string
  /** In snake case. */
  readonly className: string
  /** Among that model's layers of this class that have weights, in the order of `model.layers`. */
  readonly position: number
  /** HDF5 path of the layer. */
  readonly path: string
}

export interface FileLayer {
  /** The HDF5 path of its group in files that have no names. */
  readonly name: string
  /** In the layer's own order. Empty for layers without weights. */
  readonly weights: readonly FileWeight[]
  /** Keras 3 `.weights.h5` only. */
  readonly place?: FilePlace
}

export interface KerasWeightsFile {
  /** For people: `weights only` or `whole model`, and the version of Keras where the file says it. */
  readonly variant: string
  /** False for `.weights.h5` files from before Keras 3.6, which know layers by class and position only. */
  readonly named: boolean
  /**
   * In the order of the model's layers; `.weights.h5` files keep that order only within a class. Layers of a nested model stand for
   * themselves, in the order of their weights.
   */
  readonly layers: readonly FileLayer[]
}

/** Names that Keras 1 gave weights, behind `layer_`. */
const KERAS_1: Readonly<Record<string, string>> = {
  W: 'kernel',
  b: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  running_mean: 'moving_mean',
  running_std: 'moving_variance',
}

/**
 * Opens a file and lists what it holds; no value is read.
 * @throws FileError `not-hdf5`, `truncated`, `corrupt`; `not-keras` for HDF5 of another kind; `unsupported` for a Keras file of a kind that is
 * not read yet; the signal's reason
 */
export async function openKerasWeights(source: ByteSource, options: { signal?: AbortSignal } = {}): Promise<KerasWeightsFile> {
  const { signal } = options
  const plain = (await isZip(source, signal)) ? await zipMember(source, 'model.weights.h5', signal) : source
  const root = await openHdf5(plain, options)
  const whole = !hasNames(root, 'layer_names') && root.has('model_weights')
  const group = whole ? await root.group('model_weights') : root
  if (!hasNames(group, 'layer_names') && isKeras3(root)) return readKeras3(root, signal)
  if (!hasNames(group, 'layer_names')) throw notKeras(source, root)
  const version = ((await group.attributes.strings('keras_version')) ?? (await root.attributes.strings('keras_version')))?.[0]
  const backend = ((await group.attributes.strings('backend')) ?? (await root.attributes.strings('backend')))?.[0]
  if (backend === 'theano') {
    throw new FileError(
      'unsupported',
      `[${source.name}] kernels must be in TensorFlow's order, got a file of the Theano backend, whose filters are turned round`,
    )
  }
  const layers: FileLayer[] = []
  for (const name of await readNames(group, 'layer_names')) {
    signal?.throwIfAborted()
    layers.push(...(await readLayer(await group.group(name), name)))
  }
  return { variant: `${whole ? 'whole model' : 'weights only'}, Keras ${version ?? '1 (no version in the file)'}`, named: true, layers }
}

/** Long lists of names are cut into `layer_names0`, `layer_names1`, ... */
function hasNames({ attributes }: Group, attribute: string): boolean {
  return attributes.names.includes(attribute) || attributes.names.includes(`${attribute}0`)
}

async function readNames({ attributes }: Group, attribute: string): Promise<string[]> {
  const whole = await attributes.strings(attribute)
  if (whole) return whole
  const names: string[] = []
  for (let i = 0; ; i++) {
    const part = await attributes.strings(`${attribute}${i}`)
    if (!part) return names
    names.push(...part)
  }
}

function notKeras(source: ByteSource, root: Group): FileError {
  const { names } = root.attributes
  if (names.includes('nb_layers'))
    return new FileError('unsupported', `[${source.name}] a file must be from Keras 1 or later, got Keras 0 (attribute nb_layers)`)
  const holds = `attributes ${names.slice(0, 8).join(', ') || 'none'} and members ${root.names.slice(0, 8).join(', ') || 'none'}`
  return new FileError('not-keras', `[${source.name}] an HDF5 file from Keras must have layer_names or model_weights, got ${holds}`)
}

/** `conv1/kernel:0` and Keras 1's `conv1_W_1:0` -> [`conv1`, `kernel`]. A layer's name may have slashes in it. */
function parseName(path: string, layer: string): [owner: string, name: string] {
  const plain = path.replace(/:\d+$/, '')
  const [, stem, keras1] = /^(.*)_(W|b|gamma|beta|running_mean|running_std)(?:_\d+)?$/.exec(plain) ?? []
  if (keras1 !== undefined && (stem === layer || !stem!.includes('/'))) return [stem!, KERAS_1[keras1]!]
  const steps = plain.split('/')
  const last = steps.pop()!
  return [steps.at(-1) ?? '', last.replace(/_\d+$/, '')]
}

/**
 * The layers of one group: the layer itself, or, where the weights' names tell of several owners, the layers of a nested model. Nested
 * weights are told apart by name, since their order depends on what was frozen when the file was written.
 */
async function readLayer(group: Group, name: string): Promise<FileLayer[]> {
  const owners = new Map<string, FileWeight[]>()
  for (const path of await readNames(group, 'weight_names')) {
    const [owner, weight] = parseName(path, name)
    const known = owners.get(owner) ?? []
    known.push({ name: weight, source: await group.dataset(path) })
    owners.set(owner, known)
  }
  if (owners.size === 0) return [{ name, weights: [] }]
  const [only] = owners.keys()
  // One owner: the layer, whose variables Keras 1 and 2 may call by another number than the layer. Or a nested model of one layer.
  if (owners.size === 1 && (only === '' || related(only!, name))) return [{ name, weights: owners.get(only!)! }]
  return [...owners].map(([owner, weights]) => ({ name: owner, weights }))
}

/** `conv1_3` is the name scope of a second model's `conv1`. */
function related(owner: string, layer: string): boolean {
  return owner === layer || owner.replace(/_\d+$/, '') === layer.replace(/_\d+$/, '') || layer.endsWith(`/${owner}`)
}
