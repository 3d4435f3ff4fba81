/** Operations that move values: indices, shapes, orders of axes, joining, splitting. */
import type { Node } from '../../graph/graph.ts'
import { resizeNearest } from '../../kernels/resize_nearest.ts'
import { stridedSlice } from '../../kernels/strided_slice.ts'
import { sameShape, sizeOf, type Shape } from '../../shape.ts'
import { permuted } from '../axes.ts'
import { concatenated } from '../merging.ts'
import { ELLIPSIS, isSlice, type Constant, type Given, type Slice } from './values.ts'

/** Parts or copies of a tensor: a few bytes of a file could ask for more than any device can run. */
const MANY = 1024

/** What of one axis is taken. */
interface Taken {
  readonly begin: number
  readonly step: number
  readonly size: number
}

export const whole = (length: number): Taken => ({ begin: 0, step: 1, size: length })

const isWhole = ({ begin, step, size }: Taken, length: number): boolean => begin === 0 && step === 1 && size === length

/** start:stop:step of an axis, as Python counts. @throws ArgumentError for numbers that are not whole, step 0, and where nothing is left */
function takenBy(g: Given, { start, stop, step }: Slice, length: number): Taken {
  const by = step ?? 1
  if (by === 0 || [start, stop, by].some((n) => n !== null && !Number.isInteger(n)))
    throw g.refuse('a slice must be of whole numbers with a step that is not 0', { start, stop, step })
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1]
  const bound = (n: number) => Math.min(Math.max(n < 0 ? n + length : n, low), high)
  const begin = start === null ? (by > 0 ? low : high) : bound(start)
  const end = stop === null ? (by > 0 ? high : low) : bound(stop)
  const size = Math.ceil((end - begin) / by)
  if (size < 1) throw g.refuse(`a slice must leave something of ${length}`, { start, stop, step })
  return { begin, step: by, size }
}

/** What is taken along each axis. */
export function take(g: Given, x: Node, taken: readonly Taken[]): Node {
  if (!isWhole(taken[0]!, x.shape[0]!)) throw g.refuse('the samples, which are along the first axis, must be taken as they are', taken[0])
  if (taken.every((t, i) => isWhole(t, x.shape[i]!))) return x
  const [begin, step, size] = (['begin', 'step', 'size'] as const).map((key) => taken.map((t) => t[key]))
  return g.graph.add(stridedSlice, [x], { begin: begin!, step: step!, size: size! })
}

/** One of an axis, as Python counts. */
function one(g: Given, index: unknown, length: number): Taken {
  const at = typeof index === 'number' && index < 0 ? index + length : index
  if (typeof at === 'number' && Number.isInteger(at) && at >= 0 && at < length) return { begin: at, step: 1, size: 1 }
  throw g.refuse(`an index must be a whole number within ${length}, a slice, ... or a new axis`, index)
}

/** x[key]: numbers, slices, `...` and new axes. */
export function getItem(g: Given): Node {
  const x = g.tensor('x')
  const given = g.value('key') ?? null
  const key = (Array.isArray(given) ? given : [given]) as readonly Constant[]
  const isEllipsis = (k: unknown) => JSON.stringify(k) === JSON.stringify(ELLIPSIS)
  const at = key.findIndex(isEllipsis)
  const used = key.filter((k) => k !== null && !isEllipsis(k)).length
  const rest = x.shape.length - used
  if (rest < 0 || key.filter(isEllipsis).length > 1) throw g.refuse(`a key must be for the ${x.shape.length} axes of x`, given)
  const filler = Array.from({ length: rest }, (): Slice => ({ start: null, stop: null, step: null }))
  const full = at < 0 ? [...key, ...filler] : [...key.slice(0, at), ...filler, ...key.slice(at + 1)]
  const taken: Taken[] = []
  const shape: number[] = []
  for (const k of full) {
    if (k === null) {
      shape.push(1)
      continue
    }
    const length = x.shape[taken.length]!
    const t = isSlice(k) ? takenBy(g, k, length) : one(g, k, length)
    if (isSlice(k)) shape.push(t.size)
    else if (!taken.length) throw g.refuse('the samples, which are along the first axis, must be taken as they are', k)
    taken.push(t)
  }
  return g.graph.view(take(g, x, taken), shape)
}

/** `shape` values from `start_indices` on. */
export function slice(g: Given): Node {
  const x = g.tensor('inputs')
  const [begin, size] = [g.integers('start_indices'), g.integers('shape')]
  if ([begin, size].some((n) => n.length !== x.shape.length)) throw g.refuse('start_indices and shape must be for all axes', begin)
  const taken = x.shape.map((length, i) => {
    const all = size[i] === -1 || (i === 0 && begin[0] === 0)
    return takenBy(g, { start: begin[i]!, stop: all ? null : begin[i]! + size[i]!, step: null }, length)
  })
  return take(g, x, taken)
}

export function flip(g: Given): Node {
  const x = g.tensor('x')
  const axes = g.axes('axis', x.shape.length)
  return take(
    g,
    x,
    x.shape.map((length, i) => (axes.includes(i) ? { begin: length - 1, step: -1, size: length } : whole(length))),
  )
}

/** Under another shape, whose first axis is the samples'; one size may be -1. */
export function reshape(g: Given): Node {
  const x = g.tensor('x')
  const wanted = g.integers('newshape')
  const N = x.shape[0]!
  const own = sizeOf(x.shape) / N
  const known = wanted.slice(1).reduce((n, d) => (d === -1 ? n : n * d), 1)
  const sizes = wanted.slice(1).map((d) => (d === -1 ? own / known : d))
  const first = wanted[0] === -1 || wanted[0] === N
  if (!first || sizeOf(sizes) !== own || sizes.some((d) => !Number.isInteger(d) || d < 1))
    throw g.refuse(`a shape must have the samples first and ${own} values for each`, wanted)
  return g.graph.view(x, [N, ...sizes])
}

export function transpose(g: Given): Node {
  const x = g.tensor('x')
  const axes = g.integers('axes').map((a) => (a < 0 ? a + x.shape.length : a))
  if (axes[0] !== 0 || [...axes].sort((a, b) => a - b).join() !== x.shape.map((_, i) => i).join())
    throw g.refuse(`axes must be those of x, ${x.shape.length}, the first in its place`, axes)
  return permuted(g.graph, x, axes)
}

/** The order of axes with one taken out and put in elsewhere. */
function withMoved(rank: number, from: number, to: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i).filter((a) => a !== from)
  axes.splice(to, 0, from)
  return axes
}

export function moveAxis(g: Given): Node {
  const x = g.tensor('x')
  const [from, to] = [g.axes('source', x.shape.length), g.axes('destination', x.shape.length)]
  if (from.length !== 1 || to.length !== 1) throw g.refuse('source and destination must be one axis each', g.value('source'))
  return permuted(g.graph, x, withMoved(x.shape.length, from[0]!, to[0]!))
}

export function swapAxes(g: Given): Node {
  const x = g.tensor('x')
  const [a, b] = [g.axis('axis1', x.shape.length), g.axis('axis2', x.shape.length)]
  return permuted(
    g.graph,
    x,
    x.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  )
}

export function expandDims(g: Given): Node {
  const x = g.tensor('x')
  const value = g.value('axis')
  const rank = x.shape.length + (Array.isArray(value) ? value.length : 1)
  const shape = [...x.shape]
  for (const axis of g.axes('axis', rank)) shape.splice(axis, 0, 1)
  return g.graph.view(x, shape)
}

export function squeeze(g: Given): Node {
  const x = g.tensor('x')
  const all = x.shape.flatMap((d, i) => (i > 0 && d === 1 ? [i] : []))
  const axes = g.value('axis') === undefined ? all : g.axes('axis', x.shape.length)
  if (axes.some((a) => x.shape[a] !== 1)) throw g.refuse(`axes to be dropped must be of size 1 in [${x.shape.join()}]`, g.value('axis'))
  return g.graph.view(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  )
}

const equalBut = (a: Shape, b: Shape, axis: number): boolean => a.length === b.length && a.every((d, i) => i === axis || d === b[i])

export function concatenate(g: Given): Node {
  const xs = g.tensors('xs')
  const axis = g.axis('axis', xs[0]!.shape.length, 0)
  const strange = xs.find((x) => !equalBut(x.shape, xs[0]!.shape, axis))
  if (strange) throw g.refuse(`tensors must differ along axis ${axis} only from [${xs[0]!.shape.join()}]`, strange)
  return concatenated(g.graph, xs, axis)
}

export function stack(g: Given): Node {
  const xs = g.tensors('x')
  const axis = g.axis('axis', xs[0]!.shape.length + 1, 0)
  const strange = xs.find((x) => !sameShape(x.shape, xs[0]!.shape))
  if (strange) throw g.refuse(`tensors must have one shape, [${xs[0]!.shape.join()}]`, strange)
  const shape = xs[0]!.shape.toSpliced(axis, 0, 1)
  return concatenated(
    g.graph,
    xs.map((x) => g.graph.view(x, shape)),
    axis,
  )
}

/** Parts of an axis: from each index to the next. */
export function parts(g: Given, x: Node, axis: number, ends: readonly number[]): Node[] {
  if (ends.length > MANY) throw g.refuse(`parts must be ${MANY} at most`, ends.length)
  return ends.map((end, i) => {
    const begin = i ? ends[i - 1]! : 0
    if (end <= begin || end > x.shape[axis]!) throw g.refuse(`parts must be of ${x.shape[axis]} and not empty`, ends)
    return take(
      g,
      x,
      x.shape.map((length, a) => (a === axis ? { begin, step: 1, size: end - begin } : whole(length))),
    )
  })
}

/** In so many equal parts, or before each index. */
export function split(g: Given): Node[] {
  const x = g.tensor('x')
  const axis = g.axis('axis', x.shape.length, 0)
  const [length, how] = [x.shape[axis]!, g.value('indices_or_sections')]
  if (Array.isArray(how)) return parts(g, x, axis, [...g.integers('indices_or_sections'), length])
  const count = g.integer('indices_or_sections')
  if (count < 1 || count > MANY || length % count) throw g.refuse(`parts must be as many as divide ${length}, ${MANY} at most`, count)
  return parts(
    g,
    x,
    axis,
    Array.from({ length: count }, (_, i) => ((i + 1) * length) / count),
  )
}

export function unstack(g: Given): Node[] {
  const x = g.tensor('x')
  const axis = g.axis('axis', x.shape.length, 0)
  g.only('num', x.shape[axis])
  const ends = Array.from({ length: x.shape[axis]! }, (_, i) => i + 1)
  return parts(g, x, axis, ends).map((part) => g.graph.view(part, x.shape.toSpliced(axis, 1)))
}

/** Every element of an axis so many times. */
export function repeat(g: Given): Node {
  const [x, count] = [g.tensor('x'), g.integer('repeats')]
  const axis = g.axis('axis', x.shape.length)
  if (count < 1) throw g.refuse('repeats must be one positive whole number', count)
  const [rows, C] = [x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))]
  const picture = g.graph.view(x, [sizeOf(x.shape) / (rows * C), rows, 1, C])
  const made = g.graph.add(resizeNearest, [picture], { height: rows * count, width: 1 })
  return g.graph.view(made, x.shape.with(axis, rows * count))
}

export function tile(g: Given): Node {
  const x = g.tensor('x')
  const counts = g.integers('repeats')
  const fits = counts.length === x.shape.length && counts[0] === 1 && counts.every((n) => n >= 1 && n <= MANY)
  if (!fits) throw g.refuse(`repeats must be 1 for the samples and at most ${MANY} for each axis behind`, counts)
  return counts.reduce((y, n, axis) => (n === 1 ? y : concatenated(g.graph, Array<Node>(n).fill(y), axis)), x)
}

/** Blocks of pixels and channels into each other. */
export const blocks =
  (towards: 'space' | 'depth') =>
  (g: Given): Node => {
    g.only('data_format', 'channels_last')
    const [x, size] = [g.tensor('x'), g.integer('block_size')]
    const [N, H, W, C] = x.shape as readonly [number, number, number, number]
    const fits = x.shape.length === 4 && size > 0 && (towards === 'space' ? C % size ** 2 === 0 : H % size === 0 && W % size === 0)
    if (!fits) throw g.refuse(`x must be pictures of whole blocks of ${size}`, x)
    if (towards === 'space') {
      const parted = g.graph.view(x, [N, H, W, size, size, C / size ** 2])
      return g.graph.view(permuted(g.graph, parted, [0, 1, 3, 2, 4, 5]), [N, H * size, W * size, C / size ** 2])
    }
    const parted = g.graph.view(x, [N, H / size, size, W / size, size, C])
    return g.graph.view(permuted(g.graph, parted, [0, 1, 3, 2, 4, 5]), [N, H / size, W / size, C * size ** 2])
  }
