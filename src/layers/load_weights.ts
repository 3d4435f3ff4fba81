/** Gives a network's weights new sources: what a Keras file holds for them. Nothing is read but names and shapes. */
import type { UploadProgress } from '../device/variables.ts'
import { blobSource, bytesSource, type ByteSource } from '../loaders/bytes.ts'
import { httpSource } from '../loaders/http.ts'
import { openKerasWeights, type KerasWeightsFile } from '../loaders/keras.ts'
import { matchWeights, type LoadReport, type MatchOptions, type WeightTarget } from '../loaders/match.ts'
import type { Parameter } from '../graph/parameter.ts'
import type { Layer } from './layer.ts'
import { Network } from './network.ts'

export type { LoadReport } from '../loaders/match.ts'

/** A URL (read by HTTP Range where the server can), a picked file, bytes in memory, or a source of one's own. */
export type WeightsInput = string | URL | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | ByteSource

export interface LoadWeightsOptions extends MatchOptions {
  /** Bytes read from the file so far; goes on while compile streams the values. Bytes that are read twice count twice. */
  onProgress?: (progress: UploadProgress) => void
  signal?: AbortSignal
}

async function sourceOf(input: WeightsInput, signal: AbortSignal | undefined): Promise<ByteSource> {
  if (typeof input === 'string' || input instanceof URL) return httpSource(input, signal ? { signal } : {})
  if (input instanceof Blob) return blobSource(input)
  if (input instanceof ArrayBuffer || input instanceof Uint8Array) return bytesSource(input)
  return input
}

/** The same source, telling how many bytes have gone through it. */
function counted(source: ByteSource, onProgress: (progress: UploadProgress) => void): ByteSource {
  let loadedBytes = 0
  return {
    size: source.size,
    name: source.name,
    async read(offset, length, signal) {
      const bytes = await source.read(offset, length, signal)
      loadedBytes += bytes.length
      onProgress({ loadedBytes, totalBytes: source.size })
      return bytes
    },
  }
}

/** Layers with weights, those inside nested networks included. */
function weighted(network: Network): Layer[] {
  return network.layers.flatMap((l) => (l instanceof Network ? weighted(l) : l.weights.length ? [l] : []))
}

/** `conv2d_7` -> [`conv2d`, 7]; the number is 0 where there is none. */
function numbered(name: string): [base: string, n: number] {
  const found = /^(.*?)_(\d+)$/.exec(name)
  return found ? [found[1]!, Number(found[2])] : [name, 0]
}

/** Names by base, in the order of their numbers: the order in which Keras made the layers. */
function byCreation(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const [base] = numbered(name)
    groups.set(base, [...(groups.get(base) ?? []), name])
  }
  for (const group of groups.values()) group.sort((a, b) => numbered(a)[1] - numbered(b)[1])
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

/**
 * Matches a file with a network and sets the sources of the weights.
 * @throws FileError, WeightsError listing every mismatch; no weight has changed then.
 */
export async function loadKerasWeights(network: Network, input: WeightsInput, options: LoadWeightsOptions = {}): Promise<LoadReport> {
  const { onProgress, signal } = options
  const plain = await sourceOf(input, signal)
  const file = await openKerasWeights(onProgress ? counted(plain, onProgress) : plain, signal ? { signal } : {})
  const layers = weighted(network)
  const targets = layers.map((l): WeightTarget => ({ layer: l.name, className: l.className, parameters: [...l.weights] }))
  const names = network.automaticNames && options.by !== 'order' ? creationNames(network, file) : {}
  const { report, assignments } = matchWeights(file, targets, { ...options, rename: { ...names, ...options.rename } })
  const byName = new Map<string, readonly Parameter[]>(layers.map((l) => [l.name, l.weights]))
  for (const { layer, index, source } of assignments) byName.get(layer)![index]!.source = source
  return report
}
