/**
 * MixUp and CutMix: every sample of a training step is mixed with another one of the batch, targets too. What is mixed is drawn here, by the step's
 * seed; the device mixes. Formulas as in Keras 3's layers of these names.
 */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import { checkNames } from '../options.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { mixRows, type MixRowsAttrs } from '../kernels/mix_rows.ts'
import type { Network } from '../layers/network.ts'
import type { PlanInputs } from '../plan/plan.ts'
import { random, shuffled } from '../random.ts'
import { formatShape, sameShape, type Shape } from '../shape.ts'
import { inputFirst } from './picture_axes.ts'

/** Pictures and labels of a batch, mixed with each other. See {@link mixUp}. */
export interface Mix {
  /** Which of the two it is. */
  readonly name: 'mixUp' | 'cutMix'
  /** How pictures are mixed; targets are blended. */
  readonly kind: MixRowsAttrs['kind']
  /** Mixed into the seed of `fit`. */
  readonly seed: number
  /** What the samples of a batch are told: weight, left, right, top, bottom. @param next uniform in [0, 1) @param shape of a sample */
  numbers(count: number, shape: Shape, next: () => number): readonly (readonly [number, number, number, number, number])[]
}

/** A normal number, by Box and Muller. */
const normal = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

/** The logarithm of a number of the gamma distribution (Marsaglia and Tsang 2000), so that a small alpha does not give 0. */
function logGamma(alpha: number, next: () => number): number {
  if (alpha < 1) return logGamma(alpha + 1, next) + Math.log(1 - next()) / alpha
  const d = alpha - 1 / 3
  for (;;) {
    const x = normal(next)
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - next()) < x ** 2 / 2 + d * (1 - v + Math.log(v))) return Math.log(d * v)
  }
}

/** A number of the beta distribution whose both parameters are alpha. */
export function beta(alpha: number, next: () => number): number {
  const [a, b] = [logGamma(alpha, next), logGamma(alpha, next)]
  return 1 / (1 + Math.exp(b - a))
}

function checkSeed(where: string, seed: number | undefined): number {
  if (seed !== undefined && !Number.isInteger(seed)) throw new ArgumentError(where, `seed must be a whole number, got ${described(seed)}`)
  return seed ?? 0
}

/**
 * Blends every sample, and its targets, with another one (Zhang et al. 2018, arxiv.org/abs/1710.09412).
 * @param options alpha: of the beta distribution that weights are drawn from, above 0; default 0.2. seed: default 0, mixed into that of `fit`
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * await model.fit({ x, y: toCategorical(y, 3) }, { mix: mixUp({ alpha: 0.4 }) })
 */
export function mixUp(options: { alpha?: number; seed?: number } = {}): Mix {
  checkNames('mixUp', options, ['alpha', 'seed'])
  const { alpha = 0.2, seed } = options
  if (!(alpha > 0 && Number.isFinite(alpha))) throw new ArgumentError('mixUp', `alpha must be above 0, got ${described(alpha)}`)
  return {
    name: 'mixUp',
    kind: 'blend',
    seed: checkSeed('mixUp', seed),
    numbers: (count, _, next) => Array.from({ length: count }, () => [beta(alpha, next), 0, 0, 0, 0] as const),
  }
}

/**
 * Puts a rectangle of another sample [H,W,C] into every one, and mixes targets by its area (Yun et al. 2019, arxiv.org/abs/1905.04899).
 * @param options factor: from where the alpha of a batch's beta distribution is drawn, 0 to a number up to 1, or from where to where; default 1. seed:
 * default 0, mixed into that of `fit`
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * await model.fit({ x, y: toCategorical(y, 3) }, { mix: cutMix() })
 */
export function cutMix(options: { factor?: number | readonly [number, number]; seed?: number } = {}): Mix {
  checkNames('cutMix', options, ['factor', 'seed'])
  const { factor = 1, seed } = options
  const ends: readonly number[] = Array.isArray(factor) && factor.length === 2 ? factor : [0, factor as number]
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  if (!(ends.every(Number.isFinite) && low >= 0 && high <= 1))
    throw new ArgumentError('cutMix', `factor must be from 0 to 1, or two numbers, got ${described(factor)}`)
  return {
    name: 'cutMix',
    kind: 'paste',
    seed: checkSeed('cutMix', seed),
    numbers(count, [H, W], next) {
      const alpha = low + (high - low) * next() + 1e-6
      const edges = (size: number, share: number): [number, number] => {
        const begin = next() * (size - share * size)
        return [begin, begin + share * size]
      }
      return Array.from({ length: count }, () => {
        const share = Math.sqrt(1 - beta(alpha, next))
        const [left, right] = edges(W!, share)
        const [top, bottom] = edges(H!, share)
        return [1 - ((right - left) * (bottom - top)) / (W! * H!), left, right, top, bottom] as const
      })
    },
  }
}

/** @throws ArgumentError unless it is what mixUp or cutMix gave */
export function checkMix(where: string, mix: unknown): void {
  if (isRecord(mix) && typeof mix['numbers'] === 'function') return
  throw new ArgumentError(where, `mix must be what mixUp() or cutMix() gave, got ${described(mix)}`)
}

/** Appends the mixing of samples and their targets. Further inputs of the graph: `mixOrder` u32 [N], `mixNumbers` [N,5]. */
export class Mixing {
  readonly #graph: Graph
  readonly #mix: Mix
  readonly #by: readonly Node[]

  /** @throws ArgumentError where rectangles are to be pasted into pictures [N,C,H,W] */
  constructor(graph: Graph, mix: Mix, network: Network, batch: number) {
    if (mix.kind === 'paste' && inputFirst(network)) {
      const rule = 'pictures must have their channels last (a model may begin with layers.permute({ dims: [3, 1, 2] }))'
      throw new ArgumentError(mix.name, `${rule}, got channels first, ${formatShape(network.inputs[0]!.shape)}`)
    }
    this.#graph = graph
    this.#mix = mix
    this.#by = [graph.input('mixOrder', [batch], 'u32'), graph.input('mixNumbers', [batch, 5])]
  }

  /** @throws ArgumentError unless there is one input; ShapeError where a rectangle is to be pasted into what is no picture */
  samples(samples: readonly Node[]): Node[] {
    const { name, kind } = this.#mix
    if (samples.length !== 1) throw new ArgumentError(name, `a model must have one input to mix its samples, got ${samples.length}`)
    this.#graph.scope = name
    return [this.#graph.add(mixRows, [samples[0], ...this.#by], { kind })]
  }

  /** @param y the output that the targets are for. @throws ArgumentError for class numbers, which have no mean */
  targets(t: Node, y: Node): Node {
    const { name } = this.#mix
    const rule = 'targets must have the shape of the output to be mixed (toCategorical makes them of class numbers)'
    if (!sameShape(t.shape, y.shape)) throw new ArgumentError(name, `${rule}, got ${formatShape(t.shape)} and ${formatShape(y.shape)}`)
    this.#graph.scope = name
    return this.#graph.add(mixRows, [t, ...this.#by], { kind: 'blend' })
  }
}

/**
 * What a plan that mixes is told for a batch.
 * @param rows of the plan, of which `count` are samples: they are mixed with each other
 * @param shape of a sample
 */
export function mixInputs(mix: Mix, rows: number, count: number, shape: Shape, seed: number): PlanInputs {
  const own = (seed ^ Math.imul(mix.seed + 1, 0x85ebca6b)) >>> 0 // apart from what orders the samples
  const order = new Uint32Array(rows)
  order.set(shuffled(count, own))
  const numbers = mix.numbers(count, shape, random((own + 1) >>> 0))
  const flat = Float32Array.from({ length: 5 * rows }, (_, i) => numbers[Math.min(Math.floor(i / 5), count - 1)]![i % 5]!)
  return { mixOrder: order, mixNumbers: flat }
}
