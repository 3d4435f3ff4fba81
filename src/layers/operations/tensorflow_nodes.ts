/** Nodes of TensorFlow's graphs as operations of Keras 3: what tf.keras 1.13 to 2.3 writes as TensorFlowOpLayer. */
import { FileError } from '../../errors.ts'
import { isRecord } from '../../described.ts'
import { fromTensorFlow, type Translated } from './tensorflow.ts'
import { ELLIPSIS, type Argument, type Arguments, type Slice } from './values.ts'

/** By the node's op: the function that it is of, and its attributes that are arguments, each with the function's name for it before a `=`. */
const NODES: Readonly<Record<string, string>> = {
  Add: 'math.add',
  AddV2: 'math.add',
  Sub: 'math.subtract',
  Mul: 'math.multiply',
  Div: 'math.truediv',
  RealDiv: 'math.truediv',
  FloorDiv: 'math.floordiv',
  FloorMod: 'math.floormod',
  Pow: 'math.pow',
  Maximum: 'math.maximum',
  Minimum: 'math.minimum',
  BiasAdd: 'nn.bias_add data_format',
  ClipByValue: 'clip_by_value',
  Abs: 'math.abs',
  Neg: 'math.negative',
  Square: 'math.square',
  Sqrt: 'math.sqrt',
  Rsqrt: 'math.rsqrt',
  Exp: 'math.exp',
  Expm1: 'math.expm1',
  Log: 'math.log',
  Log1p: 'math.log1p',
  Sign: 'math.sign',
  Floor: 'math.floor',
  Ceil: 'math.ceil',
  Round: 'math.round',
  Reciprocal: 'math.reciprocal',
  Inv: 'math.reciprocal',
  Sigmoid: 'math.sigmoid',
  Tanh: 'math.tanh',
  Softplus: 'math.softplus',
  Softsign: 'nn.softsign',
  Relu: 'nn.relu',
  Relu6: 'nn.relu6',
  LeakyRelu: 'nn.leaky_relu alpha',
  Elu: 'nn.elu',
  Selu: 'nn.selu',
  Softmax: 'nn.softmax',
  Mean: 'math.reduce_mean keepdims=keep_dims',
  Sum: 'math.reduce_sum keepdims=keep_dims',
  Max: 'math.reduce_max keepdims=keep_dims',
  Min: 'math.reduce_min keepdims=keep_dims',
  Reshape: 'reshape',
  Transpose: 'transpose',
  ExpandDims: 'expand_dims',
  Squeeze: 'squeeze axis=squeeze_dims',
  ReverseV2: 'reverse',
  Pad: 'pad',
  MirrorPad: 'pad mode',
  Tile: 'tile',
  Slice: 'slice',
  Cast: 'cast dtype=DstT',
  Identity: 'identity',
  Unpack: 'unstack num axis',
  DepthToSpace: 'nn.depth_to_space block_size data_format',
  SpaceToDepth: 'nn.space_to_depth block_size data_format',
  MaxPool: 'nn.max_pool2d ksize strides padding data_format',
  AvgPool: 'nn.avg_pool2d ksize strides padding data_format',
  ResizeBilinear: 'compat.v1.image.resize_bilinear align_corners half_pixel_centers',
  ResizeNearestNeighbor: 'compat.v1.image.resize_nearest_neighbor align_corners half_pixel_centers',
}

/** Ops whose inputs are no arguments in order. */
const OTHERS: Readonly<
  Record<string, <T>(inputs: readonly Argument<T>[], attrs: Arguments) => readonly [name: string, kwargs: Arguments<T>]>
> = {
  ConcatV2: (inputs) => ['concat', { values: inputs.slice(0, -1), axis: inputs.at(-1) ?? null }],
  Pack: (inputs, { axis = 0 }) => ['stack', { values: inputs, axis: axis as number }],
  PadV2: ([tensor = null, paddings = null, value = null]) => ['pad', { tensor, paddings, constant_values: value }],
  AddN: ([x, y = null, ...more]) => ['math.add', { x: x ?? null, y: more.length ? more : y }],
  Split: ([axis = null, value = null], { num_split: count = null }) => ['split', { value, num_or_size_splits: count as number, axis }],
  SplitV: ([value = null, sizes = null, axis = null]) => ['split', { value, num_or_size_splits: sizes, axis }],
  StridedSlice: ([x = null, begin, end, strides], attrs) => [
    '__operators__.getitem',
    { tensor: x, slice_spec: keyOf(begin, end, strides, attrs) },
  ],
}

/** Python's index from the numbers and bit masks of StridedSlice; null, which is refused, unless all three are lists of numbers. */
function keyOf(begin: unknown, end: unknown, strides: unknown, attrs: Arguments): Argument<never> {
  const lists = [begin, end, strides].every((l) => Array.isArray(l) && l.every((n) => typeof n === 'number'))
  if (!lists) return 'tensors as an index'
  const bit = (mask: string, i: number) => ((Number(attrs[mask] ?? 0) >> i) & 1) === 1
  return (begin as number[]).map((first, i): Slice | number | null | typeof ELLIPSIS => {
    if (bit('ellipsis_mask', i)) return ELLIPSIS
    if (bit('new_axis_mask', i)) return null
    if (bit('shrink_axis_mask', i)) return first
    return {
      start: bit('begin_mask', i) ? null : first,
      stop: bit('end_mask', i) ? null : (end as number[])[i]!,
      step: (strides as number[])[i]!,
    }
  })
}

const TYPES: Readonly<Record<string, string>> = { DT_FLOAT: 'float32', DT_HALF: 'float16', DT_DOUBLE: 'float64', DT_BFLOAT16: 'bfloat16' }

/** The value of an attribute in the JSON of protocol buffers: whole numbers are text, text is base64. */
function attribute(raw: unknown): Argument<never> {
  if (!isRecord(raw)) return null
  const { b, i, f, s, type, list } = raw
  if (typeof b === 'boolean') return b
  if (typeof f === 'number') return f
  if (i !== undefined) return Number(i)
  if (typeof s === 'string') return decoded(s)
  if (typeof type === 'string') return TYPES[type] ?? type
  return isRecord(list) && Array.isArray(list['i']) ? list['i'].map(Number) : null
}

/** Text in base64; as it is where it is none. */
function decoded(text: string): string {
  try {
    return atob(text)
  } catch {
    return text
  }
}

function refuse(layer: string, rule: string, got: unknown): FileError {
  return new FileError('unsupported', `[${layer}] ${rule}, got ${(JSON.stringify(got) ?? 'nothing').slice(0, 200)}`)
}

/** A definition as a record, be it as text. */
function recordOf(layer: string, raw: unknown): Readonly<Record<string, unknown>> {
  let value = raw
  try {
    if (typeof raw === 'string') value = JSON.parse(raw)
  } catch {
    // refused below
  }
  if (isRecord(value) && typeof value['op'] === 'string') return value
  throw refuse(layer, "a node of TensorFlow's must have its op, as JSON", raw)
}

/**
 * A node as an operation.
 * @param raw the node's definition: a record, or its JSON
 * @param tensors the inputs that are no constants, in order
 * @param constants those that are, by their places among all
 * @throws FileError `unsupported` for ops that are not known; ArgumentError as `fromTensorFlow`
 */
export function fromNodeDef<T>(layer: string, raw: unknown, tensors: readonly Argument<T>[], constants: Arguments<T>): Translated<T> {
  const { op, attr } = recordOf(layer, raw) as { op: string; attr: unknown }
  const count = tensors.length + Object.keys(constants).length
  const rest = [...tensors]
  const inputs = Array.from({ length: count }, (_, i) => (Object.hasOwn(constants, String(i)) ? constants[String(i)]! : rest.shift()!))
  if (rest.length || inputs.includes(undefined as never))
    throw refuse(layer, "a node's constants must be among its inputs", Object.keys(constants))
  const attrs = Object.fromEntries(Object.entries(isRecord(attr) ? attr : {}).map(([name, value]) => [name, attribute(value)]))
  if (Object.hasOwn(OTHERS, op)) {
    const [name, kwargs] = OTHERS[op]!(inputs, attrs)
    return fromTensorFlow(layer, name, [], kwargs)
  }
  const line = Object.hasOwn(NODES, op) ? NODES[op]! : undefined
  if (line === undefined) {
    const known = [...Object.keys(NODES), ...Object.keys(OTHERS)].sort().join(', ')
    const hint = `put a layer in its place: replaceLayers: { ${JSON.stringify(layer)}: layer }`
    throw new FileError('unsupported', `[${layer}] an op of TensorFlow must be one of ${known} (${hint}), got ${op}`)
  }
  const [name, ...own] = line.split(' ')
  const kwargs = own.flatMap((p): [string, Argument<never>][] => {
    const [to, from = to] = p.split('=') as [string, string?]
    return attrs[from] === undefined ? [] : [[to, attrs[from]]]
  })
  return fromTensorFlow(layer, name!, inputs, Object.fromEntries(kwargs))
}
