/**
 * Long sums in stages, so that many threads share them, always in the same order:
 * - a column sum over many rows is made in two stages, the moments of a batch and what the gradients of normalisations by their weights sum in as
 *   many as it takes;
 * - the moments and sums of rows that a sample is normalised by are made in two, where rows are few and long;
 * - the sum of a tensor's squares is made in two stages, and of one that exists in parts, part by part;
 * - on a GPU, the sum of a convolution's gradient by its filters is cut into slices where it is long and few workgroups would share it, that of a
 *   depthwise convolution on every adapter.
 */
import { bytesOf } from '../dtype.ts'
import type { batchNormTrainGradW } from '../kernels/batch_norm_train/grad_w.ts'
import { columnSum } from '../kernels/column_sum.ts'
import type { conv2dGradW } from '../kernels/conv2d/grad_w.ts'
import type { depthwiseConv2dGradW } from '../kernels/depthwise_conv2d/grad_w.ts'
import type { layerNormGradW } from '../kernels/layer_norm/grad_w.ts'
import type { layerNormMoments } from '../kernels/layer_norm/moments.ts'
import type { layerNormSums } from '../kernels/layer_norm/sums.ts'
import { moments } from '../kernels/moments.ts'
import type { squareSum } from '../kernels/square_sum.ts'
import { ceilDiv, sizeOf } from '../shape.ts'
import { isOp, isOpNamed, type Node, type OpNode } from './graph.ts'
import { partOf, rowsOf, type Context, type Lowering } from './lowering.ts'

export const STAGES: readonly Lowering[] = [
  columnSumInStages,
  momentsInStages,
  normGradWInStages,
  rowsInParts,
  squareSumInStages,
  conv2dGradWInSlices,
  depthwiseConv2dGradWInParts,
]

/** Rows that a thread adds up at most, before a sum is made in two stages. */
const MAX_ROWS = 512

/** First the sums of some rows each, then the sums of those: about as many at a time as there are then. */
function columnSumInStages(node: OpNode, { g, to }: Context): Node | undefined {
  if (!isOp(node, columnSum)) return undefined
  const x = node.inputs[0]!
  const all = sizeOf(x.shape) / node.shape.at(-1)!
  const { rows = all } = node.attrs
  if (rows <= MAX_ROWS) return undefined
  const root = Math.ceil(Math.sqrt(rows))
  const first = node.attrs.rows === undefined ? root : divisorNear(rows, root)
  if (first === 1) return undefined
  const sums = g.add(columnSum, [to(x)], { rows: first })
  return g.add(columnSum, [sums], node.attrs.rows === undefined ? {} : { rows: rows / first })
}

/** The largest divisor up to a limit: sums of a first stage must not reach from one of the second's into the next. */
function divisorNear(n: number, limit: number): number {
  for (let d = limit; d > 1; d--) if (n % d === 0) return d
  return 1
}

/** Rows that a thread goes through at most, where whole tensors are read and many threads must share that. */
const STAGE_ROWS = 96

/** How many rows a thread of each stage takes, where all stages take about as many. */
function stageRows(rows: number): number {
  let stages = 1
  while (STAGE_ROWS ** stages < rows) stages++
  return stages === 1 ? rows : Math.ceil(rows ** (1 / stages))
}

/** First the moments of some rows each, then those of so many of these, until one is left. */
function momentsInStages(node: OpNode, { g, to }: Context): Node | undefined {
  if (!isOp(node, moments) || node.attrs.of || node.attrs.rows !== undefined) return undefined
  const x = node.inputs[0]!
  const total = sizeOf(x.shape) / node.shape[1]!
  const each = stageRows(total)
  if (each >= total) return undefined
  let parts = g.add(moments, [to(x)], { rows: each })
  let rows = each
  for (; parts.shape[0]! > each; rows *= each) parts = g.add(moments, [parts], { rows: each, of: { rows, total } })
  return g.add(moments, [parts], { of: { rows, total } })
}

/** First the sums of some rows each, then the sums of so many of these, until one is left. */
function normGradWInStages(node: OpNode, { g, to }: Context): Node | undefined {
  if (
    (!isOpNamed<typeof batchNormTrainGradW>(node, 'batchNormTrainGradW') && !isOpNamed<typeof layerNormGradW>(node, 'layerNormGradW')) ||
    node.attrs.rows !== undefined
  )
    return undefined
  const total = sizeOf(node.inputs[0]!.shape) / node.shape[1]!
  const each = stageRows(total)
  if (each >= total) return undefined
  const parts = g.add<object>(
    node.op,
    node.inputs.map((i) => i && to(i)),
    { ...node.attrs, rows: each },
  )
  let sums = g.view(parts, [parts.shape[0]!, sizeOf(node.shape)])
  while (sums.shape[0]! > each) sums = g.add(columnSum, [sums], { rows: each })
  return g.view(g.add(columnSum, [sums], {}), node.shape)
}

/** Values of a row that are worth a thread of their own, and threads that share one on a GPU. */
const FEWEST_VALUES = 256
const TEAM = 64

/** How many values of a row each part has, where rows are few and long; undefined where they are not. */
function partOfRow(node: OpNode, { caps }: Context): number | undefined {
  const rows = node.shape[1]!
  const n = sizeOf(node.inputs[0]!.shape) / rows
  const [enough, threads] = caps.software ? [ENOUGH_THREADS.software, 1] : [ENOUGH_THREADS.gpu, TEAM]
  const parts = Math.min(Math.floor(enough / (rows * threads)), Math.floor(n / (FEWEST_VALUES * threads)), STAGE_ROWS)
  return parts < 2 ? undefined : 4 * ceilDiv(n, 4 * parts)
}

/** First the moments, or sums, of parts of each row, then those of the rows. */
function rowsInParts(node: OpNode, c: Context): Node | undefined {
  if (
    (!isOpNamed<typeof layerNormMoments>(node, 'layerNormMoments') && !isOpNamed<typeof layerNormSums>(node, 'layerNormSums')) ||
    node.attrs.each !== undefined
  )
    return undefined
  const each = partOfRow(node, c)
  if (each === undefined) return undefined
  const parts = c.g.add<object>(
    node.op,
    node.inputs.map((i) => i && c.to(i)),
    { ...node.attrs, each },
  )
  if (isOpNamed<typeof layerNormSums>(node, 'layerNormSums'))
    return c.g.view(c.g.add(columnSum, [c.g.view(parts, [parts.shape[0]!, sizeOf(node.shape)])], {}), node.shape)
  return c.g.add(moments, [parts], { of: { rows: each, total: sizeOf(node.inputs[0]!.shape) / node.shape[1]! } })
}

/** Elements whose squares a workgroup adds up. */
const EACH = 16384

/** Sums of some elements each, then their sum on top of what is before. */
function squareSumInStages(node: OpNode, c: Context): Node | undefined {
  if (!isOpNamed<typeof squareSum>(node, 'squareSum') || node.attrs.each !== undefined) return undefined
  const { g, to } = c
  const [x, before] = node.inputs as [Node, Node | undefined]
  const parts = rowsOf(x, c)?.map((rows, at) => partOf(x, rows, at, c)) ?? [to(x)]
  return parts.reduce<Node | undefined>(
    (sum, part) => {
      if (sizeOf(part.shape) <= EACH) return g.add(node.op, [part, sum], {})
      return g.add(node.op, [g.add(node.op, [part], { each: EACH }), sum], { added: true })
    },
    before && to(before),
  )
}

/** Workgroups that keep a large GPU busy, and terms of a sum that are worth one. */
const ENOUGH_GROUPS = 256
const FEWEST_TERMS = 512

/** Slices side by side, then their sum, always in the same order. */
function conv2dGradWInSlices(node: OpNode, { g, caps, maxTensorBytes, to }: Context): Node | undefined {
  if (!isOpNamed<typeof conv2dGradW>(node, 'conv2dGradW') || caps.software || node.attrs.slices !== undefined) return undefined
  const [R, S, C, K] = node.shape as [number, number, number, number]
  const [N, P, Q] = node.inputs[1]!.shape as [number, number, number]
  const filters = K / node.attrs.groups
  const groups = ceilDiv(R * S * C, 64) * ceilDiv(filters, 64) * node.attrs.groups
  const slices = Math.min(
    Math.floor(ENOUGH_GROUPS / groups),
    Math.floor((N * P * Q) / FEWEST_TERMS),
    Math.floor(maxTensorBytes / bytesOf(node)),
  )
  if (slices < 2 || filters < 16) return undefined
  const dw = g.add(node.op, [to(node.inputs[0]!), to(node.inputs[1]!)], { ...node.attrs, slices })
  return g.view(g.add(columnSum, [g.view(dw, [slices, sizeOf(node.shape)])], {}), node.shape)
}

/** Threads that keep an adapter busy, and products of a line that are worth one. */
const ENOUGH_THREADS = { software: 1024, gpu: 16384 }
const FEWEST_PRODUCTS = 256

/** Sums of some lines of the output each, then the sum of those, always in the same order. */
function depthwiseConv2dGradWInParts(node: OpNode, { g, caps, maxTensorBytes, to }: Context): Node | undefined {
  if (!isOpNamed<typeof depthwiseConv2dGradW>(node, 'depthwiseConv2dGradW') || node.attrs.lines !== undefined) return undefined
  const [R, S, K] = node.shape as [number, number, number]
  const [N, P, Q] = node.inputs[1]!.shape as [number, number, number]
  const threads = R * ceilDiv(K, 4)
  const parts = Math.min(
    ceilDiv(caps.software ? ENOUGH_THREADS.software : ENOUGH_THREADS.gpu, threads),
    Math.floor((N * P * Q * S) / FEWEST_PRODUCTS),
    Math.floor(maxTensorBytes / bytesOf(node)),
    MAX_ROWS,
  )
  const lines = ceilDiv(N * P, Math.max(1, parts))
  if (lines >= N * P) return undefined
  const inputs = node.inputs.map((i) => i && to(i))
  const dw = g.add(node.op, inputs, { ...node.attrs, lines })
  return g.view(g.add(columnSum, [g.view(dw, [dw.shape[0]!, sizeOf(node.shape)])], {}), node.shape)
}
