/** What is in a Keras file. No weight is read until it is asked for. */
import { ArgumentError, ThawError, type Device, type Model } from '../../../../src/index.ts'
import { Network } from '../../../../src/layers/network.ts'
import { dtypeName } from '../../../../src/loaders/hdf5/types.ts'
import { openGiven } from '../../../../src/loaders/keras/given.ts'
import { openKerasWeights } from '../../../../src/loaders/keras/keras.ts'
import { layerDifferences, pairedWeights, weightDifference, type ConfigDifference } from '../../../../src/loaders/keras/compare.ts'
import { readLooseConfig, readModelConfig, type ModelConfig } from '../../../../src/loaders/keras/model_config.ts'
import type { FileTensor, KerasWeightsFile } from '../../../../src/loaders/keras/weights_file.ts'
import type { TensorSource } from '../../../../src/tensor_source.ts'
import { Turns } from '../../../../src/turns.ts'
import type {
  FileId,
  Histogram,
  LookComparison,
  LookDetail,
  LookEngine,
  LookFormat,
  LookInfo,
  LookMaps,
  LookModel,
  LookWalk,
  LookWeight,
  LookWeightDifference,
} from '../../look_messages.ts'
import type { Pixels } from '../../pixels.ts'
import { buildModel } from './build.ts'
import { histogramOf } from './histogram.ts'
import { layerAt, layersOf, nodesOf } from './nodes.ts'
import { originLines } from './origin.ts'
import { Walk } from './walk.ts'
import { pixelsOf } from '../trunk.ts'

interface Opened {
  readonly keras: KerasWeightsFile
  readonly config: ModelConfig | undefined
  readonly model: Model | undefined
  /** Weights by the keys that the page asks for them with. */
  readonly weights: Map<string, TensorSource>
  walk?: Walk
}

function told(model: Model): LookModel {
  const { trainable, total } = model.paramCounts()
  const pixels = model.inputs[0]!.shape.length === 4 ? { pixels: pixelsOf(model) } : {}
  return { name: model.name, ...pixels, layers: layersOf(model), nodes: nodesOf(model), trainable, total }
}

/** The files that are looked at, each by itself: of two that are opened at once none takes the other's place here. */
export class Look implements LookEngine {
  readonly #opened = new Map<FileId, Opened>()
  readonly #device: () => Promise<Device>
  readonly #turns = new Turns()
  #last = 0

  /** @param device opened when a picture goes through a network */
  constructor(device: () => Promise<Device>) {
    this.#device = device
  }

  /** @throws FileError for what is no Keras file, or a broken one */
  async look(files: readonly File[]): Promise<LookInfo> {
    const { file, others, sibling } = await openGiven(files, 'look', {})
    const keras = await openKerasWeights(file, sibling ? { sibling } : {})
    const config = (await readModelConfig(file)) ?? (await readLooseConfig(others))?.found
    const { model, note, refusal } = await buildModel(files, keras, config)
    const found = keras.layers.flatMap((layer) => layer.weights.map((weight) => ({ layer, ...weight })))
    const weights = new Map(found.map(({ source }) => [`file ${source.path}`, source as TensorSource]))
    const id = ++this.#last
    const origin = await originLines(file, keras, config, model)
    this.#opened.set(id, { keras, config, model, weights })
    return {
      id,
      file: file.name,
      bytes: files.reduce((n, { size }) => n + size, 0),
      origin,
      ...(model && { model: told(model) }),
      ...(note !== undefined && { note }),
      ...(refusal !== undefined && { refusal }),
      weights: found.map(({ layer, name, source }) => ({
        name: `${layer.name}/${name}`,
        shape: source.shape,
        type: dtypeName(source.type),
        key: `file ${source.path}`,
      })),
    }
  }

  /** The page does not show it any more. */
  letGo(file: FileId): Promise<void> {
    return this.#turns.take(() => {
      this.#opened.get(file)?.walk?.dispose()
      this.#opened.delete(file)
      return Promise.resolve()
    })
  }

  layer(file: FileId, path: string): Promise<LookDetail> {
    const { model, weights } = this.#opened.get(file)!
    const layer = layerAt(model!, path)!
    const own = layer instanceof Network ? [] : layer.weights // those of a network's layers are shown with them
    const listed = own.map(({ name, shape, source }): LookWeight => {
      const key = `layer ${path} ${name}`
      weights.set(key, source)
      return { name, shape, type: 'type' in source ? dtypeName((source as FileTensor).type) : 'float32', key }
    })
    return Promise.resolve({ config: configLines(layer), weights: listed })
  }

  histogram(file: FileId, key: string): Promise<Histogram> {
    const source = this.#opened.get(file)!.weights.get(key)!
    return histogramOf({ shape: source.shape, source })
  }

  /** @throws as Walk.of */
  walk(file: FileId, picture: Blob, pixels?: Pixels): Promise<LookWalk> {
    return this.#turns.take(async () => {
      const opened = this.#opened.get(file)!
      const walk = await Walk.of(opened.model!, await this.#device(), picture, pixels ?? pixelsOf(opened.model!))
      opened.walk?.dispose()
      opened.walk = walk
      return walk.best()
    })
  }

  /** @throws ArgumentError before a picture has come; DeviceError */
  maps(file: FileId, path: string, first: number, count: number): Promise<LookMaps> {
    return this.#turns.take(async () => {
      const { model, walk } = this.#opened.get(file)!
      if (!walk) throw new ArgumentError(path, 'a picture must go through the network first: choose one')
      return walk.maps(layerAt(model!, path)!, first, count)
    })
  }

  compare(a: FileId, b: FileId): Promise<LookComparison> {
    const [left, right] = [this.#opened.get(a)!, this.#opened.get(b)!]
    const { layersBy, pairs } = pairedWeights(left.keras, right.keras)
    const weights = pairs.map(({ weight }) => weight)
    const layers = left.config && right.config && layerDifferences(left.config.config, right.config.config)
    const what = ({ path, a, b }: ConfigDifference) => `${path}: ${JSON.stringify(a) ?? 'nothing'}, then ${JSON.stringify(b) ?? 'nothing'}`
    return Promise.resolve({
      byOrder: layersBy === 'order',
      weights,
      ...(layers && {
        layers: { ...layers, changed: layers.changed.map(({ layer, differences }) => ({ layer, what: differences.map(what) })) },
      }),
    })
  }

  /** @throws FileError for a file that cannot be read */
  compareWeight(a: FileId, b: FileId, weight: number): Promise<LookWeightDifference | undefined> {
    const { pairs } = pairedWeights(this.#opened.get(a)!.keras, this.#opened.get(b)!.keras)
    return weightDifference(pairs[weight]!)
  }

  /** Values stream from the file. @throws ArgumentError naming a layer that cannot be saved */
  async convert(file: FileId, format: LookFormat): Promise<Blob> {
    const model = this.#opened.get(file)!.model!
    return (format === 'weights.h5' ? model.saveWeights(format) : model.save(format)).blob()
  }
}

/** In Keras 3's words; what it has no words for is said. */
function configLines(layer: { getConfig(): object }): [string, string][] {
  try {
    return Object.entries(layer.getConfig())
      .filter(([key]) => key !== 'layers' && key !== 'input_layers' && key !== 'output_layers')
      .map(([key, value]) => [key, JSON.stringify(value)])
  } catch (error) {
    if (error instanceof ThawError) return [['config', error.message]]
    throw error
  }
}
