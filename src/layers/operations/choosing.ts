/** Operations that compare, choose and put in order. What is true is 1 in a graph, and what is false 0; places are numbers. */
import type { Node } from '../../graph/graph.ts'
import { argMax } from '../../kernels/arg_max.ts'
import type { CombineAttrs } from '../../kernels/combine.ts'
import { oneHot } from '../../kernels/one_hot.ts'
import { sortPlaces } from '../../kernels/sort_places.ts'
import { takeAlong } from '../../kernels/take_along.ts'
import { sizeOf } from '../../shape.ts'
import { alongLast } from '../axes.ts'
import { sparsemax as sparse } from '../sparsemax.ts'
import { mapped, merged, number, reduced, scaled } from './arithmetic.ts'
import { isTruth } from './kinds.ts'
import { isNode, type Given } from './values.ts'

const not = (g: Given, x: Node): Node => scaled(g, x, -1, 1)

/** 1 where x is not 0; what is true or false stays. */
const isTrue = (g: Given, x: Node): Node => (isTruth(x) ? x : not(g, merged(g, 'equal', x, number(0))))

/** @param turned the second before the first @param negated where it does not hold */
export const comparing =
  (kind: CombineAttrs['kind'], { turned = false, negated = false } = {}) =>
  (g: Given): Node => {
    const [a, b] = [g.operand('x1'), g.operand('x2')]
    if (!isNode(a) && !isNode(b)) throw g.refuse('one of two must be a tensor', [a.data, b.data])
    const y = turned ? merged(g, kind, b, a) : merged(g, kind, a, b)
    return negated ? not(g, y) : y
  }

/** And, as the smaller of two truths; or, as the larger. */
export const logical =
  (kind: 'minimum' | 'maximum') =>
  (g: Given): Node => {
    const [a, b] = (['x1', 'x2'] as const).map((name) => isTrue(g, g.node(g.operand(name))))
    return merged(g, kind, a!, b!)
  }

export const logicalNot = (g: Given): Node => not(g, isTrue(g, g.tensor('x')))

/** Whether any is true along some axes, or all are. */
export const quantified =
  (kind: 'max' | 'min') =>
  (g: Given): Node => {
    const x = g.tensor('x')
    return reduced(g, kind, isTrue(g, x), g.axes('axis', x.shape.length), g.flag('keepdims'))
  }

/** x1 where the condition is true, else x2; the other may be NaN. */
export function where(g: Given): Node {
  if (g.value('x1') === undefined || g.value('x2') === undefined)
    throw g.refuse('x1 and x2 must be given, since without them it depends on the values how many places there are', null)
  const [x1, x2] = [g.operand('x1'), g.operand('x2')]
  const condition = isTrue(g, g.tensor('condition'))
  return merged(g, 'add', merged(g, 'keep', g.node(x1), condition), merged(g, 'keep', g.node(x2), not(g, condition)))
}

/** A tensor of the shape of x, of one number, whatever is in x. */
export const filled =
  (value: number) =>
  (g: Given): Node => {
    g.only('dtype', 'float32', 'float16', 'bfloat16', 'float64', 'float')
    const x = g.tensor('x')
    const nothing = merged(g, 'less', x, x)
    return value ? scaled(g, nothing, 1, value) : nothing
  }

/** The one axis of an argument. Without it Keras takes the samples' too, which `axes` refuses. */
function oneAxis(g: Given, rank: number): number {
  const axes = g.axes('axis', rank)
  if (axes.length !== 1) throw g.refuse('axis must be one', g.value('axis'))
  return axes[0]!
}

const rowsOf = (g: Given, x: Node): Node => g.graph.view(x, [sizeOf(x.shape) / x.shape.at(-1)!, x.shape.at(-1)!])

/** The place of the largest along an axis, or of the smallest, the first of several; NaN goes before any number. */
export const place =
  (which: 'largest' | 'smallest') =>
  (g: Given): Node => {
    const x = g.tensor('x')
    const axis = oneAxis(g, x.shape.length)
    // Keras 3 has -0 below 0 here, and here alone.
    const how = { smallest: which === 'smallest', signedZeros: !g.c.tensorflow }
    const found = alongLast(g.graph, [x], axis, ([y]) => g.graph.view(g.graph.add(argMax, [rowsOf(g, y!)], how), y!.shape.with(-1, 1)))
    return g.flag('keepdims') ? found : g.graph.view(found, x.shape.toSpliced(axis, 1))
  }

/** The values of rows at the first k places of their order, and these places. */
function ordered(g: Given, x: Node, k: number, descending: boolean): [values: () => Node, places: Node] {
  const rows = rowsOf(g, x)
  const places = g.graph.add(sortPlaces, [rows], { k, descending })
  const shaped = (y: Node) => g.graph.view(y, x.shape.with(-1, k))
  return [() => shaped(g.graph.add(takeAlong, [rows, places], {})), shaped(places)]
}

/** The k largest along the last axis, the largest first, and their places. */
export function topK(g: Given): Node[] {
  const [x, k] = [g.tensor('x'), g.integer('k')]
  g.flag('sorted')
  const length = x.shape.at(-1)!
  if (x.shape.length < 2 || k < 1 || k > length) throw g.refuse(`k must be from 1 to ${length}, what the last axis has`, k)
  const [values, places] = ordered(g, x, k, true)
  return [values(), places]
}

/** Along an axis in ascending order, NaN last; or the places of that. */
export const sorted =
  (what: 'values' | 'places') =>
  (g: Given): Node => {
    const x = g.tensor('x')
    const axis = g.axis('axis', x.shape.length, -1)
    return alongLast(g.graph, [x], axis, ([y]) => {
      const [values, places] = ordered(g, y!, y!.shape.at(-1)!, false)
      return what === 'values' ? values() : places
    })
  }

/** Class numbers as rows with a 1 at their place, in a new last axis. */
export function hot(g: Given): Node {
  const [x, classes] = [g.tensor('x'), g.integer('num_classes')]
  g.only('axis', -1, x.shape.length)
  g.only('dtype', 'float32', 'float16', 'bfloat16', 'float64', 'float')
  g.only('sparse', false)
  // As Keras does, which makes whole numbers of them first: towards 0.
  const towardsZero = merged(g, 'multiply', mapped(g, 'sign', x), mapped(g, 'floor', mapped(g, 'abs', x)))
  return g.graph.view(g.graph.add(oneHot, [towardsZero], { classes }), [...x.shape, classes])
}

export function sparsemax(g: Given): Node {
  const x = g.tensor('x')
  return alongLast(g.graph, [x], g.axis('axis', x.shape.length, -1), ([y]) => sparse(g.graph, y!))
}
