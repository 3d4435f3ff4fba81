/**
 * Graph-to-graph transforms, run before gradients and plans: batch normalisation folded into the convolution before it, residual
 * adds and activations fused into epilogues, large weights split over several bindings. Each returns a new graph.
 */
import { add } from '../kernels/add.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { dense } from '../kernels/dense/dense.ts'
import { foldBatchNormScale } from '../kernels/fold_batch_norm_scale.ts'
import { foldBatchNormShift } from '../kernels/fold_batch_norm_shift.ts'
import type { Op } from '../kernels/kernel.ts'
import { relu } from '../kernels/relu.ts'
import { scaleChannels } from '../kernels/scale_channels.ts'
import { sizeOf } from '../shape.ts'
import { consumerCounts, rewrite, type Graph, type Node, type OpNode } from './graph.ts'
import { splitRows } from '../parameter.ts'

interface Activated {
  activation: 'linear' | 'relu'
}

const is = (n: Node | undefined, op: Op): n is OpNode => n?.kind === 'op' && n.op === op

/** An op with an epilogue that nothing has been fused into yet beyond a bias, and that only one node reads. */
function openEpilogue(n: Node | undefined, counts: readonly number[]): n is OpNode {
  if (n?.kind !== 'op' || !n.op.epilogue || counts[n.id] !== 1) return false
  return (n.attrs as Activated).activation === 'linear' && !n.inputs[n.op.epilogue.residual]
}

/**
 * conv2d (or dense) followed by an inference-mode batchNorm becomes one conv2d with scaled weights:
 * s = gamma / sqrt(variance + epsilon), w' = w * s, b' = beta + (b - mean) * s.
 * The scaled weights depend on parameters only, so a plan computes them once and not at every step.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    const x = node.inputs[0]
    if (!is(node, batchNorm) || !openEpilogue(x, counts)) return undefined
    const [, gamma, beta, mean, variance] = node.inputs.map((i) => i && to(i))
    const { bias } = x.op.epilogue!
    const inputs = x.inputs.map((i) => i && to(i))
    const attrs = node.attrs as { epsilon: number }
    const scale = g.add(foldBatchNormScale, [variance, gamma], { epsilon: attrs.epsilon })
    inputs[1] = g.add(scaleChannels, [inputs[1], scale], {})
    inputs[bias] = g.add(foldBatchNormShift, [mean, scale, beta, inputs[bias]], {})
    return g.add(x.op, inputs, x.attrs)
  })
}

/** conv2d or dense, then add and/or relu: the add becomes the residual input, the relu the activation. */
export function fuseEpilogues(graph: Graph): Graph {
  return fuseActivations(fuseResiduals(graph))
}

function fuseResiduals(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    if (!is(node, add)) return undefined
    const [a, b] = node.inputs as [Node, Node]
    const into = openEpilogue(b, counts) ? b : openEpilogue(a, counts) ? a : undefined
    if (!into || a === b) return undefined
    const inputs = into.inputs.map((i) => i && to(i))
    inputs[into.op.epilogue!.residual] = to(into === b ? a : b)
    return g.add(into.op, inputs, { ...into.attrs, ...(node.attrs as Activated) })
  })
}

function fuseActivations(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    const x = node.inputs[0]
    if (!is(node, relu) || x?.kind !== 'op' || counts[x.id] !== 1) return undefined
    if ((x.attrs as Partial<Activated>).activation !== 'linear') return undefined
    return g.add(
      x.op,
      x.inputs.map((i) => i && to(i)),
      { ...x.attrs, activation: 'relu' },
    )
  })
}

/**
 * A dense layer whose weights exceed one storage binding becomes a chain of dense ops over row ranges of w, each adding to the
 * one before through the residual input; bias and activation come with the last. VGG's fc1 (411 MB) needs it.
 */
export function splitLargeDense(graph: Graph, limitBytes: number): Graph {
  return rewrite(graph, (node, to, g) => {
    const w = node.inputs[1]
    if (!is(node, dense) || w?.kind !== 'parameter' || 4 * sizeOf(w.shape) <= limitBytes) return undefined
    const [x, , b, r] = node.inputs.map((i) => i && to(i))
    const parts = splitRows(w.shape, limitBytes)
    let sum = r
    parts.forEach((rows, i) => {
      const last = i === parts.length - 1
      const activation = last ? (node.attrs as Activated).activation : 'linear'
      sum = g.add(dense, [x, g.parameterRows(w.parameter, rows), last ? b : undefined, sum], { activation, xBegin: rows[0] })
    })
    return sum
  })
}

/** What every inference and training graph goes through. */
export function simplify(graph: Graph): Graph {
  return fuseEpilogues(foldBatchNorm(graph))
}
