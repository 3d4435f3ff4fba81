/** Penalties and constraints of weights that exist in parts only: lowering of what `training/weight_rules.ts` appends. */
import { combine } from '../kernels/combine.ts'
import type { constrain } from '../kernels/constrain.ts'
import type { penalty } from '../kernels/penalty/penalty.ts'
import type { penaltyGrad } from '../kernels/penalty/grad.ts'
import { slice } from '../kernels/slice.ts'
import type { vectorSquares } from '../kernels/vector_squares.ts'
import type { Rows } from '../parameter.ts'
import type { Shape } from '../shape.ts'
import { isOpNamed, type Node, type OpNode } from './graph.ts'
import { partOf, rangesOf, rowsOf, sideBySide, type Context, type Lowering } from './lowering.ts'

export const WEIGHT_RULES: readonly Lowering[] = [penaltyByRows, penaltyGradByRows, squaresByRows, constrainByRows]

/** The penalties of all rows, side by side. */
function penaltyByRows(node: OpNode, c: Context): Node | undefined {
  if (!isOpNamed<typeof penalty>(node, 'penalty')) return undefined
  const x = node.inputs[0]!
  const parts = rowsOf(x, c)?.map((rows, at) => c.g.add(node.op, [partOf(x, rows, at, c)], node.attrs))
  return parts && sideBySide(c.g, parts)
}

function penaltyGradByRows(node: OpNode, c: Context): Node | undefined {
  if (!isOpNamed<typeof penaltyGrad>(node, 'penaltyGrad')) return undefined
  const [x, dy] = node.inputs as [Node, Node]
  const ranges = rowsOf(x, c)
  if (!ranges) return undefined
  const parts = ranges.map((rows, at) => {
    const some = c.g.add(slice, [c.to(dy)], { begin: rows[0], end: rows[1] })
    return { rows, node: c.g.add(node.op, [partOf(x, rows, at, c), some], node.attrs) }
  })
  c.split.set(node, parts)
  return parts[0]!.node
}

/** The axes [A,R,B] of some rows of a weight. */
function axesOfRows([A, R, B]: Shape, shape: Shape, [begin, end]: Rows): Shape {
  const some = (size: number | undefined) => (size! / shape[0]!) * (end - begin)
  return A! > 1 ? [some(A), R!, B!] : R! > 1 ? [1, some(R), B!] : [1, 1, some(B)]
}

/** Of vectors within rows those of each part, of vectors that go through the rows the sum of what each part has of them. */
function squaresByRows(node: OpNode, c: Context): Node | undefined {
  if (!isOpNamed<typeof vectorSquares>(node, 'vectorSquares')) return undefined
  const w = node.inputs[0]!
  const { axes } = node.attrs
  const parts = rowsOf(w, c)?.map((rows, at) => c.g.add(node.op, [partOf(w, rows, at, c)], { axes: axesOfRows(axes, w.shape, rows) }))
  if (!parts) return undefined
  return axes[0]! > 1 ? sideBySide(c.g, parts) : parts.reduce((a, b) => c.g.add(combine, [a, b], { kind: 'add', activation: 'linear' }))
}

function constrainByRows(node: OpNode, c: Context): Node | undefined {
  if (!isOpNamed<typeof constrain>(node, 'constrain')) return undefined
  const [{ parameter }] = node.updates as [OpNode['updates'][number]]
  const ranges = rangesOf(node.updates[0], c)
  if (!ranges) return undefined
  const { axes, bounds } = node.attrs
  const squares = node.inputs[0] && c.to(node.inputs[0])
  const width = axes[0]! > 1 ? (axes[0]! * axes[2]!) / parameter.shape[0]! : 0 // squares of a row
  const updates = ranges.map((rows) => {
    const own = squares && (width ? c.g.add(slice, [squares], { begin: rows[0] * width, end: rows[1] * width }) : squares)
    return c.g.update(node.op, own ? [own] : [], [parameter], { axes: axesOfRows(axes, parameter.shape, rows), bounds }, rows)
  })
  return updates[0]
}
