/** TensorFlow's functions as operations of Keras 3: what tf.keras 2.4 to 2.15 writes as TFOpLambda and SlicingOpLambda. */
import { ArgumentError, FileError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Argument, Arguments } from './values.ts'

const BINARY = 'x1=x x2=y'
const REDUCE = 'x=input_tensor axis keepdims'
const POOL = 'inputs=input pool_size=ksize strides padding data_format'
const RESIZE1 = 'images size align_corners half_pixel_centers'

/**
 * By the names without `tf.`: the operation, and the function's parameters in its order, each with the name that Keras has for it before a `=`
 * where that differs. What is not among Keras's is dealt with below.
 */
const FUNCTIONS: Readonly<Record<string, string>> = {
  'math.add': `Add ${BINARY}`,
  'math.subtract': `Subtract ${BINARY}`,
  'math.multiply': `Multiply ${BINARY}`,
  'math.truediv': `TrueDivide ${BINARY}`,
  'compat.v1.floor_div': `FloorDivide ${BINARY}`,
  'math.floormod': `Mod ${BINARY}`,
  'math.pow': `Power ${BINARY}`,
  'math.maximum': `Maximum ${BINARY}`,
  'math.minimum': `Minimum ${BINARY}`,
  'nn.bias_add': 'Add x1=value x2=bias data_format',
  clip_by_value: 'Clip x=t x_min=clip_value_min x_max=clip_value_max',
  'math.abs': 'Absolute x',
  'math.negative': 'Negative x',
  'math.square': 'Square x',
  'math.sqrt': 'Sqrt x',
  'math.rsqrt': 'Rsqrt x',
  'math.exp': 'Exp x',
  'math.expm1': 'Expm1 x',
  'math.log': 'Log x',
  'math.log1p': 'Log1p x',
  'math.sign': 'Sign x',
  'math.floor': 'Floor x',
  'math.ceil': 'Ceil x',
  'math.round': 'Round x',
  'math.reciprocal': 'Reciprocal x',
  'math.sigmoid': 'Sigmoid x',
  'math.log_sigmoid': 'LogSigmoid x',
  'math.tanh': 'Tanh x',
  'math.softplus': 'Softplus x=features',
  'math.l2_normalize': 'Normalize x axis epsilon',
  'nn.relu': 'Relu x=features',
  'nn.relu6': 'Relu6 x=features',
  'nn.leaky_relu': 'LeakyRelu x=features negative_slope=alpha',
  'nn.elu': 'Elu x=features',
  'nn.selu': 'Selu x=features',
  'nn.silu': 'Silu x=features beta',
  'nn.gelu': 'Gelu x=features approximate',
  'nn.softmax': 'Softmax x=logits axis',
  'nn.softsign': 'Softsign x=features',
  'math.reduce_mean': `Mean ${REDUCE}`,
  'math.reduce_sum': `Sum ${REDUCE}`,
  'math.reduce_max': `Max ${REDUCE}`,
  'math.reduce_min': `Min ${REDUCE}`,
  'math.reduce_std': `Std ${REDUCE}`,
  'math.reduce_variance': `Var ${REDUCE}`,
  'math.reduce_any': `Any ${REDUCE}`,
  'math.reduce_all': `All ${REDUCE}`,
  'math.argmax': 'Argmax x=input axis output_type',
  'math.argmin': 'Argmin x=input axis output_type',
  'math.top_k': 'TopK x=input k sorted index_type',
  sort: 'Sort x=values axis direction',
  argsort: 'Argsort x=values axis direction stable',
  'math.equal': `Equal ${BINARY}`,
  'math.not_equal': `NotEqual ${BINARY}`,
  'math.greater': `Greater ${BINARY}`,
  'math.greater_equal': `GreaterEqual ${BINARY}`,
  'math.less': `Less ${BINARY}`,
  'math.less_equal': `LessEqual ${BINARY}`,
  'math.logical_and': `LogicalAnd ${BINARY}`,
  'math.logical_or': `LogicalOr ${BINARY}`,
  'math.logical_not': 'LogicalNot x',
  where: 'Where condition x1=x x2=y',
  zeros_like: 'ZerosLike x=input dtype',
  ones_like: 'OnesLike x=input dtype',
  one_hot: 'OneHot x=indices num_classes=depth on_value off_value axis dtype',
  concat: 'Concatenate xs=values axis',
  stack: 'Stack x=values axis',
  unstack: 'Unstack x=value num axis',
  split: 'Split x=value indices_or_sections=num_or_size_splits axis num',
  reshape: 'Reshape x=tensor newshape=shape',
  transpose: 'Transpose x=a axes=perm conjugate',
  expand_dims: 'ExpandDims x=input axis',
  squeeze: 'Squeeze x=input axis',
  reverse: 'Flip x=tensor axis',
  pad: 'Pad x=tensor pad_width=paddings mode constant_values',
  repeat: 'Repeat x=input repeats axis',
  tile: 'Tile x=input repeats=multiples',
  slice: 'Slice inputs=input_ start_indices=begin shape=size',
  '__operators__.getitem': 'GetItem x=tensor key=slice_spec',
  cast: 'Cast x dtype',
  identity: 'Copy x=input',
  'nn.depth_to_space': 'DepthToSpace x=input block_size data_format',
  'nn.space_to_depth': 'SpaceToDepth x=input block_size data_format',
  'nn.max_pool2d': `MaxPool ${POOL}`,
  'nn.avg_pool2d': `AveragePool ${POOL}`,
  'image.resize': 'Resize images size interpolation=method preserve_aspect_ratio antialias',
  'compat.v1.image.resize_bilinear': `Resize ${RESIZE1}`,
  'compat.v1.image.resize_nearest_neighbor': `Resize ${RESIZE1}`,
  'image.rgb_to_grayscale': 'RGBToGrayscale images',
  'image.flip_left_right': 'Flip x=image',
  'image.flip_up_down': 'Flip x=image',
}

/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  '__operators__.add': 'math.add',
  'math.scalar_mul': 'math.multiply',
  'nn.sigmoid': 'math.sigmoid',
  'nn.tanh': 'math.tanh',
  'nn.softplus': 'math.softplus',
  'nn.swish': 'nn.silu',
  'nn.l2_normalize': 'math.l2_normalize',
  'linalg.l2_normalize': 'math.l2_normalize',
  'nn.max_pool': 'nn.max_pool2d',
  'nn.avg_pool': 'nn.avg_pool2d',
  'compat.v1.transpose': 'transpose',
  'compat.v1.pad': 'pad',
  'compat.v1.squeeze': 'squeeze',
  'math.divide': 'math.truediv',
  'math.floordiv': 'compat.v1.floor_div',
}

/** Whether a function is known, by any of its names. */
export const isKnownFunction = (name: string): boolean => Object.hasOwn(ALIASES, name) || Object.hasOwn(FUNCTIONS, name)

/** Which functions are known, without their other names. */
export const knownFunctions: readonly string[] = Object.keys(FUNCTIONS).sort()

type Named<T> = Record<string, Argument<T>>

/** Names of TensorFlow in Keras's. */
function plain<T>(value: Argument<T>): Argument<T> {
  if (typeof value !== 'string') return value
  const text = value.toLowerCase()
  return text === 'nhwc' ? 'channels_last' : text === 'nchw' ? 'channels_first' : text
}

/** Height and width of a window, of which there may be four numbers. */
const middle = <T>(value: Argument<T> | undefined): Argument<T> =>
  Array.isArray(value) && value.length === 4 ? (value.slice(1, 3) as Argument<T>[]) : (value ?? null)

/** By the centres of pixels, as Keras does, or by the corners of the picture, where it is said; else by the corners of pixels. */
const resize1 = <T>(interpolation: string, { half_pixel_centers: centres, align_corners: corners, ...a }: Named<T>): Named<T> => ({
  ...a,
  interpolation: centres === true ? interpolation : `${interpolation}${corners === true ? 'Corners' : 'Legacy'}`,
})

/** What the functions have that Keras's operations do not. */
const REWRITES: Readonly<Record<string, <T>(a: Named<T>) => Named<T>>> = {
  'nn.gelu': (a) => ({ approximate: false, ...a }),
  'math.l2_normalize': (a) => ({ ...a, epsilon: Math.sqrt(typeof a['epsilon'] === 'number' ? a['epsilon'] : 1e-12) }),
  'nn.bias_add': ({ data_format: format = 'channels_last', ...a }) => (format === 'channels_last' ? a : { ...a, data_format: format }),
  split({ indices_or_sections: how, num: _, ...a }) {
    const sizes = Array.isArray(how) ? (how as readonly number[]) : undefined
    const before = sizes?.slice(0, -1).map((_, i) => sizes.slice(0, i + 1).reduce((n, d) => n + d, 0))
    return { ...a, indices_or_sections: before ?? how ?? null }
  },
  // TensorFlow has its default of a constant in every mode, Keras none where there is none.
  pad: ({ constant_values: value = null, ...a }) => ((a['mode'] ?? 'constant') === 'constant' ? { ...a, constant_values: value } : a),
  'math.top_k': (a) => ({ k: 1, ...a }),
  'image.flip_left_right': (a) => ({ ...a, axis: 2 }),
  'image.flip_up_down': (a) => ({ ...a, axis: 1 }),
  'nn.max_pool2d': (a) => ({ ...a, pool_size: middle(a['pool_size']), strides: middle(a['strides']) }),
  'nn.avg_pool2d': (a) => ({ ...a, pool_size: middle(a['pool_size']), strides: middle(a['strides']) }),
  'compat.v1.image.resize_bilinear': (a) => resize1('bilinear', a),
  'compat.v1.image.resize_nearest_neighbor': (a) => resize1('nearest', a),
}

/** Parameters that Keras's operations do not have, and the values that change nothing. */
const WITHOUT: Readonly<Record<string, readonly unknown[]>> = {
  ...{ preserve_aspect_ratio: [false], conjugate: [false], beta: [1], on_value: [1], off_value: [0], direction: ['ascending'] },
  ...{ stable: [true, false], output_type: ['int32', 'int64'], index_type: ['int32', 'int64'] },
}

/** An operation of Keras 3 and its arguments by name. */
export interface Translated<T> {
  readonly op: string
  readonly kwargs: Arguments<T>
  /** Whether it is a function of TensorFlow. */
  readonly tensorflow: boolean
}

/**
 * A call of a function of TensorFlow as an operation.
 * @param name without `tf.`
 * @param args in the function's order, before `kwargs`
 * @throws FileError `unsupported` listing what is known, for a function that is not; ArgumentError for arguments that it does not have
 */
export function fromTensorFlow<T>(layer: string, name: string, args: readonly Argument<T>[], kwargs: Arguments<T>): Translated<T> {
  const own = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name
  const line = Object.hasOwn(FUNCTIONS, own) ? FUNCTIONS[own]! : undefined
  if (line === undefined) {
    const hint = `put a layer in its place: replaceLayers: { ${JSON.stringify(layer)}: layer }`
    throw new FileError('unsupported', `[${layer}] a function must be one of ${knownFunctions.join(', ')} (${hint}), got ${name}`)
  }
  const [op, ...parameters] = line.split(' ')
  const keras = new Map(parameters.map((p) => [p.split('=').at(-1)!, p.split('=')[0]!]))
  const given = { ...Object.fromEntries(args.map((value, i) => [[...keras.keys()][i] ?? String(i), value])), ...kwargs }
  const named: Named<T> = {}
  for (const [key, value] of Object.entries<Argument<T>>(given)) {
    if (value === null || key === 'name') continue
    const to = keras.get(key)
    if (to === undefined) throw new ArgumentError(layer, `${name}: arguments must be ${[...keras.keys()].join(', ')}, got ${key}`)
    named[to] = plain(value)
  }
  const all = Object.entries<Argument<T>>((REWRITES[own] ?? ((a) => a))(named))
  const wrong = all.find(([key, value]) => value !== null && WITHOUT[key]?.includes(value) === false)
  if (wrong) throw new ArgumentError(layer, `${name}: ${wrong[0]} must be ${WITHOUT[wrong[0]]!.join(' or ')}, got ${described(wrong[1])}`)
  return { op: op!, kwargs: Object.fromEntries(all.filter(([key]) => !(key in WITHOUT))), tensorflow: true }
}
