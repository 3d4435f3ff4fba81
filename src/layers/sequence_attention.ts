/** Attention and AdditiveAttention: each element of a sequence as a mean of what the elements of another are, without heads. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { combine, type CombineAttrs } from '../kernels/combine.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape } from '../shape.ts'
import { activate } from './activations.ts'
import { withoutLater } from './attention.ts'
import { permuted } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Constants } from './constants.ts'
import { matrixProducts, sums } from './dot.ts'
import { Dropout } from './dropout.ts'
import { glorotUniform, ones } from './initializers.ts'
import { Layer, type CallOptions, type EmitContext, type SymbolicShape } from './layer.ts'
import { seedOf } from './seeds.ts'

export interface AdditiveAttentionOptions extends LayerOptions {
  /** Whether the scores have a scale that is learned. Default false; of an AdditiveAttention true. */
  useScale?: boolean
  /** The share of the weights of the mean that is 0 while it trains. Default 0. */
  dropout?: number
  /** A whole number; mixed into the seed of `fit`. Default: none. */
  seed?: number | null
  /** An element takes those of its own place and before alone. Keras's argument of the call. Default false. */
  useCausalMask?: boolean
}

export interface AttentionOptions extends AdditiveAttentionOptions {
  /** What two elements have in common: the sum of their products, or of the tanh of their sums. Default `dot`. */
  scoreMode?: 'dot' | 'concat'
}

const joined = (graph: Graph, kind: CombineAttrs['kind'], a: Node, b: Node): Node =>
  graph.add(combine, [a, b], { kind, activation: 'linear' })

/** query [N,T,C], value [N,S,D], key [N,S,C] (default: value) -> [N,T,D]: `apply([query, value, key])`. All products are in memory at once. */
abstract class SequenceAttention extends Layer {
  protected override readonly merges = true
  readonly useScale: boolean
  readonly dropout: number
  readonly seed: number | null
  readonly useCausalMask: boolean
  readonly #dropout: Dropout
  readonly #own: Constants

  /** @throws ArgumentError for a dropout that is no rate */
  constructor(base: string, options: AdditiveAttentionOptions, useScale: boolean) {
    super(base, options)
    this.useScale = options.useScale ?? useScale
    this.dropout = options.dropout ?? 0
    this.seed = options.seed ?? null
    this.useCausalMask = options.useCausalMask ?? false
    this.#dropout = new Dropout({ name: `${this.name}/dropout`, rate: this.dropout, seed: this.seed })
    this.#own = new Constants(this.name)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), use_scale: this.useScale, dropout: this.dropout, seed: this.seed }
  }

  override callArguments(tensors: readonly unknown[], call: CallOptions): { args: readonly unknown[]; kwargs: KerasConfig } {
    return { args: [tensors], kwargs: { ...call, ...(this.useCausalMask && { use_causal_mask: true }) } }
  }

  override get constants(): readonly Parameter[] {
    return this.#own.parameters
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const [query, value, key = value] = shapes
    const known = value && shapes.length <= 3 && shapes.every((s) => s.length === 3 && s[1] !== null && s[2] !== null)
    if (known && query![2] === key![2] && value[1] === key![1]) return [query![0]!, query![1]!, value[2]!]
    const rule =
      'attention takes a query [N,T,C], a value [N,S,D] and a key [N,S,C], which is the value where there is none, of known sizes'
    throw new ShapeError(this.name, `${rule}, got ${shapes.map(formatShape).join(' and ')}`)
  }

  /** How much of each element of the key [N,S,C] each of the query [N,T,C] takes, before the softmax: [N,T,S]. */
  protected abstract scores(graph: Graph, query: Node, key: Node): Node

  /** A weight, with an axis where it is a single number. */
  protected factor(graph: Graph, name: string): Node | undefined {
    const w = this.weight(name)
    return w && graph.view(graph.parameter(w), [w.shape[0] ?? 1])
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    const { graph } = c
    const [query, value, key = value] = inputs
    const scores = this.scores(graph, query!, key!)
    const counted = this.useCausalMask ? withoutLater(graph, this.#own, scores) : scores
    const weights = activate(graph, counted, 'softmax')
    return matrixProducts(graph, this.trainable ? this.#dropout.emit(c, [weights]) : weights, value!)
  }
}

/** All of query [N,T,C] and all of key [N,S,C], added: [N,T,S,C]. */
function pairs(graph: Graph, query: Node, key: Node): Node {
  const [N, T, C] = query.shape as readonly [number, number, number]
  return joined(graph, 'add', graph.view(query, [N, T, 1, C]), graph.view(key, [N, 1, key.shape[1]!, C]))
}

/** x [N,T,S,C] -> [N,T,S]. */
function summed(graph: Graph, x: Node): Node {
  const [N, T, S, C] = x.shape as readonly [number, number, number, number]
  return graph.view(sums(graph, x, N * T * S, C, 1), [N, T, S])
}

const shared = (c: LayerConfig, useScale: boolean): AdditiveAttentionOptions => ({
  ...c.options(),
  ...{ useScale: c.flag('use_scale', useScale), dropout: c.number(['dropout'], 0), useCausalMask: c.flag('use_causal_mask', false) },
  seed: seedOf(c),
})

/** Luong's attention (keras/src/layers/attention/attention.py). */
export class Attention extends SequenceAttention {
  readonly className = 'Attention'
  readonly scoreMode: 'dot' | 'concat'

  /** @throws ArgumentError for another scoreMode, or a dropout that is no rate */
  constructor(options: AttentionOptions = {}) {
    super('attention', options, false)
    this.scoreMode = options.scoreMode ?? 'dot'
    if (this.scoreMode !== 'dot' && this.scoreMode !== 'concat')
      throw new ArgumentError(this.name, `scoreMode must be dot or concat, got ${String(this.scoreMode)}`)
  }

  static fromConfig(c: LayerConfig): Attention {
    return new Attention({ ...shared(c, false), scoreMode: (c.value('score_mode') ?? 'dot') as 'dot' | 'concat' })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), score_mode: this.scoreMode }
  }

  protected override build(): void {
    if (this.useScale) this.addWeight('scale', [], ones())
    if (this.scoreMode === 'concat') this.addWeight('concat_score_weight', [], ones())
  }

  protected override scores(graph: Graph, query: Node, key: Node): Node {
    const scale = this.factor(graph, 'scale')
    const scaled = (x: Node) => (scale ? joined(graph, 'multiply', x, scale) : x)
    if (this.scoreMode === 'dot') return scaled(matrixProducts(graph, query, permuted(graph, key, [0, 2, 1])))
    const common = summed(graph, activate(graph, scaled(pairs(graph, query, key)), 'tanh'))
    return joined(graph, 'multiply', common, this.factor(graph, 'concat_score_weight')!)
  }
}

/** Bahdanau's attention (keras/src/layers/attention/additive_attention.py). */
export class AdditiveAttention extends SequenceAttention {
  readonly className = 'AdditiveAttention'

  /** @throws ArgumentError for a dropout that is no rate */
  constructor(options: AdditiveAttentionOptions = {}) {
    super('additive_attention', options, true)
  }

  static fromConfig(c: LayerConfig): AdditiveAttention {
    return new AdditiveAttention(shared(c, true))
  }

  protected override build(query: SymbolicShape): void {
    if (this.useScale) this.addWeight('scale', [query[2]!], glorotUniform())
  }

  protected override scores(graph: Graph, query: Node, key: Node): Node {
    const scale = this.factor(graph, 'scale')
    const angles = activate(graph, pairs(graph, query, key), 'tanh')
    return summed(graph, scale ? joined(graph, 'multiply', angles, scale) : angles)
  }
}
