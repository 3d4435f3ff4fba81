/** Models and weights as Keras files: what is written, and under which names. */
import type { Parameter } from '../../parameter.ts'
import type { Layer } from '../../layers/layer.ts'
import { Network } from '../../layers/network.ts'
import { weightedLayers } from '../../layers/weighted_layers.ts'
import { snakeCase } from '../../layers/config.ts'
import { KERAS_3, keras3File, modelFile, weightsFile } from './writer.ts'
import type {
  ConfigsToWrite,
  Keras3Layer,
  LayerToWrite,
  ModelFormat,
  ReadWeight,
  TrainingToWrite,
  WeightsFormat,
  WeightToWrite,
} from './writer.ts'
import { textFile, type FileToWrite } from '../bytes/file_to_write.ts'
import { zipFile } from '../bytes/zip_write.ts'

function toWrite(parameter: Parameter, read: ReadWeight, prefix = ''): WeightToWrite {
  return { name: `${prefix}${parameter.name}`, shape: parameter.shape, data: read(parameter) }
}

/** A layer's weights with the path to them inside a nested model. */
function withPaths(layer: Layer): { parameter: Parameter; prefix: string }[] {
  const inner = layer instanceof Network ? weightedLayers(layer) : layer.parts.length ? partsOf(layer) : [{ layer, path: '' }]
  return inner.flatMap(({ layer: l, path }) => l.weights.map((parameter) => ({ parameter, prefix: path && `${path}/` })))
}

/** What a layer is made of, without its own name. */
const partsOf = ({ parts }: Layer) => weightedLayers({ layers: parts.map(({ layer }) => layer) })

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
    return keras3Layer(l, group, read)
  })
}

function keras3Layer(l: Layer, group: string, read: ReadWeight): Keras3Layer {
  if (l instanceof Network) return { name: l.name, group, weights: [], layers: keras3Layers(l, read) }
  if (l.parts.length) {
    const parts = l.parts.map(({ attribute, layer }) => keras3Layer(layer, attribute, read))
    return { name: l.name, group, weights: [], parts }
  }
  return { name: l.name, group, weights: l.weights.map((p) => toWrite(p, read)) }
}

/** @throws ArgumentError for layer names that HDF5 could not have */
export function layOutWeights(network: Network, format: WeightsFormat, read: ReadWeight, training?: TrainingToWrite): FileToWrite {
  return format === 'h5' ? weightsFile(legacyLayers(network, read)) : keras3File(network.name, keras3Layers(network, read), training)
}

/** @param made saved: when @throws as layOutWeights; ArgumentError above 4 GiB */
export function layOutModel(
  network: Network,
  format: ModelFormat,
  made: ConfigsToWrite & { readonly saved: Date },
  read: ReadWeight,
  training?: TrainingToWrite,
): FileToWrite {
  if (format === 'h5') return modelFile(legacyLayers(network, read), made, training)
  const { config, saved, about } = made
  const metadata = { keras_version: KERAS_3, date_saved: saved.toISOString().slice(0, 19).replace('T', '@') }
  const members = new Map([
    ['metadata.json', textFile(JSON.stringify({ ...metadata, ...(about !== undefined && { thaw: JSON.parse(about) as unknown }) }))],
    ['config.json', textFile(config)],
    ['model.weights.h5', keras3File(network.name, keras3Layers(network, read), training)],
  ])
  return zipFile(members)
}
