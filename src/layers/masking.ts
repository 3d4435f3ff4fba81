/** Masking: which steps of a sequence count; and what layers do with that, as Keras 3 has it (keras/src/layers/layer.py, compute_mask). */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { combine, type CombineAttrs } from '../kernels/combine.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { globalMaxPool } from '../kernels/global_max_pool.ts'
import { rescale } from '../kernels/rescale.ts'
import { resizeNearest } from '../kernels/resize_nearest.ts'
import { unary } from '../kernels/unary.ts'
import { formatShape, sameShape, sizeOf } from '../shape.ts'
import { Softmax } from './activation_layers.ts'
import { resolvedAxis } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { Embedding, embeddingOptions, type EmbeddingOptions } from './embedding.ts'
import { Layer, type EmitContext, type Emitted, type Mask, type Masks, type SymbolicShape } from './layer.ts'
import { Concatenate, concatenated, Merge } from './merging.ts'
import { PASSING } from './mask_passing.ts'
import { Network } from './network.ts'
import { GlobalPooling } from './pooling.ts'
import { TimeDistributed } from './time_distributed.ts'

const joined = (graph: Graph, kind: CombineAttrs['kind'], a: Node, b: Node) => graph.add(combine, [a, b], { kind, activation: 'linear' })

/** 1 where x is another number than `value`, somewhere in the last axis where `rows` says so: [N,...]. */
function unlike(graph: Graph, x: Node, value: number, rows: boolean): Node {
  const distance = value ? graph.add(rescale, [x], { scale: 1, offset: -value }) : x
  const size = graph.add(unary, [distance], { kind: 'abs' })
  const shape = rows ? x.shape.slice(0, -1) : x.shape
  const largest = rows ? graph.add(globalMaxPool, [graph.view(size, [sizeOf(shape), x.shape.at(-1)!, 1, 1])], {}) : size
  return graph.view(graph.add(unary, [largest], { kind: 'sign' }), shape)
}

/** A mask, and whether all versions of Keras have this one. */
class StepMask implements Mask {
  readonly node: Node
  /** What made it is of a model of Keras 1 or 2, whose layers do with masks what those of Keras 3 do not. */
  readonly older: boolean
  /** The layer of which Keras 2 and 3 have different masks. */
  readonly doubt: Layer | undefined
  readonly through = through
  readonly refuseLoss = refuseLoss

  constructor(node: Node, older: boolean, doubt?: Layer) {
    this.node = node
    this.older = older
    this.doubt = doubt
  }

  ofOutput(output: string, y: Node): Node {
    if (this.doubt) refuseLoss(output, `that Keras 2 and 3 make differently, as behind ${this.doubt.name}`)
    if (!sameShape(this.node.shape, y.shape.slice(0, -1))) refuseLoss(output, `of another shape, ${formatShape(this.node.shape)}`)
    return this.node
  }

  /** The same steps, or others, behind more layers. */
  with(node: Node, doubt = this.doubt): StepMask {
    return new StepMask(node, this.older, doubt)
  }
}

type StepMasks = readonly (StepMask | undefined)[]

/** That a layer cannot be behind a mask here. */
function refuse({ name, className }: Layer, why: string): ArgumentError {
  const rule = `a layer of the class ${className} must not get a sequence with a mask${why}`
  return new ArgumentError(name, `${rule}, got one (a Masking layer, or mask_zero, made it; layers.flatten() or a convolution ends it)`)
}

/** As Mask.refuseLoss has it. */
function refuseLoss(output: string, why: string): never {
  const rule = `an output with a loss or a metric must not have a mask ${why}`
  const hint = 'put what ends it behind: layers.flatten(), layers.globalAveragePooling1d()'
  throw new ArgumentError(output, `${rule} (${hint}), got one that a Masking layer, or mask_zero, made`)
}

/** That what a layer gives depends on a mask of which there are two. */
function refuseDoubt(layer: Layer, { doubt }: StepMask): void {
  if (!doubt) return
  const rule = `a layer of the class ${layer.className} must get a sequence whose mask is the same in Keras 2 and 3`
  const next = 'the file is older than Keras 3: load it there, look at what it gives, and save it as .keras'
  throw new ArgumentError(layer.name, `${rule}, got that behind ${doubt.name} (${doubt.className}; ${next})`)
}

/** Whether what a layer gives of a sequence is the same with a mask and without. */
function isIndifferent(layer: Layer): boolean {
  if (layer.registeredName !== undefined || layer instanceof Softmax) return false
  return layer instanceof TimeDistributed ? isIndifferentInSteps(layer.layer) : !layer.parts.length
}

/** As isIndifferent, of what TimeDistributed applies to each step, where Keras gives it that step of the mask. */
const isIndifferentInSteps = (layer: Layer): boolean =>
  layer instanceof Network ? layer.layers.every(isIndifferentInSteps) : isIndifferent(layer) && !ASKING_IN_STEPS.includes(layer.className)

const ASKING_IN_STEPS: readonly string[] = ['GlobalAveragePooling1D', 'Maximum', 'Minimum', 'Multiply', 'TimeDistributed']

/** Classes that pass masks on in Keras 3, and end them in Keras 2. */
const ENDING_IN_2: readonly string[] = ['Identity', 'Normalization', 'Rescaling']

/** As Mask.through has it. */
function through(layer: Layer, c: EmitContext, xs: readonly Node[], given: Masks): Emitted {
  if (layer instanceof Network) return layer.emitMasked(c, xs, given)
  const masks = given as StepMasks // all that there are are made here
  if (layer instanceof GlobalPooling && layer.className === 'GlobalAveragePooling1D') {
    refuseDoubt(layer, masks[0]!)
    return { ys: [meanOf(c.graph, layer, xs[0]!, masks[0]!.node)], masks: [] }
  }
  if (!isIndifferent(layer)) throw refuse(layer, '')
  if (layer instanceof TimeDistributed && masks[0]!.node.shape.length !== 2) throw refuse(layer, ' of more axes than the steps')
  if (layer.className === 'BatchNormalization' && c.training && layer.trainable)
    throw refuse(layer, ' while it trains (freeze it: trainable = false)')
  if (layer instanceof Merge) return merged(c, layer, xs, masks)
  const { ys, masks: own } = layer.emitMasked(c, xs)
  if (own.length) return { ys, masks: own }
  if (layer instanceof Concatenate) return { ys, masks: [sideBySide(c.graph, layer, xs, masks)] }
  if (!PASSING.includes(layer.className)) return { ys, masks: [] }
  return { ys, masks: masks.map((m) => (m?.older && ENDING_IN_2.includes(layer.className) ? m.with(m.node, layer) : m)) }
}

/** Of a model older than Keras 3, where not all masks are one: a step counts there where all masks that there are say so. */
const doubtful = (layer: Layer, masks: StepMasks): Layer | undefined =>
  masks.find((m) => m?.doubt)?.doubt ?? (masks.some((m) => m?.older) && masks.some((m) => m?.node !== masks[0]?.node) ? layer : undefined)

/** The mean over the steps that count: NaN where none does, as in Keras. */
function meanOf(graph: Graph, layer: GlobalPooling, x: Node, mask: Node): Node {
  const [N, W, C] = x.shape as [number, number, number]
  if (layer.space.first) throw refuse(layer, ' with its channels first')
  const counted = joined(graph, 'multiply', x, graph.view(mask, [N, W, 1]))
  const [sum, count] = [counted, mask].map((node, i) => graph.add(globalAvgPool, [graph.view(node, [N, W, 1, i ? 1 : C])], {}))
  return graph.view(joined(graph, 'divide', sum!, count!), layer.keepdims ? [N, 1, C] : [N, C])
}

/** A step counts where one of the masks says so; there is no mask where a tensor has none. */
function merged(c: EmitContext, layer: Merge, xs: readonly Node[], masks: StepMasks): Emitted {
  if (xs.some((x) => x.shape.length !== xs[0]!.shape.length)) throw refuse(layer, ' beside one of another rank')
  const { graph } = c
  const some = masks.find(Boolean)!
  if (layer.className === 'Multiply' || EXTREMES.includes(layer.className)) {
    if (some.older) throw refuse(layer, ' in a model older than Keras 3, which lets others take the place of steps that do not count')
    masks.forEach((m) => m && refuseDoubt(layer, m))
  }
  const nodes = xs.map((_, i) => masks[i]?.node)
  const whole = nodes.reduce((a, b) => a && b && joined(graph, 'maximum', a, b))
  const product = () => productOf(graph, xs, nodes, whole)
  const y =
    layer.className === 'Multiply' ? product() : EXTREMES.includes(layer.className) ? extremeOf(graph, layer, xs, nodes) : layer.emit(c, xs)
  if (whole && !sameShape(whole.shape, y.shape.slice(0, -1))) throw refuse(layer, ' beside one of another length')
  const doubt = doubtful(layer, masks)
  return { ys: [y], masks: [whole || doubt ? some.with(whole ?? some.node, doubt) : undefined] }
}

const steps = (graph: Graph, mask: Node): Node => graph.view(mask, [...mask.shape, 1])

/** x where it counts, and `other` elsewhere; 1 where there is none. */
function chosen(graph: Graph, mask: Node, x: Node, other?: Node): Node {
  const not = graph.add(rescale, [steps(graph, mask)], { scale: -1, offset: 1 })
  return joined(graph, 'add', joined(graph, 'multiply', x, steps(graph, mask)), other ? joined(graph, 'multiply', other, not) : not)
}

/** A step that does not count is 1, and where none counts the product is 0 (keras/src/layers/merging/multiply.py). */
function productOf(graph: Graph, xs: readonly Node[], masks: readonly (Node | undefined)[], whole: Node | undefined): Node {
  const y = xs.map((x, i) => (masks[i] ? chosen(graph, masks[i], x) : x)).reduce((a, b) => joined(graph, 'multiply', a, b))
  return whole ? joined(graph, 'multiply', y, steps(graph, whole)) : y
}

const EXTREMES: readonly string[] = ['Maximum', 'Minimum']

/** In place of a step that does not count, the other tensor's is taken (keras/src/layers/merging/base_merge.py). */
function extremeOf(graph: Graph, layer: Merge, xs: readonly Node[], masks: readonly (Node | undefined)[]): Node {
  let [y, own] = [xs[0]!, masks[0]]
  xs.slice(1).forEach((next, i) => {
    const mask = masks[i + 1]
    const x = mask ? chosen(graph, mask, next, y) : next
    if (own) y = chosen(graph, own, y, x)
    own = mask && own && joined(graph, 'maximum', mask, own)
    y = joined(graph, layer.className === 'Maximum' ? 'maximum' : 'minimum', y, x)
  })
  return y
}

/** What has no mask counts. */
function sideBySide(graph: Graph, layer: Concatenate, xs: readonly Node[], masks: StepMasks): StepMask {
  const first = masks.find(Boolean)!
  const some = first.node
  const N = some.shape[0]!
  const rows = graph.view(graph.add(globalMaxPool, [graph.view(some, [N, sizeOf(some.shape) / N, 1, 1])], {}), [N, 1, 1, 1])
  const ones = graph.add(rescale, [rows], { scale: 0, offset: 1 })
  const nodes = xs.map((x, i) => {
    const shape = x.shape.slice(0, -1)
    const whole = () => graph.view(graph.add(resizeNearest, [ones], { height: 1, width: sizeOf(shape) / N }), shape)
    return masks[i]?.node ?? whole()
  })
  const axis = resolvedAxis(layer.name, layer.axis, xs[0]!.shape)
  const last = axis === xs[0]!.shape.length - 1
  const whole = last ? nodes.reduce((a, b) => joined(graph, 'maximum', a, b)) : concatenated(graph, nodes, axis)
  return first.with(whole, last ? doubtful(layer, masks) : masks.find((m) => m?.doubt)?.doubt)
}

export interface MaskingOptions extends LayerOptions {
  /** What a step has in all features where it does not count. Default 0. */
  maskValue?: number
}

/**
 * x [N,...,C] -> the same, with 0 in the steps whose C values are all `maskValue`. Those do not count behind it: `globalAveragePooling1d` leaves them out,
 * what works value by value, `dense`, sums and joins pass on which they are, and convolutions, pools, `flatten` and `reshape` end it, as in Keras.
 */
export class Masking extends Layer {
  readonly className = 'Masking'
  readonly maskValue: number
  readonly #older: boolean

  /** @param older of a model older than Keras 3 */
  constructor(options: MaskingOptions = {}, older = false) {
    super('masking', options)
    this.#older = older
    this.maskValue = Math.fround(options.maskValue ?? 0)
    if (!Number.isFinite(this.maskValue)) throw new ArgumentError(this.name, `maskValue must be a number, got ${String(options.maskValue)}`)
  }

  static fromConfig(c: LayerConfig): Masking {
    return new Masking({ ...c.options(), maskValue: c.number(['mask_value'], 0) }, c.keras < 3)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), mask_value: this.maskValue }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (x!.length > 1) return x!
    throw new ArgumentError(this.name, `masking takes rank 2 or more, got ${formatShape(x)}`)
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.emitMasked(c, inputs).ys[0]!
  }

  override emitMasked({ graph }: EmitContext, [x]: readonly Node[]): Emitted {
    const mask = unlike(graph, x!, this.maskValue, true)
    return { ys: [joined(graph, 'multiply', x!, graph.view(mask, [...mask.shape, 1]))], masks: [new StepMask(mask, this.#older)] }
  }
}

/** An Embedding in a file, which may have `mask_zero`: then class 0 stands for steps that do not count. */
export class MaskingEmbedding extends Embedding {
  readonly maskZero: boolean
  readonly #older: boolean

  /** @param older as of Masking */
  constructor(options: EmbeddingOptions, maskZero: boolean, older: boolean) {
    super(options)
    this.maskZero = maskZero
    this.#older = older
  }

  static fromConfig(c: LayerConfig): MaskingEmbedding {
    return new MaskingEmbedding(embeddingOptions(c), c.flag('mask_zero', false), c.keras < 3)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), mask_zero: this.maskZero }
  }

  override emitMasked(c: EmitContext, inputs: readonly Node[]): Emitted {
    return { ys: [this.emit(c, inputs)], masks: this.maskZero ? [new StepMask(unlike(c.graph, inputs[0]!, 0, false), this.#older)] : [] }
  }
}
