/** Oracles of the optimizer steps: the state after one step, each with its bound. */
import { build, EPS, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, DIVISION, SQRT, type Inputs, type Values } from './values.ts'

type Approximate = readonly [value: number, bound: number]

/** state + (target - state) * share, where `share` is a constant and `targetBound` the target's own error. */
function towards(state: number, target: number, share: number, targetBound: number): Approximate {
  const step = (target - state) * share
  const y = state + step
  return [y, targetBound * share + ulpBound(1 + CONSTANT + 1, step) + ulpBound(1, y)]
}

interface AdamAttrs {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/** One element: new w, m, v. */
function adamStep(g: number, a: number, [w, m, v]: readonly [number, number, number], { beta1, beta2, epsilon }: AdamAttrs): Approximate[] {
  const m1 = towards(m, g, 1 - beta1, 0)
  const v1 = towards(v, g * g, 1 - beta2, ulpBound(1, g * g))
  const root = Math.sqrt(v1[0])
  const rootBound = Math.max(Math.sqrt(v1[0] + v1[1]) - root, root - Math.sqrt(Math.max(0, v1[0] - v1[1]))) + ulpBound(SQRT, root)
  const divisor = root + epsilon
  const divisorBound = rootBound + ulpBound(CONSTANT, epsilon) + ulpBound(1, divisor)
  const step = (m1[0] * a) / divisor
  // Relative errors of numerator and divisor add up; the divisor's by its smallest value.
  const stepBound = (m1[1] * a) / divisor + Math.abs(step) * (divisorBound / (divisor - divisorBound) + EPS * (1 + DIVISION))
  return [[w - step, stepBound + ulpBound(1, w - step)], m1, v1]
}

/** New w, m, v. */
export function adamReference([g, hyper]: Inputs, [w, m, v]: readonly Values[], attrs: AdamAttrs): Reference[] {
  const a = hyper!.data[0]!
  const after = Array.from(g!.data, (d, i) => adamStep(d, a, [w!.data[i]!, m!.data[i]!, v!.data[i]!], attrs))
  return [0, 1, 2].map((state) => build(g!.shape, (i) => after[i]![state]!))
}

/** New w. */
export function sgdReference([g, hyper]: Inputs, [w]: readonly Values[]): Reference[] {
  return [
    build(g!.shape, (i) => {
      const step = hyper!.data[0]! * g!.data[i]!
      return [w!.data[i]! - step, ulpBound(1, step) + ulpBound(1, w!.data[i]! - step)]
    }),
  ]
}

/** New w and velocity. */
export function sgdMomentumReference(
  [g, hyper]: Inputs,
  [w, velocity]: readonly Values[],
  { momentum, nesterov }: { momentum: number; nesterov: boolean },
): Reference[] {
  const after = Array.from(g!.data, (d, i): Approximate[] => {
    const step = hyper!.data[0]! * d
    const kept = momentum * velocity!.data[i]!
    const next = kept - step
    const nextBound = ulpBound(1 + CONSTANT, kept) + ulpBound(1, step) + ulpBound(1, next)
    const ahead = momentum * next - step
    const aheadBound = momentum * nextBound + ulpBound(1 + CONSTANT, momentum * next) + ulpBound(1, step) + ulpBound(1, ahead)
    const [move, moveBound] = nesterov ? [ahead, aheadBound] : [next, nextBound]
    const y = w!.data[i]! + move
    return [
      [y, moveBound + ulpBound(1, y)],
      [next, nextBound],
    ]
  })
  return [0, 1].map((state) => build(g!.shape, (i) => after[i]![state]!))
}
