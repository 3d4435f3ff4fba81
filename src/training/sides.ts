/** The two kinds of passes of `fit`, training and validation: what each feeds on, and the graphs that it runs. */
import type { Graph } from '../graph/graph.ts'
import type { SplitGraph } from '../graph/split.ts'
import type { Criteria } from './criteria.ts'
import { once, type Engine } from './engine.ts'
import { collectFeatures, featureBytes, keepFeatures, storedBytes } from './features.ts'
import type { Given } from './given.ts'
import { kindOf } from './inputs.ts'
import { lossGraph, splitLoss, type Before, type FeatureType } from './graphs.ts'
import type { Tally } from './metrics/index.ts'
import { countOf, type PassRequest, type Source } from './sources.ts'

const CACHE_LIMIT = 2 * 1024 ** 3

export interface Side {
  readonly name: 'training' | 'validation'
  readonly given: Given
  readonly tally: Tally
  /** Trunk and head for so many samples at a time; undefined where no features are kept. */
  readonly split: SplitGraph | undefined
  /** The part of the loss graph that every epoch runs, for one batch size. */
  readonly head: (batch: number) => Graph
}

/** What of the options of `fit` is about samples and their features. */
export interface FeatureOptions extends Before {
  cacheFeatures?: boolean
  featureType?: FeatureType
  featureBatchSize?: number
}

/** Whether to keep features, and the graphs for that. Each is built once. */
export function sideOf(
  engine: Engine & { readonly criteria: Criteria },
  name: Side['name'],
  given: Given,
  tally: Tally,
  options: FeatureOptions,
): Side {
  const { criteria } = engine
  const { network } = given
  const before = name === 'training' ? { mix: options.mix, augment: options.augment } : {}
  const objective = { criteria, tally, rows: given.rows, types: given.types, before }
  const whole = once((n) => lossGraph(network, objective, n, name === 'training'))
  const side = { name, given, tally, split: undefined, head: whole }
  // Batches may be others in every epoch, and without end.
  if (options.cacheFeatures === false || (given.stream && !options.cacheFeatures)) return side
  const { count } = given.source
  const splits = once((n) => splitLoss(network, whole(n), options.featureType))
  const trained = network.weights.filter((w) => w.trainable).length // another trunk where more is frozen
  const batch = engine.fittingBatch(
    `features ${name} ${trained} ${kindOf(given)}`,
    options.featureBatchSize,
    count,
    (n) => splits(n)?.trunk ?? whole(n),
  )
  const split = splits(batch)
  if (!split || (!options.cacheFeatures && featureBytes(split.features, count) >= CACHE_LIMIT)) return side
  return { ...side, split, head: (n) => splits(n)!.head }
}

export interface SourcesPass {
  /** The first pass of a side. */
  readonly request: (side: Side) => PassRequest
  /** Bytes of features that the device may take, of the first side before the second. */
  readonly room: number
  readonly signal: AbortSignal | undefined
  /** Gives what hears how many of all samples are done. */
  readonly report: (total: number) => (done: number) => void
}

/** What every epoch of each side feeds on. Runs the frozen trunk where its features are kept. */
export async function sourcesOf(engine: Engine, sides: readonly Side[], { room, signal, request, report }: SourcesPass): Promise<Source[]> {
  const kept = (side: Side) => (side.split ? countOf(side.given.source, side.given.batchSize, request(side).steps) : 0)
  const tell = report(sides.reduce((sum, side) => sum + kept(side), 0))
  const sources: Source[] = []
  let before = 0
  let left = room
  for (const side of sides) {
    const { name, split, given } = side
    const { labelled } = given
    const onBatch = (done: number) => tell(before + done)
    let { source } = given
    if (split && labelled) source = await keepFeatures(engine, name, split, labelled, { room: left, signal, onBatch })
    else if (split) source = await collectFeatures(engine, split, source, request(side), onBatch)
    sources.push(source)
    before += kept(side)
    left -= storedBytes(source.stored)
  }
  return sources
}
