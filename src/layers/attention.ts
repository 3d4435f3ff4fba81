/** MultiHeadAttention: each element of a sequence as a mean of what the elements of another are, by how much they have in common. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { combine } from '../kernels/combine.ts'
import { rescale } from '../kernels/rescale.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { activate } from './activations.ts'
import { permuted } from './axes.ts'
import { builtFor, Composite } from './composite.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import { Constants } from './constants.ts'
import { matrixProducts } from './dot.ts'
import { Dropout } from './dropout.ts'
import { EinsumDense } from './einsum_dense.ts'
import { checkCount, type KernelOptions } from './kernel_options.ts'
import type { CallOptions, EmitContext, Part, SymbolicShape } from './layer.ts'

export interface MultiHeadAttentionOptions extends Omit<KernelOptions, 'activation'> {
  numHeads: number
  /** Values of a head's queries and keys. */
  keyDim: number
  /** Values of what a head takes the mean of. Default: keyDim. */
  valueDim?: number | null
  /** The share of the weights of the mean that is 0 while it trains. Default 0. */
  dropout?: number
  /** Of what is given, behind the sequence's axes: one size or several. Default: the query's last. */
  outputShape?: number | readonly number[] | null
  /** An element takes those of its own place and before alone. Keras's argument of the call. Default false. */
  useCausalMask?: boolean
}

/** What is added to a product that is not to count. */
const NEVER = -1e9

/**
 * query [N,...,C], value [N,...,D], key (default: value) -> [N,...,C]: `apply([query, value, key])`, or one tensor for all three. Axes between batch and features
 * are taken as one sequence (keras/src/layers/attention/multi_head_attention.py). The products of all elements are in memory at once.
 */
export class MultiHeadAttention extends Composite {
  readonly className = 'MultiHeadAttention'
  protected override readonly merges = true
  readonly numHeads: number
  readonly keyDim: number
  readonly valueDim: number
  readonly dropout: number
  readonly useBias: boolean
  readonly useCausalMask: boolean
  readonly #output: readonly number[] | undefined
  /** Axes that a file says; they must be all between batch and features. */
  readonly #axes: readonly number[] | undefined
  readonly #dropout: Dropout
  readonly #own: Constants
  #parts: readonly Part[] = []
  readonly #options: Omit<KernelOptions, 'activation'>
  #built: readonly SymbolicShape[] = []

  /** @throws ArgumentError for sizes that are none, and an activity regularizer */
  constructor(options: MultiHeadAttentionOptions, axes?: readonly number[]) {
    super('multi_head_attention', options)
    this.numHeads = checkCount(this.name, 'numHeads', options.numHeads)
    this.keyDim = checkCount(this.name, 'keyDim', options.keyDim)
    this.valueDim = checkCount(this.name, 'valueDim', options.valueDim ?? this.keyDim)
    this.dropout = options.dropout ?? 0
    this.useBias = options.useBias ?? true
    this.useCausalMask = options.useCausalMask ?? false
    const { outputShape } = options
    this.#output = outputShape === null || outputShape === undefined ? undefined : [outputShape].flat()
    this.#output?.forEach((d) => checkCount(this.name, 'outputShape', d))
    if (this.activityRegularizer) throw new ArgumentError(this.name, 'an attention must have no activityRegularizer, got one')
    this.#axes = axes
    this.#dropout = new Dropout({ name: `${this.name}/dropout`, rate: this.dropout })
    this.#own = new Constants(this.name)
    this.#options = options
  }

  static fromConfig(c: LayerConfig): MultiHeadAttention {
    c.only('use_gate', false)
    c.only('sliding_window', null)
    const [axes, output] = [c.numbers('attention_axes'), c.numbers('output_shape')]
    const options = {
      ...c.options(),
      ...{ numHeads: c.number(['num_heads']), keyDim: c.number(['key_dim']), dropout: c.number(['dropout'], 0) },
      ...{ useBias: c.flag('use_bias', true), useCausalMask: c.flag('use_causal_mask', false) },
      ...(c.value('value_dim') !== undefined && { valueDim: c.number(['value_dim']) }),
      ...(output !== undefined && { outputShape: output }),
    }
    return new MultiHeadAttention(options, axes === undefined ? undefined : [axes].flat())
  }

  override getConfig(): KerasConfig {
    const { numHeads: num_heads, keyDim: key_dim, valueDim: value_dim, dropout, useBias: use_bias } = this
    const output = this.#output?.length === 1 ? this.#output[0] : this.#output
    return {
      ...super.getConfig(),
      ...{ num_heads, key_dim, value_dim, dropout, use_bias, output_shape: output ?? null, attention_axes: this.#axes ?? null },
    }
  }

  override callArguments(tensors: readonly unknown[], call: CallOptions): { args: readonly unknown[]; kwargs: KerasConfig } {
    const args = tensors.length === 1 ? [tensors[0], tensors[0]] : tensors
    return { args, kwargs: { ...call, ...(this.useCausalMask && { use_causal_mask: true }) } }
  }

  override get parts(): readonly Part[] {
    return this.#parts
  }

  override get constants(): readonly Parameter[] {
    return this.#own.parameters
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const [query, value, key] = this.#three(shapes)
    const inner = query.slice(1, -1)
    const all = inner.map((_, i) => i + 1)
    const said = this.#axes?.map((a) => (a < 0 ? a + query.length : a))
    if (said && [...said].sort((a, b) => a - b).join() !== all.join())
      throw new ArgumentError(
        this.name,
        `attention_axes must be all between batch and features, ${formatShape(all)}, got ${formatShape(said)}`,
      )
    if (value.slice(1, -1).join() !== key.slice(1, -1).join())
      throw new ShapeError(this.name, `value and key must be as long as each other, got ${formatShape(value)} and ${formatShape(key)}`)
    this.#built = [query, value, key]
    return [null, ...inner, ...(this.#output ?? [query.at(-1)!])]
  }

  #three(shapes: readonly SymbolicShape[]): readonly [SymbolicShape, SymbolicShape, SymbolicShape] {
    const [query, value = query, key = value] = shapes
    const known = query && shapes.length <= 3 && shapes.every((s) => s.length >= 3 && s.slice(1).every((d) => d !== null))
    if (known) return [query, value!, key!]
    const rule = 'attention takes query, value and key, or fewer, of rank 3 or more and known sizes'
    throw new ShapeError(this.name, `${rule}, got ${shapes.map(formatShape).join(' and ')}`)
  }

  protected override build(): void {
    const { numHeads, keyDim, valueDim } = this
    const [query, value, key] = this.#built as readonly [SymbolicShape, SymbolicShape, SymbolicShape]
    const options = this.#options
    const projection = (name: string, equation: string, outputShape: readonly (number | null)[], biasAxes: string) =>
      new EinsumDense({ ...options, trainable: this.trainable, name, equation, outputShape, biasAxes: this.useBias ? biasAxes : null })
    const head = (name: string, size: number) => projection(name, 'abc,cde->abde', [null, numHeads, size], 'de')
    const axes = 'efghij'.slice(0, (this.#output ?? [0]).length)
    const output = projection('attention_output', `abcd,cd${axes}->ab${axes}`, [null, ...(this.#output ?? [query.at(-1)!])], axes)
    this.#parts = [
      { attribute: 'query_dense', layer: head('query', keyDim) },
      { attribute: 'key_dense', layer: head('key', keyDim) },
      { attribute: 'value_dense', layer: head('value', valueDim) },
      { attribute: 'output_dense', layer: output },
    ]
    const given = [query, key, value].map((s): SymbolicShape => [null, sizeOf(s.slice(1, -1) as number[]), s.at(-1)!])
    given.forEach((s, i) => builtFor(this.#parts[i]!.layer, s))
    builtFor(output, [null, given[0]![1]!, numHeads, valueDim])
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    const { graph } = c
    const [query, value = query!, key = value] = inputs
    const flat = (x: Node) => graph.view(x, [x.shape[0]!, sizeOf(x.shape.slice(1, -1)), x.shape.at(-1)!])
    const [q, k, v] = [query!, key, value].map((x, i) => heads(graph, this.#parts[i]!.layer.emit(c, [flat(x)])))
    const scaled = graph.add(rescale, [q!], { scale: 1 / Math.sqrt(this.keyDim), offset: 0 })
    const products = matrixProducts(graph, scaled, permuted(graph, k!, [0, 2, 1]))
    const shares = activate(graph, this.useCausalMask ? withoutLater(graph, this.#own, products) : products, 'softmax')
    const weights = this.trainable ? this.#dropout.emit(c, [shares]) : shares
    const [N, T] = [query!.shape[0]!, q!.shape[1]!]
    const means = graph.view(matrixProducts(graph, weights, v!), [N, this.numHeads, T, this.valueDim])
    const y = this.#parts[3]!.layer.emit(c, [permuted(graph, means, [0, 2, 1, 3])])
    return graph.view(y, [N, ...query!.shape.slice(1, -1), ...y.shape.slice(2)])
  }
}

/** x [N,T,heads,D] -> [N*heads,T,D]. */
function heads(graph: Graph, x: Node): Node {
  const [N, T, H, D] = x.shape as readonly [number, number, number, number]
  return graph.view(permuted(graph, x, [0, 2, 1, 3]), [N * H, T, D])
}

/** Scores [B,T,S] before the softmax, with those of what comes later out of the question. @param own constants of the layer */
export function withoutLater(graph: Graph, own: Constants, scores: Node): Node {
  const [, T, S] = scores.shape as readonly [number, number, number]
  const data = Array.from({ length: T * S }, (_, i) => (i % S > Math.floor(i / S) ? NEVER : 0))
  return graph.add(combine, [scores, graph.parameter(own.of({ shape: [T, S], data }))], { kind: 'add', activation: 'linear' })
}
