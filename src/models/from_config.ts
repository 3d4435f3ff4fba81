/** Rebuilds a model from the config that Keras saved: Functional and Sequential, nested, in the dialects of Keras 1, 2 and 3. */
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import { lazy } from '../lazy.ts'
import { LayerConfig, type KerasVersion, type Origin, type RawConfig } from '../layers/config.ts'
import { InputLayer } from '../layers/input_layer.ts'
import { Layer, type SymbolicShape, type SymbolicTensor } from '../layers/layer.ts'
import { Network } from '../layers/network.ts'
import { currentName, layerFromConfig, loadClasses, SPARSEMAX } from '../layers/registry.ts'
import { ordersIn } from '../loaders/keras/orders.ts'
import { Model, type AnyModel } from '../training/model.ts'
import { formatShape } from '../shape.ts'
import type { Structure } from '../structure.ts'
import {
  beginsWithModels,
  checkUnmasked,
  checkFloats,
  DEPTH_LIMIT,
  entriesOf,
  entryOf,
  foreignName,
  isKnown,
  isOperation,
  LAMBDA,
  looksLikeOperation,
  MODELS,
  registeredName,
  unknownLayer,
  unknownModel,
  unsupported,
  withDataFormat,
  type Entry,
} from './entries.ts'
import { attentionCalls, isAttention } from './attention_refs.ts'
import { Functional, shapeBehindBatch, type GivenShapes, type SampleShape } from './functional.ts'
import type * as operationRefs from './operation_refs.ts'
import { allShapes, checkWanted, shapeAtStart, shapeOf, wantedShapes, withChannels } from './input_shapes.ts'
import { endpoints, inboundNodes, inStructure, type Callee, type CallRefs } from './node_refs.ts'

/**
 * A layer to stand in for one of the file's, or what makes one from the file's config.
 * `constants`: the numbers and texts in a Lambda's function, in their order, the first mostly null: of `x / 127.5 - 1.` null, 127.5 and 1; lists for
 * tuples. Empty for other layers. See {@link loadModel}.
 */
export type Replacement = Layer | ((config: RawConfig, constants: readonly unknown[]) => Layer)

/**
 * Makes a layer of a class that is not Keras's, or is to be another: from the config that the file has of it, and the shapes of what the layer is applied to
 * first, [null,height,width,channels]. {@link defineLayer} gives one. It may be a model, which is nested in the place of the layer.
 */
export type CustomObject = { make(config: RawConfig, shapes: readonly SymbolicShape[]): Layer }['make']

/** What makes layers of a file's Lambda layers (loaders/python/lambda.ts), which is loaded for files that have any. */
export interface Lambdas {
  lambdaLayer(name: string, config: RawConfig, shapes: readonly SymbolicShape[]): Layer
  lambdaConstants(config: RawConfig): readonly unknown[]
}

/** What reads operations (operation_refs.ts), which is loaded for configs that have any. */
let operations: typeof operationRefs | undefined

/** How a model is made of a file's config. See {@link defineLayer}. */
export interface FromConfigOptions {
  /**
   * What makes layers of classes that are not Keras's, by the name of the class, `Swish`, or of the package and the class as Python registered it, `mine>Swish`.
   * As in Keras, one of a class that is known goes before it, and more may be given than the file has.
   */
  customObjects?: Readonly<Record<string, CustomObject>>
  /** By the layer's name in the file: what to put in its place. */
  replaceLayers?: Readonly<Record<string, Replacement>>
  /**
   * [height, width, channels], where another size than the file's is wanted: one that it leaves open fixed, or null where samples shall say what it
   * is; [height, width] with the channels that the file says; [steps, channels] and the like for inputs that are no pictures; for a model with several inputs, by the names of those that are meant. Where the input's
   * channels come first, [channels, height, width]. Default: as the file has it.
   */
  inputShape?: SampleShape | Readonly<Record<string, SampleShape>>
}

/** Layers in all, those of a model in a model as often as it is applied: a few hundred bytes could ask for more than any device can run. */
const APPLICATION_LIMIT = 100_000
/** What is to be said where a file does not. */
const WHOLE_SHAPE =
  'the shape of the input must be known (say it: inputShape: [height, width, channels], or what else it is without the batch)'

class Builder {
  readonly #whole: unknown
  readonly #keras: KerasVersion
  readonly #options: FromConfigOptions
  readonly #lambdas: Lambdas | undefined
  readonly #origin: Origin
  readonly #replaced = new Set<string>()
  /** Of axes, that the layers of the whole say. */
  readonly #orders: () => ReadonlySet<string>
  /** How many layers the models in the model apply. */
  readonly #applications = new Map<Layer, number>()

  constructor(whole: unknown, keras: KerasVersion, options: FromConfigOptions, origin: Origin, lambdas: Lambdas | undefined) {
    this.#whole = whole
    let orders: ReadonlySet<string> | undefined
    this.#orders = () => (orders ??= ordersIn(JSON.stringify(whole)))
    this.#keras = keras
    this.#lambdas = lambdas
    this.#options = options
    this.#origin = origin
  }

  /** Names in replaceLayers that were no layer of the file. */
  unused(): string[] {
    return Object.keys(this.#options.replaceLayers ?? {}).filter((name) => !this.#replaced.has(name))
  }

  /**
   * @param given the shapes that inputs are to have
   * @param inner whether those are of a call, of a model in a model
   */
  model(entry: Entry, given: GivenShapes, depth = 0, inner = depth > 0): AnyModel {
    if (depth > DEPTH_LIMIT) throw unsupported(entry.name, `models must be at most ${DEPTH_LIMIT} deep`, 'more')
    const entries = entriesOf(entry)
    const sequential = entry.className === 'Sequential'
    const model = sequential ? this.#sequential(entry, entries, given, depth, inner) : this.#functional(entry, entries, given, depth, inner)
    // Here, since a model that is applied to other sizes goes through all its layers.
    const applied = applications(model, this.#applications)
    if (applied > APPLICATION_LIMIT)
      throw unsupported(entry.name, `a model must apply at most ${APPLICATION_LIMIT} layers`, String(applied))
    this.#applications.set(model, applied)
    return model
  }

  /** @param given the shape that is wanted; of a model in a model that of its first call, whose sizes do not fix what the model leaves open: its next may have others */
  #input(model: string, name: string, shape: SampleShape | undefined, given: SampleShape | undefined, inner: boolean): SymbolicTensor {
    const ofCall = inner ? shape?.map((d, axis) => (d === null ? null : (given?.[axis] ?? d))) : undefined
    const two = given?.length === 2 && shape?.length === 3
    const known = ofCall ?? (two ? withChannels(model, given, shape, this.#orders().has('th')) : (given ?? shape))
    if (known) return new InputLayer({ name, shape: known }).tensor()
    throw unsupported(model, WHOLE_SHAPE, 'none')
  }

  #sequential({ name, config }: Entry, entries: readonly Entry[], given: GivenShapes, depth: number, inner: boolean): AnyModel {
    const first = entries[0]
    if (!first) throw unsupported(name, 'a model must have layers', 'none')
    if (beginsWithModels(first)) return this.#merging(name, first, entries, given, depth, inner)
    const starts = first.className === 'InputLayer'
    const shape = shapeAtStart({ name, className: 'Sequential', config, raw: {} })
    const inputName = starts ? first.name : `${first.name}_input`
    const said = given(0, inputName)
    if (!shape && !inner && said?.length === 2 && entries.some(({ className }) => className.endsWith('2D')))
      throw unsupported(name, WHOLE_SHAPE, `height and width alone, ${formatShape(said)}`)
    const input = this.#input(name, inputName, shape, said, inner)
    return new Model({ inputs: input, outputs: this.#chain(starts ? entries.slice(1) : entries, input, depth), name })
  }

  /** A Sequential of Keras 1 that begins with a Merge of models, each with inputs of its own. */
  #merging(name: string, merge: Entry, entries: readonly Entry[], given: GivenShapes, depth: number, inner: boolean): AnyModel {
    const inputs: SymbolicTensor[] = []
    const ends = entriesOf(merge).flatMap((entry) => {
      const branch = this.model(entry, (i, key) => given(inputs.length + i, key), depth + 1, inner)
      inputs.push(...branch.inputs)
      return branch.outputs
    })
    const [joined] = this.#layer(merge, (i) => ends[i] && shapeBehindBatch(ends[i]), depth).applyAll(ends)
    return new Model({ inputs, outputs: this.#chain(entries.slice(1), joined!, depth), name })
  }

  #chain(entries: readonly Entry[], start: SymbolicTensor, depth: number): SymbolicTensor {
    let x = start
    for (const entry of entries) x = this.#layer(entry, (i) => (i === 0 ? shapeBehindBatch(x) : undefined), depth).apply(x)
    return x
  }

  #functional({ name, config }: Entry, entries: readonly Entry[], given: GivenShapes, depth: number, inner: boolean): AnyModel {
    const starts = endpoints(name, config, 'input_layers')
    const inputs = starts.map(({ layer, key }, i) => {
      const begin = entries.find((e) => e.name === layer)
      if (begin?.className !== 'InputLayer') throw unsupported(name, 'an input of a model must be an InputLayer', layer)
      return this.#input(name, layer, shapeOf(begin.config), given(i, key ?? layer), inner)
    })
    const ends = endpoints(name, config, 'output_layers')
    const nodes = entries.map((e) => this.#callsOf(e))
    if (this.#keras === 3) operations?.checkMasks(entries, nodes, (layer) => this.#replacement(layer) !== undefined)
    const build = new Functional(name, entries, nodes, ends, this.#keras, (entry, shapes, call) => this.#layer(entry, shapes, depth, call))
    starts.forEach((t, i) => build.begin(t.layer, inputs[i]!))
    return new Model({ inputs: inStructure(starts, inputs), outputs: inStructure(ends, build.outputs()), name })
  }

  #replacement(name: string): Replacement | undefined {
    const { replaceLayers } = this.#options
    return replaceLayers && Object.hasOwn(replaceLayers, name) ? replaceLayers[name] : undefined
  }

  /** What the user makes of a class. */
  #custom(entry: Entry): CustomObject | undefined {
    const { customObjects = {} } = this.#options
    const registered = registeredName(entry)
    const name = [registered, registered.split('>').at(-1)!].find((n) => Object.hasOwn(customObjects, n))
    return name === undefined ? undefined : customObjects[name]
  }

  /** True for a layer that is made from its config. */
  #isOwn(entry: Entry): boolean {
    return isKnown(entry, this.#lambdas !== undefined) && !this.#custom(entry) && !this.#replacement(entry.name)
  }

  /** Every application of a layer, of a model in a model, or of an operation. */
  #callsOf(entry: Entry): readonly CallRefs[] {
    if (operations && isOperation(entry) && !this.#isOther(entry, operations)) return operations.operationCalls(entry)
    if (isAttention(entry.className) && this.#isOwn(entry)) return attentionCalls(entry.name, entry.raw['inbound_nodes'])
    return inboundNodes(entry.name, entry.raw['inbound_nodes'], this.#calleeOf(entry), operations !== undefined)
  }

  /** Whether something else stands in the place of an operation, or what looks like one is a class of the user's. */
  #isOther(entry: Entry, { isOperationKnown }: typeof operationRefs): boolean {
    const own = looksLikeOperation(entry) && (this.#custom(entry) !== undefined || !isOperationKnown(entry.className))
    return own || this.#replacement(entry.name) !== undefined
  }

  #calleeOf(entry: Entry): Callee {
    if (!this.#isOwn(entry)) return 'other'
    return MODELS.includes(entry.className) ? 'model' : 'layer'
  }

  #layer(entry: Entry, given: GivenShapes, depth: number, call?: CallRefs): Layer {
    const { name, className, config } = entry
    const replacement = this.#replacement(name)
    if (replacement) {
      this.#replaced.add(name)
      const constants = () => (className === LAMBDA ? this.#lambdas?.lambdaConstants(config) : undefined) ?? []
      return typeof replacement === 'function' ? replacement(config, constants()) : replacement
    }
    if (operations && call?.operation) return operations.operationLayer(entry, call.operation)
    const custom = this.#custom(entry)
    if (custom) return customLayer(entry, custom, allShapes(given))
    if (!this.#isOwn(entry)) throw unknownLayer(entry)
    if (MODELS.includes(className)) return this.model(entry, given, depth + 1)
    checkFloats(entry)
    if (className === LAMBDA && this.#lambdas) {
      checkUnmasked(name, this.#whole)
      return this.#lambdas.lambdaLayer(name, config, allShapes(given))
    }
    const own = call?.causal ? { ...entry, config: { ...config, use_causal_mask: true } } : entry
    const made = layerFromConfig(this.#config(own), (inner) => this.#inner(name, inner, depth))
    if (!made) throw unknownLayer(entry)
    return made
  }

  #config(entry: Entry): LayerConfig {
    const { className, name } = entry
    return new LayerConfig(className, { ...withDataFormat(entry, this.#orders), name }, this.#keras, this.#origin)
  }

  /** A layer, or a model, in the config of another, where it is one of Keras. */
  #inner(outer: string, raw: RawConfig, depth: number): Layer | undefined {
    const entry = entryOf(outer, raw)
    if (foreignName(entry) || depth > DEPTH_LIMIT) return undefined
    if (MODELS.includes(entry.className)) return this.model(entry, () => undefined, depth + 1)
    return layerFromConfig(this.#config(entry), (inner) => this.#inner(entry.name, inner, depth + 1))
  }
}

/** @throws ArgumentError for what makes no layer */
function customLayer({ name, className, config }: Entry, make: CustomObject, shapes: readonly SymbolicShape[]): Layer {
  const made: unknown = typeof make === 'function' ? make({ ...config, name }, shapes) : make
  if (made instanceof Layer) return made
  throw new ArgumentError(name, `customObjects must have a function that gives a layer for ${className}, got ${described(made)}`)
}

/** How many layers a network applies. @param known those of the networks in it */
function applications(network: Network, known: Map<Layer, number>): number {
  return network.calls.reduce((sum, [call]) => {
    const { layer } = call!
    if (layer instanceof Network && !known.has(layer)) known.set(layer, applications(layer, known))
    return sum + (known.get(layer) ?? 1)
  }, 0)
}

/** Loads what reads operations. */
export async function loadOperations(): Promise<void> {
  operations ??= await lazy(import('./operation_refs.ts'))
}

/** Loads what the rarer layers of a config, and operations, need; `modelFromConfig` makes no others of those than were loaded. */
export async function loadLayersOf(config: unknown): Promise<void> {
  const names = new Set<string>()
  const open = [config]
  let operates = false
  while (open.length) {
    const value = open.pop()
    if (isRecord(value) && typeof value['class_name'] === 'string') {
      const className = currentName(value['class_name'])
      names.add(className)
      operates ||= isOperation({ className, raw: value })
    }
    if (value === SPARSEMAX) names.add(value)
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) open.push(inner)
  }
  await Promise.all([loadClasses(names), operates && loadOperations()])
}

/**
 * A model from its config, whose layers are loaded. Weights keep their initial values.
 * @param origin what is known of who wrote it, besides the dialect
 * @typeParam Y what outputs the model has, if not one: `SymbolicTensor[]` for several
 * @param lambdas what makes layers of Lambda layers. Default: there are none, or all are replaced
 * @throws FileError `unsupported` naming the layer; ArgumentError, ShapeError for layers that do not fit
 */
export function modelFromConfig<Y extends Structure<SymbolicTensor> = SymbolicTensor>(
  config: unknown,
  keras: KerasVersion,
  options: FromConfigOptions = {},
  origin: Origin = {},
  lambdas?: Lambdas,
): Model<Y> {
  const entry = entryOf('model', config)
  if (!MODELS.includes(entry.className)) throw unknownModel(entry)
  const builder = new Builder(config, keras, options, origin, lambdas)
  const model = builder.model(entry, wantedShapes(options))
  checkWanted(model, options)
  const [stray] = builder.unused()
  if (stray !== undefined) throw unsupported(entry.name, 'replaceLayers must name layers of the file', stray)
  return model as Model<Y>
}
