/** Gradients by central differences in f64. */
import { EPS, type Reference } from '../reference/reference.ts'
import type { Inputs, Values } from '../reference/values.ts'
import type { Tensor } from './run-op.ts'

/** Distance of the outer points of a difference: errors of its fourth power, 1e-11, meet roundings of 2^-53 / STEP, 1e-13. */
const STEP = 2 ** -9
/** How far a value is moved that is too close to a kink. */
const MOVE = 8 * STEP
/** Times that all values are gone through. */
const PASSES = 20

export interface NumericGradient {
  /** The inputs, with values close to a kink moved. */
  readonly inputs: readonly (Tensor | undefined)[]
  /** The gradient by each wanted input, and how far one in f32 may be off. */
  readonly gradients: readonly Reference[]
}

/** What changes along one element. */
interface Slope {
  readonly slope: number
  /** Sum of the absolute contributions of the outputs, and how many there are. */
  readonly magnitude: number
  readonly terms: number
  /** False where the function has a kink within reach. */
  readonly smooth: boolean
}

type Oracle = (inputs: Inputs) => Reference

/** The outputs with one element of one input changed by `h`. */
function shifted(f: Oracle, inputs: Inputs, input: number, element: number, h: number): Float64Array {
  const data = Float64Array.from(inputs[input]!.data)
  data[element]! += h
  return f(inputs.map((x, i) => (i === input ? { shape: x!.shape, data } : x))).y
}

/**
 * The slope by five points, at STEP and at half of it. A kink shows in that the two differ; one right at the middle in that the
 * difference of the slopes on both sides does not halve.
 */
function slopeOf(f: Oracle, inputs: Inputs, input: number, element: number, dy: Values): Slope {
  const sum = (y: Float64Array) => y.reduce((s, v, k) => s + v * dy.data[k]!, 0)
  const at = (h: number) => shifted(f, inputs, input, element, h)
  const [low, high] = [at(-STEP), at(STEP)]
  const [far, near, half] = [
    [at(-2 * STEP), at(2 * STEP)],
    [low, high],
    [at(-STEP / 2), at(STEP / 2)],
  ].map((pair) => pair.map(sum))
  const five = ([a, b]: number[], [c, d]: number[], h: number) => (8 * (b! - a!) - (d! - c!)) / (12 * h)
  const contributions = Array.from(high, (v, k) => Math.abs(((v - low[k]!) * dy.data[k]!) / (2 * STEP))).filter((c) => c > 0)
  const magnitude = contributions.reduce((a, b) => a + b, 0)
  const slope = five(half!, near!, STEP / 2)
  const middle = sum(at(0))
  const bend = ([a, b]: number[], h: number) => Math.abs((a! - 2 * middle + b!) / h)
  const noise = 1e-8 * (1 + magnitude)
  const smooth = Math.abs(five(near!, far!, STEP) - slope) < noise && bend(half!, STEP / 2) < 0.75 * bend(near!, STEP) + noise
  return { slope, magnitude, terms: contributions.length, smooth }
}

/**
 * d(sum of y * dy) / dx for some inputs of `f`. Values within reach of a kink, where there is no gradient to compare with, are moved.
 * The bound is that of a sum of its terms, and 32 roundings of the tensor's largest for what intermediate results lose.
 * @param wanted indices of inputs
 * @throws Error where a kink cannot be got away from
 */
export function numericGradient(f: Oracle, given: readonly (Tensor | undefined)[], wanted: readonly number[], dy: Values): NumericGradient {
  const inputs = given.map((x) => x && { shape: x.shape, data: x.data.slice() })
  for (let pass = 0; pass < PASSES; pass++) {
    let moved = false
    const slopes = wanted.map((input) => {
      const { data } = inputs[input]!
      return Array.from(data, (_, element) => {
        const s = slopeOf(f, inputs, input, element, dy)
        if (!s.smooth) {
          data[element]! += MOVE
          moved = true
        }
        return s
      })
    })
    if (!moved) return { inputs, gradients: slopes.map((all, i) => gradientOf(inputs[wanted[i]!]!.shape, all)) }
  }
  throw new Error(`the function must be smooth near its inputs, got a kink after ${PASSES} moves`)
}

function gradientOf(shape: readonly number[], slopes: readonly Slope[]): Reference {
  const largest = Math.max(...slopes.map((s) => s.magnitude))
  return {
    shape,
    y: Float64Array.from(slopes, (s) => s.slope),
    bound: Float64Array.from(slopes, (s) => (s.terms + 4) * EPS * s.magnitude + 32 * EPS * largest + 1e-30),
  }
}
