/** What is in a Keras file. No weight is read until it is asked for. */
import { blobSource, loadModel, ThawError, type Network } from '../../../src/index.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import type { FileTensor } from '../../../src/loaders/keras/weights_file.ts'
import { slicesOf } from '../../../src/parameter.ts'
import { formatShape, sizeOf } from '../../../src/shape.ts'
import type { Histogram, LookInfo, LookLayer } from '../messages.ts'

const BINS = 48

/** Layers in order, those of networks in it behind their network's name. */
function layersOf(network: Network, prefix = ''): LookLayer[] {
  return network.layers.flatMap((layer) => {
    const name = prefix + layer.name
    const shape = network
      .outputsOf(layer.name)
      .map((t) => formatShape(t.shape))
      .join(' ')
    const own = { name, kind: layer.className, shape, parameters: layer.countParams() }
    return 'layers' in layer ? [own, ...layersOf(layer as Network, `${name}/`)] : [own]
  })
}

type Opened = Pick<LookInfo, 'model' | 'refusal'>

async function modelIn(files: readonly File[]): Promise<Opened> {
  try {
    const model = await loadModel(files)
    const { trainable, total } = model.paramCounts()
    return { model: { name: model.name, layers: layersOf(model), trainable, total } }
  } catch (error) {
    if (error instanceof ThawError) return { refusal: error.message }
    throw error
  }
}

export class Look {
  readonly #tensors = new Map<string, FileTensor>()

  /** @throws FileError for what is no Keras file, or a broken one */
  async open(files: readonly File[]): Promise<LookInfo> {
    const file = files.find(({ name }) => !name.endsWith('.json')) ?? files[0]!
    const opened = await openKerasWeights(blobSource(file, file.name))
    const weights = opened.layers.flatMap((layer) => layer.weights.map((weight) => ({ layer, ...weight })))
    this.#tensors.clear()
    for (const { source } of weights) this.#tensors.set(source.path, source)
    return {
      file: file.name,
      bytes: file.size,
      variant: opened.variant,
      ...(await modelIn(files)),
      weights: weights.map(({ layer, name, source }) => {
        const { kind, size } = source.type as { kind: string; size?: number }
        return { name: `${layer.name}/${name}`, shape: source.shape, type: size ? `${kind}${size * 8}` : kind, path: source.path }
      }),
    }
  }

  /** Two passes over a weight of the file: its bounds, and how often what comes between them. */
  async histogram(path: string): Promise<Histogram> {
    const source = this.#tensors.get(path)!
    const weight = { shape: source.shape, source }
    let [least, most, sum, squares, zeros, notFinite] = [Infinity, -Infinity, 0, 0, 0, 0]
    for await (const slice of slicesOf(weight)) {
      for (const value of slice) {
        if (!Number.isFinite(value)) {
          notFinite++
          continue
        }
        least = Math.min(least, value)
        most = Math.max(most, value)
        sum += value
        squares += value * value
        if (value === 0) zeros++
      }
    }
    const n = sizeOf(source.shape) - notFinite
    const counts = new Array<number>(BINS).fill(0)
    const width = (most - least) / BINS || 1
    for await (const slice of slicesOf(weight)) {
      for (const value of slice) if (Number.isFinite(value)) counts[Math.min(BINS - 1, Math.floor((value - least) / width))]!++
    }
    const mean = n ? sum / n : 0
    return { least, most, mean, deviation: n ? Math.sqrt(Math.max(0, squares / n - mean * mean)) : 0, zeros, notFinite, counts }
  }
}
