/** Gives a network's weights new sources: what a Keras file holds for them. Nothing is read but names and shapes. */
import type { UploadProgress } from '../../tensor_source.ts'
import { ArgumentError } from '../../errors.ts'
import { checkOptions } from '../../options.ts'
import type { HttpOptions } from '../bytes/http.ts'
import { openGiven, type WeightsInput } from './given.ts'
import { openKerasWeights } from './keras.ts'
import { counted } from './keras3.ts'
import { matchWeights, type LoadReport, type MatchOptions, type OwnConfig } from './match.ts'
import { baseOf } from './numbered.ts'
import { telling } from './progress.ts'
import type { KerasWeightsFile, WeightTarget } from './weights_file.ts'
import type { Layer, SymbolicTensor } from '../../layers/layer.ts'
import { Network } from '../../layers/network.ts'
import { weightedLayers } from '../../layers/weighted_layers.ts'
import { BatchNormalization } from '../../layers/normalization.ts'

export type { WeightsFileInput, WeightsInput } from './given.ts'
export type { LoadReport } from './match.ts'

/** `fetch` and `headers` are for URLs. See {@link WeightsError}. */
export interface LoadWeightsOptions extends MatchOptions, Pick<HttpOptions, 'fetch' | 'headers'> {
  /**
   * Bytes of the weights that the network takes from the file: how many have been read, of how many. Called first when the file has been matched;
   * goes on while compile streams the values, to the end. Whoever compiles a part of the network only is told by compile's own `onProgress`.
   */
  onProgress?: (progress: UploadProgress) => void
  /** Ends the reading of names and shapes, and that of values by `compile`, with its reason. */
  signal?: AbortSignal
}

/** What options must be, for `checkOptions`: those of loadModel, too. */
export const READING_OPTIONS = {
  skipMismatch: 'boolean',
  kerasVersion: 'any',
  kernels: 'any',
  dimOrdering: 'any',
  kerasOneBatchNorm: 'any',
  onProgress: 'function',
  signal: 'AbortSignal',
  fetch: 'function',
  headers: 'any',
} as const

const OPTIONS = { by: 'any', rename: 'record', ...READING_OPTIONS } as const

const weighted = (network: Network): Layer[] => weightedLayers(network).map(({ layer }) => layer)

/** Names by base, in the order of their numbers: the order in which Keras made the layers. */
function byCreation(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const base = baseOf(name)
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
  const names: Record<string, string> = Object.create(null) as Record<string, string>
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
  if (!channelsFirst(network)) flattenedOutputs(network, [], flattened)
  return weightedLayers(network).map(({ layer: l, path, wrapper }) => {
    const sizes = flattened.get(l)
    return {
      layer: l.name,
      path,
      ...(wrapper !== undefined && { wrapper }),
      className: l.className,
      parameters: [...l.weights],
      ...(sizes && { flattened: sizes }),
      ...(l instanceof BatchNormalization && { epsilon: l.epsilon }),
    }
  })
}

type Sizes = readonly [height: number, width: number, channels: number]

/** Whether layers, be they in networks in it, have their channels first: then it flattens them in the order of Theano's files itself. */
const channelsFirst = (network: Network): boolean =>
  network.layers.some((l) => l.space?.first || (l instanceof Network && channelsFirst(l)))

/**
 * Finds layers whose input is a flattened feature map, and the sizes of that. Whatever leaves the features where they are may stand between:
 * Dropout, activations, normalisation; the borders of nested networks too.
 * @param feeds what the network's inputs hold
 * @returns what its outputs hold
 */
function flattenedOutputs(network: Network, feeds: readonly (Sizes | undefined)[], found: Map<Layer, Sizes>): (Sizes | undefined)[] {
  const known = new Map<SymbolicTensor, Sizes | undefined>(network.inputs.map((t, i) => [t, feeds[i]]))
  for (const call of network.calls) {
    const { layer, inputs } = call[0]!
    if (!inputs.length) continue
    const sizes = inputs.map((t) => known.get(t))
    if (sizes[0] && layer.weights.length) found.set(layer, sizes[0])
    const given = layer instanceof Network ? flattenedOutputs(layer, sizes, found) : [passed(call[0]!, sizes[0])]
    call.forEach((t, i) => known.set(t, given[i]))
  }
  return network.outputs.map((t) => known.get(t))
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
  checkOptions<Required<LoadWeightsOptions>>('loadWeights', options as Required<LoadWeightsOptions>, OPTIONS)
  const { signal, kerasVersion } = options
  const { file: source, sibling, unused } = await openGiven(input, 'loadWeights', options)
  const file = await openKerasWeights(source, {
    ...(signal && { signal }),
    ...(sibling && { sibling }),
    ...(kerasVersion !== undefined && { kerasVersion }),
  })
  if (kerasVersion !== undefined && file.version === undefined) {
    const rule = 'kerasVersion is for files that list the names of their layers'
    throw new ArgumentError('loadWeights', `${rule}, got it with ${file.variant}`)
  }
  return { ...takeWeights(network, file, options), unusedFiles: unused().map((s) => s.name) }
}

/** The same from a file that is open. @throws as loadKerasWeights */
export function takeWeights(
  network: Network,
  file: KerasWeightsFile,
  options: LoadWeightsOptions,
  own: OwnConfig = {},
): Omit<LoadReport, 'unusedFiles'> {
  const { onProgress } = options
  const targets = targetsOf(network)
  const automatic = network.automaticNames && options.by !== 'order' && !file.positional
  const names = automatic ? creationNames(network, file) : {}
  const { report, assignments } = matchWeights(file, targets, { ...options, rename: { ...names, ...options.rename } }, own)
  const layers = weighted(network)
  const sources = assignments.map((a) => a.source)
  const told = onProgress ? telling(sources, onProgress) : sources
  assignments.forEach(({ target, index }, i) => (layers[target]!.weights[index]!.source = told[i]!))
  return report
}
