/** An operation as a layer: what Keras 3 writes for arithmetic on the tensors of a model, `x / 127.5 - 1`, and what older versions wrote for it. */
import { described, isRecord } from '../../described.ts'
import { ArgumentError, FileError } from '../../errors.ts'
import type { Node } from '../../graph/graph.ts'
import type { Parameter } from '../../parameter.ts'
import type { KerasConfig, LayerOptions } from '../config.ts'
import { Constants } from '../constants.ts'
import { Layer, type EmitContext, type SymbolicShape } from '../layer.ts'
import { checkedOperation, emitOperation, namedArguments, shapesOf } from './operations.ts'
import { ELLIPSIS, isSlice, numbersIn, type Argument, type Arguments, type Constant } from './values.ts'

/** A tensor among the arguments: its place among the layer's inputs. */
export interface TensorAt {
  readonly tensor: number
}

const isTensorAt = (value: unknown): value is TensorAt => isRecord(value) && 'tensor' in value

/** The arguments with what stands for tensors put in. */
function filled<T>(argument: Argument<TensorAt>, tensors: readonly T[], constant: (value: Constant) => Argument<T>): Argument<T> {
  if (isTensorAt(argument)) return tensors[argument.tensor]!
  if (Array.isArray(argument)) return (argument as readonly Argument<TensorAt>[]).map((a) => filled(a, tensors, constant))
  return constant(argument as Constant)
}

/** A constant as Keras 3 writes it. */
function kerasConstant(value: Constant): unknown {
  if (isSlice(value)) return { class_name: '__slice__', config: value }
  return isRecord(value) ? { class_name: '__ellipsis__', config: {} } : value
}

export class OperationLayer extends Layer {
  /** Of Keras's operation. */
  readonly className: string
  protected override readonly merges = true
  override readonly marksKinds = true
  readonly #constants: Constants
  readonly #tensorflow: boolean
  readonly #arguments: Arguments<TensorAt>

  /**
   * @param className of Keras 3: `Add`, `GetItem`, `Mean`
   * @param args in the order of the call's parameters
   * @param kwargs the others by name, those of the operation's constructor too
   * @param options tensorflow: whether it is a function of TensorFlow, where that differs. Default false
   * @throws FileError `unsupported` for an operation that is not known; ArgumentError for arguments that it does not have
   */
  constructor(
    className: string,
    args: readonly Argument<TensorAt>[],
    kwargs: Arguments<TensorAt>,
    options: LayerOptions & { tensorflow?: boolean },
  ) {
    super(className.toLowerCase(), options)
    this.className = className
    this.#constants = new Constants(this.name)
    this.#tensorflow = options.tensorflow ?? false
    this.#arguments = namedArguments(this.name, className, args, kwargs)
  }

  override get constants(): readonly Parameter[] {
    return this.#constants.parameters
  }

  override outputShapes(shapes: readonly SymbolicShape[]): readonly SymbolicShape[] {
    return shapesOf(this.name, shapes, (graph, inputs) => this.emitAll({ graph }, inputs))
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    return this.outputShapes(shapes)[0]!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.emitAll(c, inputs)[0]!
  }

  override emitAll({ graph }: Pick<EmitContext, 'graph'>, inputs: readonly Node[]): Node[] {
    const c = { graph, name: this.name, constants: this.#constants, tensorflow: this.#tensorflow }
    const given = Object.entries(this.#arguments).map(([name, value]) => [name, filled<Node>(value, inputs, (v) => v)] as const)
    return [...emitOperation(c, this.className, [], Object.fromEntries(given))]
  }

  /** The values of some parameters that are given, in Keras's writing. */
  #written(names: readonly string[], tensors: readonly unknown[]): [name: string, value: unknown][] {
    const own = names.filter((name) => Object.hasOwn(this.#arguments, name))
    return own.map((name) => {
      const value = this.#arguments[name]!
      const numbers = /^x[12]$/.test(name) && Array.isArray(value) && numbersIn(value)
      if (numbers) return [name, { class_name: '__numpy__', config: { value, dtype: 'float32' } }]
      return [name, filled<unknown>(value, tensors, kerasConstant)]
    })
  }

  override callArguments(tensors: readonly unknown[]): { args: readonly unknown[]; kwargs: KerasConfig } {
    const { call } = checkedOperation(this.name, this.className)
    const given = this.#written(call, tensors)
    const inOrder = given.filter(([name], i) => name === call[i])
    return { args: inOrder.map(([, value]) => value), kwargs: Object.fromEntries(given.slice(inOrder.length)) }
  }

  /** @throws ArgumentError for what Keras 3 does not have: TensorFlow 1's resizing */
  override getConfig(): KerasConfig {
    const options = Object.fromEntries(this.#written(checkedOperation(this.name, this.className).options, []))
    const { interpolation } = options
    if (typeof interpolation !== 'string' || !/(Legacy|Corners)$/.test(interpolation)) return { name: this.name, ...options }
    throw new ArgumentError(this.name, `an interpolation must be one of Keras to be saved, got ${interpolation}`)
  }

  override serialize(): KerasConfig {
    const { module } = checkedOperation(this.name, this.className)
    return {
      ...{ module: `keras.src.${module}`, class_name: this.className, config: this.getConfig() },
      registered_name: this.className,
    }
  }
}

/** Lists in lists; more is no argument, and would use up the stack. */
const DEPTH_LIMIT = 32

/**
 * An argument as Keras wrote it.
 * @param tensor what stands for a value that is a tensor; undefined for others
 * @throws FileError `unsupported` for what is neither a tensor nor a constant that is known
 */
export function readArgument<T>(layer: string, raw: unknown, tensor: (raw: unknown) => T | undefined, depth = 0): Argument<T> {
  const found = tensor(raw)
  if (found !== undefined) return found
  const read = (value: unknown) => readArgument(layer, value, tensor, depth + 1)
  if (raw === null || typeof raw === 'number' || typeof raw === 'boolean' || typeof raw === 'string') return raw
  if (Array.isArray(raw) && depth < DEPTH_LIMIT) return raw.map(read)
  if (isRecord(raw) && depth < DEPTH_LIMIT) {
    const { class_name: className, config, items } = raw
    if (className === '__ellipsis__') return ELLIPSIS
    if (className === '__slice__') return sliceOf(layer, config)
    if (className === '__tuple__' || className === 'TensorShape') return read(items ?? config ?? [])
    if ((className === '__numpy__' || className === '__tensor__') && isRecord(config)) return read(config['value'] ?? null)
    if ('start' in raw) return sliceOf(layer, raw)
  }
  const rule = `an argument of an operation must be tensors, numbers, text, slices, and lists of them, ${DEPTH_LIMIT} deep at most`
  throw new FileError('unsupported', `[${layer}] ${rule}, got ${described(raw)}`)
}

function sliceOf(layer: string, raw: unknown) {
  const { start = null, stop = null, step = null } = isRecord(raw) ? raw : {}
  const plain = [start, stop, step].every((n) => n === null || typeof n === 'number')
  if (isRecord(raw) && plain) return { start, stop, step } as { start: number | null; stop: number | null; step: number | null }
  throw new FileError('unsupported', `[${layer}] a slice must be of numbers, got ${described(raw)}`)
}
