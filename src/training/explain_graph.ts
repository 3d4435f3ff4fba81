/** Graphs that differentiate the score of a class by what a model sees: an inner layer, or its inputs. */
import { ArgumentError } from '../errors.ts'
import { foldBatchNorm } from '../graph/fold.ts'
import { fuseEpilogues } from '../graph/fuse.ts'
import { gradients } from '../graph/grad.ts'
import { isOp, storageOf, type Graph, type Node, type OpNode } from '../graph/graph.ts'
import { laidOut, unmoved } from '../graph/layout.ts'
import { activation } from '../kernels/activation/activation.ts'
import { combine } from '../kernels/combine.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { resizeBilinear } from '../kernels/resize_bilinear.ts'
import { softmax } from '../kernels/softmax.ts'
import { transpose } from '../kernels/transpose.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { Network } from '../layers/network.ts'
import { topology } from '../layers/topology.ts'
import { unrolled } from '../layers/unrolled.ts'
import { sizeOf } from '../shape.ts'
import { channelsFirstIn, TO_LAST } from './picture_axes.ts'
import { begin, PREDICTING, type SampleTypes } from './predict_graph.ts'

/** What is differentiated. */
export interface Score {
  /** Which output of the network. */
  readonly output: number
  /** Before a softmax or sigmoid at the end. */
  readonly logits: boolean
}

/** The network without networks in it, and what its layers give. */
export interface Flat {
  readonly network: Network
  readonly outputs: readonly SymbolicTensor[]
  /** In order. */
  readonly tensors: readonly SymbolicTensor[]
  /** Those of pictures whose channels come first. */
  readonly first: ReadonlySet<SymbolicTensor>
}

export function flat(network: Network): Flat {
  const outputs = unrolled(network)
  const tensors = topology(outputs).calls.flat()
  return { network, outputs, tensors, first: channelsFirstIn(tensors) }
}

/** Nodes with the gradients by them. Input besides the samples: `classes` [N,K], the gradient by the scores. */
interface Differentiated {
  readonly graph: Graph
  readonly wanted: readonly { readonly node: Node; readonly gradient: Node }[]
}

/** The scores before what makes probabilities of them. */
function beforeProbabilities(g: Graph, y: Node): Node {
  const last = storageOf(y)
  const sigmoid = isOp(last, activation) && last.attrs.activation === 'sigmoid'
  return sigmoid || isOp(last, softmax) ? g.view(last.inputs[0]!, y.shape) : y
}

/** @throws ArgumentError where the score does not depend on what it is differentiated by, or an op between them has no gradient */
function differentiate(
  { network, outputs }: Flat,
  by: readonly SymbolicTensor[],
  { output, logits }: Score,
  batch: number,
  types: SampleTypes,
): Differentiated {
  const inputs = network.inputs
  const whole = new Network({ inputs, outputs: [...outputs, ...by], name: network.name })
  const emitted = begin(whole, batch, PREDICTING, types)
  emitted.graph.outputs.set('y', emitted.outputs[output]!)
  by.forEach((_, i) => emitted.graph.outputs.set(`by${i}`, emitted.outputs[outputs.length + i]!))
  const graph = foldBatchNorm(laidOut(emitted.graph)) // as outputs, what is differentiated by is not folded away
  const score = logits ? beforeProbabilities(graph, graph.outputs.get('y')!) : graph.outputs.get('y')!
  const given = by.map((_, i) => ({ y: graph.outputs.get(`by${i}`)!, ...unmoved(graph.outputs.get(`by${i}`)!) }))
  graph.outputs.clear()
  const cut: OpNode[] = []
  const found = gradients(
    graph,
    score,
    graph.input('classes', score.shape),
    given.map(({ node }) => node),
    { cut },
  )
  const wanted = given.map(({ y, node, moved }, i) => {
    const gradient = found.get(node)
    if (gradient) return { node: y, gradient: moved(graph, gradient) }
    const got = cut.length ? `one that ${cut.at(-1)!.name} cuts off from it (a comparison or a place jumps)` : 'one that does not'
    throw new ArgumentError(by[i]!.layer.name, `a layer must lead to the score, by a slope, to explain it, got ${got}`)
  })
  return { graph, wanted }
}

/** Outputs `dx0`, `dx1`, ...: the gradient by each input; with `times` the input, value by value. */
export function inputGradientsGraph(of: Flat, score: Score, times: boolean, batch: number, types: SampleTypes): Graph {
  const { graph, wanted } = differentiate(of, of.network.inputs, score, batch, types)
  wanted.forEach(({ node, gradient }, i) => {
    const dx = times ? graph.add(combine, [node, gradient], { kind: 'multiply', activation: 'linear' }) : gradient
    graph.outputs.set(`dx${i}`, dx)
  })
  return fuseEpilogues(graph)
}

/**
 * Grad-CAM (Selvaraju et al. 2016) as https://keras.io/examples/vision/grad_cam: channels of a layer's output, each weighted by the mean of the
 * score's gradient by it, summed, and positive. Output `heat` [N,h,w,1], up to a factor; with `size` also `sized` [N,...size,1].
 */
export function gradCamGraph(
  of: Flat,
  layer: SymbolicTensor,
  score: Score,
  size: readonly [number, number] | undefined,
  batch: number,
  types: SampleTypes,
): Graph {
  const { graph, wanted } = differentiate(of, [layer], score, batch, types)
  graph.scope = 'gradcam'
  const last = (x: Node) => (of.first.has(layer) ? graph.add(transpose, [x], { axes: TO_LAST }) : x)
  const [node, gradient] = [last(wanted[0]!.node), last(wanted[0]!.gradient)]
  const [N, h, w, C] = node.shape as [number, number, number, number]
  const weights = graph.view(graph.add(globalAvgPool, [gradient], {}), [N, 1, 1, C])
  const weighted = graph.add(combine, [node, weights], { kind: 'multiply', activation: 'linear' })
  const sums = graph.add(globalAvgPool, [graph.view(weighted, [sizeOf([N, h, w]), C, 1, 1])], {}) // means: a factor does not matter
  const heat = graph.add(activation, [graph.view(sums, [N, h, w, 1])], { activation: 'relu' })
  graph.outputs.set('heat', heat)
  if (size) graph.outputs.set('sized', graph.add(resizeBilinear, [heat], { height: size[0], width: size[1], mode: 'halfPixel' }))
  return fuseEpilogues(laidOut(graph))
}
