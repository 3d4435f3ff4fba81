/**
 * What one dispatch cannot do becomes several that can: after gradients, before the plan, so that from here on one op is one dispatch with one
 * output. Each rule is an entry in a list:
 * - a dense layer whose weights exceed a binding works on row ranges of them, as the device stores them; so do its gradients and the
 *   optimizer. VGG's fc1 (411 MB) needs it where bindings end at 128 MiB;
 * - a column sum over many rows is made in two stages, the moments of a batch and what their gradient sums in as many as it takes;
 * - the sum of a tensor's squares is made in two stages, and of one that exists in parts, part by part;
 * - on a GPU, the sum of a convolution's gradient by its filters is cut into slices where it is long and few workgroups would share it, that of a
 *   depthwise convolution on every adapter;
 * - a concat's inputs are computed in its own tensor (`slices.ts`).
 */
import type { Caps } from '../caps.ts'
import { bytesOf } from '../dtype.ts'
import { DeviceError } from '../errors.ts'
import { batchNormTrainGradW } from '../kernels/batch_norm_train/grad_w.ts'
import { columnSum } from '../kernels/column_sum.ts'
import { concat } from '../kernels/concat.ts'
import { conv2dGradW } from '../kernels/conv2d/grad_w.ts'
import { dense } from '../kernels/dense/dense.ts'
import { denseGradW } from '../kernels/dense/grad_w.ts'
import { denseGradX } from '../kernels/dense/grad_x.ts'
import { depthwiseConv2dGradW } from '../kernels/depthwise_conv2d/grad_w.ts'
import { moments } from '../kernels/moments.ts'
import type { Slice } from '../kernels/kernel.ts'
import { slice } from '../kernels/slice.ts'
import { squareSum } from '../kernels/square_sum.ts'
import { splitRows, type Rows } from '../parameter.ts'
import { ceilDiv, sameShape, sizeOf } from '../shape.ts'
import { isOp, rewrite, type Graph, type Node, type OpNode, type Rewriting } from './graph.ts'
import { inputsOf, slicesOf } from './slices.ts'

/** Some rows of a tensor that does not exist as a whole. */
interface Part {
  readonly rows: Rows
  readonly node: Node
}

interface Context extends Rewriting {
  readonly maxTensorBytes: number
  readonly caps: Caps
  /** Tensors of the old graph that exist in parts only. */
  readonly split: Map<Node, readonly Part[]>
  /** Where an op of the old graph writes that is an input of a concat, by its id. */
  readonly slices: ReadonlyMap<number, Slice>
}

/** What takes the place of a node; undefined where the rule is not about it. */
type Lowering = (node: OpNode, c: Context) => Node | undefined

const RULES: readonly Lowering[] = [
  denseByRows,
  denseGradXByRows,
  denseGradWByRows,
  elementsByRows,
  columnSumInStages,
  momentsInStages,
  batchNormTrainGradWInStages,
  squareSumInStages,
  conv2dGradWInSlices,
  depthwiseConv2dGradWInParts,
  concatInPlace,
  sliceOfConcat,
]

/**
 * @param maxTensorBytes largest tensor that a binding can hold.
 * @param caps what the adapter is like
 * @throws DeviceError `limit` where a tensor that exists in parts only is needed as a whole
 */
export function lower(graph: Graph, maxTensorBytes: number, caps: Caps): Graph {
  const split = new Map<Node, readonly Part[]>()
  const slices = slicesOf(graph)
  const expectWhole = (n: Node | undefined) => {
    if (!n || !split.has(n)) return
    const rule = `a tensor used here must fit one binding of ${maxTensorBytes} bytes`
    throw new DeviceError('limit', `[${n.name}] ${rule}, got ${bytesOf(n)} bytes`)
  }
  let c: Context | undefined
  const lowered = rewrite(graph, (node, rewriting) => {
    if (node.kind === 'op') {
      c ??= { ...rewriting, maxTensorBytes, caps, split, slices }
      for (const rule of RULES) {
        const made = rule(node, c)
        if (made) return made
      }
    }
    node.inputs.forEach(expectWhole)
    return undefined
  })
  for (const n of graph.outputs.values()) expectWhole(n)
  return lowered
}

/** Row ranges of a tensor that exceeds a binding; undefined for one that does not. */
function rangesOf(n: Node | undefined, { maxTensorBytes }: Context): Rows[] | undefined {
  return n && bytesOf(n) > maxTensorBytes ? splitRows(n.shape, maxTensorBytes) : undefined
}

/** A chain of dense ops, each adding to the one before through the residual input; bias and activation come with the last. */
function denseByRows(node: OpNode, c: Context): Node | undefined {
  if (!isOp(node, dense)) return undefined
  const w = node.inputs[1]
  const ranges = rangesOf(w, c)
  if (w?.kind !== 'parameter' || !ranges) return undefined
  const [x, , b, r, s] = node.inputs.map((i) => i && c.to(i))
  let sum = r
  ranges.forEach((rows, i) => {
    const last = i === ranges.length - 1
    const activation = last ? node.attrs.activation : 'linear'
    sum = c.g.add(dense, [x, c.g.parameterRows(w.parameter, rows), last ? b : undefined, sum, s], { activation, xBegin: rows[0] })
  })
  return sum
}

/** Rows of w are columns of dx. */
function denseGradXByRows(node: OpNode, c: Context): Node | undefined {
  if (!isOp(node, denseGradX)) return undefined
  const w = node.inputs[1]
  const ranges = rangesOf(w, c)
  if (w?.kind !== 'parameter' || !ranges) return undefined
  const dy = c.to(node.inputs[0]!)
  return sideBySide(
    c.g,
    ranges.map((rows) => c.g.add(denseGradX, [dy, c.g.parameterRows(w.parameter, rows)], node.attrs)),
  )
}

/** Tensors joined along their last axis. */
function sideBySide(g: Graph, parts: readonly Node[]): Node {
  const atOnce = concat.inputs.length
  if (parts.length === 1) return parts[0]!
  const groups = Array.from({ length: Math.ceil(parts.length / atOnce) }, (_, i) => parts.slice(i * atOnce, (i + 1) * atOnce))
  return sideBySide(
    g,
    groups.map((some) => (some.length === 1 ? some[0]! : g.add(concat, some, {}))),
  )
}

/** Columns of x are rows of dw. */
function denseGradWByRows(node: OpNode, c: Context): Node | undefined {
  const ranges = isOp(node, denseGradW) ? rangesOf(node, c) : undefined
  if (!ranges) return undefined
  const [x, dy] = node.inputs.map((i) => c.to(i!)) as [Node, Node]
  const parts = ranges.map((rows) => ({
    rows,
    node: c.g.add(denseGradW, [c.g.add(slice, [x], { begin: rows[0], end: rows[1] }), dy], node.attrs),
  }))
  c.split.set(node, parts)
  return parts[0]!.node
}

/** What works element by element works on any rows: optimizers, sums of gradients. */
function elementsByRows(node: OpNode, { g, to, split }: Context): Node | undefined {
  const large = node.inputs.find((i) => i && split.has(i))
  if (!large || !node.op.elementwise) return undefined
  const alike = (i: Node) => sameShape(i.shape, large.shape)
  const inParts = (i: Node) => (alike(i) ? i.kind === 'parameter' || split.has(i) : i.shape.length < large.shape.length || i.shape[0] === 1)
  if (node.inputs.some((i) => i && !inParts(i))) return undefined
  const parts = split.get(large)!.map(({ rows }, at) => {
    const inputs = node.inputs.map((i) => {
      if (!i || !alike(i)) return i && to(i)
      return i.kind === 'parameter' ? g.parameterRows(i.parameter, rows) : split.get(i)![at]!.node
    })
    if (!node.updates.length) return { rows, node: g.add(node.op, inputs, node.attrs) }
    const state = node.updates.map((u) => u.parameter)
    return { rows, node: g.update(node.op, inputs as Node[], state, node.attrs, rows) }
  })
  split.set(node, parts)
  return parts[0]!.node
}

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
function batchNormTrainGradWInStages(node: OpNode, { g, to }: Context): Node | undefined {
  if (!isOp(node, batchNormTrainGradW) || node.attrs.rows !== undefined) return undefined
  const total = sizeOf(node.inputs[0]!.shape) / node.shape[1]!
  const each = stageRows(total)
  if (each >= total) return undefined
  const parts = g.add(
    batchNormTrainGradW,
    node.inputs.map((i) => i && to(i)),
    { ...node.attrs, rows: each },
  )
  let sums = g.view(parts, [parts.shape[0]!, sizeOf(node.shape)])
  while (sums.shape[0]! > each) sums = g.add(columnSum, [sums], { rows: each })
  return g.view(g.add(columnSum, [sums], {}), node.shape)
}

/** Elements whose squares a workgroup adds up. */
const EACH = 16384

/** Sums of some elements each, then their sum on top of what is before. */
function squareSumInStages(node: OpNode, { g, to, split }: Context): Node | undefined {
  if (!isOp(node, squareSum) || node.attrs.each !== undefined) return undefined
  const [x, before] = node.inputs as [Node, Node | undefined]
  const parts = split.get(x)?.map((part) => part.node) ?? [to(x)]
  return parts.reduce<Node | undefined>(
    (sum, part) => {
      if (sizeOf(part.shape) <= EACH) return g.add(squareSum, [part, sum], {})
      return g.add(squareSum, [g.add(squareSum, [part], { each: EACH }), sum], { added: true })
    },
    before && to(before),
  )
}

/** Workgroups that keep a large GPU busy, and terms of a sum that are worth one. */
const ENOUGH_GROUPS = 256
const FEWEST_TERMS = 512

/** Slices side by side, then their sum, always in the same order. */
function conv2dGradWInSlices(node: OpNode, { g, caps, maxTensorBytes, to }: Context): Node | undefined {
  if (!isOp(node, conv2dGradW) || caps.software || node.attrs.slices !== undefined) return undefined
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
  const dw = g.add(conv2dGradW, [to(node.inputs[0]!), to(node.inputs[1]!)], { ...node.attrs, slices })
  return g.view(g.add(columnSum, [g.view(dw, [slices, sizeOf(node.shape)])], {}), node.shape)
}

/** Threads that keep an adapter busy, and products of a line that are worth one. */
const ENOUGH_THREADS = { software: 1024, gpu: 16384 }
const FEWEST_PRODUCTS = 256

/** Sums of some lines of the output each, then the sum of those, always in the same order. */
function depthwiseConv2dGradWInParts(node: OpNode, { g, caps, maxTensorBytes, to }: Context): Node | undefined {
  if (!isOp(node, depthwiseConv2dGradW) || node.attrs.lines !== undefined) return undefined
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
  const dw = g.add(depthwiseConv2dGradW, inputs, { ...node.attrs, lines })
  return g.view(g.add(columnSum, [g.view(dw, [dw.shape[0]!, sizeOf(node.shape)])], {}), node.shape)
}

/** A join of what the inputs have written. One within another comes to nothing: its inputs write into the outer one. */
function concatInPlace(node: OpNode, { g, slices, to }: Context): Node | undefined {
  const inputs = isOp(node, concat) ? inputsOf(node) : []
  if (!inputs.length || !inputs.every((i) => slices.has(i.id))) return undefined
  const written = inputs.flatMap((i) => {
    const n = to(i)
    return n.kind === 'join' ? n.inputs : [n as OpNode]
  })
  return g.join(written, node.shape)
}

function sliceOfConcat(node: OpNode, { g, slices, to }: Context): Node | undefined {
  const slice = slices.get(node.id)
  if (!slice) return undefined
  return g.add(
    node.op,
    node.inputs.map((i) => i && to(i)),
    node.attrs,
    slice,
  )
}
