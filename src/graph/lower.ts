/**
 * What one dispatch cannot do becomes several that can: after gradients, before the plan, so that from here on one op is one dispatch with one
 * output. Each rule is an entry in a list:
 * - a dense layer whose weights exceed a binding works on row ranges of them, as the device stores them; so do its gradients and the
 *   optimizer. VGG's fc1 (411 MB) needs it where bindings end at 128 MiB;
 * - penalties and constraints of such weights, too (`weight_rules.ts`);
 * - long sums are made in stages (`stages.ts`);
 * - a concat's inputs are computed in its own tensor (`slices.ts`).
 */
import type { Caps } from '../caps.ts'
import { bytesOf } from '../dtype.ts'
import { DeviceError } from '../errors.ts'
import { concat } from '../kernels/concat.ts'
import { dense } from '../kernels/dense/dense.ts'
import type { denseGradW } from '../kernels/dense/grad_w.ts'
import type { denseGradX } from '../kernels/dense/grad_x.ts'
import { slice } from '../kernels/slice.ts'
import { sameShape } from '../shape.ts'
import { isOp, isOpNamed, rewrite, type Graph, type Node, type OpNode } from './graph.ts'
import { partOf, rangesOf, rowsOf, sideBySide, type Context, type Lowering, type Part } from './lowering.ts'
import { inputsOf, slicesOf } from './slices.ts'
import { STAGES } from './stages.ts'
import { WEIGHT_RULES } from './weight_rules.ts'

const RULES: readonly Lowering[] = [
  denseByRows,
  denseGradXByRows,
  denseGradWByRows,
  elementsByRows,
  ...WEIGHT_RULES,
  ...STAGES,
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
  if (!isOpNamed<typeof denseGradX>(node, 'denseGradX')) return undefined
  const w = node.inputs[1]
  const ranges = rangesOf(w, c)
  if (w?.kind !== 'parameter' || !ranges) return undefined
  const dy = c.to(node.inputs[0]!)
  return sideBySide(
    c.g,
    ranges.map((rows) => c.g.add(node.op, [dy, c.g.parameterRows(w.parameter, rows)], node.attrs)),
  )
}

/** Columns of x are rows of dw. */
function denseGradWByRows(node: OpNode, c: Context): Node | undefined {
  const ranges = isOpNamed<typeof denseGradW>(node, 'denseGradW') ? rangesOf(node, c) : undefined
  if (!ranges) return undefined
  const [x, dy] = node.inputs.map((i) => c.to(i!)) as [Node, Node]
  const parts = ranges.map((rows) => ({
    rows,
    node: c.g.add(node.op, [c.g.add(slice, [x], { begin: rows[0], end: rows[1] }), dy], node.attrs),
  }))
  c.split.set(node, parts)
  return parts[0]!.node
}

/** What works element by element works on any rows: optimizers, sums of gradients. */
function elementsByRows(node: OpNode, c: Context): Node | undefined {
  const { g, to, split } = c
  const large = node.op.elementwise && node.inputs.find((i) => i && rowsOf(i, c))
  if (!large) return undefined
  const alike = (i: Node) => sameShape(i.shape, large.shape)
  const inParts = (i: Node) => (alike(i) ? i.kind === 'parameter' || split.has(i) : i.shape.length < large.shape.length || i.shape[0] === 1)
  if (node.inputs.some((i) => i && !inParts(i))) return undefined
  const parts = rowsOf(large, c)!.map((rows, at) => {
    const inputs = node.inputs.map((i) => (i && alike(i) ? partOf(i, rows, at, c) : i && to(i)))
    if (!node.updates.length) return { rows, node: g.add(node.op, inputs, node.attrs) }
    const state = node.updates.map((u) => u.parameter)
    return { rows, node: g.update(node.op, inputs as Node[], state, node.attrs, rows) }
  })
  split.set(node, parts)
  return parts[0]!.node
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
