/** Oracles of the element-wise and channel-wise ops. */
import { activated, erfc } from './activation.ts'
import { build, EPS, FTZ, ulpBound, type Reference } from './reference.ts'
import type { CombineAttrs } from '../../src/kernels/combine.ts'
import type { UnaryAttrs } from '../../src/kernels/unary.ts'
import { CONSTANT, coordinates, DIVISION, INVERSE_SQRT, SQRT, type Inputs, type Values } from './values.ts'

type Numbers = number | readonly number[]

interface Rescaling {
  scale: Numbers
  offset: Numbers
  reverse?: boolean
}

export function rescaleReference([x]: Inputs, { scale, offset, reverse = false }: Rescaling): Reference {
  const at = (n: Numbers, i: number) => (typeof n === 'number' ? n : n[n.length === 1 ? 0 : i % n.length]!)
  const C = x!.shape.at(-1) ?? 1
  return build(x!.shape, (i) => {
    const product = x!.data[reverse ? i - (i % C) + (C - 1 - (i % C)) : i]! * at(scale, i)
    const y = product + at(offset, i)
    return [y, ulpBound(1 + CONSTANT, product) + ulpBound(CONSTANT, at(offset, i)) + ulpBound(1, y)]
  })
}

const COMBINE: Record<CombineAttrs['kind'], (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  maximum: Math.max, // NaN in either gives NaN
  minimum: Math.min,
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  divide: (a, b) => a / b,
  power: (a, b) => (a === 1 ? 1 : a ** b), // as C has it: JavaScript's 1 ** NaN is NaN
  equal: (a, b) => (a === b ? 1 : 0),
  keep: (a, b) => (b !== 0 ? a : 0),
}

const EXACT: readonly CombineAttrs['kind'][] = ['maximum', 'minimum', 'greaterEqual', 'less', 'equal', 'keep']

/** log2 of a number: within 2^-21 from 0.5 to 2, elsewhere 3 ULP. */
const log2Error = (x: number) => (x >= 0.5 && x <= 2 ? 2 ** -21 : 3 * EPS * Math.abs(Math.log2(x)))

/** |a|^b as exp2(b * log2 |a|): the error of the logarithm b times, a rounding of the product, and exp2's 3 + 2 |its argument| ULP. */
function powerBound(a: number, b: number, y: number): number {
  if (a === 0 || a === 1 || b === 0 || !Number.isFinite(y)) return 0
  const exponent = Math.abs(b * Math.log2(Math.abs(a)))
  return y === 0 ? FTZ : Math.abs(y) * (Math.LN2 * (Math.abs(b) * log2Error(Math.abs(a)) + exponent * EPS) + (3 + 2 * exponent) * EPS) + FTZ
}

/** How far a result may be off that is not exact. */
function combineBound(kind: CombineAttrs['kind'], a: number, b: number, y: number): number {
  return kind === 'power' ? powerBound(a, b, y) : ulpBound(kind === 'divide' ? DIVISION : 1, y)
}

/** Element of a tensor whose axes of size 1 are repeated. */
function repeated({ shape, data }: Values, at: readonly number[]): number {
  return data[shape.reduce((index, d, axis) => index * d + (d === 1 ? 0 : at[at.length - shape.length + axis]!), 0)]!
}

export function combineReference([a, b]: Inputs, { kind, activation }: CombineAttrs): Reference {
  const rank = Math.max(a!.shape.length, b!.shape.length)
  const shape = Array.from({ length: rank }, (_, i) => Math.max(a!.shape.at(i - rank) ?? 1, b!.shape.at(i - rank) ?? 1))
  return build(shape, (i) => {
    const at = coordinates(i, shape)
    const [u, v] = [repeated(a!, at), repeated(b!, at)]
    const y = COMBINE[kind](u, v)
    return activated(activation, y, EXACT.includes(kind) ? 0 : combineBound(kind, u, v, y))
  })
}

interface Preprocessing {
  divisor: number
  mean: readonly number[]
  std: readonly number[]
  order: readonly number[]
}

/** Per mode, and per channel where there are three; from keras/src/applications/imagenet_utils.py, `bvlc` from BVLC's deploy files. */
const PREPROCESSING: Record<'caffe' | 'tf' | 'torch' | 'unit' | 'bvlc', Preprocessing> = {
  caffe: { divisor: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1], order: [2, 1, 0] },
  tf: { divisor: 127.5, mean: [1, 1, 1], std: [1, 1, 1], order: [0, 1, 2] },
  torch: { divisor: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], order: [0, 1, 2] },
  unit: { divisor: 255, mean: [0, 0, 0], std: [1, 1, 1], order: [0, 1, 2] },
  bvlc: { divisor: 1, mean: [104, 117, 123], std: [1, 1, 1], order: [2, 1, 0] },
}

/** By rounded factors and offsets: x / (divisor * std) - mean / std. */
export function preprocessReference([x]: Inputs, { mode }: { mode: keyof typeof PREPROCESSING }): Reference {
  const { divisor, mean, std, order } = PREPROCESSING[mode]
  return build(x!.shape, (i) => {
    const c = i % 3 // modes with the same numbers for all channels do not care which it is
    const scaled = x!.data[i - c + order[c]!]! / (divisor * std[c]!)
    const shift = mean[c]! / std[c]!
    return [scaled - shift, ulpBound(1 + CONSTANT, scaled) + ulpBound(CONSTANT, shift) + ulpBound(1, scaled - shift)]
  })
}

/** Relative error of gamma / sqrt(variance + epsilon): the sum's and epsilon's halved by the root, the root's, the product's. */
const SCALE_ERROR = (1 + CONSTANT) / 2 + INVERSE_SQRT + 1

export function batchNormReference([x, gamma, beta, mean, variance]: Inputs, { epsilon }: { epsilon: number }): Reference {
  const C = mean!.data.length
  return build(x!.shape, (i) => {
    const c = i % C
    const scale = (gamma?.data[c] ?? 1) / Math.sqrt(variance!.data[c]! + epsilon)
    const product = (x!.data[i]! - mean!.data[c]!) * scale
    const y = product + (beta?.data[c] ?? 0)
    return [y, ulpBound(1 + SCALE_ERROR + 1, product) + ulpBound(1, y)]
  })
}

export function foldBatchNormScaleReference([variance, gamma]: Inputs, { epsilon }: { epsilon: number }): Reference {
  return build(variance!.shape, (c) => {
    const scale = (gamma?.data[c] ?? 1) / Math.sqrt(variance!.data[c]! + epsilon)
    return [scale, ulpBound(SCALE_ERROR, scale)]
  })
}

export function foldBatchNormShiftReference([mean, scale, beta, bias]: Inputs): Reference {
  return build(mean!.shape, (c) => {
    const product = ((bias?.data[c] ?? 0) - mean!.data[c]!) * scale!.data[c]!
    const shift = (beta?.data[c] ?? 0) + product
    return [shift, ulpBound(2, product) + ulpBound(1, shift)]
  })
}

/** PCG-RXS-M-XS of a 32-bit state after one step, with 64-bit integers. */
export function pcg(v: bigint): bigint {
  const mask = 0xffffffffn
  const state = (v * 747796405n + 2891336453n) & mask
  const word = (((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n) & mask
  return (word >> 22n) ^ word
}

/** Which elements dropout keeps. @param before elements of the batch before these */
export function dropoutMask(size: number, seed: number, { rate, salt }: { rate: number; salt: number }, before = 0): boolean[] {
  const key = pcg((BigInt(seed) + pcg(BigInt(salt))) & 0xffffffffn)
  const below = BigInt(Math.floor(rate * 2 ** 32))
  return Array.from({ length: size }, (_, i) => pcg((pcg(BigInt(before + i)) + key) & 0xffffffffn) >= below)
}

export function dropoutReference(
  [x, seed]: Inputs,
  {
    noise,
    affine,
    ...attrs
  }: {
    rate: number
    salt: number
    noise?: { shared: number; inner: number; each: number }
    affine?: { scale: number; shift: number; dropped: number }
  },
): Reference {
  const { shared, inner, each } = noise ?? { shared: 1, inner: 1, each: x!.data.length / x!.shape[0]! }
  const keep = dropoutMask(x!.data.length, seed!.data[0]!, attrs, each * seed!.data[1]!)
  const drawOf = (i: number) => Math.floor(i / (shared * inner)) * inner + (i % inner)
  return build(x!.shape, (i) => {
    if (!keep[drawOf(i)]) return [affine?.dropped ?? 0, ulpBound(CONSTANT, affine?.dropped ?? 0)]
    if (affine) {
      const scaled = x!.data[i]! * affine.scale
      return [
        scaled + affine.shift,
        ulpBound(1 + CONSTANT, scaled) + ulpBound(1 + CONSTANT, affine.shift) + ulpBound(1, scaled + affine.shift),
      ]
    }
    const y = x!.data[i]! / (1 - attrs.rate)
    return [y, attrs.rate === 0 ? 0 : (1 + CONSTANT) * EPS * Math.abs(y) + FTZ]
  })
}

/** z that a normal number is above with probability p below 1/2: Newton's method, whose steps never go too far since the tail is convex. */
function upperQuantile(p: number): number {
  const step = (z: number) => (Math.sqrt(Math.PI / 2) * erfc(z / Math.SQRT2) - Math.sqrt(2 * Math.PI) * p) * Math.exp((z * z) / 2)
  let z = 0
  for (let by = step(z); by > 1e-12; by = step(z)) z += by
  return z
}

/** The normal numbers that are drawn: quantiles of the middles of 2^24 equal parts of probability. @param before those before them */
export function normalDraws(size: number, seed: number, salt: number, before = 0): number[] {
  const key = pcg((BigInt(seed) + pcg(BigInt(salt))) & 0xffffffffn)
  return Array.from({ length: size }, (_, i) => {
    const part = Number(pcg((pcg(BigInt(before + i)) + key) & 0xffffffffn) >> 8n)
    const q = (part + 0.5) / 2 ** 24 - 0.5
    return Math.sign(q) * upperQuantile(0.5 - Math.abs(q))
  })
}

/** Roundings of a quantile: of two polynomials of positive terms, of a root and a logarithm, and what a part in 10^7 is. */
const QUANTILE_ERROR = 2 * 8 + DIVISION + SQRT + 3 + 1e-7 / EPS

export function gaussianNoiseReference([x, seed]: Inputs, attrs: { kind: 'add' | 'multiply'; stddev: number; salt: number }): Reference {
  const draws = normalDraws(x!.data.length, seed!.data[0]!, attrs.salt, (seed!.data[1]! * x!.data.length) / x!.shape[0]!)
  return build(x!.shape, (i) => {
    const noise = draws[i]! * attrs.stddev * (attrs.kind === 'add' ? 1 : x!.data[i]!)
    const y = x!.data[i]! + noise
    return [y, ulpBound(QUANTILE_ERROR + 2 + CONSTANT, noise) + ulpBound(1, y)]
  })
}

const UNARY: Record<UnaryAttrs['kind'], (x: number) => number> = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  log: Math.log,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
}

/** How far f32 may be off, by WGSL's accuracy. The logarithm: within 2^-21 from 0.5 to 2, elsewhere 3 ULP. Others are exact. */
function unaryBound(kind: UnaryAttrs['kind'], x: number, y: number): number {
  if (!Number.isFinite(y)) return 0
  if (kind === 'log') return x >= 0.5 && x <= 2 ? 2 ** -21 : ulpBound(3, y)
  return kind === 'sqrt' || kind === 'rsqrt' ? ulpBound(kind === 'sqrt' ? SQRT : INVERSE_SQRT, y) : 0
}

export function unaryReference([x]: Inputs, { kind }: UnaryAttrs): Reference {
  return build(x!.shape, (i) => {
    const y = UNARY[kind](x!.data[i]!)
    return [y, unaryBound(kind, x!.data[i]!, y)]
  })
}
