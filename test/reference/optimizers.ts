/** Oracles of the optimizers' steps: the weight and the state after one, each with its bound. Written from Keras's formulas. */
import { build, sumBound, type Reference } from './reference.ts'
import {
  absolute,
  add,
  constant,
  divide,
  exact,
  larger,
  multiply,
  negative,
  signOf,
  squareRoot,
  subtract,
  type Rounded,
} from './rounded.ts'
import type { Inputs, Values } from './values.ts'

/** What is subtracted from a weight, and its state after the step. */
interface Moved {
  readonly step: Rounded
  readonly state: readonly Rounded[]
}

type RuleOf = (d: Rounded, rate: Rounded, s: readonly Rounded[], h: readonly Rounded[], k: readonly Rounded[]) => Moved

const square = (a: Rounded) => multiply(a, a)

/** mean + (next - mean) * share */
const moved = (mean: Rounded, next: Rounded, share: Rounded) => add(mean, multiply(subtract(next, mean), share))

const RULES: Readonly<Record<string, RuleOf>> = {
  descent: (d, rate) => ({ step: multiply(rate, d), state: [] }),
  momentum(d, rate, [m], _, [momentum, nesterov]) {
    const step = multiply(rate, d)
    const next = subtract(multiply(momentum!, m!), step)
    return { step: negative(nesterov!.value ? subtract(multiply(momentum!, next), step) : next), state: [next] }
  },
  adagrad(d, rate, [sum], _, [epsilon]) {
    const next = add(sum!, square(d))
    return { step: divide(multiply(rate, d), squareRoot(add(next, epsilon!))), state: [next] }
  },
  adagradOutside(d, rate, [sum], _, [epsilon]) {
    const next = add(sum!, square(d))
    return { step: divide(multiply(rate, d), add(squareRoot(next), epsilon!)), state: [next] }
  },
  rmspropOutside(d, rate, [squares], _, [share, epsilon]) {
    const velocity = moved(squares!, square(d), share!)
    return { step: divide(multiply(rate, d), add(squareRoot(velocity), epsilon!)), state: [velocity] }
  },
  adadelta(d, rate, [gradients, changes], _, [share, epsilon]) {
    const gradient = moved(gradients!, square(d), share!)
    const change = divide(multiply(squareRoot(add(changes!, epsilon!)), d), squareRoot(add(gradient, epsilon!)))
    return { step: multiply(rate, change), state: [gradient, moved(changes!, square(change), share!)] }
  },
  adam(d, rate, [m, v, most], [correction], [share1, share2, epsilon]) {
    const [m1, v1] = [moved(m!, d, share1!), moved(v!, square(d), share2!)]
    const used = most ? larger(most, v1) : v1
    const step = divide(multiply(m1, multiply(rate, correction!)), add(squareRoot(used), epsilon!))
    return { step, state: most ? [m1, v1, used] : [m1, v1] }
  },
  adamax(d, rate, [m, u], [left], [share1, beta2, epsilon]) {
    const m1 = moved(m!, d, share1!)
    const u1 = larger(multiply(beta2!, u!), absolute(d))
    return { step: divide(multiply(rate, m1), multiply(left!, add(u1, epsilon!))), state: [m1, u1] }
  },
  nadam(d, rate, [m, v], [a, b, left], [share1, share2, epsilon]) {
    const [m1, v1] = [moved(m!, d, share1!), moved(v!, square(d), share2!)]
    const mixed = add(multiply(a!, m1), multiply(b!, d))
    return { step: divide(multiply(mixed, rate), add(squareRoot(divide(v1, left!)), epsilon!)), state: [m1, v1] }
  },
  lion(d, rate, [m], _, [beta1, rest1, beta2, rest2]) {
    const step = multiply(rate, signOf(add(multiply(m!, beta1!), multiply(d, rest1!))))
    return { step, state: [add(multiply(m!, beta2!), multiply(d, rest2!))] }
  },
}

/** RMSprop, whose second and third tensors of state may be absent. */
function rmsprop(present: readonly string[]): RuleOf {
  return (d, rate, s, _, [share, epsilon, momentum]) => {
    const at = (c: string) => s[present.indexOf(c)]!
    const velocity = moved(at('a'), square(d), share!)
    const mean = present.includes('c') ? moved(at('c'), d, share!) : undefined
    const divisor = add(mean ? subtract(velocity, square(mean)) : velocity, epsilon!)
    const increment = divide(multiply(rate, d), squareRoot(divisor))
    const step = present.includes('b') ? add(multiply(momentum!, at('b')), increment) : increment
    const state = { a: velocity, b: step, c: mean }
    return { step, state: present.map((c) => state[c as 'a']) }
  }
}

interface Attrs {
  readonly rule: string
  readonly state: readonly string[]
  readonly k: readonly number[]
  readonly multiplier: number
  readonly decay: number
  readonly limit: number
  readonly norm: number
  readonly average: boolean
}

/** New w, state and average. */
export function optimizeReference([g, hyper, squares]: Inputs, state: readonly Values[], attrs: Attrs): Reference[] {
  const rule = attrs.rule === 'rmsprop' ? rmsprop(attrs.state) : RULES[attrs.rule]!
  const [lr, a, b, c, kept, put] = Array.from(hyper!.data, exact) as [Rounded, Rounded, Rounded, Rounded, Rounded, Rounded]
  const rate = multiply(lr, constant(attrs.multiplier))
  const k = attrs.k.map(constant)
  const longest = constant(attrs.norm)
  const factor = attrs.norm ? divide(longest, larger(squareRoot(exact(squares!.data[0]!)), longest)) : exact(1)
  const after = Array.from(g!.data, (value, i): Rounded[] => {
    const whole = multiply(exact(value), factor)
    const clipped = attrs.limit && Math.abs(whole.value) > attrs.limit ? constant(Math.sign(whole.value) * attrs.limit) : whole
    const [w, ...s] = state.map(({ data }) => exact(data[i]!)) as [Rounded, ...Rounded[]]
    const decayed = subtract(w, multiply(multiply(w, constant(attrs.decay)), rate))
    const { step, state: next } = rule(clipped, rate, attrs.average ? s.slice(0, -1) : s, [a, b, c], k)
    const v = subtract(decayed, step)
    if (!attrs.average) return [v, ...next]
    const average = add(multiply(s.at(-1)!, kept), multiply(v, subtract(exact(1), kept)))
    return [put.value ? average : v, ...next, average]
  })
  return state.map((_, at) => build(g!.shape, (i) => [after[i]![at]!.value, after[i]![at]!.bound]))
}

/** Sums of squares, or of sums, of `each` elements; on top of what is before. */
export function squareSumReference([x, before]: Inputs, { each, added }: { each?: number; added?: boolean }): Reference {
  const size = x!.data.length
  const step = each ?? size
  return build([Math.ceil(size / step)], (i) => {
    const terms = Array.from({ length: Math.min(step, size - i * step) }, (_, j) => x!.data[i * step + j]!)
    const squares = added ? terms : terms.map((v) => v * v)
    const first = before?.data[0] ?? 0
    const y = squares.reduce((sum, v) => sum + v, first)
    return [
      y,
      sumBound(
        terms.length + 1,
        squares.reduce((sum, v) => sum + Math.abs(v), Math.abs(first)),
      ),
    ]
  })
}
