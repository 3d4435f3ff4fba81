/** Graphs of training steps: gradients and updates in one, or gradients of a part of a batch at a time, and the updates when they are added up. */
import { ArgumentError } from '../errors.ts'
import { foldBatchNorm } from '../graph/fold.ts'
import { fuseEpilogues } from '../graph/fuse.ts'
import { dependents, gradients } from '../graph/grad.ts'
import { Graph, isOp, reachable, rewrite, updatedBy, type Node, type OpNode, type ParameterNode } from '../graph/graph.ts'
import { noteMaxima } from '../graph/maxima.ts'
import { recompute } from '../graph/recompute.ts'
import { accumulate } from '../kernels/accumulate.ts'
import { moments } from '../kernels/moments.ts'
import { rescale } from '../kernels/rescale.ts'
import type { Parameter } from '../parameter.ts'
import type { Optimizer, Trained } from './optimizers/optimizer.ts'

/** Gives a parameter that belongs to a weight. */
type Of<T> = (weight: Parameter) => T

/** How weights are changed. */
export interface Updating {
  readonly optimizer: Optimizer
  /** The optimizer's state for a weight. */
  readonly momentsOf: Of<readonly Parameter[]>
  /** Appends what holds after the update of weights. Default: nothing. */
  readonly constrained?: (g: Graph, trained: readonly Trained[]) => void
}

/** A loss graph, ready to be differentiated. */
interface Forward {
  readonly g: Graph
  readonly loss: Node
  readonly weights: readonly ParameterNode[]
  /** Id of the first node behind it. */
  readonly end: number
}

/**
 * Copies parameters that the graph changes where they are read, so that the backward pass goes by what the forward pass had: moving statistics, where a
 * batch normalisation is called as it trains and as it predicts. Each call has them as the calls before it have left them, as in Keras.
 */
function asTheyWere(graph: Graph, updated: ReadonlySet<Parameter>): Graph {
  const changes = (i: Node | undefined) => i?.kind === 'parameter' && updated.has(i.parameter)
  if (!graph.nodes.some((n) => n.inputs.some(changes))) return graph
  return rewrite(graph, (n, { g, to }) => {
    if (n.kind !== 'op' || !n.inputs.some(changes)) return undefined
    const copied = (i: Node) => (changes(i) ? g.add(rescale, [to(i)], { scale: 1, offset: 0 }) : to(i))
    return g.copy(
      n,
      n.inputs.map((i) => i && copied(i)),
    )
  })
}

/** @throws ArgumentError when nothing is trainable */
function forwardOf(emitted: Graph): Forward {
  const updated = updatedBy(emitted)
  const g = noteMaxima(
    foldBatchNorm(asTheyWere(emitted, updated), (p) => !p.trainable && !updated.has(p)),
    (p) => p.trainable,
  )
  const alive = reachable(g)
  const weights = g.nodes.filter((n): n is ParameterNode => n.kind === 'parameter' && n.parameter.trainable && alive.has(n.id))
  if (!weights.length)
    throw new ArgumentError('fit', 'a model must have a trainable weight to be trained, got none (every layer is frozen)')
  return { g, loss: g.outputs.get('loss')!, weights, end: g.nodes.length }
}

/** What cuts a loss off from all weights, by its layers. */
function noSlope(cut: readonly OpNode[]): ArgumentError {
  const names = [...new Set(cut.map(({ name, op }) => (name === op.name ? name : `${name} (${op.name})`)))].slice(0, 5).join(', ')
  const why =
    'comparisons, rounding and places jump where they change at all (leave them out of what trains, or take what is before them as an output)'
  return new ArgumentError(
    'fit',
    `the loss must have a slope by a trainable weight: ${why}, got one that is cut off from all of them by ${names}`,
  )
}

/**
 * Appends the gradients of the trainable weights, 0 by those that the loss depends on without a slope. Further input: `dLoss` [N], by each row's loss:
 * 1 / samples.
 * @throws ArgumentError where the loss has a slope by none of them
 */
function gradientsOf({ g, loss, weights }: Forward): Pick<Trained, 'weight' | 'dw'>[] {
  const cut: OpNode[] = []
  const found = gradients(g, loss, g.input('dLoss', loss.shape), weights, { cut })
  if (!found.size && cut.length) throw noSlope(cut)
  g.outputs.clear()
  const isCut = (weight: Node) => cut.length > 0 && dependents(g, [weight]).has(loss.id)
  return weights.flatMap((weight) => {
    const dw = found.get(weight) ?? (isCut(weight) ? g.add(rescale, [weight], { scale: 0, offset: 0 }) : undefined)
    return dw ? [{ weight, dw }] : []
  })
}

const finished = ({ g, end }: Forward, partBytes: number) => fuseEpilogues(recompute(g, end, partBytes))

function update(
  g: Graph,
  hyper: Node,
  weights: readonly Pick<Trained, 'weight' | 'dw'>[],
  { optimizer, momentsOf, constrained }: Updating,
) {
  const trained = weights.map(({ weight, dw }) => ({ weight, dw, state: momentsOf(weight.parameter) }))
  optimizer.apply(g, trained, hyper)
  constrained?.(g, trained)
}

/**
 * Makes a training step of a loss graph: gradients of every trainable weight, the optimizer's updates, running sums.
 * Further inputs: `dLoss` [N] (gradient by each row's loss: 1 / samples), `hyper`.
 * @param partBytes of what is kept for the backward pass: where it is more, the forward pass is computed again in parts of so many bytes, to the
 * same bits. Default: all is kept
 * @throws ArgumentError when nothing is trainable, the loss has no slope by what is, or an op on the way has no rule
 */
export function trainingGraph(emitted: Graph, updating: Updating, partBytes = Infinity): Graph {
  const forward = forwardOf(emitted)
  const hyper = forward.g.input('hyper', [updating.optimizer.hyperSize])
  update(forward.g, hyper, gradientsOf(forward), updating)
  return finished(forward, partBytes)
}

/**
 * As `trainingGraph`, of some rows of a batch: gradients are added up, nothing is updated but running sums. Further inputs: `dLoss` (by 1 / samples of
 * the whole batch), `before`: rows of the batch before these.
 * @param sumOf where the gradients of a weight are added up
 * @throws as trainingGraph
 */
export function accumulatingGraph(emitted: Graph, sumOf: Of<Parameter>, partBytes = Infinity): Graph {
  const forward = forwardOf(emitted)
  const before = forward.g.input('before', [1], 'u32')
  for (const { weight, dw } of gradientsOf(forward)) {
    forward.g.scope = `${weight.parameter.path} sum of gradients`
    forward.g.update(accumulate, [dw, before], [sumOf(weight.parameter)], {})
  }
  forward.g.scope = ''
  return finished(forward, partBytes)
}

/** The updates of a step whose gradients are added up. Input: `hyper`. */
export function updatingGraph(weights: Iterable<Parameter>, sumOf: Of<Parameter>, updating: Updating): Graph {
  const g = new Graph()
  const hyper = g.input('hyper', [updating.optimizer.hyperSize])
  const summed = [...weights].map((w) => ({ weight: g.parameter(w), dw: g.parameter(sumOf(w)) }))
  update(g, hyper, summed, updating)
  return g
}

/**
 * What makes a row's values depend on the rows beside it: the statistics of the batch that a batch normalisation takes in training. Then no batch may
 * be filled up. Undefined where there is none.
 */
export function batchStatistics(graph: Graph): Node | undefined {
  const alive = reachable(graph)
  return graph.nodes.find((n) => isOp(n, moments) && alive.has(n.id))
}
