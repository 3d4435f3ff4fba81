/** Oracles of the activations: values in f64, and how far f32 may be off by WGSL's accuracy of exp, log and division. */
import type { ActivationFunction } from '../../src/kernels/activation/functions.ts'
import { build, EPS, FTZ, sumBound, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, DIVISION, type Inputs, type Values } from './values.ts'

type Approximate = readonly [value: number, bound: number]

/** exp(v): 3 + 2 |v| ULP. */
const exp = (v: number): Approximate => [Math.exp(v), v === -Infinity ? 0 : (3 + 2 * Math.abs(v)) * EPS * Math.exp(v)]

/** exp(v) - 1 for v <= 0: a difference, or within 0.125 of 0 a series of five terms that leaves out v^6 / 720. */
function expm1(v: number): Approximate {
  const y = Math.expm1(v)
  if (v > -0.125) return [y, v ** 6 / 720 + ulpBound(8, y)]
  return [y, exp(v)[1] + ulpBound(1, y)]
}

/** 1 / (1 + e): the error of e, and those of the sum and the quotient. */
function sigmoid(v: number): Approximate {
  const [e, bound] = exp(-v)
  const y = 1 / (1 + e)
  return [y, y * y * (Number.isFinite(e) ? bound : 0) + ulpBound(1 + DIVISION, y)]
}

/** e / (e + 2) with e = exp(-2 |v|) - 1, of which the derivative is 2 / (e + 2)^2. */
function tanh(v: number): Approximate {
  const [e, bound] = expm1(-2 * Math.abs(v))
  const y = Math.tanh(v)
  return [y, (2 / (e + 2) ** 2) * bound + ulpBound(1 + DIVISION, y)]
}

/** 1 - erf(x) for x >= 0: by the series of erf, and from 2 on by a continued fraction, which keeps the tail. */
export function erfc(x: number): number {
  if (x >= 2) {
    let tail = 0
    for (let k = 60; k > 0; k--) tail = k / 2 / (x + tail)
    return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + tail))
  }
  let sum = 0
  let term = x
  for (let n = 0; n < 80; n++) {
    sum += term / (2 * n + 1)
    term *= (-x * x) / (n + 1)
  }
  return 1 - (2 / Math.sqrt(Math.PI)) * sum
}

/** Absolute coefficients of the polynomial in t that is the approximation's exponent. */
const COEFFICIENTS = [1.27, 1.01, 0.38, 0.1, 0.19, 0.28, 1.14, 1.49, 0.83, 0.18]

/**
 * t * exp(polynomial in t - a^2), with t = 1 / (1 + a / 2), right to 1.2e-7 of itself. The exponent is off by an EPS of its terms for each of
 * a dozen roundings, by the error of t, and by two more for those of a; exp by its argument's size.
 */
function approximateErfc(a: number): Approximate {
  const y = erfc(a)
  const terms = COEFFICIENTS.reduce((sum, c) => sum + c, 0)
  const slope = COEFFICIENTS.reduce((sum, c, k) => sum + k * c, 0)
  const exponent = 12 * terms + (1 + DIVISION) * slope + 4 * a * a
  return [y, (1.2e-7 + EPS * (exponent + 3 + 2 * (a * a + terms) + 2 + DIVISION)) * y + FTZ]
}

/** v / 2 times 1 + erf(v / sqrt(2)), which is 2 - erfc above 0 and erfc below. */
function gelu(v: number): Approximate {
  const [tail, bound] = approximateErfc(Math.abs(v) * Math.SQRT1_2)
  return times(0.5 * v, v < 0 ? [tail, bound] : [2 - tail, bound + ulpBound(1, 2 - tail)])
}

/** max(v, 0) + log1p(exp(-|v|)), the logarithm by seven terms of 2 atanh(s) with s = e / (2 + e). */
function softplus(v: number): Approximate {
  const [e, bound] = exp(-Math.abs(v))
  const log = Math.log1p(e)
  const s = e / (2 + e)
  const rest = (2 * s ** 15) / 15 / (1 - s * s)
  const y = Math.max(v, 0) + log
  return [y, bound + rest + ulpBound(6 + DIVISION, log) + ulpBound(1, y)]
}

/** n / (n + 2) with n = e (e + 2) and e = exp(v), of which the derivative by n is 2 / (n + 2)^2. */
function mishGate(v: number): Approximate {
  const [e, bound] = exp(v)
  const y = Math.tanh(Math.log1p(e))
  if (!Number.isFinite(e) || v > 20) return [y, v > 20 ? EPS : 0]
  const n = e * (e + 2)
  return [y, (2 / (n + 2) ** 2) * ((2 * e + 2) * bound + ulpBound(2, n)) + ulpBound(1 + DIVISION, y)]
}

/** The root is off by 2 roundings and its own 2.5 ULP, halves of it by those. */
function squareplus(v: number): Approximate {
  const root = Math.abs(v) > 1e6 ? Math.abs(v) : Math.sqrt(v * v + 4)
  const y = v > 0 ? (root + v) / 2 : 2 / (root - v)
  return [y, ulpBound(1 + DIVISION + 2 + DIVISION, y)]
}

function hard(v: number, { slope, offset }: { slope: number; offset: number }): Approximate {
  const sum = slope * v + offset
  const y = Math.min(Math.max(sum, 0), 1)
  if (!Number.isFinite(v)) return [y, 0]
  return [y, ulpBound(1 + CONSTANT, slope * v) + ulpBound(CONSTANT, offset) + ulpBound(1, sum)]
}

function relu(
  v: number,
  { negativeSlope, threshold, maxValue }: { negativeSlope: number; threshold: number; maxValue: number },
): Approximate {
  const y = Math.min(v > threshold ? v : negativeSlope && negativeSlope * (v - threshold), maxValue)
  return [y, v > threshold ? ulpBound(CONSTANT, y) : ulpBound(2 + CONSTANT, y) + Math.abs(negativeSlope) * ulpBound(CONSTANT, threshold)]
}

function times(v: number, [g, bound]: Approximate): Approximate {
  if (g === 0 && !Number.isFinite(v)) return [0, 0]
  return [v * g, Math.abs(v) * bound + ulpBound(1, v * g)]
}

/** f(v) in f64, and how far f32 may be off where v is exact. */
function value(v: number, f: ActivationFunction): Approximate {
  if (Number.isNaN(v)) return [NaN, 0]
  switch (f) {
    case 'linear':
      return [v, 0]
    case 'relu':
      return [v < 0 ? 0 : v, 0]
    case 'sigmoid':
      return sigmoid(v)
    case 'tanh':
      return tanh(v)
    case 'silu':
      return times(v, sigmoid(v))
    case 'softplus':
      return softplus(v)
    case 'softsign':
      return [v / (1 + Math.abs(v)), ulpBound(1 + DIVISION, v / (1 + Math.abs(v)))]
    case 'exponential':
      return exp(Math.min(Math.max(v, -87), 88.7))
    case 'gelu':
      return gelu(v)
    case 'mish':
      return times(v, mishGate(v))
    case 'squareplus':
      return squareplus(v)
    case 'sparsePlus': {
      const y = v > 1 ? v : (Math.max(v + 1, 0) / 2) ** 2
      return [y, v > 1 ? 0 : ulpBound(3, y)]
    }
    case 'logSigmoid':
      return negative(softplus(-v))
    case 'hardTanh':
      return [Math.min(Math.max(v, -1), 1), 0]
    case 'tanhShrink':
      return plus(exact(v), negative(tanh(v)))
    case 'softShrink':
      return plus(exact(v), exact(-Math.min(Math.max(v, -0.5), 0.5)))
    case 'hardShrink':
      return [Math.abs(v) > 0.5 ? v : 0, 0]
  }
  switch (f.kind) {
    case 'relu':
      return relu(v, f)
    case 'elu': {
      const [e, bound] = v > 0 ? [v, 0] : expm1(v)
      const factor = f.scale * (v > 0 ? 1 : f.alpha)
      return [factor * e, Math.abs(factor) * bound + ulpBound(2 + 2 * CONSTANT, factor * e)]
    }
    case 'hardSigmoid':
      return hard(v, f)
    case 'hardSilu':
      return times(v, hard(v, f))
  }
}

/** f of a value that is itself off by up to `bound`. */
export function activated(f: ActivationFunction, v: number, bound: number): Approximate {
  const [y, own] = value(v, f)
  if (bound === 0 || !Number.isFinite(v)) return [y, own]
  const spread = Math.max(...[v - bound, v + bound].map((at) => Math.abs(value(at, f)[0] - y)))
  // Both ends are values at places as uncertain as this one.
  return [y, spread + own]
}

export function activationReference([x]: Inputs, { activation }: { activation: ActivationFunction }): Reference {
  return build(x!.shape, (i) => value(x!.data[i]!, activation))
}

const plus = ([a, boundA]: Approximate, [b, boundB]: Approximate): Approximate => [a + b, boundA + boundB + ulpBound(1, a + b)]
const by = ([a, boundA]: Approximate, [b, boundB]: Approximate): Approximate => [
  a * b,
  Math.abs(a) * boundB + Math.abs(b) * boundA + boundA * boundB + ulpBound(1, a * b),
]
const exact = (v: number): Approximate => [v, 0]
const negative = ([y, bound]: Approximate): Approximate => [-y, bound]
const constant = (v: number): Approximate => [v, ulpBound(CONSTANT, v)]

/** The slope of f, by its output y or, where that does not tell it, its input. */
function slope(v: number, f: ActivationFunction): Approximate {
  switch (f) {
    case 'linear':
      return exact(1)
    case 'relu':
      return exact(v > 0 ? 1 : 0)
    case 'sigmoid':
      return by(exact(v), plus(exact(1), exact(-v)))
    case 'tanh':
      return by(plus(exact(1), exact(-v)), plus(exact(1), exact(v)))
    case 'silu': {
      const s = sigmoid(v)
      return plus(s, by(exact(v), by(s, plus(exact(1), [-s[0], s[1]]))))
    }
    case 'softplus': {
      const [e, bound] = expm1(-v)
      return [-e, bound]
    }
    case 'softsign': {
      const rest = plus(exact(1), exact(-Math.abs(v)))
      return by(rest, rest)
    }
    case 'exponential':
      return exact(v)
    case 'gelu': {
      const [tail, bound] = approximateErfc(Math.abs(v) * Math.SQRT1_2)
      const half: Approximate = [(v < 0 ? tail : 2 - tail) / 2, bound / 2 + ulpBound(1, 1)]
      const [density] = [Math.exp((-v * v) / 2) / Math.sqrt(2 * Math.PI)]
      return plus(half, by(exact(v), [density, (3 + 3 * v * v) * EPS * density + ulpBound(CONSTANT + 1, density)]))
    }
    case 'mish': {
      const gate = mishGate(v)
      const rest = by(plus(exact(1), negative(gate)), plus(exact(1), gate))
      return plus(gate, by(exact(v), by(sigmoid(v), rest)))
    }
    case 'squareplus': {
      const y = 1 / (1 + 1 / (v * v))
      return [y, ulpBound(2 + 2 * DIVISION + 1, y)]
    }
    case 'sparsePlus':
      return v >= 1 ? exact(1) : [Math.sqrt(Math.max(v, 0)), ulpBound(DIVISION, Math.sqrt(Math.max(v, 0)))]
    case 'logSigmoid':
      return negative(expm1(v))
    case 'hardTanh':
      return exact(Math.abs(v) < 1 ? 1 : 0)
    case 'tanhShrink':
      return by(tanh(v), tanh(v))
    case 'softShrink':
    case 'hardShrink':
      return exact(v === 0 ? 0 : 1)
  }
  return slopeWith(v, f)
}

function slopeWith(v: number, f: Exclude<ActivationFunction, string>): Approximate {
  switch (f.kind) {
    case 'relu': {
      const fromOutput = f.negativeSlope >= 0 && f.threshold >= 0
      const above = v > (fromOutput ? 0 : f.threshold)
      const y = fromOutput || above ? v : f.negativeSlope * (v - f.threshold)
      if (y >= f.maxValue) return exact(0)
      return above ? exact(1) : constant(f.negativeSlope)
    }
    case 'elu': {
      if (v > 0) return constant(f.scale)
      if (f.alpha > 0 && f.scale > 0) return plus(exact(v), by(constant(f.alpha), constant(f.scale)))
      return by(by(constant(f.scale), constant(f.alpha)), exp(v))
    }
    case 'hardSigmoid':
      return v > 0 && v < 1 ? constant(f.slope) : exact(0)
    case 'hardSilu': {
      const gate = hard(v, f)
      return gate[0] > 0 && gate[0] < 1 ? plus(gate, by(exact(v), constant(f.slope))) : gate
    }
  }
}

/** dy times the slope; 0 where that is. */
export function activationGradReference([v, dy]: Inputs, { activation }: { activation: ActivationFunction }): Reference {
  return build(v!.shape, (i) => {
    const s = slope(v!.data[i]!, activation)
    return s[0] === 0 && s[1] === 0 ? [0, 0] : s[0] === 1 && s[1] === 0 ? [dy!.data[i]!, 0] : by(exact(dy!.data[i]!), s)
  })
}

export function preluReference([x, alpha]: Inputs): Reference {
  return build(x!.shape, (i) => {
    const v = x!.data[i]!
    const y = v > 0 ? v : v * alpha!.data[i % alpha!.data.length]!
    return [y, ulpBound(1, y)]
  })
}

interface LrnAttrs {
  readonly radius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number
}

/** Channels from c - radius to c + radius, by their places in x. */
function neighbours(i: number, C: number, radius: number): number[] {
  const c = i % C
  const [first, last] = [Math.max(c - radius, 0), Math.min(c + radius, C - 1)]
  return Array.from({ length: last - first + 1 }, (_, at) => i - c + first + at)
}

/**
 * bias + alpha * the sum of squares around element i, and its power -beta, with relative errors. exp2 and log2 inherit: log2 is right to 2^-21
 * between 0.5 and 2, else to 3 ULP.
 */
function lrnScale(x: Values, i: number, { radius, bias, alpha, beta }: LrnAttrs) {
  const scale = bias + alpha * neighbours(i, x.shape.at(-1)!, radius).reduce((sum, at) => sum + x.data[at]! ** 2, 0)
  const scaleError = (2 * radius + 6) * EPS
  const log = Math.log2(scale)
  const logBound = scaleError * Math.LOG2E + Math.max(2 ** -21, ulpBound(3, log))
  const exponent = -beta * log
  const exponentBound = beta * logBound + ulpBound(1 + CONSTANT, exponent)
  const powerError = Math.LN2 * exponentBound + (3 + 2 * Math.abs(exponent)) * EPS
  return { scale, scaleError, power: scale ** -beta, powerError }
}

export function lrnReference([x]: Inputs, attrs: LrnAttrs): Reference {
  return build(x!.shape, (i) => {
    const { power, powerError } = lrnScale(x!, i, attrs)
    const y = x!.data[i]! * power
    return [y, Math.abs(y) * powerError + ulpBound(1, y)]
  })
}

/** What each channel's divisor passes on to the channels around it: dy * x / s^(beta + 1), with bounds. */
function lrnTerms(x: Values, dy: Values, attrs: LrnAttrs): Approximate[] {
  return Array.from(x.data, (v, i): Approximate => {
    const { scale, scaleError, power, powerError } = lrnScale(x, i, attrs)
    const term = (dy.data[i]! * v * power) / scale
    return [term, Math.abs(term) * (powerError + scaleError) + ulpBound(2 + DIVISION, term)]
  })
}

export function lrnTermsReference([x, dy]: Inputs, attrs: LrnAttrs): Reference {
  const terms = lrnTerms(x!, dy!, attrs)
  return build(x!.shape, (i) => terms[i]!)
}

/** The product rule: through the numerator, and through the divisors of all channels that have this one among their neighbours. */
export function lrnGradReference([x, dy, given]: Inputs, attrs: LrnAttrs): Reference {
  const { radius, alpha, beta } = attrs
  const terms = given ? Array.from(given.data, exact) : lrnTerms(x!, dy!, attrs)
  return build(x!.shape, (i) => {
    const { power, powerError } = lrnScale(x!, i, attrs)
    const own = by(exact(dy!.data[i]!), [power, power * powerError])
    const parts = neighbours(i, x!.shape.at(-1)!, radius).map((j) => terms[j]!)
    const [total, spread, absSum] = parts.reduce(([s, b, a], [p, bound]) => [s + p, b + bound, a + Math.abs(p)], [0, 0, 0])
    const factor: Approximate = [-2 * alpha * beta * x!.data[i]!, ulpBound(3 + 2 * CONSTANT, 2 * alpha * beta * x!.data[i]!)]
    return plus(own, by(factor, [total, spread + sumBound(parts.length, absSum)]))
  })
}
