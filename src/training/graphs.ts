/** Builds the graphs of a model for one batch size: prediction, evaluation, training step. */
import { ArgumentError } from '../errors.ts'
import { gradients } from '../graph/grad.ts'
import { foldBatchNorm } from '../graph/fold.ts'
import { fuseEpilogues } from '../graph/fuse.ts'
import { Graph, reachable, type Node, type ParameterNode } from '../graph/graph.ts'
import { filled, Parameter } from '../parameter.ts'
import { splitFrozen, type SplitGraph } from '../graph/split.ts'
import { accumulateMetrics } from '../kernels/accumulate_metrics.ts'
import { softmax } from '../kernels/softmax.ts'
import { softmaxCrossEntropy } from '../kernels/softmax_cross_entropy/softmax_cross_entropy.ts'
import type { EmitContext } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import type { Shape } from '../shape.ts'
import type { Optimizer } from './optimizers.ts'

/** Sums over the samples seen: loss, right answers, samples, and whether a loss was not finite. */
export const METRIC_SUMS: Shape = [4]

export function metricSums(): Parameter {
  return new Parameter('metrics', 'sums', filled(METRIC_SUMS, 0))
}

function begin(network: Network, batch: number, training: boolean): { graph: Graph; outputs: Node[] } {
  const graph = new Graph()
  const x = graph.input('x', [batch, ...(network.input.shape.slice(1) as number[])])
  let seedNode: Node | undefined
  const c: EmitContext = { graph, training, seed: () => (seedNode ??= graph.input('seed', [1], 'u32')) }
  return { graph, outputs: network.emitAll(c, x) }
}

/** What every graph goes through that is not differentiated. */
function forInference(graph: Graph): Graph {
  return fuseEpilogues(foldBatchNorm(graph))
}

/** Outputs `y0`, `y1`, ... for the input `x`. */
export function predictGraph(network: Network, batch: number): Graph {
  const { graph, outputs } = begin(network, batch, false)
  outputs.forEach((y, i) => graph.outputs.set(`y${i}`, y))
  return forInference(graph)
}

/** The scores before the softmax: what the fused softmax cross-entropy starts from. */
function logitsOf(network: Network, output: Node): Node {
  if (output.kind !== 'op' || output.op.name !== softmax.name) {
    throw new ArgumentError(
      network.name,
      `crossentropy takes a model that ends in a softmax, got one that ends in ${output.kind === 'op' ? output.op.name : output.kind}`,
    )
  }
  return output.inputs[0]!
}

/**
 * From the samples to the loss of every row. Inputs `x`, `t` (targets [N,K]), `weight` [N] (0 for padding rows); outputs `loss` [N]
 * and `scores` [N,K]. As the layers emit it, so that it can be differentiated: `evaluationGraph` and `trainingGraph` make it small.
 */
export function lossGraph(network: Network, batch: number, training: boolean): Graph {
  const { graph, outputs } = begin(network, batch, training)
  const output = outputs[0]!
  if (outputs.length !== 1 || output.shape.length !== 2) {
    throw new ArgumentError(
      network.name,
      `training takes a model with one output [N,K], got ${outputs.length} outputs of rank ${output.shape.length}`,
    )
  }
  const logits = logitsOf(network, output)
  const t = graph.input('t', logits.shape)
  const weight = graph.input('weight', [batch])
  graph.outputs.set('loss', graph.add(softmaxCrossEntropy, [logits, t, weight], {}))
  graph.outputs.set('scores', logits)
  graph.outputs.set('t', t)
  graph.outputs.set('weight', weight)
  return graph
}

/** The frozen part of the loss graph split off, ready to run, where there is one worth keeping the features of. The head is as emitted. */
export function splitLoss(network: Network, batch: number, training: boolean): SplitGraph | undefined {
  const split = splitFrozen(lossGraph(network, batch, training), 'x')
  return split && { ...split, trunk: forInference(split.trunk) }
}

/** Takes the outputs of a loss graph away and adds them to the running sums instead. */
function sumMetrics(g: Graph, sums: Parameter): void {
  const output = (name: string) => g.outputs.get(name)!
  g.scope = 'metrics'
  g.update(accumulateMetrics, ['loss', 'scores', 't', 'weight'].map(output), [sums], {})
  g.outputs.clear()
}

/** Turns a loss graph into one that adds to the metric sums and gives nothing back. */
export function evaluationGraph(g: Graph, sums: Parameter): Graph {
  sumMetrics(g, sums)
  return forInference(g)
}

/**
 * Makes a training step of a loss graph: gradients of every trainable weight, the optimizer's updates, metric sums.
 * Further inputs: `dLoss` [N] (gradient by each row's loss: 1 / samples), `hyper`.
 * @param states optimizer state by weight; filled for weights that have none yet.
 * @throws ArgumentError when nothing is trainable or an op on the way has no gradient.
 */
export function trainingGraph(emitted: Graph, optimizer: Optimizer, states: Map<Parameter, Parameter[]>, sums: Parameter): Graph {
  const g = foldBatchNorm(emitted, (p) => !p.trainable)
  const alive = reachable(g)
  const weights = g.nodes.filter((n): n is ParameterNode => n.kind === 'parameter' && n.parameter.trainable && alive.has(n.id))
  if (!weights.length)
    throw new ArgumentError('fit', 'a model must have a trainable weight to be trained, got none (every layer is frozen)')
  const loss = g.outputs.get('loss')!
  const dLoss = g.input('dLoss', loss.shape)
  const hyper = g.input('hyper', [optimizer.hyperSize])
  const grads = gradients(g, loss, dLoss, weights)
  sumMetrics(g, sums)
  for (const w of weights) {
    const dw = grads.get(w)
    if (!dw) continue
    let state = states.get(w.parameter)
    if (!state) states.set(w.parameter, (state = optimizer.state(w.parameter)))
    g.scope = `${w.parameter.path} ${optimizer.name}`
    optimizer.update(g, w, dw, hyper, state)
  }
  return fuseEpilogues(g)
}
