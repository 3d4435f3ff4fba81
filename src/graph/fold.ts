/** Batch normalisation folded into the convolution before it: before gradients, so that only what stays as it is may be folded. */
import { batchNorm } from '../kernels/batch_norm.ts'
import { foldBatchNormScale } from '../kernels/fold_batch_norm_scale.ts'
import { foldBatchNormShift } from '../kernels/fold_batch_norm_shift.ts'
import type { Parameter } from '../parameter.ts'
import { openEpilogue } from './epilogue.ts'
import { constants, isOp, rewrite, type Graph, type Rule } from './graph.ts'

/**
 * conv2d (depthwiseConv2d, dense) followed by an inference-mode batchNorm becomes one op whose epilogue scales:
 * s = gamma / sqrt(variance + epsilon), b' = beta + (b - mean) * s. They depend on parameters only, so a plan computes them once and not at
 * every step; the weights themselves stay as they are, and are not held twice.
 * @param fixed whether a parameter stays as it is while the graph is used. A convolution or normalisation with any other is left alone:
 * its gradients are those of the weights as they are. Default: all are, as in a prediction.
 */
export function batchNormFolding(graph: Graph, fixed?: (parameter: Parameter) => boolean): Rule {
  const weights = constants(graph, fixed)
  return (node, { g, to, readers }) => {
    const x = node.inputs[0]
    if (!isOp(node, batchNorm) || !openEpilogue(x) || readers(x) > 1) return undefined
    if ([...x.inputs.slice(1), ...node.inputs.slice(1)].some((i) => i && !weights.has(i.id))) return undefined
    const [, gamma, beta, mean, variance] = node.inputs.map((i) => i && to(i))
    const { bias, scale: at } = x.op.epilogue!
    const inputs = x.inputs.map((i) => i && to(i))
    inputs[at] = g.add(foldBatchNormScale, [variance, gamma], { epsilon: node.attrs.epsilon })
    inputs[bias] = g.add(foldBatchNormShift, [mean, inputs[at], beta, inputs[bias]], {})
    return g.add(x.op, inputs, x.attrs)
  }
}

/** A graph after `batchNormFolding`. */
export function foldBatchNorm(graph: Graph, fixed?: (parameter: Parameter) => boolean): Graph {
  return rewrite(graph, batchNormFolding(graph, fixed))
}
