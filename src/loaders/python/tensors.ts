/** What a function does with tensors, as layers of operations that follow each other. */
import { BATCH, list, Method, Name, shapeOf, shown, Tensor, type Operations, type Value } from './machine.ts'
import { Refusal, type Operator } from './arithmetic.ts'
import { special } from './special_functions.ts'
import { BACKEND, BACKEND_VALUES, canonicalName, OLD_PARAMETERS, operationName, resizeMethod, tensorflowName } from './functions.ts'
import { ELLIPSIS, List, Slice, Tuple } from './values.ts'
import type { Layer, SymbolicTensor } from '../../layers/layer.ts'
import { OperationLayer, type TensorAt } from '../../layers/operations/operation.ts'
import { knownOperations } from '../../layers/operations/table.ts'
import { fromTensorFlow } from '../../layers/operations/tensorflow.ts'
import { ELLIPSIS as KERAS_ELLIPSIS, type Argument } from '../../layers/operations/values.ts'
import { mayGiveWhole } from '../../layers/operations/kinds.ts'
import { Rescaling } from '../../layers/scaling.ts'

/** Operations of one function; more are not a layer. */
const OPERATION_LIMIT = 500

/** A tensor that a layer gave, times a number and one more: steps like `x / 127.5 - 1` are one. */
class LayerTensor extends Tensor {
  readonly of: SymbolicTensor
  readonly scale: number
  readonly offset: number

  constructor(of: SymbolicTensor, scale = 1, offset = 0) {
    super()
    this.of = of
    this.scale = scale
    this.offset = offset
  }

  get shape(): readonly (number | null)[] {
    return this.of.shape
  }
}

/** One value of whatever kind of number. */
const scalar = (value: Value): number | undefined => {
  const number = typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' ? Number(value) : undefined
  return number !== undefined && Number.isFinite(Math.fround(number)) ? number : undefined
}

/** The dtype or value that a dotted name stands for. */
const NAMED: ReadonlyMap<string, number> = new Map([
  ['np.pi', Math.PI],
  ['math.pi', Math.PI],
  ['np.e', Math.E],
  ['math.e', Math.E],
])

const BINARY: Partial<Record<Operator, string>> = {
  '+': 'Add',
  '-': 'Subtract',
  '*': 'Multiply',
  '/': 'TrueDivide',
  '**': 'Power',
  '//': 'FloorDivide',
  '%': 'Mod',
}

/** Whether a tensor may be of whole numbers, which a `Rescaling` makes fractions of: by all that it is made of. */
function mayBeWhole(of: SymbolicTensor): boolean {
  const seen = new Set([of])
  for (const { layer, inputs } of seen) {
    const op = layer instanceof OperationLayer ? layer.className : undefined
    if (op !== undefined && mayGiveWhole(op, false)) return true
    if (op === undefined || mayGiveWhole(op, true)) for (const x of inputs) seen.add(x)
  }
  return false
}

export class TensorOperations implements Operations {
  readonly #layer: string
  readonly #names: (operation: string) => string
  readonly #scaled = new Map<LayerTensor, SymbolicTensor>()
  #made = 0

  /**
   * @param layer whose function it is
   * @param names the name of a layer that is made, by what it does
   */
  constructor(layer: string, names: (operation: string) => string) {
    this.#layer = layer
    this.#names = names
  }

  /** Layers made. */
  get made(): number {
    return this.#made
  }

  tensor(symbol: SymbolicTensor): Value {
    return new LayerTensor(symbol)
  }

  /** The tensor that a layer gives. */
  symbol(value: Value): SymbolicTensor {
    if (!(value instanceof LayerTensor)) throw new Refusal(`what a function returns must be a tensor, not ${shown(value)}`)
    const { of, scale, offset } = value
    if (scale === 1 && offset === 0) return of
    const known = this.#scaled.get(value)
    if (known) return known
    const made = this.#apply(new Rescaling({ name: this.#names('rescaling'), scale, offset }), [of])[0]!
    this.#scaled.set(value, made)
    return made
  }

  #apply(layer: Layer, inputs: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
    if (++this.#made > OPERATION_LIMIT) throw new Refusal(`a function must have at most ${OPERATION_LIMIT} operations`)
    return layer.applyAll(inputs.length === 1 ? inputs[0]! : inputs)
  }

  /** An operation of Keras 3, its arguments by its names. @param tensorflow whether TensorFlow computes it */
  operation(op: string, args: readonly Value[], kwargs: Readonly<Record<string, Value>> = {}, tensorflow = false): Value {
    const inputs: SymbolicTensor[] = []
    const named = Object.entries(kwargs).map(([name, value]) => [name, this.#argument(value, inputs)] as const)
    return this.#emit(
      op,
      args.map((value) => this.#argument(value, inputs)),
      Object.fromEntries(named),
      inputs,
      tensorflow,
    )
  }

  #emit(
    op: string,
    args: readonly Argument<TensorAt>[],
    kwargs: Readonly<Record<string, Argument<TensorAt>>>,
    inputs: readonly SymbolicTensor[],
    tensorflow: boolean,
  ): Value {
    if (!inputs.length) throw new Refusal(`${op} must be of a tensor`)
    const name = this.#names(op.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase())
    const given = this.#apply(new OperationLayer(op, args, kwargs, { name, tensorflow }), inputs).map((t) => new LayerTensor(t))
    return given.length === 1 && op !== 'Split' && op !== 'Unstack' ? given[0]! : list(given)
  }

  /** A value as operations take it. @param inputs gets the tensors in it */
  #argument(value: Value, inputs: SymbolicTensor[]): Argument<TensorAt> {
    if (value instanceof Tensor) {
      const symbol = this.symbol(value)
      const known = inputs.indexOf(symbol)
      return { tensor: known >= 0 ? known : inputs.push(symbol) - 1 }
    }
    if (value instanceof Tuple || value instanceof List) return value.items.map((item) => this.#argument(item, inputs))
    if (value instanceof Slice) {
      const number = (v: Value) => (v === null ? null : (this.#argument(v, inputs) as number))
      return { start: number(value.begin), stop: number(value.end), step: number(value.step) }
    }
    if (value === ELLIPSIS) return KERAS_ELLIPSIS
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
    if (value instanceof Name) return this.#named(canonicalName(value.path))
    const number = scalar(value)
    if (number === undefined)
      throw new Refusal(`an argument must be tensors, numbers or text, not ${value === BATCH ? BATCH.name : shown(value)}`)
    return number
  }

  /** Types and numbers that have names. */
  #named(path: string): Argument<TensorAt> {
    const type = /^(?:tf|np|K|tf\.dtypes)\.((?:float|int|uint|bfloat)\d+|bool)$/.exec(path)
    if (type) return type[1]!
    const method = resizeMethod(path)
    if (method !== undefined) return method
    if (path === 'np.newaxis' || path === 'tf.newaxis') return null
    const number = NAMED.get(path)
    if (number !== undefined) return number
    throw new Refusal(`${path} must be known`)
  }

  binary(operator: Operator, a: Value, b: Value): Value {
    const affine = this.#affine(operator, a, b)
    if (affine) return affine
    const op = BINARY[operator]
    if (op) return this.operation(op, [], { x1: this.#number(a), x2: this.#number(b) })
    throw new Refusal(`tensors must not be taken by ${operator}`)
  }

  /** x times a number, and one more, as it goes into one step. */
  #affine(operator: Operator, a: Value, b: Value): Value | undefined {
    const [x, other, turned] = a instanceof LayerTensor ? [a, b, false] : [b as LayerTensor, a, true]
    const number = scalar(this.#number(other))
    if (number === undefined || mayBeWhole(x.of)) return undefined
    const { of, scale, offset } = x
    const made = (s: number, o: number) => ([s, o].every((n) => Number.isFinite(Math.fround(n))) ? new LayerTensor(of, s, o) : undefined)
    if (operator === '+') return made(scale, offset + number)
    if (operator === '-') return turned ? made(-scale, number - offset) : made(scale, offset - number)
    if (operator === '*') return made(scale * number, offset * number)
    return operator === '/' && !turned && number !== 0 ? made(scale / number, offset / number) : undefined
  }

  /** Numbers that have names as numbers. */
  #number(value: Value): Value {
    return value instanceof Name ? (NAMED.get(canonicalName(value.path)) ?? value) : value
  }

  unary(operator: '-' | '+' | '~', x: Tensor): Value {
    if (operator === '~') throw new Refusal('~ must not be of a tensor')
    return operator === '+' ? x : this.binary('*', x, -1)
  }

  item(x: Tensor, key: Value): Value {
    return this.operation('GetItem', [x, key])
  }

  attribute(of: Value, name: string): Value {
    if (of instanceof Tensor && name === 'shape') return shapeOf(of)
    if (of instanceof Tensor && name === 'ndim') return BigInt(of.shape.length)
    if (of instanceof Tensor && name === 'dtype') return new Name('tf.float32')
    if (of instanceof Tuple && (name === 'ndims' || name === 'rank')) return BigInt(of.items.length)
    if (name === 'value' && (of === null || typeof of === 'bigint')) return of // of TensorFlow 1's Dimension
    if ((of instanceof Tensor && name === 'get_shape') || (of instanceof Tuple && name === 'as_list')) return new Method(of, name)
    throw new Refusal(`${name} of ${shown(of)} must be known`)
  }

  call(callee: Name | Method, args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
    if (callee instanceof Method) return this.#method(callee)
    const path = canonicalName(callee.path)
    const named = Object.fromEntries([...kwargs].map(([name, value]) => [OLD_PARAMETERS[name] ?? name, value]))
    const found = special(this, path, args, named)
    if (found !== undefined) return found
    const [module, name] = [path.split('.')[0]!, path.split('.').slice(1).join('.')]
    if (module === 'K' && Object.hasOwn(BACKEND, name)) return this.#backend(name, args, named)
    if (module === 'tf') return this.#tensorflow(name, args, named)
    if (module === 'ops' && knownOperations.includes(operationName(name))) return this.operation(operationName(name), args, named)
    throw new Refusal(`the function ${path} must be known`)
  }

  #method({ self, name }: Method): Value {
    if (name === 'get_shape') return shapeOf(self as Tensor)
    return new List((self as Tuple).items)
  }

  #backend(name: string, args: readonly Value[], kwargs: Readonly<Record<string, Value>>): Value {
    const [op, ...parameters] = BACKEND[name]!.split(' ')
    const keras = parameters.map((p) => p.split('='))
    const given: Record<string, Value> = { ...BACKEND_VALUES[name] }
    args.forEach((value, i) => (given[keras[i]?.[0] ?? `argument ${i + 1}`] = value))
    for (const [key, value] of Object.entries(kwargs)) given[keras.find((p) => p.at(-1) === key)?.[0] ?? key] = value
    return this.operation(op!, [], given, true)
  }

  #tensorflow(name: string, args: readonly Value[], kwargs: Readonly<Record<string, Value>>): Value {
    const known = tensorflowName(name)
    if (known === undefined) throw new Refusal(`the function tf.${name} must be known`)
    const inputs: SymbolicTensor[] = []
    // Before TensorFlow 1 the axis came first.
    const turned = known === 'concat' && typeof args[0] === 'bigint' ? [args[1]!, args[0]] : args
    const plain = turned.map((value) => this.#argument(value, inputs))
    const named = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, this.#argument(value, inputs)]))
    const { op, kwargs: translated } = fromTensorFlow<TensorAt>(this.#layer, known, plain, named)
    return this.#emit(op, [], translated, inputs, true)
  }
}
