/** Operations value by value: two tensors, or a tensor and numbers; functions; sums and the like along axes. */
import type { Node } from '../../graph/graph.ts'
import { activation } from '../../kernels/activation/activation.ts'
import type { ActivationFunction } from '../../kernels/activation/functions.ts'
import { combine, type CombineAttrs } from '../../kernels/combine.ts'
import { dense } from '../../kernels/dense/dense.ts'
import { globalAvgPool } from '../../kernels/global_avg_pool.ts'
import { globalMaxPool } from '../../kernels/global_max_pool.ts'
import { rescale } from '../../kernels/rescale.ts'
import { unary, type UnaryAttrs } from '../../kernels/unary.ts'
import { sameShape, sizeOf, type Shape } from '../../shape.ts'
import type { Numbers } from '../constants.ts'
import { matrixProducts } from '../dot.ts'
import { isNode, scalarOf, type Given } from './values.ts'

type Kind = CombineAttrs['kind']
type Operand = Node | Numbers

export const activated = ({ graph }: Given, x: Node, f: ActivationFunction): Node => graph.add(activation, [x], { activation: f })

export const mapped = ({ graph }: Given, kind: UnaryAttrs['kind'], x: Node): Node => graph.add(unary, [x], { kind })

export const scaled = ({ graph }: Given, x: Node, scale: number, offset = 0): Node => graph.add(rescale, [x], { scale, offset })

/** Channels that `rescale` tells apart. */
const CHANNELS = 4

/** x (KIND) b as x * scale + offset, where b is a constant, the same for all or one for each of a few channels. */
function asRescale(x: Node, kind: Kind, b: Numbers, turned: boolean): { scale: readonly number[]; offset: readonly number[] } | undefined {
  const C = b.shape.at(-1) ?? 1
  const perChannel = sizeOf(b.shape) === C && (C === 1 || (C <= CHANNELS && C === x.shape.at(-1)))
  if (!perChannel || b.shape.length > x.shape.length) return undefined
  const rules: Partial<Record<Kind, (v: number) => readonly [scale: number, offset: number]>> = {
    add: (v) => [1, v],
    subtract: turned ? (v) => [-1, v] : (v) => [1, -v],
    multiply: (v) => [v, 0],
    ...(!turned && { divide: (v) => [1 / v, 0] as const }),
  }
  const rule = rules[kind]
  const pairs = rule && b.data.map(rule)
  if (!pairs?.flat().every((n) => Number.isFinite(Math.fround(n)))) return undefined
  return { scale: pairs.map(([s]) => s), offset: pairs.map(([, o]) => o) }
}

/** a (KIND) b with numpy's broadcasting. One of them at least is a tensor. */
export function merged(g: Given, kind: Kind, a: Operand, b: Operand): Node {
  const simple = isNode(a) ? !isNode(b) && asRescale(a, kind, b, false) : isNode(b) && asRescale(b, kind, a, true)
  if (simple) return g.graph.add(rescale, [isNode(a) ? a : (b as Node)], simple)
  return g.graph.add(combine, [g.node(a), g.node(b)], { kind, activation: 'linear' })
}

/** Both operands by the names that Keras has for them. @param turned the second before the first */
export const merging =
  (kind: Kind, turned = false) =>
  (g: Given): Node => {
    const [a, b] = [g.operand('x1'), g.operand('x2')]
    if (!isNode(a) && !isNode(b)) throw g.refuse('one of two must be a tensor', [a.data, b.data])
    return turned ? merged(g, kind, b, a) : merged(g, kind, a, b)
  }

/** Powers that are simpler than a power, and exact where it is not. */
export function power(g: Given): Node {
  const [x, b] = [g.operand('x1'), g.operand('x2')]
  const exponent = scalarOf(b)
  if (!isNode(x) || exponent === undefined) return merging('power')(g)
  if (exponent === 1) return x
  if (exponent === 2) return merged(g, 'multiply', x, x)
  if (exponent === 3) return merged(g, 'multiply', merged(g, 'multiply', x, x), x)
  if (exponent === 0.5) return mapped(g, 'sqrt', x)
  if (exponent === -0.5) return mapped(g, 'rsqrt', x)
  if (exponent === -1) return reciprocal(g, x)
  return merging('power')(g)
}

/** The largest whole number of times that b goes into a, and what is left then, which has b's sign. */
function floored(g: Given, a: Node, b: Node): { times: Node; left: Node } {
  const of = (kind: Kind, x: Node, y: Node) => g.graph.add(combine, [x, y], { kind, activation: 'linear' })
  const quotient = mapped(g, 'floor', of('divide', a, b))
  // A quotient that was rounded may be one too many, or one too few: then it, or the next one, times b is not on its side of a.
  const [turned, size] = [of('multiply', a, mapped(g, 'sign', b)), mapped(g, 'abs', b)]
  const upTo = (times: Node) => of('multiply', times, size)
  const more = of('subtract', of('greaterEqual', turned, upTo(scaled(g, quotient, 1, 1))), of('less', turned, upTo(quotient)))
  const times = of('add', quotient, more)
  return { times, left: of('subtract', a, of('multiply', times, b)) }
}

/** x1 // x2: rounded down. */
export const floorDivide = (g: Given): Node => floored(g, g.node(g.operand('x1')), g.node(g.operand('x2'))).times

/** x1 % x2, of whole numbers, whose multiples f32 has: what is left has the sign of x2. */
export function mod(g: Given): Node {
  const b = g.operand('x2')
  if (isNode(b) || !b.data.every((n) => Number.isInteger(n) && n !== 0))
    throw g.refuse('x2 must be whole numbers that are not 0', g.value('x2'))
  return floored(g, g.tensor('x1'), g.node(b)).left
}

export const number = (value: number): Numbers => ({ shape: [], data: [value] })

export const reciprocal = (g: Given, x: Node): Node => merged(g, 'divide', number(1), x)

/** Of one tensor, under the name that Keras has for it. */
export const ofOne =
  (f: (g: Given, x: Node) => Node, name = 'x') =>
  (g: Given): Node =>
    f(g, g.tensor(name))

export const functionOf = (f: ActivationFunction) => ofOne((g, x) => activated(g, x, f))

/** Between two numbers. NaN passes. */
export function clip(g: Given): Node {
  const [low, high] = [g.limit('x_min'), g.limit('x_max')]
  return merged(g, 'minimum', merged(g, 'maximum', g.tensor('x'), number(low)), number(high))
}

/** x * P(X <= x) with Keras's approximation of the normal distribution by tanh: x * sigmoid(1.596 * (x + 0.0447 x^3)). */
export function gelu(g: Given): Node {
  const x = g.tensor('x')
  if (!g.flag('approximate', true)) return activated(g, x, 'gelu')
  const slope = 2 * Math.sqrt(2 / Math.PI)
  const inner = merged(g, 'multiply', x, scaled(g, merged(g, 'multiply', x, x), 0.044715 * slope, slope))
  return merged(g, 'multiply', x, activated(g, inner, 'sigmoid'))
}

/** Along the last axis by a matrix [C,K] that is the same for all samples: weights, or numbers; or matrix by matrix, where both are tensors. */
export function matmul(g: Given): Node {
  const [x, w] = [g.tensor('x1'), g.node(g.operand('x2'))]
  if (w.kind !== 'parameter') return matmulOfTensors(g, x, w)
  const [C, K] = w.shape as [number, number]
  if (w.shape.length !== 2) throw g.refuse('x2 must be a matrix of weights or numbers, or a tensor', w)
  if (x.shape.length < 2 || x.shape.at(-1) !== C) throw g.refuse(`the last axis of x1 must be as long as x2 has rows, ${C}`, x)
  const rows = g.graph.view(x, [sizeOf(x.shape) / C, C])
  return g.graph.view(g.graph.add(dense, [rows, w], { activation: 'linear' }), [...x.shape.slice(0, -1), K])
}

/** a [N,...,P,K] times b [N,...,K,Q] */
function matmulOfTensors(g: Given, a: Node, b: Node): Node {
  const before = a.shape.slice(0, -2)
  const [P, K] = a.shape.slice(-2) as [number, number]
  const Q = b.shape.at(-1)!
  const fits = before.length > 0 && sameShape([...before, K, Q], b.shape)
  if (!fits) throw g.refuse(`x2 must be [${[...before, K].join(',')},...] for x1 [${a.shape.join(',')}]`, b)
  const B = sizeOf(before)
  return g.graph.view(matrixProducts(g.graph, g.graph.view(a, [B, P, K]), g.graph.view(b, [B, K, Q])), [...before, P, Q])
}

/** The shape without some axes, or with 1 in their place. */
const without = (shape: Shape, axes: readonly number[], keepdims: boolean): Shape =>
  keepdims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i))

export type Reduction = 'mean' | 'sum' | 'max' | 'min'

/** Along some axes, neighbours at a time from the last on: a global pool of a picture as high as they have elements. */
export function reduced(g: Given, kind: Reduction, x: Node, axes: readonly number[], keepdims = false): Node {
  if (kind === 'min') return scaled(g, reduced(g, 'max', scaled(g, x, -1), axes, keepdims), -1)
  let y = x
  for (let end = x.shape.length; end > 0; end--) {
    let begin = end
    while (axes.includes(begin - 1)) begin--
    const rows = sizeOf(x.shape.slice(begin, end))
    if (rows === 1) continue
    const before = sizeOf(x.shape.slice(0, begin))
    const pool = kind === 'max' ? globalMaxPool : globalAvgPool
    y = g.graph.add(pool, [g.graph.view(y, [before, rows, 1, sizeOf(y.shape) / (before * rows)])], {})
    end = begin + 1
  }
  const count = axes.reduce((n, a) => n * x.shape[a]!, 1)
  y = g.graph.view(y, without(x.shape, axes, keepdims))
  return kind === 'sum' && count > 1 ? scaled(g, y, count) : y
}

export const reducing =
  (kind: Reduction) =>
  (g: Given): Node => {
    g.only('initial')
    const x = g.tensor('x')
    return reduced(g, kind, x, g.axes('axis', x.shape.length), g.flag('keepdims'))
  }

/** The variance: the mean of the squared distances from the mean. */
export function variance(g: Given): Node {
  const x = g.tensor('x')
  const axes = g.axes('axis', x.shape.length)
  const distance = merged(g, 'subtract', x, reduced(g, 'mean', x, axes, true))
  return reduced(g, 'mean', merged(g, 'multiply', distance, distance), axes, g.flag('keepdims'))
}

/** x less the logarithm of the sum of its exponentials, of which the largest is taken out, so that none is too large. */
export function logSoftmax(g: Given): Node {
  const x = g.tensor('x')
  const axes = [g.axis('axis', x.shape.length, -1)]
  const below = merged(g, 'subtract', x, reduced(g, 'max', x, axes, true))
  const sum = reduced(g, 'sum', activated(g, below, 'exponential'), axes, true)
  return merged(g, 'subtract', below, mapped(g, 'log', sum))
}

/** Divided by the root of the sum of squares along some axes, which is taken for `epsilon` at least. */
export function normalize(g: Given): Node {
  g.only('order', 2)
  const x = g.tensor('x')
  const axes = g.value('axis') === undefined && !g.isNull('axis') ? [x.shape.length - 1] : g.axes('axis', x.shape.length)
  const sum = reduced(g, 'sum', merged(g, 'multiply', x, x), axes, true)
  const most = 1 / g.number('epsilon', 1e-7)
  return merged(g, 'multiply', x, merged(g, 'minimum', mapped(g, 'rsqrt', sum), number(most)))
}
