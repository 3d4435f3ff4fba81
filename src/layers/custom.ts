/** Layers of one's own: weights, and what is done with tensors, said in Keras's operations. What a file's classes, that are not Keras's, are made of. */
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import type { Shape } from '../shape.ts'
import { snakeCase, type KerasConfig, type LayerOptions, type RawConfig } from './config.ts'
import { glorotUniform, initializer, readInitializer, type Initializer, type InitializerName } from './initializers.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { emitOperation, shapesOf } from './operations/operations.ts'
import { knownOperations, type OperationName } from './operations/table.ts'
import { Constants } from './constants.ts'
import { isNode, type Argument, type Emission } from './operations/values.ts'
import { readRules } from './weight_rules.ts'

/** A weight of a layer. See {@link defineLayer}. */
export interface WeightDefinition {
  /** Without a batch: [channels]. */
  readonly shape: Shape
  /** Default `glorotUniform`, as in Keras. What a config says of it (`kernel_initializer` of `kernel`) goes before. */
  readonly initializer?: Initializer | InitializerName
  /** false: no optimizer changes it, whatever the layer's `trainable` says. Default true. */
  readonly trainable?: boolean
}

/** `Add` -> `add`, `ExpandDims` -> `expandDims`. */
type MethodName<K extends OperationName> = K extends 'RGBToGrayscale' ? 'rgbToGrayscale' : Uncapitalize<K>

/**
 * Keras's operations, on nodes of a graph: `ops.mean(x, [1, 2], true)`. Arguments in Keras's order, those of the constructor (`axis`, `keepdims`) behind
 * those of the call; `null` where one is left out; a number, or numbers in lists, for a tensor that is constant. The first axis is the batch's.
 * See {@link defineLayer}.
 */
export type LayerOps = {
  readonly [K in OperationName as MethodName<K>]: (...args: readonly Argument[]) => K extends 'Split' | 'Unstack' ? readonly Node[] : Node
}

/** What `call` of a layer has at hand. See {@link defineLayer}. */
export interface LayerCall<C extends object> {
  /** As Python's `get_config` has it, by its keys. */
  readonly config: C
  /** By their names. */
  readonly weights: Readonly<Record<string, Node>>
  /** Keras's operations, for what `call` computes. */
  readonly ops: LayerOps
  /** true in a training step. */
  readonly training: boolean
  /** For kernels: `graph.add(ops.activation, [x], { activation: 'relu' })`, with the package's `ops`. */
  readonly graph: Graph
}

/**
 * A class of layers. See {@link defineLayer}.
 * @typeParam C what its config holds
 */
export interface LayerDefinition<C extends object> {
  /** The class in Python: `Swish`; with its package where it is registered, as in `@register_keras_serializable(package='mine')`: `mine>Swish`. */
  readonly name: string
  /** Its weights in the order in which Python makes them, for the shapes of what it is applied to first, [null,height,width,channels]. Default: none. */
  readonly weights?: (config: C, shapes: readonly SymbolicShape[]) => Readonly<Record<string, WeightDefinition>>
  /** Appends what it does. Called for every graph, and to learn the output's shape. @returns a tensor, or one for each output */
  readonly call: (layer: LayerCall<C>, ...inputs: readonly Node[]) => Node | readonly Node[]
}

/** Makes a layer of a class from its config. See {@link defineLayer}. */
export type LayerMaker<C extends object> = (config: C & Pick<LayerOptions, 'name' | 'trainable'>) => Layer

const methodOf = (name: string): string => (/^[A-Z]{2}/.test(name) ? 'rgbToGrayscale' : name.slice(0, 1).toLowerCase() + name.slice(1))

function operationsOn(c: Emission): LayerOps {
  const made = knownOperations.map((op) => {
    const emit = (...args: readonly Argument[]) => {
      const given = emitOperation(c, op, args)
      return op === 'Split' || op === 'Unstack' ? given : given[0]
    }
    return [methodOf(op), emit] as const
  })
  return Object.fromEntries(made) as unknown as LayerOps
}

/** A layer of a class that `defineLayer` was told of. */
class DefinedLayer<C extends object> extends Layer {
  readonly className: string
  protected override readonly merges = true
  override readonly marksKinds = true
  readonly #definition: LayerDefinition<C>
  readonly #config: C
  readonly #constants: Constants
  /** Of its weights, once they are made. */
  #weights: Readonly<Record<string, WeightDefinition>> | undefined

  constructor(definition: LayerDefinition<C>, config: C & Pick<LayerOptions, 'name' | 'trainable'>) {
    const className = definition.name.split('>').at(-1)!
    const { name, trainable } = config
    const rules = readRules(config, readInitializer)
    super(snakeCase(className), { ...rules, ...(name !== undefined && { name }), ...(trainable !== undefined && { trainable }) })
    this.className = className
    this.#definition = definition
    this.#config = config
    this.#constants = new Constants(this.name)
  }

  override get registeredName(): string {
    return this.#definition.name
  }

  override get maker(): (config: RawConfig) => Layer {
    return (config) => new DefinedLayer(this.#definition, config as C)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), ...this.#config, name: this.name, trainable: this.trainable }
  }

  override get constants(): readonly Parameter[] {
    return this.#constants.parameters
  }

  override outputShapes(shapes: readonly SymbolicShape[]): readonly SymbolicShape[] {
    this.#make(shapes)
    return shapesOf(this.name, shapes, (graph, inputs) => this.#append(graph, false, inputs))
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    return this.outputShapes(shapes)[0]!
  }

  /** Its weights, whose shapes may depend on all inputs, and without which `call` could not say what comes out. */
  #make(shapes: readonly SymbolicShape[]): void {
    if (this.#weights) return
    this.#weights = this.#definition.weights?.(this.#config, shapes) ?? {}
    for (const [name, { shape, initializer: given }] of Object.entries(this.#weights))
      this.addWeight(name, shape, given === undefined ? glorotUniform() : initializer(this.name, given))
  }

  protected override isStatistic(name: string): boolean {
    return this.#weights?.[name]?.trainable === false
  }

  protected override ruleName(name: string): string {
    return name
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.emitAll(c, inputs)[0]!
  }

  override emitAll({ graph, training }: EmitContext, inputs: readonly Node[]): Node[] {
    return [...this.#append(graph, training !== false, inputs)]
  }

  #append(graph: Graph, training: boolean, inputs: readonly Node[]): readonly Node[] {
    const weights = Object.fromEntries(this.weights.map((p) => [p.name, graph.parameter(p)]))
    const ops = operationsOn({ graph, name: this.name, constants: this.#constants })
    const given = this.#definition.call({ config: this.#config, weights, ops, training, graph }, ...inputs)
    const nodes: readonly unknown[] = Array.isArray(given) ? given : [given]
    const at = nodes.length ? nodes.findIndex((node) => !isNode(node)) : 0
    if (at < 0) return nodes as readonly Node[]
    throw new ArgumentError(this.name, `call must give a tensor, or a list of them, got ${described(nodes.length ? nodes[at] : given)}`)
  }
}

/**
 * A class of layers: what makes one of its config, for `loadModel(file, { customObjects: { 'mine>Swish': swish } })` and for networks built here,
 * `swish({ beta: 2 }).apply(x)`. Such layers run, train by the gradients of the operations, and are saved under the class's name.
 * @throws ArgumentError for a definition without a name or `call`
 * @example
 * const swish = defineLayer<{ beta: number }>({
 *   name: 'mine>Swish',
 *   call: ({ ops, config }, x) => ops.multiply(x, ops.sigmoid(ops.multiply(x, config.beta))),
 * })
 * swish({ beta: 2 }).apply(input).shape // [null, 8, 8, 3]
 * await loadModel('model.keras', { customObjects: { 'mine>Swish': swish } })
 */
export function defineLayer<C extends object = RawConfig>(definition: LayerDefinition<C>): LayerMaker<C> {
  if (!isRecord(definition) || typeof definition.name !== 'string' || !definition.name || typeof definition.call !== 'function')
    throw new ArgumentError('defineLayer', `a class of layers must have a name and call, got ${described(definition)}`)
  return (config) => new DefinedLayer(definition, config)
}
