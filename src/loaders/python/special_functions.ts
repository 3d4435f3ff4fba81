/** Functions that are no single operation: sizes, constants, numbers, and what Keras and TensorFlow 1 have functions for that Keras 3 has not. */
import { Refusal } from './arithmetic.ts'
import { canonicalName, resizeMethod } from './functions.ts'
import { BATCH, list, Name, python, shapeOf, Tensor, type Operations, type Value } from './machine.ts'
import { List, Slice, Tuple } from './values.ts'

type Named = Readonly<Record<string, Value>>

/** The arguments of one call. */
class Arguments {
  readonly o: Operations
  readonly #values: Named

  constructor(o: Operations, parameters: string, args: readonly Value[], kwargs: Named) {
    const names = parameters.split(' ')
    const strange = args.length > names.length ? `${args.length} arguments` : Object.keys(kwargs).find((k) => !names.includes(k))
    if (strange !== undefined) throw new Refusal(`arguments must be ${names.join(', ')}, not ${strange}`)
    this.o = o
    const inOrder = args.map((value, i) => [names[i]!, value] as const)
    this.#values = { ...Object.fromEntries(inOrder), ...kwargs }
  }

  /** Undefined where it is not given. */
  value(name: string): Value | undefined {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined
  }

  tensor(name: string): Tensor {
    const value = this.value(name)
    if (value instanceof Tensor) return value
    throw new Refusal(`${name} must be a tensor`)
  }

  /** A whole number from 1. */
  size(name: string): number {
    const value = this.value(name)
    if (typeof value === 'bigint' && value > 0n && value < 65536n) return Number(value)
    throw new Refusal(`${name} must be a whole number from 1`)
  }

  /** @throws Refusal unless it is not given, or one of what is done */
  only(name: string, ...known: readonly Value[]): void {
    const value = this.value(name)
    if (value !== undefined && !known.includes(value))
      throw new Refusal(`${name} must be ${known.map((k) => (typeof k === 'string' ? k : String(k as boolean))).join(' or ')}`)
  }
}

/** A known size of an axis. */
function sizeAt(x: Tensor, axis: number): number {
  const size = x.shape[axis]
  if (typeof size === 'number') return size
  throw new Refusal(`the size of axis ${axis} must be known`)
}

const times = (x: Tensor): bigint => x.shape.slice(1).reduce<bigint>((n, _, i) => n * BigInt(sizeAt(x, i + 1)), 1n)

/** `shape`, as the batch and sizes that are known. */
function reshaped(a: Arguments, x: Tensor, shape: Value): Value {
  if (!(shape instanceof Tuple || shape instanceof List)) throw new Refusal('a shape must be a list')
  const items: readonly Value[] = shape.items
  if (items[0] !== BATCH) return a.o.operation('Reshape', [x, shape])
  const open = items.slice(1).filter((d) => d === -1n)
  const known = items.slice(1).reduce<bigint>((n, d) => (d === -1n ? n : n * (typeof d === 'bigint' ? d : 0n)), 1n)
  if (open.length > 1 || known <= 0n) throw new Refusal('a shape must have one size at most that is open')
  return a.o.operation('Reshape', [x, list([-1n, ...items.slice(1).map((d) => (d === -1n ? times(x) / known : d))])])
}

/** TensorFlow 1's: without half pixels. */
function resized1(a: Arguments): Value {
  const given = a.value('method') ?? 0n
  const method = given instanceof Name ? resizeMethod(canonicalName(given.path)) : given
  const kind = method === 0n || method === 'bilinear' ? 'bilinear' : method === 1n || method === 'nearest' ? 'nearest' : undefined
  if (!kind) throw new Refusal('method must be 0 (bilinear) or 1 (nearest)')
  a.only('preserve_aspect_ratio', false)
  const corners = a.value('align_corners') ?? false
  const interpolation = corners === true ? `${kind}Corners` : `${kind}Legacy`
  return a.o.operation('Resize', [a.tensor('images')], { size: a.value('size') ?? null, interpolation })
}

/** Each picture by its own mean and deviation, which is taken for 1 / sqrt(its values) at least. */
function standardized(a: Arguments): Value {
  const x = a.tensor('image')
  if (x.shape.length !== 4) throw new Refusal('image must be pictures')
  const along = { axis: list([1n, 2n, 3n]), keepdims: true }
  const least = 1 / Math.sqrt(Number(times(x)))
  const deviation = a.o.operation('Maximum', [a.o.operation('Std', [x], along), least])
  return a.o.binary('/', a.o.binary('-', x, a.o.operation('Mean', [x], along)), deviation)
}

function cropped(a: Arguments): Value {
  const [y, x] = ['offset_height', 'offset_width'].map((name) => python(a.value(name) ?? null))
  const end = (from: unknown, size: number) => (typeof from === 'bigint' ? from + BigInt(size) : null)
  const rows = new Slice(y!, end(y, a.size('target_height')))
  return a.o.item(a.tensor('image'), list([new Slice(null, null), rows, new Slice(x!, end(x, a.size('target_width')))]))
}

/** Every pixel several times. */
function enlarged(a: Arguments): Value {
  a.only('data_format', 'channels_last', 'tf', 'default')
  a.only('interpolation', 'nearest') // others are not the same in every TensorFlow
  const x = a.tensor('x')
  const size = ['height_factor', 'width_factor'].map((name, i) => BigInt(a.size(name) * sizeAt(x, i + 1)))
  return a.o.operation('Resize', [x], { size: list(size), interpolation: 'nearest' })
}

function clipped(a: Arguments, x: Value, low: number, high: number): Value {
  return a.o.operation('Minimum', [a.o.operation('Maximum', [x, low]), high])
}

const asFloat = (a: Arguments): Value => {
  const value = a.value('x')
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new Refusal('float must be of a number')
}

const asList = (value: Value | undefined): readonly Value[] => {
  if (value instanceof Tuple || value instanceof List) return value.items
  throw new Refusal('there must be a list')
}

/** A function of one number. */
const ofNumber =
  (f: (x: number) => number) =>
  (a: Arguments): Value => {
    const x = Number(asFloat(a))
    const y = f(x)
    if (Number.isNaN(y)) throw new Refusal(`a function of ${x} must be a number`)
    return y
  }

/** Of a tensor, or nothing that this file does. */
type Special = readonly [parameters: string, f: (a: Arguments) => Value]

/** A number, or lists of numbers, as float32: in arithmetic with what a layer is given they are nothing else. */
function constant(a: Arguments): Value {
  const given = a.value('dtype') ?? 'float32'
  const type = given instanceof Name ? canonicalName(given.path) : given
  if (typeof type !== 'string' || !/^(?:(?:tf|np|K|tf\.dtypes)\.)?float(?:32|64)$/.test(type))
    throw new Refusal('dtype must be float32 or float64')
  a.only('shape', null)
  return a.value('value') ?? null
}

const CONSTANT: Special = ['value dtype shape name', constant]
const ARRAY: Special = ['value dtype', constant]
const SHAPE: Special = ['x name', (a) => new Tuple([BATCH, ...shapeOf(a.tensor('x')).items.slice(1)])]
const RESIZE1 = 'images size method align_corners preserve_aspect_ratio name'

const SPECIAL: Readonly<Record<string, Special>> = {
  len: ['x', (a) => BigInt(asList(a.value('x')).length)],
  int: ['x', (a) => BigInt(Math.trunc(Number(asFloat(a))))],
  float: ['x', asFloat],
  tuple: ['x', (a) => new Tuple(list(asList(a.value('x'))).items)],
  list: ['x', (a) => list(asList(a.value('x')))],
  abs: ['x', (a) => a.o.operation('Absolute', [a.tensor('x')])],
  'math.sqrt': ['x', ofNumber(Math.sqrt)],
  'math.log': ['x', ofNumber(Math.log)],
  'math.exp': ['x', ofNumber(Math.exp)],
  'np.sqrt': ['x', ofNumber(Math.sqrt)],
  'np.log': ['x', ofNumber(Math.log)],
  'np.exp': ['x', ofNumber(Math.exp)],
  'np.float32': ['x', ofNumber(Math.fround)],
  'np.float64': ['x', asFloat],
  'np.array': ARRAY,
  'np.asarray': ARRAY,
  'tf.constant': CONSTANT,
  'tf.convert_to_tensor': CONSTANT,
  'K.constant': CONSTANT,
  'K.floatx': ['', () => 'float32'],
  'K.epsilon': ['', () => 1e-7],
  'K.image_data_format': ['', () => 'channels_last'],
  'K.image_dim_ordering': ['', () => 'tf'],
  'K.backend': ['', () => 'tensorflow'],
  'K.ndim': ['x', (a) => BigInt(a.tensor('x').shape.length)],
  'K.int_shape': ['x', (a) => shapeOf(a.tensor('x'))],
  'K.shape': SHAPE,
  'tf.shape': ['input name', (a) => new Tuple([BATCH, ...shapeOf(a.tensor('input')).items.slice(1)])],
  'ops.shape': SHAPE,
  'K.reshape': ['x shape', (a) => reshaped(a, a.tensor('x'), a.value('shape') ?? null)],
  'tf.reshape': ['tensor shape name', (a) => reshaped(a, a.tensor('tensor'), a.value('shape') ?? null)],
  'ops.reshape': ['x newshape', (a) => reshaped(a, a.tensor('x'), a.value('newshape') ?? null)],
  'K.batch_flatten': ['x', (a) => a.o.operation('Reshape', [a.tensor('x'), list([-1n, times(a.tensor('x'))])])],
  'K.sqrt': ['x', (a) => a.o.operation('Sqrt', [a.o.operation('Relu', [a.tensor('x')])])],
  'K.hard_sigmoid': ['x', (a) => clipped(a, a.o.binary('+', a.o.binary('*', a.tensor('x'), 0.2), 0.5), 0, 1)],
  'K.resize_images': ['x height_factor width_factor data_format interpolation', enlarged],
  'tf.to_float': ['x name', (a) => a.tensor('x')],
  'tf.image.resize_images': [RESIZE1, resized1],
  'tf.compat.v1.image.resize_images': [RESIZE1, resized1],
  'tf.compat.v1.image.resize': [RESIZE1, resized1],
  'tf.image.per_image_standardization': ['image', standardized],
  'tf.image.crop_to_bounding_box': ['image offset_height offset_width target_height target_width', cropped],
}

/** What such a function gives; undefined for one that is not among them. @param path by the modules' names of functions.ts */
export function special(o: Operations, path: string, args: readonly Value[], kwargs: Named): Value | undefined {
  if (!Object.hasOwn(SPECIAL, path)) return undefined
  const [parameters, f] = SPECIAL[path]!
  return f(new Arguments(o, parameters, args, kwargs))
}
