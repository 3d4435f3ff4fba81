/**
 * Writes Keras weight files: HDF5 in the form that h5py gives Keras 2's `save_weights('x.h5')` (superblock 0, symbol tables, contiguous
 * f32). Every address is known before the first byte, so values of any size stream through. Specification 3.0.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { layOutFile, type FileGroup, type FileDataset } from './hdf5/write.ts'

type Values = Float32Array | Promise<Float32Array> | AsyncIterable<Float32Array>

export interface LayerToWrite {
  readonly name: string
  readonly weights: readonly {
    /** Keras name within the layer, such as `kernel`. */
    readonly name: string
    readonly shape: Shape
    /** All values in row-major order, at once or in slices; called when it is their turn. */
    readonly data: () => Values
  }[]
}

type Weight = LayerToWrite['weights'][number]

/** What Keras looks for before it decides how to convert old files: nothing to convert. */
const KERAS_VERSION = '2.15.0'

const group = (): FileGroup => ({ kind: 'group', attributes: [], members: new Map() })

/** The group at a path, made where it is missing: a layer's name may contain slashes. */
function groupAt(root: FileGroup, path: string): FileGroup {
  let current = root
  for (const step of path.split('/')) {
    const next = current.members.get(step) ?? group()
    if (next.kind !== 'group') throw new ArgumentError('writer', `a layer must not have the name of a weight, got ${path}`)
    current.members.set(step, next)
    current = next
  }
  return current
}

function checkName(what: string, name: string): void {
  if (!name || name.startsWith('/') || name.endsWith('/') || name.includes('\0')) {
    throw new ArgumentError('writer', `a ${what} must have a name without a slash at its ends, got ${JSON.stringify(name)}`)
  }
}

function tree(layers: readonly LayerToWrite[]): { root: FileGroup; weights: Map<FileDataset, Weight> } {
  const root = group()
  root.attributes.push(
    { name: 'layer_names', value: layers.map((l) => l.name) },
    { name: 'backend', value: 'tensorflow' },
    { name: 'keras_version', value: KERAS_VERSION },
  )
  const weights = new Map<FileDataset, Weight>()
  const seen = new Set<string>()
  for (const layer of layers) {
    checkName('layer', layer.name)
    if (seen.has(layer.name)) throw new ArgumentError('writer', `layers must have names of their own, got ${layer.name} twice`)
    seen.add(layer.name)
    const own = groupAt(root, layer.name)
    own.attributes.push({ name: 'weight_names', value: layer.weights.map((w) => `${layer.name}/${w.name}:0`) })
    const inner = layer.weights.length ? groupAt(own, layer.name) : own
    for (const w of layer.weights) {
      checkName('weight', w.name)
      const dataset: FileDataset = { kind: 'dataset', shape: w.shape }
      inner.members.set(`${w.name}:0`, dataset)
      weights.set(dataset, w)
    }
  }
  return { root, weights }
}

async function* slicesOf(values: Values): AsyncGenerator<Float32Array> {
  if (Symbol.asyncIterator in values) yield* values
  else yield await values
}

/**
 * The bytes of a weight file, piece by piece.
 * @throws ArgumentError for names that cannot be; ShapeError when a weight gives more or fewer values than its shape has
 */
export async function* kerasWeightsFile(layers: readonly LayerToWrite[]): AsyncGenerator<Uint8Array> {
  const { root, weights } = tree(layers)
  const { metadata, datasets } = layOutFile(root)
  yield metadata
  let at = metadata.length
  for (const { dataset, address } of datasets) {
    if (address > at) yield new Uint8Array(address - at)
    const { name, shape, data } = weights.get(dataset)!
    let count = 0
    for await (const slice of slicesOf(data())) {
      count += slice.length
      if (count > sizeOf(shape)) break
      yield new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength)
    }
    if (count !== sizeOf(shape))
      throw new ShapeError('writer', `${name} must give ${sizeOf(shape)} values for shape ${formatShape(shape)}, got ${count}`)
    at = address + 4 * count
  }
}
