/**
 * Where the layers of a network are drawn: in rows by the longest way from an input (Sugiyama's method). Long edges have a place in every row that they
 * pass, rows are ordered by the middle of their neighbours, and each cell is put as near to those as its own neighbours leave it. A network in the
 * network is laid out by itself, and is one large box in its row.
 */
import type { LookNode } from '../look_messages.ts'

export interface Box {
  readonly id: string
  readonly path: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Of a network whose layers are drawn in it. */
  readonly opened: boolean
  /** Ids, those of opened boxes and what is in them included. */
  readonly above: readonly string[]
  readonly below: readonly string[]
}

/** Of an edge, as a path of SVG, moved. */
export interface Way {
  readonly path: string
  readonly x: number
  readonly y: number
}

export interface Drawing {
  readonly width: number
  readonly height: number
  /** Opened ones before what is in them. */
  readonly boxes: readonly Box[]
  readonly ways: readonly Way[]
}

export const [BOX_WIDTH, BOX_HEIGHT] = [190, 42]
/** Above what is in an opened box: its title. */
export const TITLE = 22
const [GAP_X, GAP_Y, PADDING, LANE] = [16, 26, 14, 10]
const SWEEPS = 8

/** A box, or the place where an edge passes a row. */
interface Cell {
  readonly node?: LookNode
  readonly inner?: Drawing
  readonly width: number
  readonly height: number
  readonly row: number
  readonly up: Cell[]
  readonly down: Cell[]
  /** Of its middle. */
  x: number
}

const cell = (row: number, width: number, height: number, own: Pick<Cell, 'node' | 'inner'> = {}): Cell => ({
  ...own,
  row,
  width,
  height,
  up: [],
  down: [],
  x: 0,
})

function boxCell(node: LookNode, row: number): Cell {
  if (!node.inside) return cell(row, BOX_WIDTH, BOX_HEIGHT, { node })
  const inner = layOut(node.inside)
  return cell(row, Math.max(BOX_WIDTH, inner.width + 2 * PADDING), inner.height + TITLE + PADDING, { node, inner })
}

function connect(from: Cell, to: Cell): void {
  from.down.push(to)
  to.up.push(from)
}

/** Rows of cells, connected from each row to the next one alone. */
function rowsOf(nodes: readonly LookNode[]): Cell[][] {
  const cells = new Map<string, Cell>()
  const rows: Cell[][] = []
  const put = (c: Cell): Cell => {
    ;(rows[c.row] ??= []).push(c)
    return c
  }
  for (const node of nodes) {
    const sources = node.from.map((id) => cells.get(id)!)
    const own = put(boxCell(node, Math.max(-1, ...sources.map(({ row }) => row)) + 1))
    cells.set(node.id, own)
    for (const source of sources) {
      let last = source
      while (last.row < own.row - 1) {
        const lane = put(cell(last.row + 1, LANE, 0))
        connect(last, lane)
        last = lane
      }
      connect(last, own)
    }
  }
  return rows
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Orders rows so that few edges cross. */
function order(rows: readonly Cell[][]): void {
  const number = (row: readonly Cell[]) => row.forEach((c, i) => (c.x = i))
  rows.forEach(number)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    for (const row of down ? rows : rows.toReversed()) {
      const wanted = new Map(row.map((c) => [c, mean((down ? c.up : c.down).map(({ x }) => x))]))
      row.sort((a, b) => (wanted.get(a) || 0) - (wanted.get(b) || 0))
      number(row)
    }
  }
}

/** Distance of the middles of neighbours. */
const apart = (a: Cell, b: Cell): number => (a.width + b.width) / 2 + GAP_X

/** Puts a row's cells as near to where they are wanted as their order and widths allow, by least squares (pool adjacent violators). */
function place(row: readonly Cell[], wanted: readonly number[]): void {
  const offsets: number[] = []
  row.forEach((c, i) => offsets.push(i ? offsets[i - 1]! + apart(row[i - 1]!, c) : 0))
  const pools: { sum: number; count: number }[] = []
  wanted.forEach((x, i) => {
    pools.push({ sum: x - offsets[i]!, count: 1 })
    for (
      let [before, last] = pools.slice(-2);
      last && before!.sum / before!.count > last.sum / last.count;
      [before, last] = pools.slice(-2)
    ) {
      before!.sum += last.sum
      before!.count += last.count
      pools.pop()
    }
  })
  let at = 0
  for (const { sum, count } of pools) for (const end = at + count; at < end; at++) row[at]!.x = sum / count + offsets[at]!
}

/** Places of the middles, so that edges are straight where they can be. */
function spread(rows: readonly Cell[][]): void {
  for (const row of rows)
    place(
      row,
      row.map(() => 0),
    )
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    for (const row of down ? rows : rows.toReversed()) {
      const near = (c: Cell) => (down ? c.up : c.down)
      place(
        row,
        row.map((c) => (near(c).length ? mean(near(c).map(({ x }) => x)) : c.x)),
      )
    }
  }
}

const moved = <T extends { readonly x: number; readonly y: number }>(what: T, dx: number, dy: number): T => ({
  ...what,
  x: what.x + dx,
  y: what.y + dy,
})

interface Placed {
  readonly top: number
  readonly bottom: number
}

/** From a box through the lanes to another one, in curves that leave and come upright. */
function wayOf(cells: readonly Cell[], rows: readonly Placed[]): Way {
  const first = cells[0]!
  const n = (value: number) => String(Math.round(10 * value) / 10)
  let y = rows[first.row]!.top + first.height
  let path = `M${n(first.x)} ${n(y)}`
  cells.slice(1).forEach((c, i) => {
    const { top, bottom } = rows[c.row]!
    const [from, to] = [cells[i]!.x, c.x]
    const middle = (y + top) / 2
    path += ` C${n(from)} ${n(middle)} ${n(to)} ${n(middle)} ${n(to)} ${n(top)}`
    y = top
    if (c.node) return
    y = bottom
    path += ` L${n(c.x)} ${n(y)}`
  })
  return { path, x: 0, y: 0 }
}

/** Every edge, with the lanes that it goes through. */
const edgesFrom = (from: Cell): Cell[][] =>
  from.down.map((next) => {
    const through = [from, next]
    for (let last = next; !last.node; last = last.down[0]!) through.push(last.down[0]!)
    return through
  })

const endsOf = (nodes: readonly LookNode[]): { first: string[]; last: string[] } => {
  const used = new Set(nodes.flatMap(({ from }) => from))
  return { first: nodes.filter((n) => !n.from.length).map((n) => n.id), last: nodes.filter((n) => !used.has(n.id)).map((n) => n.id) }
}

/** The box of a cell, and those in it. */
function boxesOf(c: Cell, top: number): Box[] {
  const { node, inner, width, height } = c
  const { id, path, from, inside } = node!
  const below = edgesFrom(c).map((way) => way.at(-1)!.node!.id)
  const box = { id, path, x: c.x - width / 2, y: top, width, height }
  if (!inner || !inside) return [{ ...box, opened: false, above: from, below }]
  const ends = endsOf(inside)
  const within = inner.boxes.map((b) => ({
    ...moved(b, c.x - inner.width / 2, top + TITLE),
    above: b.above.length ? b.above : [id],
    below: ends.last.includes(b.id) ? below : b.below,
  }))
  return [{ ...box, opened: true, above: from, below: ends.first }, ...within]
}

/** Draws a network. @param nodes inputs before what is made of them */
export function layOut(nodes: readonly LookNode[]): Drawing {
  const rows = rowsOf(nodes)
  order(rows)
  spread(rows)
  const left = Math.min(...rows.flat().map((c) => c.x - c.width / 2)) - PADDING
  rows.flat().forEach((c) => (c.x -= left))
  const placed: Placed[] = []
  for (const row of rows) {
    const top = (placed.at(-1)?.bottom ?? PADDING - GAP_Y) + GAP_Y
    placed.push({ top, bottom: top + Math.max(...row.map(({ height }) => height)) })
  }
  const cells = rows.flat().filter(({ node }) => node)
  const inner = cells.flatMap((c) =>
    c.inner ? c.inner.ways.map((way) => moved(way, c.x - c.inner!.width / 2, placed[c.row]!.top + TITLE)) : [],
  )
  return {
    width: Math.max(...rows.flat().map((c) => c.x + c.width / 2)) + PADDING,
    height: placed.at(-1)!.bottom + PADDING,
    boxes: cells.flatMap((c) => boxesOf(c, placed[c.row]!.top)),
    ways: [...cells.flatMap((c) => edgesFrom(c).map((way) => wayOf(way, placed))), ...inner],
  }
}
