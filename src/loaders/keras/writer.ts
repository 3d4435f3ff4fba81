/**
 * Writes Keras files: HDF5 in the form that h5py gives them (superblock 0, symbol tables, contiguous f32). Every address is known before the
 * first byte, so values of any size stream through. Weights only, as Keras 2's `save_weights('x.h5')` has them; `.weights.h5` of Keras 3; whole
 * models with their config, as Keras 3's `save('x.h5')`.
 */
import { ArgumentError, ShapeError } from '../../errors.ts'
import { formatShape, sizeOf, type Shape } from '../../shape.ts'
import type { Parameter } from '../../parameter.ts'
import type { FileToWrite } from '../bytes/file_to_write.ts'
import { layOutFile, type FileDataset, type FileGroup } from '../hdf5/write.ts'

type Values = Float32Array | Promise<Float32Array> | AsyncIterable<Float32Array>

/** A weight of a file that is written. See {@link kerasWeightsFile}. */
export interface WeightToWrite {
  /** Keras name within the layer, such as `kernel`; within a nested model with the inner layer's name: `conv1/kernel`. */
  readonly name: string
  /** Of its values. */
  readonly shape: Shape
  /** All values in row-major order, at once or in slices; called when it is their turn. */
  readonly data: () => Values
  /** Whole numbers: the values are their bits. */
  readonly whole?: boolean
}

/** `keras`: the archive of Keras 3; `h5`: a whole model in HDF5, which Keras 2 and 3 call legacy. See {@link Model}. */
export type ModelFormat = 'keras' | 'h5'

/** `weights.h5`: of Keras 3; `h5`: legacy, which Keras 1, 2 and 3 read. See {@link Model}. */
export type WeightsFormat = 'weights.h5' | 'h5'

/** Gives the current values of a weight, when it is their turn to be written. */
export type ReadWeight = (parameter: Parameter) => WeightToWrite['data']

/** An optimizer's variables in Keras's order, and what the model was compiled with. */
export interface TrainingToWrite {
  /** Of the optimizer. */
  readonly name: string
  readonly variables: readonly WeightToWrite[]
  /** As JSON: what `compile` takes, as Keras 3 keeps it and as Keras 2 did. Files of weights have neither. */
  readonly compileConfig: () => Readonly<Record<string, unknown>>
  readonly trainingConfig: () => Readonly<Record<string, unknown>>
}

/** A layer of a file that is written. See {@link kerasWeightsFile}. */
export interface LayerToWrite {
  /** As it stands in the file. */
  readonly name: string
  /** In their order; a layer without any may be there, too. */
  readonly weights: readonly WeightToWrite[]
}

/** What `.weights.h5` files keep of a layer, or of a model with layers inside. */
export interface Keras3Layer {
  readonly name: string
  /** Group's name in its container, such as `conv2d_5`. */
  readonly group: string
  readonly weights: readonly WeightToWrite[]
  /** Of a nested model. */
  readonly layers?: readonly Keras3Layer[]
  /** Of a layer that is made of others, under the names of its attributes. */
  readonly parts?: readonly Keras3Layer[]
}

/** What Keras looks for before it decides how to convert old files: nothing to convert. */
const KERAS_2 = '2.15.0'

/** The version whose files and configs ours are made after. */
export const KERAS_3 = '3.15.1'

const BACKEND = 'tensorflow'

const group = (): FileGroup => ({ kind: 'group', attributes: [], members: new Map() })

type Weights = Map<FileDataset, WeightToWrite>

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
  // HDF5 takes a dot, and nothing, for the group itself.
  if (name.includes('\0') || name.split('/').some((step) => step === '' || step === '.')) {
    throw new ArgumentError('writer', `a ${what} must have a name without a slash at its ends, got ${JSON.stringify(name)}`)
  }
}

function addWeight(to: FileGroup, name: string, weight: WeightToWrite, weights: Weights): void {
  if (to.members.has(name)) throw new ArgumentError('writer', `a weight must have a name of its own, got ${name} twice`)
  const dataset: FileDataset = { kind: 'dataset', shape: weight.shape, ...(weight.whole && { whole: true }) }
  to.members.set(name, dataset)
  weights.set(dataset, weight)
}

/** Layers under their names, with lists of names: the form of Keras 1 and 2. */
function addNamed(root: FileGroup, layers: readonly LayerToWrite[], version: string, weights: Weights): void {
  root.attributes.push(
    { name: 'layer_names', value: layers.map((l) => l.name) },
    { name: 'backend', value: BACKEND },
    { name: 'keras_version', value: version },
  )
  const seen = new Set<string>()
  for (const layer of layers) {
    checkName('layer', layer.name)
    if (seen.has(layer.name)) throw new ArgumentError('writer', `layers must have names of their own, got ${layer.name} twice`)
    seen.add(layer.name)
    const own = groupAt(root, layer.name)
    own.attributes.push({ name: 'weight_names', value: layer.weights.map((w) => `${layer.name}/${w.name}:0`) })
    for (const w of layer.weights) {
      checkName('weight', w.name)
      const path = `${layer.name}/${w.name}:0`.split('/')
      const name = path.pop()!
      addWeight(groupAt(own, path.join('/')), name, w, weights)
    }
  }
}

/** Layers under their classes, with numbered weights and the name beside them: the form of Keras 3. */
function addKeras3(root: FileGroup, { name, weights: own, layers, parts = [] }: Omit<Keras3Layer, 'group'>, weights: Weights): void {
  const vars = groupAt(root, 'vars')
  vars.attributes.push({ name: 'name', value: name })
  own.forEach((w, i) => addWeight(vars, String(i), w, weights))
  for (const part of parts) addKeras3(groupAt(root, part.group), part, weights)
  if (!layers) return
  const container = groupAt(root, 'layers')
  for (const l of layers) addKeras3(groupAt(container, l.group), l, weights)
}

async function* slicesOf(values: Values): AsyncGenerator<Float32Array> {
  if (Symbol.asyncIterator in values) yield* values
  else yield await values
}

/** @throws ShapeError when a weight gives more or fewer values than its shape has */
function toFile(root: FileGroup, weights: Weights): FileToWrite {
  const { metadata, datasets } = layOutFile(root)
  const last = datasets.at(-1)
  const size = last ? last.address + 4 * sizeOf(last.dataset.shape) : metadata.length
  async function* chunks(): AsyncGenerator<Uint8Array> {
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
  return { size, chunks }
}

/** Weights only, for Keras 1, 2 and 3. @throws ArgumentError for names that cannot be, or are too long */
export function weightsFile(layers: readonly LayerToWrite[]): FileToWrite {
  const root = group()
  const weights: Weights = new Map()
  addNamed(root, layers, KERAS_2, weights)
  return toFile(root, weights)
}

/** Configs as JSON: the model's, and what it was compiled with where that is kept. */
export interface ConfigsToWrite {
  readonly config: string
  readonly trainingConfig: string | undefined
  /** What Keras passes over: see about.ts. */
  readonly about?: string | undefined
}

/** A whole model for Keras 3. @throws as weightsFile */
export function modelFile(
  layers: readonly LayerToWrite[],
  { config, trainingConfig, about }: ConfigsToWrite,
  training?: TrainingToWrite,
): FileToWrite {
  const root = group()
  const weights: Weights = new Map()
  root.attributes.push(
    { name: 'backend', value: BACKEND },
    { name: 'keras_version', value: KERAS_3 },
    { name: 'model_config', value: config },
    ...(about === undefined ? [] : [{ name: 'thaw', value: about }]),
  )
  addNamed(groupAt(root, 'model_weights'), layers, KERAS_3, weights)
  if (training && trainingConfig !== undefined) {
    root.attributes.push({ name: 'training_config', value: trainingConfig })
    const own = groupAt(root, 'optimizer_weights')
    own.attributes.push({ name: 'weight_names', value: training.variables.map((v) => `${training.name}/${v.name}`) })
    for (const v of training.variables) addWeight(groupAt(own, training.name), v.name, v, weights)
  }
  return toFile(root, weights)
}

/** `.weights.h5` of Keras 3. @throws as weightsFile */
export function keras3File(model: string, layers: readonly Keras3Layer[], training?: TrainingToWrite): FileToWrite {
  const root = group()
  const weights: Weights = new Map()
  addKeras3(root, { name: model, weights: [], layers }, weights)
  if (training) addKeras3(groupAt(root, 'optimizer'), { name: training.name, weights: training.variables }, weights)
  return toFile(root, weights)
}
