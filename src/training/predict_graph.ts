/** Builds the graph of a model's prediction for one batch size; and what all graphs of a model begin with. */
import { batchNormFolding } from '../graph/fold.ts'
import { epilogueFusing } from '../graph/fuse.ts'
import type { DType } from '../dtype.ts'
import { Graph, rewrite, type Node } from '../graph/graph.ts'
import { laidOut } from '../graph/layout.ts'
import { unpack } from '../kernels/unpack.ts'
import type { EmitContext, Masks } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { inputName } from './inputs.ts'

/** Types of the samples for each input, f32 or u8; f32 where it is not said. */
export type SampleTypes = readonly DType[]

/** How the layers of a graph run. */
export type Running = Pick<EmitContext, 'training' | 'augment' | 'activity'>

/** How a graph runs that predicts. */
export const PREDICTING: Running = { training: false, augment: false }

/** Appends what is done to the samples before the network sees them. */
type Preparing = (c: EmitContext, samples: readonly Node[]) => readonly Node[]

/** The network for one batch. Inputs `x0`, `x1`, ..., which begin with being unpacked where they are bytes; and, where a layer draws, `seed`. */
export function begin(
  network: Network,
  batch: number,
  running: Running,
  types: SampleTypes,
  prepare: Preparing = (_, samples) => samples,
): { readonly graph: Graph; readonly outputs: readonly Node[]; readonly masks: Masks } {
  const graph = new Graph()
  const samples = network.inputs.map(({ shape }, i): Node => {
    const x = graph.input(inputName(i), [batch, ...(shape.slice(1) as number[])], types[i])
    return x.dtype === 'u8' ? graph.add(unpack, [x], {}) : x
  })
  let seedNode: Node | undefined
  const c: EmitContext = { ...running, graph, seed: () => (seedNode ??= graph.input('seed', [2], 'u32')) }
  const { ys: outputs, masks } = network.emitMasked(c, prepare(c, samples))
  return { graph, outputs, masks }
}

/** What every graph goes through that is not differentiated. */
export function forInference(given: Graph): Graph {
  const graph = laidOut(given)
  return rewrite(graph, batchNormFolding(graph), epilogueFusing)
}

/** Outputs `y0`, `y1`, ... for the inputs `x0`, `x1`, ... */
export function predictGraph(network: Network, batch: number, types: SampleTypes = []): Graph {
  const { graph, outputs } = begin(network, batch, PREDICTING, types)
  outputs.forEach((y, i) => graph.outputs.set(`y${i}`, y))
  return forInference(graph)
}
