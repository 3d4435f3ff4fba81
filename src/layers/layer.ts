/**
 * The functional API: layers applied to symbolic tensors. A layer knows its output shape and its weights, and appends graph nodes
 * when a graph is built for a batch size. Nothing here needs a GPU.
 */
import { ArgumentError, ShapeError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { TrainingOps } from '../kernels/training.ts'
import { checkValues, Parameter, putValues, valuesOf } from '../parameter.ts'
import type { KerasConfig, LayerOptions, RawConfig } from './config.ts'
import type { Initializer } from './initializers.ts'
import { kerasRegularizer, regularizerOf, rulesConfig, rulesOf, type Regularizer, type WeightRule } from './weight_rules.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { keysOf, listOf, type Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'

/** A shape with an unknown batch: null first. Further sizes may be open, null: then samples say what they are. See {@link layers}. */
export type SymbolicShape = readonly (number | null)[]

/** How a layer is called. */
export interface CallOptions {
  /**
   * false: the layer runs as it predicts while a model is trained, too: batch normalisation with its moving statistics, which stay as they are,
   * whatever is trainable; dropout passes everything. Keras's `base(x, training=False)`. Default: as the model runs.
   */
  readonly training?: false
}

/** The result of applying a layer: a shape, and how it came about. See {@link layers}. */
export interface SymbolicTensor {
  /** With null for the batch, and for what is open. */
  readonly shape: SymbolicShape
  /** The layer whose application gave it. */
  readonly layer: Layer
  /** What the layer was applied to. */
  readonly inputs: readonly SymbolicTensor[]
  /** All that this application of the layer gave, itself included. */
  readonly siblings: readonly SymbolicTensor[]
  /** Its place among its siblings. */
  readonly index: number
  /** How the layer was called. */
  readonly call: CallOptions
}

/** @throws ArgumentError */
function checkCall(layer: string, call: CallOptions): void {
  const training = isRecord(call) ? call.training : null
  if (training === undefined || training === false) return
  const got = isRecord(call) ? `training: ${described(training)}` : described(call)
  throw new ArgumentError(layer, `a layer must be called with { training: false }, or nothing, got ${got}`)
}

/** @throws ArgumentError saying the rule, unless a value is a symbolic tensor */
export function checkSymbolic(where: string, rule: string, value: unknown): void {
  if (!isRecord(value) || !Array.isArray(value['siblings'])) throw new ArgumentError(where, `${rule}, got ${described(value)}`)
}

/** What one application of a layer gives: a tensor for each shape. */
export function symbolicTensors(
  layer: Layer,
  inputs: readonly SymbolicTensor[],
  shapes: readonly SymbolicShape[],
  call: CallOptions = {},
): readonly SymbolicTensor[] {
  const siblings: SymbolicTensor[] = []
  shapes.forEach((shape, index) => siblings.push({ shape, layer, inputs, siblings, index, call }))
  return siblings
}

/** What a layer may use while it appends its nodes. */
export interface EmitContext {
  readonly graph: Graph
  /**
   * In a training step what layers append in one, but for layers that are called with `training: false`: dropout drops, thawed batch normalisation
   * uses the batch.
   */
  readonly training: TrainingOps | false
  /** True in a training step, and where a prediction asks for it: Random* layers draw. False for what is called with `training: false`. */
  readonly augment: boolean
  /** Told what a layer with an activity regularizer gives. Absent: nobody asks. */
  readonly activity?: (layer: Layer, y: Node) => void
  /** u32 [2], asked for only by layers that draw: the step's random seed, and how many rows of its batch come before these. */
  seed(): Node
}

/** Which rows of a tensor [N,...,C] count, as Keras says it of sequences. What makes one (masking.ts) says what other layers do with it. */
export interface Mask {
  /** [N,...]: 1 where a row counts, else 0. */
  readonly node: Node
  /** Appends a layer to inputs some of which have masks. @throws ArgumentError where what Keras does then is not done here */
  through(layer: Layer, c: EmitContext, xs: readonly Node[], masks: Masks): Emitted
  /**
   * `node` of an output with a loss or a metric, which leaves out what does not count.
   * @param y the output
   * @throws ArgumentError where it is not a mask of the rows of y, or not the same in all versions of Keras
   */
  ofOutput(output: string, y: Node): Node
  /** @param why where an output with a loss or a metric must have no mask. @throws ArgumentError saying so */
  refuseLoss(output: string, why: string): never
}

/** A layer that another is made of. */
export interface Part {
  /** What Keras 3 calls the group of its weights in files. */
  readonly attribute: string
  readonly layer: Layer
}

/** In the order of tensors; undefined for one without. */
export type Masks = readonly (Mask | undefined)[]

/** What a layer gives, and the masks of that. */
export interface Emitted {
  readonly ys: readonly Node[]
  readonly masks: Masks
}

const counters = new Map<string, number>()

/** `conv2d`, `conv2d_1`, ... as Keras counts them within one process. */
function autoName(base: string): string {
  const n = counters.get(base) ?? 0
  counters.set(base, n + 1)
  return n === 0 ? base : `${base}_${n}`
}

/**
 * Base of all layers: weights in, `apply` to tensors, a config as Keras has it.
 * @example
 * const conv = model.getLayer('conv')
 * conv.trainable = false // from the next fit on
 * conv.weights.map(({ shape }) => shape) // [[3, 3, 3, 4], [4]]
 * await conv.setWeights(await conv.getWeights())
 */
export abstract class Layer {
  /** Keras class name, such as `Conv2D`. */
  abstract readonly className: string
  /** Unique in a network. Default: the class in snake case, with a number from the second on. */
  readonly name: string
  readonly #weights: Parameter[] = []
  readonly #initializers: Initializer[] = []
  readonly #options: Readonly<Record<string, WeightRule>>
  readonly #rules = new Map<Parameter, WeightRule>()
  /** Adds to the loss what the layer gives, of each sample. */
  readonly activityRegularizer: Regularizer | undefined
  /** How it takes the axes of pictures or sequences: whether channels come first, behind the batch. Undefined where it does not tell them apart. */
  readonly space: { readonly first: boolean } | undefined
  #trainable: boolean
  #builtFor: SymbolicShape | undefined

  /** @param base automatic name without its number */
  constructor(base: string, options: LayerOptions = {}) {
    this.name = options.name ?? autoName(base)
    this.#trainable = options.trainable ?? true
    this.#options = rulesOf(this.name, options)
    const activity = options.activityRegularizer
    this.activityRegularizer = activity && regularizerOf(this.name, activity)
  }

  /** In Keras order; empty before the layer is applied for the first time. */
  get weights(): readonly Parameter[] {
    return this.#weights
  }

  /** Weights that training changes: the trainable ones, and what the layer remembers of the batches. */
  get changing(): readonly Parameter[] {
    return this.weights.filter((w) => w.trainable)
  }

  /** What graphs read that is no weight: constants of operations, in no file. Complete once the layer has been applied. */
  get constants(): readonly Parameter[] {
    return []
  }

  /** The layers that it is made of, whose weights are its own. */
  get parts(): readonly Part[] {
    return []
  }

  /** Whether training changes its weights. */
  get trainable(): boolean {
    return this.#trainable
  }

  /** Freezes or thaws the layer, from the next `fit` on; a model need not be compiled again. */
  set trainable(value: boolean) {
    this.#trainable = value
    this.weights.forEach((w) => (w.trainable = value && !this.isStatistic(w.name)))
  }

  /** Whether the layer takes several tensors. */
  protected readonly merges: boolean = false

  /** Whether it notes itself which of its nodes are true or false, or whole numbers (kinds.ts). */
  readonly marksKinds: boolean = false

  /** Output shape for input shapes. @throws ShapeError */
  abstract outputShape(shapes: readonly SymbolicShape[]): SymbolicShape
  /** Appends this layer's nodes for one batch. Inputs have full shapes. */
  abstract emit(c: EmitContext, inputs: readonly Node[]): Node

  /** The shapes of all outputs: of one, but for networks. @throws ShapeError */
  outputShapes(shapes: readonly SymbolicShape[]): readonly SymbolicShape[] {
    return [this.outputShape(shapes)]
  }

  /** Appends this layer's nodes and returns one for each output. */
  emitAll(c: EmitContext, inputs: readonly Node[]): Node[] {
    return [this.emit(c, inputs)]
  }

  /** As emitAll, with the masks of what it gives. @param _masks of the inputs, which a network passes to its layers */
  emitMasked(c: EmitContext, inputs: readonly Node[], _masks: Masks = []): Emitted {
    return { ys: this.emitAll(c, inputs), masks: [] }
  }

  /** The layer's config in Keras 3's dialect, by Keras's keys. @throws ArgumentError for what Keras has no layer for */
  getConfig(): KerasConfig {
    const activity = this.activityRegularizer && { activity_regularizer: kerasRegularizer(this.activityRegularizer) }
    return { name: this.name, trainable: this.trainable, ...rulesConfig(this.#options), ...activity }
  }

  /** How Keras 3 writes a call. @param tensors what it writes for the tensors that the layer is applied to */
  callArguments(tensors: readonly unknown[], call: CallOptions): { args: readonly unknown[]; kwargs: KerasConfig } {
    return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: { ...call } }
  }

  /** Under which name Python has a class that is not Keras's: `mine>Swish`, or `Swish` where it is not registered. Undefined for Keras's own. */
  get registeredName(): string | undefined {
    return undefined
  }

  /** Makes another layer of the class from a config. Undefined for Keras's classes, which the registry makes. */
  get maker(): ((config: RawConfig) => Layer) | undefined {
    return undefined
  }

  /** The config and what Keras 3 puts around it, but for how the layer is connected. @throws ArgumentError as getConfig */
  serialize(): KerasConfig {
    const [config, registered] = [this.getConfig(), this.registeredName]
    return { module: registered ? null : 'keras.layers', class_name: this.className, config, registered_name: registered ?? null }
  }

  /** What a shared layer must see again: the size of the axis that its weights are for. */
  protected channelsOf(x: SymbolicShape): number | null {
    return x.at(-1)!
  }

  /** Creates the weights, once, when the input shape is known. */
  protected build(_shape: SymbolicShape): void {}

  /** Weights that no optimizer touches, whatever `trainable` says. */
  protected isStatistic(_name: string): boolean {
    return false
  }

  /** What is asked for each weight that anything is asked for. */
  get rules(): ReadonlyMap<Parameter, WeightRule> {
    return this.#rules
  }

  /** What options call a weight: `kernel` in kernelRegularizer. */
  protected ruleName(name: string): string {
    return name.replace(/_kernel$/, '')
  }

  /**
   * Creates a weight, in `build`.
   * @param fallback its initializer where the options name none
   */
  protected addWeight(name: string, shape: Shape, fallback: Initializer): Parameter {
    const rule = this.#options[this.ruleName(name)]
    const initializer = rule?.initializer ?? fallback
    const p = new Parameter(this.name, name, initializer(shape, `${this.name}/${name}`), this.trainable && !this.isStatistic(name))
    this.#weights.push(p)
    if (rule) this.#rules.set(p, rule)
    this.#initializers.push(initializer)
    return p
  }

  /**
   * Gives every weight what its initializer gives, as if the layer had just been made. Models on a device have the new values when they, or others
   * with these weights, are compiled next.
   * @param seed another one gives other values; 0 (default) those that the layer was made with
   */
  reinitialize(seed = 0): void {
    this.#weights.forEach((w, i) => (w.source = this.#initializers[i]!(w.shape, seed ? `${w.path} ${seed}` : w.path)))
  }

  /**
   * The current values of all weights, in the order of `weights`: those on the device where a model that has the layer is compiled, else those that it
   * was made or loaded with. Not while that model is trained: ask the model then.
   * @throws DeviceError; FileError where they are still in a file that cannot be read
   */
  getWeights(): Promise<Tensor[]> {
    return valuesOf(this.weights)
  }

  /**
   * Gives all weights values, in the order of `weights`, as `getWeights` gives them; compiled models have them at once. Values are copied. Not while a
   * model that has the layer is trained, whose best weights and checkpoints may be read at that moment: ask the model then.
   * @throws ArgumentError unless there are as many tensors as weights; ShapeError for another shape; WeightsError for NaN and infinity. Nothing has changed then
   */
  async setWeights(values: readonly Tensor[]): Promise<void> {
    const { weights } = this
    const isList: boolean = Array.isArray(values)
    if (!isList || values.length !== weights.length) {
      const got = isList ? `${values.length}` : described(values)
      throw new ArgumentError(this.name, `values must be a list of ${weights.length} tensors, one for each weight, got ${got}`)
    }
    weights.forEach((w, i) => checkValues(w, values[i]!))
    weights.forEach((w, i) => putValues(w, values[i]!))
    return Promise.resolve()
  }

  /** Weight by Keras name, or undefined where the layer has none of that name (no bias, scale=false). */
  protected weight(name: string): Parameter | undefined {
    return this.weights.find((w) => w.name === name)
  }

  /**
   * Applies the layer to one tensor, or to several where the layer merges them; a network also to a record by the names of its inputs.
   * @param call `{ training: false }`: as it predicts, always
   * @throws ShapeError when the input's shape does not fit the layer, or the weights it already has; ArgumentError for several tensors where
   * the layer takes one, or none; and for a network with several outputs (applyAll).
   */
  apply(input: Structure<SymbolicTensor>, call: CallOptions = {}): SymbolicTensor {
    const outputs = this.applyAll(input, call)
    if (outputs.length === 1) return outputs[0]!
    throw new ArgumentError(this.name, `what is used by apply must have one output, got ${outputs.length} (applyAll gives them all)`)
  }

  /** As `apply`, and gives all outputs of a network that has several. */
  applyAll(input: Structure<SymbolicTensor>, call: CallOptions = {}): readonly SymbolicTensor[] {
    const inputs = this.inputList(input)
    checkCall(this.name, call)
    if (!inputs.length) throw new ArgumentError(this.name, 'a layer must be applied to at least one tensor, got none')
    for (const t of inputs) checkSymbolic(this.name, 'a layer must be applied to what input() or a layer gave', t)
    const shapes = inputs.map((t) => t.shape)
    if (shapes.length > 1 && !this.merges)
      throw new ArgumentError(this.name, `a layer that does not merge must be applied to one tensor, got ${shapes.length}`)
    const outputs = this.outputShapes(shapes)
    this.#buildFor(shapes[0]!)
    return symbolicTensors(this, inputs, outputs, call)
  }

  /** The tensors that the layer is applied to, in order. */
  protected inputList(input: Structure<SymbolicTensor>): readonly SymbolicTensor[] {
    const keys = keysOf(input)
    if (keys) throw new ArgumentError(this.name, `a layer must be applied to a tensor, or an array of them, got ${described(input)}`)
    return listOf(input)
  }

  #buildFor(shape: SymbolicShape): void {
    if (!this.#builtFor) {
      this.build(shape)
      this.#builtFor = shape
    } else if (this.weights.length && this.channelsOf(this.#builtFor) !== this.channelsOf(shape)) {
      throw new ShapeError(
        this.name,
        `a shared layer must see the channels it was built for, got ${formatShape(shape)} and ${formatShape(this.#builtFor)}`,
      )
    }
  }

  /** Number of elements of all weights. */
  countParams(): number {
    return this.weights.reduce((n, w) => n + sizeOf(w.shape), 0)
  }
}
