/** Padding of any axes but the samples': with zeros, a number, or what is mirrored in the edges. */
import type { Node } from '../../graph/graph.ts'
import { pad as padPicture } from '../../kernels/pad.ts'
import { place } from '../../kernels/place.ts'
import type { Shape } from '../../shape.ts'
import { concatenated } from '../merging.ts'
import { take, whole } from './moving.ts'
import type { Given } from './values.ts'

type Widths = readonly (readonly [before: number, after: number])[]

/** One pair for each axis, from that, one pair, or one number. */
function widths(g: Given, rank: number): Widths {
  const value = g.value('pad_width')
  const isPair = (p: unknown): p is [number, number] => Array.isArray(p) && p.length === 2 && p.every((n) => Number.isInteger(n) && n >= 0)
  const all = typeof value === 'number' ? [value, value] : Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value
  const list: unknown = isPair(all) ? Array.from({ length: rank }, () => all) : all
  if (Array.isArray(list) && list.length === rank && list.every(isPair) && list[0]!.every((n) => n === 0)) return list
  throw g.refuse(`pad_width must be two whole numbers from 0 for each of ${rank} axes, none for the samples`, value)
}

const paddedShape = (x: Shape, by: Widths): Shape => x.map((d, i) => by[i]![0] + d + by[i]![1])

/** With a number on all sides. */
function padNumber(g: Given, x: Node, by: Widths, value: number): Node {
  const [, rows, columns] = by
  if (x.shape.length === 4 && by[3]!.every((n) => n === 0))
    return g.graph.add(padPicture, [x], { padding: [rows![0], columns![0], rows![1], columns![1]], value })
  const begin = by.map(([before]) => before)
  return g.graph.add(place, [x], { begin, step: by.map(() => 1), shape: paddedShape(x.shape, by), value })
}

/** What lies beyond an edge is the tensor mirrored in it, `reflect` without the edge itself. */
function padMirrored(g: Given, x: Node, by: Widths, edge: 0 | 1): Node {
  return by.reduce((y, [before, after], axis) => {
    const length = y.shape[axis]!
    if (Math.max(before, after) > length - edge)
      throw g.refuse(`padding must be at most ${length - edge} for axis ${axis}`, [before, after])
    const mirror = (begin: number, size: number) =>
      size
        ? [
            take(
              g,
              y,
              y.shape.map((d, a) => (a === axis ? { begin, step: -1, size } : whole(d))),
            ),
          ]
        : []
    const all = [...mirror(before - 1 + edge, before), y, ...mirror(length - 1 - edge, after)]
    return all.length > 1 ? concatenated(g.graph, all, axis) : y
  }, x)
}

export function pad(g: Given): Node {
  const x = g.tensor('x')
  const by = widths(g, x.shape.length)
  const mode = g.value('mode') ?? 'constant'
  if (by.flat().every((n) => n === 0)) return x
  if (mode !== 'constant') g.only('constant_values')
  if (mode === 'reflect' || mode === 'symmetric') return padMirrored(g, x, by, mode === 'reflect' ? 1 : 0)
  if (mode !== 'constant') throw g.refuse('mode must be constant, reflect or symmetric', mode)
  return padNumber(g, x, by, g.number('constant_values', 0))
}
