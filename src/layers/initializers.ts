/**
 * Weight initializers by Keras's names (keras/src/initializers): seeded, computed in slices, so that a network of any size can be made without
 * holding it. Distributions are Keras's; the numbers drawn are not.
 */
import { ArgumentError } from '../errors.ts'
import { described } from '../described.ts'
import { filled } from '../parameter.ts'
import type { TensorSource } from '../tensor_source.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'

/** Makes the source of a weight of this shape. `path` is `layer/weight`; it decorrelates weights that share a seed. See {@link initializers}. */
export type Initializer = (shape: Shape, path: string) => TensorSource

type KerasClass = readonly [className: string, config: Readonly<Record<string, unknown>>]

/** What Keras calls those that are made here. */
const classes = new WeakMap<Initializer, KerasClass>()

/** Class and config in Keras; undefined for a function of somebody's own. */
export const kerasInitializer = (initializer: Initializer): KerasClass | undefined => classes.get(initializer)

function named(className: string, config: object, initializer: Initializer): Initializer {
  classes.set(initializer, [className, { ...config }])
  return initializer
}

/** FNV-1a of a string, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** A counter-based generator: element i of a stream does not depend on how the stream is cut. Uniform in [0, 1). */
function uniformAt(seed: number, index: number): number {
  let h = Math.imul((index ^ seed) + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(seed, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return ((h ^ (h >>> 15)) >>> 8) / 0x1000000
}

/** Normal with deviation 1 (Box and Muller 1958), of two uniform streams. @param turn another one gives another number for the same element */
function normalAt(seed: number, index: number, turn = 0): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(seed ^ Math.imul(turn, 0x632be59b), index)))
  return radius * Math.cos(2 * Math.PI * uniformAt((seed ^ 0x7f4a7c15 ^ Math.imul(turn, 0x632be59b)) >>> 0, index))
}

/** Normal, drawn again until it is within two deviations. */
function truncatedAt(seed: number, index: number): number {
  for (let turn = 0; ; turn++) {
    const v = normalAt(seed, index, turn)
    if (Math.abs(v) <= 2) return v
  }
}

/** Inputs and outputs of one unit, as Keras counts them: the receptive field times the channels. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 }
  const field = shape.slice(0, -2).reduce((n, d) => n * d, 1)
  return { fanIn: field * shape.at(-2)!, fanOut: field * shape.at(-1)! }
}

/** Element by element. @param at the value of an element of a stream */
function drawn(seed: number, valueOf: (shape: Shape) => (stream: number, index: number) => number): Initializer {
  if (!Number.isInteger(seed)) throw new ArgumentError('initializer', `seed must be a whole number, got ${described(seed)}`)
  return (shape, path) => {
    const at = valueOf(shape)
    const stream = (seed ^ hash(path)) >>> 0
    const read = (begin: number, end: number): Promise<Float32Array<ArrayBuffer>> => {
      const values = new Float32Array(end - begin)
      for (let i = 0; i < values.length; i++) values[i] = at(stream, begin + i)
      return Promise.resolve(values)
    }
    return { shape, read }
  }
}

function finite(where: string, numbers: Readonly<Record<string, number>>): void {
  const bad = Object.entries(numbers).find(([, n]) => !Number.isFinite(n))
  if (bad) throw new ArgumentError(where, `${bad[0]} must be a finite number, got ${described(bad[1])}`)
}

const MODES = ['fanIn', 'fanOut', 'fanAvg'] as const
const DISTRIBUTIONS = ['truncatedNormal', 'untruncatedNormal', 'uniform'] as const

export interface VarianceScalingOptions {
  /** Above 0. Default 1. */
  scale?: number
  /** Which number of units divides it. Default `fanIn`. */
  mode?: (typeof MODES)[number]
  /** Default `truncatedNormal`. */
  distribution?: (typeof DISTRIBUTIONS)[number]
  /** Default 0. */
  seed?: number
}

/** Keras's deviation of a normal distribution that is cut at two of them. */
const TRUNCATED = 0.87962566103423978

const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

/** Variance of scale over a number of units (He et al. 2015, Glorot and Bengio 2010, LeCun et al. 1998). */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal', seed = 0 } = options
  if (!(scale > 0 && scale < Infinity))
    throw new ArgumentError('varianceScaling', `scale must be a number above 0, got ${described(scale)}`)
  if (!MODES.includes(mode)) throw new ArgumentError('varianceScaling', `mode must be one of ${MODES.join(', ')}, got ${described(mode)}`)
  if (!DISTRIBUTIONS.includes(distribution))
    throw new ArgumentError('varianceScaling', `distribution must be one of ${DISTRIBUTIONS.join(', ')}, got ${described(distribution)}`)
  const make = drawn(seed, (shape) => {
    const { fanIn, fanOut } = fans(shape)
    const variance = scale / Math.max(1, { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode])
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance)
      return (stream, i) => (2 * uniformAt(stream, i) - 1) * limit
    }
    const truncated = distribution === 'truncatedNormal'
    const deviation = Math.sqrt(variance) / (truncated ? TRUNCATED : 1)
    return (stream, i) => (truncated ? truncatedAt(stream, i) : normalAt(stream, i)) * deviation
  })
  return named('VarianceScaling', { scale, mode: snake(mode), distribution: snake(distribution), seed }, make)
}

function scaling(className: string, scale: number, mode: VarianceScalingOptions['mode'], distribution: 'uniform' | 'truncatedNormal') {
  return (seed = 0): Initializer => named(className, { seed }, varianceScaling({ scale, mode: mode!, distribution, seed }))
}

/**
 * Uniform in +-sqrt(6 / (fanIn + fanOut)): Keras's default for kernels (Glorot and Bengio 2010).
 * @example
 * layers.dense({ units: 10, kernelInitializer: glorotUniform(3) }) // another seed, other values
 */
export const glorotUniform = scaling('GlorotUniform', 1, 'fanAvg', 'uniform')
/** Truncated normal of variance 2 / (fanIn + fanOut). */
export const glorotNormal = scaling('GlorotNormal', 1, 'fanAvg', 'truncatedNormal')
/**
 * Uniform in +-sqrt(6 / fanIn), for deep stacks of ReLU layers (He et al. 2015).
 * @example
 * layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', kernelInitializer: heUniform() })
 */
export const heUniform = scaling('HeUniform', 2, 'fanIn', 'uniform')
/** Truncated normal of variance 2 / fanIn. */
export const heNormal = scaling('HeNormal', 2, 'fanIn', 'truncatedNormal')
/** Uniform in +-sqrt(3 / fanIn) (LeCun et al. 1998). */
export const lecunUniform = scaling('LecunUniform', 1, 'fanIn', 'uniform')
/** Truncated normal of variance 1 / fanIn. */
export const lecunNormal = scaling('LecunNormal', 1, 'fanIn', 'truncatedNormal')

/** Normal; Keras's defaults. */
export function randomNormal({ mean = 0, stddev = 0.05, seed = 0 } = {}): Initializer {
  finite('randomNormal', { mean, stddev })
  return named(
    'RandomNormal',
    { mean, stddev, seed },
    drawn(seed, () => (stream, i) => mean + stddev * normalAt(stream, i)),
  )
}

/** Normal, no further than two deviations from the mean; Keras's defaults. */
export function truncatedNormal({ mean = 0, stddev = 0.05, seed = 0 } = {}): Initializer {
  finite('truncatedNormal', { mean, stddev })
  return named(
    'TruncatedNormal',
    { mean, stddev, seed },
    drawn(seed, () => (stream, i) => mean + stddev * truncatedAt(stream, i)),
  )
}

/** Uniform; Keras's defaults. */
export function randomUniform({ minval = -0.05, maxval = 0.05, seed = 0 } = {}): Initializer {
  finite('randomUniform', { minval, maxval })
  return named(
    'RandomUniform',
    { minval, maxval, seed },
    drawn(seed, () => (stream, i) => minval + (maxval - minval) * uniformAt(stream, i)),
  )
}

/** The same value everywhere. Default 0. */
export function constant(value = 0): Initializer {
  finite('constant', { value })
  return named('Constant', { value }, (shape) => filled(shape, value))
}

/**
 * All 0.
 * @example
 * const last = layers.dense({ units: 1, kernelInitializer: zeros() })
 * last.apply(layers.input({ shape: [4] }))
 * await last.getWeights() // [{ "shape": [4, 1], "data": [0, 0, 0, 0] }, { "shape": [1], "data": [0] }]
 */
export function zeros(): Initializer {
  return named('Zeros', {}, (shape) => filled(shape, 0))
}

/**
 * All 1.
 * @example
 * const gamma = layers.batchNormalization({ gammaInitializer: ones() })
 */
export function ones(): Initializer {
  return named('Ones', {}, (shape) => filled(shape, 1))
}

/** Values that are made all at once, when the first is read. */
function atOnce(shape: Shape, make: () => Float32Array<ArrayBuffer>): TensorSource {
  let values: Float32Array<ArrayBuffer> | undefined
  return { shape, read: (begin, end) => Promise.resolve().then(() => (values ??= make()).subarray(begin, end)) }
}

/** gain on the diagonal of a matrix, 0 elsewhere. */
export function identity(gain = 1): Initializer {
  finite('identity', { gain })
  return named('Identity', { gain }, (shape, path) => {
    if (shape.length !== 2) throw new ArgumentError(path, `identity must be for a matrix, got ${formatShape(shape)}`)
    const K = shape[1]!
    const read = (begin: number, end: number) =>
      Promise.resolve(Float32Array.from({ length: end - begin }, (_, i) => (Math.floor((begin + i) / K) === (begin + i) % K ? gain : 0)))
    return { shape, read }
  })
}

/** Orthonormal columns of a matrix [rows,K] of normal numbers, rows >= K, by Gram and Schmidt, twice (Giraud et al. 2005). */
function orthonormal(rows: number, K: number, stream: number): Float64Array[] {
  const columns: Float64Array[] = []
  for (let k = 0; k < K; k++) {
    const v = Float64Array.from({ length: rows }, (_, r) => normalAt(stream, r * K + k))
    for (let pass = 0; pass < 2; pass++) {
      for (const u of columns) {
        const dot = u.reduce((sum, x, r) => sum + x * v[r]!, 0)
        u.forEach((x, r) => (v[r]! -= dot * x))
      }
    }
    const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0))
    columns.push(v.map((x) => x / length))
  }
  return columns
}

/** Largest product of rows, columns and columns that is made orthogonal. */
const ORTHOGONAL_LIMIT = 2 ** 31

/** Orthogonal rows or columns, whichever are fewer, of length gain (Saxe et al. 2014); a kernel as [all but the last axis, last axis]. */
export function orthogonal({ gain = 1, seed = 0 } = {}): Initializer {
  finite('orthogonal', { gain, seed })
  return named('Orthogonal', { gain, seed }, (shape, path) => {
    if (shape.length < 2) throw new ArgumentError(path, `orthogonal must be for rank 2 or more, got ${formatShape(shape)}`)
    const C = shape.at(-1)!
    const R = sizeOf(shape) / C
    const [long, short] = [Math.max(R, C), Math.min(R, C)]
    return atOnce(shape, () => {
      // Not before it is read: a model may be made to be given a file's weights.
      if (long * short * short > ORTHOGONAL_LIMIT)
        throw new ArgumentError(path, `orthogonal must be for kernels of moderate size, got ${formatShape(shape)}`)
      const columns = orthonormal(long, short, (seed ^ hash(path)) >>> 0)
      return Float32Array.from({ length: R * C }, (_, i) => {
        const [r, c] = [Math.floor(i / C), i % C]
        return gain * (R >= C ? columns[c]![r]! : columns[r]![c]!)
      })
    })
  })
}

/**
 * What makes each.
 * @example
 * layers.dense({ units: 10, kernelInitializer: initializers.randomNormal({ stddev: 0.01 }) })
 * layers.dense({ units: 10, kernelInitializer: 'heNormal' }) // by name: with Keras's defaults
 */
export const initializers = {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  zeros,
}

/** Initializers by their names, made with Keras's defaults. See {@link initializers}. */
export type InitializerName = keyof typeof initializers

/** An initializer by name or as it is. @throws ArgumentError for an unknown name. */
export function initializer(layer: string, given: Initializer | InitializerName): Initializer {
  if (typeof given === 'function') return given
  if (typeof given === 'string' && Object.hasOwn(initializers, given)) return initializers[given]()
  throw new ArgumentError(layer, `an initializer must be one of ${Object.keys(initializers).join(', ')}, got ${described(given)}`)
}

/** Keras's name of an initializer, of any version, in ours: `GlorotUniform` and `glorot_uniform`. */
const camel = (className: string) => {
  const name = className.replace(/_(\w)/g, (_, c: string) => c.toUpperCase())
  return name.slice(0, 1).toLowerCase() + name.slice(1)
}

const ALIASES: Readonly<Record<string, InitializerName>> = {
  normal: 'randomNormal',
  uniform: 'randomUniform',
  identityInitializer: 'identity',
}

/** From a config; undefined for one that is not known, or has numbers that are none. */
export function readInitializer({
  className,
  config,
}: {
  className: string
  config: Readonly<Record<string, unknown>>
}): Initializer | undefined {
  const name = camel(className)
  const key = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name
  if (!Object.hasOwn(initializers, key)) return undefined
  const number = (k: string, fallback: number) => (typeof config[k] === 'number' ? config[k] : fallback)
  const seed = Math.trunc(number('seed', 0))
  const text = (k: string, fallback: string) => camel(typeof config[k] === 'string' ? config[k] : fallback)
  const known = key as InitializerName
  if (known === 'constant') return constant(number('value', 0))
  if (known === 'identity') return identity(number('gain', 1))
  if (known === 'orthogonal') return orthogonal({ gain: number('gain', 1), seed })
  if (known === 'randomUniform') return randomUniform({ minval: number('minval', -0.05), maxval: number('maxval', 0.05), seed })
  if (known === 'randomNormal' || known === 'truncatedNormal')
    return initializers[known]({ mean: number('mean', 0), stddev: number('stddev', 0.05), seed })
  if (known === 'varianceScaling') {
    const distribution = text('distribution', 'truncated_normal').replace(/^normal$/, 'truncatedNormal')
    const mode = text('mode', 'fan_in')
    if (!(MODES as readonly string[]).includes(mode) || !(DISTRIBUTIONS as readonly string[]).includes(distribution)) return undefined
    return varianceScaling({ scale: number('scale', 1), mode: mode as 'fanIn', distribution: distribution as 'uniform', seed })
  }
  return initializers[known](seed)
}
