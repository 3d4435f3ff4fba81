/**
 * Functions by their dotted names, as operations of Keras 3: those of Keras's backend (`K.mean`), of TensorFlow (`tf.reduce_mean`, those of
 * TensorFlow 1 too), and of `keras.ops`. Whatever a module is imported as, only these names are known.
 */
import { isKnownFunction } from '../../layers/operations/tensorflow.ts'

/** The first parts of names, and what stands for them in this file. */
const MODULES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(?:(?:tensorflow|tf)\.(?:python\.)?keras|keras|tf_keras)\.(?:src\.|legacy\.)*backend(?:\.tensorflow_backend)?\b/, 'K'],
  [/^(?:backend|KTF|ktf|Kb)\b/, 'K'],
  [/^(?:(?:tensorflow|tf)\.keras|keras|tf_keras)\.ops\b|^keras\.src\.ops(?:\.(?:numpy|nn|core|math|image))?\b/, 'ops'],
  [/^tensorflow\b/, 'tf'],
  [/^numpy\b/, 'np'],
]

/** A dotted name with its module as this file calls it. */
export function canonicalName(path: string): string {
  const found = MODULES.find(([pattern]) => pattern.test(path))
  const plain = found ? path.replace(found[0], found[1]) : path
  return plain.replace(/^K\.tf\b/, 'tf') // the backend of TensorFlow imports it
}

const REDUCE = 'x axis keepdims'

/**
 * Of Keras's backend: the operation, and the function's parameters in its order, each with the name that the operation has for it before a `=`
 * where that differs.
 */
export const BACKEND: Readonly<Record<string, string>> = {
  mean: `Mean ${REDUCE}`,
  sum: `Sum ${REDUCE}`,
  max: `Max ${REDUCE}`,
  min: `Min ${REDUCE}`,
  std: `Std ${REDUCE}`,
  var: `Var ${REDUCE}`,
  abs: 'Absolute x',
  square: 'Square x',
  exp: 'Exp x',
  log: 'Log x',
  round: 'Round x',
  sign: 'Sign x',
  pow: 'Power x1=x x2=a',
  maximum: 'Maximum x1=x x2=y',
  minimum: 'Minimum x1=x x2=y',
  clip: 'Clip x x_min=min_value x_max=max_value',
  relu: 'Relu x',
  elu: 'Elu x alpha',
  softplus: 'Softplus x',
  softsign: 'Softsign x',
  sigmoid: 'Sigmoid x',
  tanh: 'Tanh x',
  softmax: 'Softmax x axis',
  l2_normalize: 'Normalize x axis',
  reshape: 'Reshape x newshape=shape',
  permute_dimensions: 'Transpose x axes=pattern',
  expand_dims: 'ExpandDims x axis',
  squeeze: 'Squeeze x axis',
  concatenate: 'Concatenate xs=tensors axis',
  stack: 'Stack x axis',
  reverse: 'Flip x axis=axes',
  repeat_elements: 'Repeat x repeats=rep axis',
  tile: 'Tile x repeats=n',
  cast: 'Cast x dtype',
  identity: 'Copy x',
}

/** Values of parameters that the backend does not name as the operation does. */
export const BACKEND_VALUES: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  concatenate: { axis: -1 },
  expand_dims: { axis: -1 },
  l2_normalize: { epsilon: 1e-6 },
  softmax: { axis: -1 },
}

/** What Keras 1 and TensorFlow 1 call parameters. */
export const OLD_PARAMETERS: Readonly<Record<string, string>> = {
  keep_dims: 'keepdims',
  reduction_indices: 'axis',
  squeeze_dims: 'axis',
  concat_dim: 'axis',
  dim: 'axis',
}

/** What TensorFlow 1 and older call functions, without `tf.`. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  div: 'math.truediv',
  realdiv: 'math.truediv',
  mul: 'math.multiply',
  sub: 'math.subtract',
  neg: 'math.negative',
  pack: 'stack',
  unpack: 'unstack',
  depth_to_space: 'nn.depth_to_space',
  space_to_depth: 'nn.space_to_depth',
  'image.resize_bilinear': 'compat.v1.image.resize_bilinear',
  'image.resize_nearest_neighbor': 'compat.v1.image.resize_nearest_neighbor',
}

/** A function of TensorFlow by the name that the table of its functions has. @param name without `tf.` */
export function tensorflowName(name: string): string | undefined {
  const plain = name.replace(/^compat\.v[12]\./, '')
  const old = Object.hasOwn(OLD_NAMES, plain) ? OLD_NAMES[plain]! : plain
  return [name, old, `math.${plain}`].find(isKnownFunction)
}

/** `tf.image.ResizeMethod.NEAREST_NEIGHBOR` -> `nearest`: how something is resized, by its name. @param path of this file's modules */
export function resizeMethod(path: string): string | undefined {
  const method = /^tf\.(?:compat\.v1\.)?image\.ResizeMethod\.(\w+)$/.exec(path)?.[1]
  return method?.toLowerCase().replace('nearest_neighbor', 'nearest')
}

/** `image.rgb_to_grayscale` -> `RGBToGrayscale`: the operation that a function of keras.ops makes. @param name without `ops.` */
export function operationName(name: string): string {
  const last = name.split('.').at(-1)!
  const camel = last.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
  return camel === 'RgbToGrayscale' ? 'RGBToGrayscale' : camel === 'Abs' ? 'Absolute' : camel
}
