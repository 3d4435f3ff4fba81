/** Gives a network's weights new sources: what a Keras file holds for them. Nothing is read but names and shapes. */
import type { UploadProgress } from '../../tensor_source.ts'
import { ArgumentError, FileError } from '../../errors.ts'
import { blobSource, type BytesInput } from '../bytes/blob.ts'
import { inBlocks } from '../bytes/blocks.ts'
import { bytesSource, type ByteSource } from '../bytes/bytes.ts'
import { besideLocation, locationSource } from '../bytes/location.ts'
import { openKerasWeights } from './keras.ts'
import type { KerasWeightsFile } from './weights_file.ts'
import { counted } from './keras3.ts'
import { matchWeights, type LoadReport, type MatchOptions } from './match.ts'
import type { WeightTarget } from './weights_file.ts'
import { isJson } from './sharded.ts'
import type { Layer, SymbolicTensor } from '../../layers/layer.ts'
import { Network, weightedLayers } from '../../layers/network.ts'
import { BatchNormalization } from '../../layers/normalization.ts'

export type { LoadReport } from './match.ts'

/** A URL (read by HTTP Range where the server can), in Node also a path; a picked file, bytes in memory, or a source of one's own. */
export type WeightsFileInput = string | URL | BytesInput | ByteSource

/**
 * One file; or several of which one is meant: a `.weights.json` and its shards, whose names must be those in the JSON, or a weight file
 * with the `config.json` and `metadata.json` beside it. With the URL of a `.weights.json`, the shards are fetched from the same folder.
 */
export type WeightsInput = WeightsFileInput | readonly WeightsFileInput[] | FileList

export interface LoadWeightsOptions extends MatchOptions {
  /** Bytes read from the file (all files, where there are several) so far; goes on while compile streams the values. Bytes that are read twice count twice. */
  onProgress?: (progress: UploadProgress) => void
  signal?: AbortSignal
}

/** Opens inputs, and counts the bytes that are read from all of them together. */
class Opener {
  readonly #onProgress: LoadWeightsOptions['onProgress']
  readonly #signal: AbortSignal | undefined
  #loadedBytes = 0
  #totalBytes = 0

  constructor({ onProgress, signal }: LoadWeightsOptions) {
    this.#onProgress = onProgress
    this.#signal = signal
  }

  async open(input: WeightsFileInput): Promise<ByteSource> {
    const source = await this.#plain(input)
    this.#totalBytes += source.size
    return this.#onProgress ? this.#counted(source, this.#onProgress) : source
  }

  async #plain(input: WeightsFileInput): Promise<ByteSource> {
    if (typeof input === 'string' || input instanceof URL) return locationSource(input, this.#signal)
    if (input instanceof Blob) return blobSource(input)
    if (input instanceof ArrayBuffer || input instanceof Uint8Array) return bytesSource(input)
    if (typeof (input as Partial<ByteSource> | null)?.read === 'function') return inBlocks(input)
    throw new ArgumentError('loadWeights', `a file must be a URL, a Blob, bytes or a ByteSource, got ${typeof input}`)
  }

  /** The same source, telling how many bytes have gone through. */
  #counted(source: ByteSource, onProgress: (progress: UploadProgress) => void): ByteSource {
    const { size, name } = source
    const read: ByteSource['read'] = async (offset, length, signal) => {
      const bytes = await source.read(offset, length, signal)
      this.#loadedBytes += bytes.length
      onProgress({ loadedBytes: this.#loadedBytes, totalBytes: this.#totalBytes })
      return bytes
    }
    return { size, name, read }
  }
}

/** Opens one file that was given, counting what is read from it. @throws FileError; the signal's reason */
export function openSource(input: WeightsFileInput, options: Pick<LoadWeightsOptions, 'onProgress' | 'signal'>): Promise<ByteSource> {
  return new Opener(options).open(input)
}

/** True for several files. */
export const isList = (input: WeightsInput): input is readonly WeightsFileInput[] | FileList =>
  Array.isArray(input) || (typeof FileList !== 'undefined' && input instanceof FileList)

const fileName = (path: string): string =>
  path
    .replace(/[?#].*$/, '')
    .split('/')
    .at(-1)!

/** The one of several files that the others belong to: the list of shards, or else the only one that is no JSON. */
async function chooseFile(sources: readonly ByteSource[], signal: AbortSignal | undefined): Promise<ByteSource> {
  const json = await Promise.all(sources.map((s) => isJson(s, signal)))
  const others = sources.filter((_, i) => !json[i])
  const lists = sources.filter((s, i) => json[i] && (sources.length === 1 || s.name.endsWith('.weights.json')))
  const [found, second] = lists.length ? lists : others
  if (found && !second) return found
  const names = sources.map((s) => s.name).join(', ') || 'none'
  throw new ArgumentError('loadWeights', `several files must be a .weights.json and its shards, or one file of weights, got ${names}`)
}

/** Opens what was given, and knows where to find the shards of a `.weights.json`. @throws FileError, ArgumentError; the signal's reason */
async function openInput(input: WeightsInput, options: LoadWeightsOptions): Promise<KerasWeightsFile> {
  const { signal } = options
  const opener = new Opener(options)
  const open = (source: ByteSource, sibling?: (name: string) => Promise<ByteSource>) =>
    openKerasWeights(source, { ...(signal && { signal }), ...(sibling && { sibling }) })
  if (!isList(input)) {
    const url = typeof input === 'string' || input instanceof URL ? String(input) : undefined
    const beside = (name: string) => opener.open(besideLocation(url!, name))
    return open(await opener.open(input), url === undefined ? undefined : beside)
  }
  const sources = await Promise.all([...input].map((i) => opener.open(i)))
  const chosen = await chooseFile(sources, signal)
  return open(chosen, (name) => {
    const found = sources.find((s) => s !== chosen && fileName(s.name) === name)
    if (found) return Promise.resolve(found)
    const names = sources.map((s) => s.name).join(', ')
    const rule = `its shard ${name} must be among the files given, got ${names}`
    return Promise.reject(new FileError('not-found', `[${chosen.name}] ${rule}`, { path: name }))
  })
}

const weighted = (network: Network): Layer[] => weightedLayers(network).map(({ layer }) => layer)

/** Bases of automatic names in other versions: Keras 1, and tf.keras 1.13 to 1.15. */
const ALIASES: Readonly<Record<string, string>> = {
  convolution2d: 'conv2d',
  batchnormalization: 'batch_normalization',
  batch_normalization_v1: 'batch_normalization',
  batch_normalization_v2: 'batch_normalization',
  deconvolution2d: 'conv2d_transpose',
  separableconvolution2d: 'separable_conv2d',
}

/** Names by base, in the order of their numbers: the order in which Keras made the layers. */
function byCreation(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const [own] = counted(name)
    const base = ALIASES[own] ?? own
    groups.set(base, [...(groups.get(base) ?? []), name])
  }
  for (const group of groups.values()) group.sort((a, b) => counted(a)[1] - counted(b)[1])
  return groups
}

/**
 * Our name -> the file's name for layers with running numbers: the k-th `conv2d` of the network is the k-th of the file, whatever
 * number the file's first one has (Keras 1 counts from 1, and goes on counting over several models in one process).
 */
function creationNames(network: Network, file: KerasWeightsFile): Record<string, string> {
  const theirs = byCreation(file.layers.filter((l) => l.weights.length).map((l) => l.name))
  const names: Record<string, string> = {}
  for (const [base, ours] of byCreation(weighted(network).map((l) => l.name))) {
    ours.forEach((name, k) => {
      const their = theirs.get(base)?.[k]
      if (their !== undefined) names[name] = their
    })
  }
  return names
}

/** What matching must know of the network's layers with weights. */
function targetsOf(network: Network): WeightTarget[] {
  const flattened = new Map<Layer, Sizes>()
  flattenedOutput(network, undefined, flattened)
  return weightedLayers(network).map(({ layer: l, path }) => {
    const sizes = flattened.get(l)
    return {
      layer: l.name,
      path,
      className: l.className,
      parameters: [...l.weights],
      ...(sizes && { flattened: sizes }),
      ...(l instanceof BatchNormalization && { epsilon: l.epsilon }),
    }
  })
}

type Sizes = readonly [height: number, width: number, channels: number]

/**
 * Finds layers whose input is a flattened feature map, and the sizes of that. Whatever leaves the features where they are may stand between:
 * Dropout, activations, normalisation; the borders of nested networks too.
 * @param feed what the network's input holds
 * @returns what its output holds
 */
function flattenedOutput(network: Network, feed: Sizes | undefined, found: Map<Layer, Sizes>): Sizes | undefined {
  const known = new Map<SymbolicTensor, Sizes | undefined>([[network.input, feed]])
  for (const t of network.tensors) {
    if (t === network.input) continue
    const sizes = known.get(t.inputs[0]!)
    if (sizes && t.layer.weights.length) found.set(t.layer, sizes)
    known.set(t, t.layer instanceof Network ? flattenedOutput(t.layer, sizes, found) : passed(t, sizes))
  }
  return known.get(network.outputs[0]!)
}

/** What a layer's output holds. A layer of rank 4 to 2 that keeps the number of values is a Flatten or a Reshape. */
function passed({ layer, shape, inputs }: SymbolicTensor, sizes: Sizes | undefined): Sizes | undefined {
  const input = inputs[0]?.shape
  const features = shape.at(-1)
  if (inputs.length !== 1 || shape.length !== 2 || !input) return undefined
  const [H, W, C] = input.slice(1) as number[]
  if (input.length === 4 && H! * W! * C! === features) return [H!, W!, C!]
  return layer.className !== 'Dense' && input.at(-1) === features ? sizes : undefined
}

/**
 * Matches a file with a network and sets the sources of the weights.
 * @throws FileError, WeightsError listing every mismatch; ArgumentError; no weight has changed then.
 */
export async function loadKerasWeights(network: Network, input: WeightsInput, options: LoadWeightsOptions = {}): Promise<LoadReport> {
  const file = await openInput(input, options)
  const targets = targetsOf(network)
  const automatic = network.automaticNames && options.by !== 'order' && !file.positional
  const names = automatic ? creationNames(network, file) : {}
  const { report, assignments } = matchWeights(file, targets, { ...options, rename: { ...names, ...options.rename } })
  const layers = weighted(network)
  for (const { target, index, source } of assignments) layers[target]!.weights[index]!.source = source
  return report
}
