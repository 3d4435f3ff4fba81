/** What is in a Keras file. No weight is read until it is asked for. */
import { loadModel, ThawError, type Model } from '../../../../src/index.ts'
import { Network } from '../../../../src/layers/network.ts'
import { dtypeName } from '../../../../src/loaders/hdf5/types.ts'
import { openGiven } from '../../../../src/loaders/keras/given.ts'
import { openKerasWeights } from '../../../../src/loaders/keras/keras.ts'
import { readLooseConfig, readModelConfig } from '../../../../src/loaders/keras/model_config.ts'
import type { FileTensor, KerasWeightsFile } from '../../../../src/loaders/keras/weights_file.ts'
import type { TensorSource } from '../../../../src/tensor_source.ts'
import type { FileId, Histogram, LookDetail, LookEngine, LookInfo, LookModel, LookWeight } from '../../look_messages.ts'
import { histogramOf } from './histogram.ts'
import { layerAt, layersOf, nodesOf } from './nodes.ts'
import { originLines } from './origin.ts'

interface Opened {
  readonly keras: KerasWeightsFile
  readonly model: Model | undefined
  /** Weights by the keys that the page asks for them with. */
  readonly weights: Map<string, TensorSource>
}

function told(model: Model): LookModel {
  const { trainable, total } = model.paramCounts()
  return { name: model.name, layers: layersOf(model), nodes: nodesOf(model), trainable, total }
}

async function modelIn(files: readonly File[]): Promise<{ model?: Model; refusal?: string }> {
  try {
    return { model: await loadModel(files) }
  } catch (error) {
    if (error instanceof ThawError) return { refusal: error.message }
    throw error
  }
}

/** The files that are looked at, each by itself: of two that are opened at once none takes the other's place here. */
export class Look implements LookEngine {
  readonly #opened = new Map<FileId, Opened>()
  #last = 0

  /** @throws FileError for what is no Keras file, or a broken one */
  async look(files: readonly File[]): Promise<LookInfo> {
    const { file, others, sibling } = await openGiven(files, 'look', {})
    const keras = await openKerasWeights(file, sibling ? { sibling } : {})
    const config = (await readModelConfig(file)) ?? (await readLooseConfig(others))?.found
    const { model, refusal } = await modelIn(files)
    const found = keras.layers.flatMap((layer) => layer.weights.map((weight) => ({ layer, ...weight })))
    const weights = new Map(found.map(({ source }) => [`file ${source.path}`, source as TensorSource]))
    const id = ++this.#last
    this.#opened.set(id, { keras, model, weights })
    return {
      id,
      file: file.name,
      bytes: files.reduce((n, { size }) => n + size, 0),
      origin: await originLines(file, keras, config, model),
      ...(model && { model: told(model) }),
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
    this.#opened.delete(file)
    return Promise.resolve()
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
