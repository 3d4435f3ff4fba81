/** Models and weights as Keras files: what is written, and under which names. */
import { ArgumentError } from '../../errors.ts'
import type { Parameter } from '../../parameter.ts'
import type { Layer } from '../../layers/layer.ts'
import { Network, weightedLayers } from '../../layers/network.ts'
import { snakeCase } from './keras3.ts'
import { KERAS_3, keras3File, modelFile, weightsFile } from './writer.ts'
import type { Keras3Layer, LayerToWrite, TrainingToWrite, WeightToWrite } from './writer.ts'
import { textFile, type FileToWrite } from '../bytes/file_to_write.ts'
import { zipFile } from '../bytes/zip_write.ts'

/** `keras`: the archive of Keras 3; `h5`: a whole model in HDF5, which Keras 2 and 3 call legacy. */
export type ModelFormat = 'keras' | 'h5'

/** `weights.h5`: of Keras 3; `h5`: legacy, which Keras 1, 2 and 3 read. */
export type WeightsFormat = 'weights.h5' | 'h5'

/** Gives the current values of a weight, when it is their turn to be written. */
export type ReadWeight = (parameter: Parameter) => WeightToWrite['data']

/** A file that is written while its bytes are read: 553 MB need not be in memory. Bytes are made anew by every reading. */
export class KerasFile implements AsyncIterable<Uint8Array> {
  /** Bytes. */
  readonly size: number
  readonly #file: FileToWrite

  constructor(file: FileToWrite) {
    this.size = file.size
    this.#file = file
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    return this.#file.chunks()
  }

  /** All of it, to be downloaded or kept by a page. */
  async blob(): Promise<Blob> {
    const parts: BlobPart[] = []
    for await (const part of this) parts.push(part.slice())
    return new Blob(parts, { type: 'application/octet-stream' })
  }
}

function toWrite(parameter: Parameter, read: ReadWeight, prefix = ''): WeightToWrite {
  return { name: `${prefix}${parameter.name}`, shape: parameter.shape, data: read(parameter) }
}

/** A layer's weights with the path to them inside a nested model. */
function withPaths(layer: Layer): { parameter: Parameter; prefix: string }[] {
  const inner = layer instanceof Network ? weightedLayers(layer) : [{ layer, path: '' }]
  return inner.flatMap(({ layer: l, path }) => l.weights.map((parameter) => ({ parameter, prefix: path && `${path}/` })))
}

/** Keras matches nested weights by order: what is trainable first, then what is not (legacy_h5_format.py, `_legacy_weights`). */
function legacyLayers(network: Network, read: ReadWeight): LayerToWrite[] {
  return network.layers.map((l) => {
    const all = withPaths(l)
    const ordered = [...all.filter((w) => w.parameter.trainable), ...all.filter((w) => !w.parameter.trainable)]
    return { name: l.name, weights: ordered.map((w) => toWrite(w.parameter, read, w.prefix)) }
  })
}

/** Groups are named by class, with a running number among the model's layers (saving_lib.py, `_save_container_state`). */
function keras3Layers(network: Network, read: ReadWeight): Keras3Layer[] {
  const counts = new Map<string, number>()
  return network.layers.map((l) => {
    const className = snakeCase(l instanceof Network ? 'Functional' : l.className)
    const n = counts.get(className) ?? 0
    counts.set(className, n + 1)
    const group = n === 0 ? className : `${className}_${n}`
    if (l instanceof Network) return { name: l.name, group, weights: [], layers: keras3Layers(l, read) }
    return { name: l.name, group, weights: l.weights.map((p) => toWrite(p, read)) }
  })
}

/** @throws ArgumentError for an unknown format, or layer names that HDF5 could not have */
export function weightsToFile(network: Network, format: WeightsFormat, read: ReadWeight, training?: TrainingToWrite): KerasFile {
  if (format === 'weights.h5') return new KerasFile(keras3File(network.name, keras3Layers(network, read), training))
  if (format === 'h5') return new KerasFile(weightsFile(legacyLayers(network, read)))
  throw new ArgumentError('saveWeights', `format must be weights.h5 or h5, got ${String(format)}`)
}

/** @throws ArgumentError for a name that Keras 3 refuses when it builds the model again */
function checkNames(layer: Layer): void {
  if (layer.name.includes('/'))
    throw new ArgumentError(layer.name, 'a layer must have a name without a slash to be saved in a model, got one (save the weights only)')
  if (layer instanceof Network) layer.layers.forEach(checkNames)
}

/** @throws ArgumentError for an unknown format, and naming a layer that Keras does not have, or whose name it refuses */
export function modelToFile(network: Network, format: ModelFormat, read: ReadWeight, training?: TrainingToWrite): KerasFile {
  checkNames(network)
  const compile = format === 'keras' && training ? { compile_config: training.compileConfig() } : {}
  const config = JSON.stringify({ ...network.serialize(), ...compile })
  if (format === 'h5') return new KerasFile(modelFile(legacyLayers(network, read), config, training))
  if (format !== 'keras') throw new ArgumentError('save', `format must be keras or h5, got ${String(format)}`)
  const saved = new Date().toISOString().slice(0, 19).replace('T', '@')
  const members = new Map([
    ['metadata.json', textFile(JSON.stringify({ keras_version: KERAS_3, date_saved: saved }))],
    ['config.json', textFile(config)],
    ['model.weights.h5', keras3File(network.name, keras3Layers(network, read), training)],
  ])
  return new KerasFile(zipFile(members))
}
