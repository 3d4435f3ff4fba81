/** Builds the graphs of a model for one batch size beside its prediction: loss, evaluation; what is stored of samples. */
import { ArgumentError } from '../errors.ts'
import { Graph, rewrite, type Node } from '../graph/graph.ts'
import { laidOut } from '../graph/layout.ts'
import { combine } from '../kernels/combine.ts'
import { gatherRows } from '../kernels/gather_rows.ts'
import { rescale } from '../kernels/rescale.ts'
import { storeRows } from '../kernels/store_rows.ts'
import { trainingOps } from '../kernels/training.ts'
import type { Parameter } from '../parameter.ts'
import { inHalves, splitFrozen, type SplitGraph } from '../graph/split.ts'
import type { Augmentation } from '../layers/augmentation/augmentation.ts'
import type { Layer, Masks } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { formatShape, sameShape, type Shape } from '../shape.ts'
import { augmented, augmentedOutputs, AUGMENTING } from './augment.ts'
import { inputName } from './inputs.ts'
import type { Criteria } from './criteria.ts'
import { targetName, weightNames } from './labels.ts'
import type { Loss } from './losses/index.ts'
import { lossBySteps, stepsOf } from './masked.ts'
import { activityPenalties, weightPenalties } from './weight_rules.ts'
import type { OutputBatch, Tally } from './metrics/index.ts'
import { Mixing, type Mix } from './mix.ts'
import { begin, forInference, type SampleTypes } from './predict_graph.ts'

/** What a loss graph computes besides the network. */
export interface Objective {
  readonly criteria: Criteria
  readonly tally: Tally
  /** Shapes of what belongs to each sample, one sample's targets and weights, by the names of inputs (labels.ts). */
  readonly rows: Readonly<Record<string, Shape>>
  readonly types?: SampleTypes
  /** What is done to samples, and targets, before the network. */
  readonly before?: Before
}

/** What is done to the samples of a step before the network sees them. */
export interface Before {
  /** Every sample with another one, and its targets. */
  readonly mix?: Mix | undefined
  /** Layers that augment the samples of a network with one input. */
  readonly augment?: readonly Augmentation[] | undefined
}

/** Nodes of a loss graph that are asked for again and again. */
class LossBuilder {
  readonly graph: Graph
  readonly batch: number
  readonly #objective: Objective
  readonly #mixing: Mixing | undefined
  readonly #masks: Masks
  readonly #rows = new Map<string, Node>()
  /** [N]: 0 for padding. */
  readonly weight: Node

  /** @param masks of the outputs */
  constructor(graph: Graph, batch: number, objective: Objective, mixing?: Mixing, masks: Masks = []) {
    this.#masks = masks
    this.weight = graph.input('weight', [batch])
    this.#mixing = mixing
    this.graph = graph
    this.batch = batch
    this.#objective = objective
  }

  /** The first of these inputs that the samples have, if any. */
  rows(...names: readonly string[]): Node | undefined {
    const name = names.find((n) => Object.hasOwn(this.#objective.rows, n))
    if (name === undefined) return undefined
    let node = this.#rows.get(name)
    if (!node) this.#rows.set(name, (node = this.graph.input(name, [this.batch, ...this.#objective.rows[name]!])))
    return node
  }

  readonly times = (a: Node, b: Node): Node => this.graph.add(combine, [a, b], { kind: 'multiply', activation: 'linear' })

  readonly plus = (a: Node, b: Node): Node => this.graph.add(combine, [a, b], { kind: 'add', activation: 'linear' })

  scaled(x: Node, scale: number): Node {
    return scale === 1 ? x : this.graph.add(rescale, [x], { scale, offset: 0 })
  }

  /** One output, with its loss by the samples' weights. */
  output(index: number, y: Node): OutputBatch {
    const [graph, batch] = [this.graph, this.batch]
    const { name, loss, labelled } = this.#objective.criteria.outputs[index]!
    if (!labelled) return { y, t: undefined, sampleWeight: undefined, loss: undefined, steps: undefined }
    const given = this.rows(targetName(index))!
    const t = this.#mixing?.targets(given, y) ?? given
    const weights = this.rows(...weightNames(index))
    const sampleWeight = weights && graph.view(weights, [batch])
    const mask = this.#masks[index]
    if (mask && sampleWeight) mask.refuseLoss(name, 'where samples have weights')
    const steps = mask && stepsOf(graph, y, t, mask.ofOutput(name, y), this.weight)
    if (!loss) return { y, t, sampleWeight, loss, steps }
    graph.scope = loss.name
    if (steps) return { y, t, sampleWeight, steps, loss: lossBySteps(graph, this.#values(loss, steps.y, steps.t), steps, this.weight) }
    const values = this.#values(loss, y, t)
    return { y, t, sampleWeight, steps, loss: sampleWeight ? this.times(values, sampleWeight) : values }
  }

  /** A value for each row. */
  #values(loss: Loss, y: Node, t: Node): Node {
    const values = loss.loss(this.graph, y, t)
    const wanted = [y.shape[0]!]
    if (sameShape(values.shape, wanted)) return values
    throw new ArgumentError(loss.name, `a loss must give a value for each sample, ${formatShape(wanted)}, got ${formatShape(values.shape)}`)
  }
}

/** Appends the loss of every row, of what a network gives, and adds to the sums. @param more [N] or [1]: what else is part of the loss */
function appendLoss(builder: LossBuilder, { criteria, tally }: Objective, ys: readonly Node[], more: readonly Node[]): void {
  const { graph, times } = builder
  const outputs = ys.map((y, i) => builder.output(i, y))
  const parts = outputs.flatMap(({ loss }, i) => (loss ? [builder.scaled(loss, criteria.outputs[i]!.lossWeight)] : []))
  const loss = [...parts, ...more].reduce(builder.plus)
  tally.add(graph, { loss, outputs, times, weight: builder.weight })
  graph.outputs.set('loss', loss)
}

/**
 * From the samples to the loss of every row, its only output `loss` [N], and the running sums of a pass. Inputs besides the samples: targets and
 * weights (a row for each sample), `weight` [N] (0 for padding rows). As the layers emit it, so that it can be differentiated:
 * `evaluationGraph`, and the graphs of steps (step_graphs.ts), make it small.
 * @throws ArgumentError for a loss that cannot be trained with
 */
export function lossGraph(network: Network, objective: Objective, batch: number, training: boolean): Graph {
  const given: [Layer, Node][] = []
  const activity = (layer: Layer, y: Node) => void given.push([layer, y])
  const running = { training: training && trainingOps, augment: training, activity }
  const { mix, augment } = objective.before ?? {}
  let mixing: Mixing | undefined
  const {
    graph,
    outputs: ys,
    masks,
  } = begin(network, batch, running, objective.types ?? [], (c, samples) => {
    mixing = mix && new Mixing(c.graph, mix, network, batch)
    const mixed = mixing ? mixing.samples(samples) : samples
    return augment ? [augmented(c, network, mixed, augment)] : mixed
  })
  const builder = new LossBuilder(graph, batch, objective, mixing, masks)
  appendLoss(builder, objective, ys, [...weightPenalties(graph, network), ...activityPenalties(graph, given)])
  return laidOut(graph)
}

/** What activity regularizers add to the loss of each sample: an output of `augmentedGraph`, an input of `scoringGraph`. */
const ACTIVITY = 'activity'

/** The graph of predictions that are averaged, with the output `activity` [N] where layers have activity regularizers. */
export function augmentedGraph(network: Network, objective: Objective, batch: number, augment: readonly Augmentation[]): Graph {
  const given: [Layer, Node][] = []
  const activity = (layer: Layer, y: Node) => void given.push([layer, y])
  const { graph, masks } = augmentedOutputs(network, batch, { ...AUGMENTING, activity }, objective.types ?? [], augment)
  masks.forEach((mask, i) => {
    const { name, labelled } = objective.criteria.outputs[i]!
    if (labelled) mask?.refuseLoss(name, 'in an evaluation that averages predictions')
  })
  const penalties = activityPenalties(graph, given)
  if (penalties.length)
    graph.outputs.set(
      ACTIVITY,
      penalties.reduce((a, b) => graph.add(combine, [a, b], { kind: 'add', activation: 'linear' })),
    )
  return forInference(graph)
}

/** As `lossGraph`, of what `augmentedGraph` gives, its outputs being inputs. */
export function scoringGraph(network: Network, objective: Objective, batch: number, outputs: readonly string[]): Graph {
  const graph = new Graph()
  const ys = network.outputs.map(({ shape }, i) => graph.input(`y${i}`, [batch, ...(shape.slice(1) as number[])]))
  const builder = new LossBuilder(graph, batch, objective)
  const activity = outputs.includes(ACTIVITY) ? [graph.input(ACTIVITY, [batch])] : []
  appendLoss(builder, objective, ys, [...weightPenalties(graph, network), ...activity])
  return graph
}

/** In what the features of a frozen trunk are kept. */
export type FeatureType = 'f32' | 'f16'

/** The frozen part of a loss graph split off, ready to run, where there is one worth keeping the features of. The head is as emitted. */
export function splitLoss(network: Network, graph: Graph, type: FeatureType = 'f32'): SplitGraph | undefined {
  const split = splitFrozen(
    graph,
    network.inputs.map((_, i) => inputName(i)),
    new Set(network.changing),
  )
  if (!split) return undefined
  const small = { ...split, trunk: forInference(split.trunk) }
  return type === 'f16' ? inHalves(small) : small
}

/** Makes of a loss graph one that adds to the running sums and gives nothing back. */
export function evaluationGraph(graph: Graph): Graph {
  graph.outputs.clear()
  return forInference(graph)
}

/** Tensors on the device that have a row for each sample, by the graph input whose rows they hold. */
export type StoredRows = ReadonlyMap<string, Parameter>

/** Rows are values, or words of two halves. */
const rowsAttrs = ({ dtype }: Parameter) => (dtype === 'u32' ? { dtype } : {})

/**
 * Makes of a trunk one that stores what it gives and gives nothing back. What it does not compute, the targets, it takes as an input.
 * Further input: `begin`, the number of the batch's first sample.
 */
export function storingGraph({ trunk, features }: SplitGraph, stored: StoredRows): Graph {
  const g = rewrite(trunk)
  const begin = g.input('begin', [1], 'u32')
  for (const [name, rows] of stored) {
    g.scope = rows.path
    const x = g.outputs.get(name) ?? g.input(name, [features[0]!.shape[0]!, ...rows.shape.slice(1)])
    g.update(storeRows, [x, begin], [rows], rowsAttrs(rows))
  }
  g.outputs.clear()
  return g
}

/** Makes of a graph that takes rows as inputs one that takes `rows`, their numbers, and finds them on the device. */
export function gatheringGraph(graph: Graph, stored: StoredRows): Graph {
  let index: Node | undefined
  return rewrite(graph, (n, { g }) => {
    const rows = n.kind === 'input' ? stored.get(n.name) : undefined
    if (!rows) return undefined
    index ??= g.input('rows', [n.shape[0]!], 'u32')
    return g.add(gatherRows, [g.parameter(rows), index], rowsAttrs(rows))
  })
}
