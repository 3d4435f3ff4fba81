/** Models and weights as Keras files: what can be asked for. How they are laid out is loaded when they are read (save.ts). */
import { ArgumentError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import type { Layer } from '../../layers/layer.ts'
import { Network } from '../../layers/network.ts'
import type { FileToWrite } from '../bytes/file_to_write.ts'
import { stringifyPython } from './python_json.ts'
import type { LayerToWrite, ModelFormat, ReadWeight, TrainingToWrite, WeightsFormat } from './writer.ts'

export type { ModelFormat, ReadWeight, WeightsFormat } from './writer.ts'

/** A file that is written while its bytes are read: 553 MB need not be in memory. Bytes are made anew by every reading. See {@link Model}. */
export class KerasFile implements AsyncIterable<Uint8Array> {
  readonly #layOut: () => Promise<FileToWrite>

  constructor(layOut: () => Promise<FileToWrite>) {
    this.#layOut = layOut
  }

  /** Bytes of it. @throws ArgumentError for names that cannot be, or above 4 GiB in an archive */
  async size(): Promise<number> {
    return (await this.#layOut()).size
  }

  /** @throws as size; ShapeError, DeviceError where a weight cannot be read */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* (await this.#layOut()).chunks()
  }

  /** As a stream of the web: `new Response(file.stream())`, `await file.stream().pipeTo(await handle.createWritable())`. @throws as reading it */
  stream(): ReadableStream<Uint8Array> {
    const pieces = this[Symbol.asyncIterator]()
    return new ReadableStream({
      async pull(controller) {
        const next = await pieces.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value.slice()) // it may be a weight itself, and a reader may do with it what it likes
      },
      cancel: async () => void (await pieces.return(undefined)),
    })
  }

  /** All of it, to be downloaded or kept by a page. @throws as reading it */
  async blob(): Promise<Blob> {
    const parts: BlobPart[] = []
    for await (const part of this) parts.push(part.slice())
    return new Blob(parts, { type: 'application/octet-stream' })
  }
}

/** @throws ArgumentError for an unknown format */
export function weightsToFile(network: Network, format: WeightsFormat, read: ReadWeight, training?: TrainingToWrite): KerasFile {
  if (format !== 'weights.h5' && format !== 'h5')
    throw new ArgumentError('saveWeights', `format must be weights.h5 or h5, got ${String(format)}`)
  return new KerasFile(async () => (await lazy(import('./save.ts'))).layOutWeights(network, format, read, training))
}

/** @throws ArgumentError for a name that Keras 3 refuses when it builds the model again */
function checkNames(layer: Layer): void {
  if (layer.name.includes('/'))
    throw new ArgumentError(layer.name, 'a layer must have a name without a slash to be saved in a model, got one (save the weights only)')
  if (layer instanceof Network) layer.layers.forEach(checkNames)
}

/**
 * @param about what is kept beside the config, as JSON; see about.ts
 * @throws ArgumentError for an unknown format, and naming a layer that Keras does not have, or whose name it refuses
 */
export function modelToFile(
  network: Network,
  format: ModelFormat,
  read: ReadWeight,
  training?: TrainingToWrite,
  about?: string,
): KerasFile {
  checkNames(network)
  const compile = format === 'keras' && training ? { compile_config: training.compileConfig() } : {}
  const config = stringifyPython({ ...network.serialize(), ...compile })
  if (format !== 'keras' && format !== 'h5') throw new ArgumentError('save', `format must be keras or h5, got ${String(format)}`)
  const trainingConfig = format === 'h5' && training ? JSON.stringify(training.trainingConfig()) : undefined
  const made = { config, trainingConfig, about, saved: new Date() }
  return new KerasFile(async () => (await lazy(import('./save.ts'))).layOutModel(network, format, made, read, training))
}

/**
 * The bytes of a weight file, piece by piece, from layers that need not be those of a network here.
 * @throws ArgumentError for names that cannot be; ShapeError when a weight gives more or fewer values than its shape has
 * @example
 * const kernel = { name: 'kernel', shape: [2, 1], data: () => new Float32Array([1, 2]) }
 * const pieces: Uint8Array<ArrayBuffer>[] = []
 * for await (const piece of kerasWeightsFile([{ name: 'scores', weights: [kernel] }])) pieces.push(piece.slice())
 * const file = new Blob(pieces)
 */
export async function* kerasWeightsFile(layers: readonly LayerToWrite[]): AsyncGenerator<Uint8Array> {
  const { weightsFile } = await lazy(import('./writer.ts'))
  yield* weightsFile(layers).chunks()
}
