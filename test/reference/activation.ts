/** Oracles of the activations: values in f64, and how far f32 may be off by WGSL's accuracy of exp, log and division. */
import type { ActivationAttrs } from '../../src/kernels/activation.ts'
import { build, EPS, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, DIVISION, type Inputs } from './values.ts'

type Approximate = readonly [value: number, bound: number]

/** exp(v): 3 + 2 |v| ULP. */
const exp = (v: number): Approximate => [Math.exp(v), (3 + 2 * Math.abs(v)) * EPS * Math.exp(v)]

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

/** erf by its series, and from 3 on by the continued fraction of erfc. */
export function erf(v: number): number {
  const x = Math.abs(v)
  if (x >= 3) {
    let tail = 0
    for (let k = 60; k > 0; k--) tail = k / 2 / (x + tail)
    return Math.sign(v) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + tail)))
  }
  let sum = 0
  let term = v
  for (let n = 0; n < 80; n++) {
    sum += term / (2 * n + 1)
    term *= (-v * v) / (n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** Abramowitz and Stegun 7.1.26: 1.5e-7, its polynomial in t = 1 / (1 + 0.33 a), and exp(-a^2). */
function approximateErf(v: number): Approximate {
  const a = Math.abs(v)
  const t = 1 / (1 + 0.3275911 * a)
  const terms = [0.254829592, 0.284496736, 1.421413741, 1.453152027, 1.061405429].reduce((sum, c, i) => sum + c * t ** (i + 1), 0)
  const [e, bound] = exp(-a * a)
  return [erf(v), 1.5e-7 + 16 * EPS * terms * e + terms * (bound + 2 * a * a * EPS * e) + ulpBound(1, 1)]
}

/** 0.5 v (1 + g), where g's own argument is off by `relative` of itself and changes it by `slope` at most. */
function gated(v: number, [g, bound]: Approximate, slope: number): Approximate {
  const y = 0.5 * v * (1 + g)
  return [y, 0.5 * Math.abs(v) * (bound + slope + ulpBound(1, 1 + g)) + ulpBound(2, y)]
}

function gelu(v: number): Approximate {
  const u = v * Math.SQRT1_2
  return gated(v, approximateErf(u), 1.13 * Math.exp(-u * u) * Math.abs(u) * 2 * EPS)
}

function geluTanh(v: number): Approximate {
  const u = Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)
  return gated(v, tanh(u), (1 - Math.tanh(u) ** 2) * Math.abs(u) * 6 * EPS)
}

/** max(v, 0) + log(1 + exp(-|v|)): log is right to 2^-21 between 0.5 and 2. */
function softplus(v: number): Approximate {
  const [e, bound] = exp(-Math.abs(v))
  const y = Math.max(v, 0) + Math.log1p(e)
  return [y, bound + ulpBound(1, 1 + e) + 2 ** -21 + ulpBound(1, y)]
}

function hard(v: number, { slope, offset }: { slope: number; offset: number }): Approximate {
  const sum = slope * v + offset
  const y = Math.min(Math.max(sum, 0), 1)
  return [y, ulpBound(1 + CONSTANT, slope * v) + ulpBound(CONSTANT, offset) + ulpBound(1, sum)]
}

function relu(
  v: number,
  { negativeSlope, threshold, maxValue }: { negativeSlope: number; threshold: number; maxValue: number },
): Approximate {
  const y = Math.min(v >= threshold ? v : negativeSlope * (v - threshold), maxValue)
  return [y, v >= threshold ? ulpBound(CONSTANT, y) : ulpBound(2 + CONSTANT, y) + Math.abs(negativeSlope) * ulpBound(CONSTANT, threshold)]
}

function times(v: number, [g, bound]: Approximate): Approximate {
  return [v * g, Math.abs(v) * bound + ulpBound(1, v * g)]
}

function value(v: number, attrs: ActivationAttrs): Approximate {
  if (Number.isNaN(v)) return [NaN, 0]
  switch (attrs.kind) {
    case 'relu':
      return relu(v, attrs)
    case 'elu': {
      const [e, bound] = v > 0 ? [v, 0] : expm1(v)
      const factor = attrs.scale * (v > 0 ? 1 : attrs.alpha)
      return [factor * e, Math.abs(factor) * bound + ulpBound(2 + 2 * CONSTANT, factor * e)]
    }
    case 'sigmoid':
      return sigmoid(v)
    case 'tanh':
      return tanh(v)
    case 'silu':
      return times(v, sigmoid(v))
    case 'hardSigmoid':
      return hard(v, attrs)
    case 'hardSilu':
      return times(v, hard(v, attrs))
    case 'softplus':
      return softplus(v)
    case 'softsign':
      return [v / (1 + Math.abs(v)), ulpBound(1 + DIVISION, v / (1 + Math.abs(v)))]
    case 'exponential':
      return exp(v)
    case 'gelu':
      return gelu(v)
    case 'geluTanh':
      return geluTanh(v)
  }
}

export function activationReference([x]: Inputs, attrs: ActivationAttrs): Reference {
  return build(x!.shape, (i) => value(x!.data[i]!, attrs))
}

export function preluReference([x, alpha]: Inputs): Reference {
  return build(x!.shape, (i) => {
    const v = x!.data[i]!
    const y = v > 0 ? v : v * alpha!.data[i % alpha!.data.length]!
    return [y, ulpBound(1, y)]
  })
}

/** exp2 and log2 inherit: log2 is right to 2^-21 between 0.5 and 2, else to 3 ULP. */
export function lrnReference(
  [x]: Inputs,
  { radius, bias, alpha, beta }: { radius: number; bias: number; alpha: number; beta: number },
): Reference {
  const C = x!.shape.at(-1)!
  return build(x!.shape, (i) => {
    const c = i % C
    let sum = 0
    for (let d = Math.max(c - radius, 0); d <= Math.min(c + radius, C - 1); d++) sum += x!.data[i - c + d]! ** 2
    const scale = bias + alpha * sum
    const log = Math.log2(scale)
    const logBound = (2 * radius + 6) * EPS * Math.LOG2E + Math.max(2 ** -21, ulpBound(3, log))
    const exponent = -beta * log
    const exponentBound = beta * logBound + ulpBound(1 + CONSTANT, exponent)
    const y = x!.data[i]! * scale ** -beta
    return [y, Math.abs(y) * (Math.LN2 * exponentBound + (3 + 2 * Math.abs(exponent)) * EPS) + ulpBound(1, y)]
  })
}
