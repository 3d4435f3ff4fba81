/** The two kinds of passes of `fit`, training and validation: what each feeds on, and the graphs that it runs. */
import type { Graph } from '../graph/graph.ts'
import type { SplitGraph } from '../graph/split.ts'
import { feedOf } from './batches.ts'
import type { Criteria } from './criteria.ts'
import { once, type Engine } from './engine.ts'
import { featureBytes, keepFeatures, storedBytes } from './features.ts'
import { lossGraph, splitLoss, type Before } from './graphs.ts'
import { typesOf, type Labelled } from './inputs.ts'
import { shapesOfRows } from './labels.ts'
import type { Tally } from './metrics/index.ts'
import { memorySource, type Source } from './sources.ts'

const CACHE_LIMIT = 2 * 1024 ** 3

export interface Side {
  readonly name: 'training' | 'validation'
  readonly labelled: Labelled
  readonly tally: Tally
  /** Trunk and head for so many samples at a time; undefined where no features are kept. */
  readonly split: SplitGraph | undefined
  /** The part of the loss graph that every epoch runs, for one batch size. */
  readonly head: (batch: number) => Graph
}

/** What of the options of `fit` is about samples and their features. */
export interface FeatureOptions extends Before {
  cacheFeatures?: boolean
  featureBatchSize?: number
}

/** Whether to keep features, and the graphs for that. Each is built once. */
export function sideOf(
  engine: Engine & { readonly criteria: Criteria },
  name: Side['name'],
  labelled: Labelled,
  tally: Tally,
  options: FeatureOptions,
): Side {
  const { network, criteria } = engine
  const before = name === 'training' ? { mix: options.mix, augment: options.augment } : {}
  const objective = { criteria, tally, rows: shapesOfRows(labelled.rows), types: typesOf(labelled.samples), before }
  const whole = once((n) => lossGraph(network, objective, n, name === 'training'))
  const side = { name, labelled, tally, split: undefined, head: whole }
  if (options.cacheFeatures === false) return side
  const { count } = labelled.samples
  const splits = once((n) => splitLoss(network, whole(n)))
  const trained = network.weights.filter((w) => w.trainable).length // another trunk where more is frozen
  const batch = engine.fittingBatch(`features ${name} ${trained}`, options.featureBatchSize, count, (n) => splits(n)?.trunk ?? whole(n))
  const split = splits(batch)
  if (!split || (!options.cacheFeatures && featureBytes(split.features, count) >= CACHE_LIMIT)) return side
  return { ...side, split, head: (n) => splits(n)!.head }
}

export interface SourcesPass {
  /** Bytes of features that the device may take, of the first side before the second. */
  readonly room: number
  readonly signal: AbortSignal | undefined
  /** Gives what hears how many of all samples are done. */
  readonly report: (total: number) => (done: number) => void
}

/** What every epoch of each side feeds on. Runs the frozen trunk where its features are kept. */
export async function sourcesOf(engine: Engine, sides: readonly Side[], { room, signal, report }: SourcesPass): Promise<Source[]> {
  const kept = ({ split, labelled }: Side) => (split ? labelled.samples.count : 0)
  const tell = report(sides.reduce((sum, side) => sum + kept(side), 0))
  const sources: Source[] = []
  let before = 0
  let left = room
  for (const side of sides) {
    const { name, split, labelled } = side
    const pass = { room: left, signal, onBatch: (done: number) => tell(before + done) }
    const source = split ? await keepFeatures(engine, name, split, labelled, pass) : memorySource(feedOf(labelled.samples, labelled.rows))
    sources.push(source)
    before += kept(side)
    left -= storedBytes(source.stored)
  }
  return sources
}
