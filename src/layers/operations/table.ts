/**
 * The operations that are known, by the class names of Keras 3, and what each is in a graph. A line has the module that Keras has the class in,
 * the arguments of its call, behind a bar those of its constructor, and what it appends.
 */
import type { Node } from '../../graph/graph.ts'
import { avgPool } from '../../kernels/avg_pool.ts'
import { maxPool } from '../../kernels/max_pool.ts'
import type { Padding } from '../../shape.ts'
import { activate, reluWith } from '../activations.ts'
import { alongLast } from '../axes.ts'
import { kinds } from '../kinds.ts'
import { checkResize, INTERPOLATIONS, resize as resizePicture, type Interpolation } from '../resize.ts'
import { Space } from '../space.ts'
import {
  activated,
  clip,
  floorDivide,
  functionOf,
  gelu,
  logSoftmax,
  mapped,
  matmul,
  merged,
  merging,
  mod,
  normalize,
  ofOne,
  power,
  reciprocal,
  reducing,
  scaled,
  variance,
} from './arithmetic.ts'
import * as choosing from './choosing.ts'
import * as moving from './moving.ts'
import { pad } from './padding.ts'
import type { Given } from './values.ts'

export interface Operation {
  /** Of Keras, behind `keras.src.`. */
  readonly module: string
  /** Parameters of a call, in order. */
  readonly call: readonly string[]
  /** Parameters of the constructor, in order. */
  readonly options: readonly string[]
  readonly emit: (g: Given) => Node | readonly Node[]
}

type Emit = Operation['emit']

/** @param parameters those of the call, and behind a bar those of the constructor */
const define =
  (module: string) =>
  (parameters: string, emit: Emit): Operation => {
    const [call, options] = parameters.split('|').map((names) => names.trim().split(' ').filter(Boolean))
    return { module, call: call!, options: options ?? [], emit }
  }

const numpy = define('ops.numpy')
const nn = define('ops.nn')
const math = define('ops.math')
const core = define('ops.core')
const image = define('ops.image')
/** What `keras.activations` makes of a tensor where it is no operation of `keras.ops`. */
const activations = define('activations.activations')

const unary = (kind: Parameters<typeof mapped>[1]): Emit => ofOne((g, x) => mapped(g, kind, x))

/** The logarithm by another base. */
const logBy = (base: number): Emit => ofOne((g, x) => scaled(g, mapped(g, 'log', x), 1 / Math.log(base)))

function round(g: Given): Node {
  g.only('decimals', 0)
  return mapped(g, 'round', g.tensor('x'))
}

function softmax(g: Given): Node {
  const x = g.tensor('x')
  return alongLast(g.graph, [x], g.axis('axis', x.shape.length, -1), ([y]) => activate(g.graph, y!, 'softmax'))
}

/** A half times the sigmoid of the other. */
function glu(g: Given): Node {
  const x = g.tensor('x')
  const axis = g.axis('axis', x.shape.length, -1)
  const length = x.shape[axis]!
  if (length % 2) throw g.refuse('the axis must have two halves', x)
  const [half, gate] = moving.parts(g, x, axis, [length / 2, length])
  return merged(g, 'multiply', half!, activated(g, gate!, 'sigmoid'))
}

/** An activation whose number is that of Keras alone. */
const only = (name: string, value: number, f: Parameters<typeof functionOf>[0]): Emit => {
  const emit = functionOf(f)
  return (g) => {
    g.only(name, value)
    return emit(g)
  }
}

/** Exponential below 0, where it comes near -alpha: the slope is 1 at 0 whatever alpha is. */
function celu(g: Given): Node {
  const [x, alpha] = [g.tensor('x'), g.number('alpha', 1)]
  const bent = (v: Node): Node => activated(g, v, { kind: 'elu', alpha: 1, scale: 1 })
  return alpha === 1 ? bent(x) : scaled(g, bent(scaled(g, x, 1 / alpha)), alpha)
}

function relu(g: Given): Node {
  const most = g.value('max_value') === undefined ? Infinity : g.number('max_value')
  return activated(g, g.tensor('x'), reluWith(g.number('negative_slope', 0), most, g.number('threshold', 0)))
}

function pool(g: Given, op: typeof maxPool): Node {
  g.only('data_format', 'channels_last')
  g.only('padding', 'valid', 'same')
  const pair = (name: string): [number, number] => {
    const [rows, columns = rows] = g.integers(name)
    return [rows!, columns!]
  }
  const poolSize = pair('pool_size')
  const strides = g.value('strides') === undefined ? poolSize : pair('strides')
  return g.graph.add(op, [g.tensor('inputs')], { poolSize, strides, padding: (g.value('padding') ?? 'valid') as Padding })
}

function resize(g: Given): Node {
  g.only('data_format', 'channels_last', 'channels_first')
  g.only('fill_mode', 'constant')
  g.only('interpolation', ...INTERPOLATIONS, 'nearestLegacy')
  const [height, width, ...more] = g.integers('size')
  if (width === undefined || more.length) throw g.refuse('size must be height and width', g.value('size'))
  const interpolation = g.value('interpolation') ?? 'bilinear'
  const space = new Space(g.c.name, 2, { dataFormat: g.value('data_format') === 'channels_first' ? 'channelsFirst' : 'channelsLast' })
  const how = {
    ...{ height: height!, width, interpolation: (interpolation === 'nearestLegacy' ? 'nearest' : interpolation) as Interpolation },
    ...{ antialias: g.flag('antialias', false), fillValue: g.number('fill_value', 0) },
    ...{ cropToAspectRatio: g.flag('crop_to_aspect_ratio', false), padToAspectRatio: g.flag('pad_to_aspect_ratio', false) },
  }
  checkResize(g.c.name, how)
  return space.on(g.graph, g.tensor('images'), (x) => {
    // Without half pixels the nearest is another, unless sizes are multiples.
    if (interpolation === 'nearestLegacy' && (height! % x.shape[1]! || width % x.shape[2]!))
      throw g.refuse('size must be a multiple of that of x where centres of pixels are not aligned', x)
    return resizePicture(g.graph, g.c.constants, x, how)
  })
}

function cast(g: Given): Node {
  g.only('dtype', 'float32', 'float16', 'bfloat16', 'float64', 'float')
  const x = g.tensor('x')
  return kinds.has(x) ? scaled(g, x, 1) : x // which is a fraction then
}

function greyscale(g: Given): Node {
  g.only('data_format', 'channels_last')
  const x = g.tensor('images')
  if (x.shape.at(-1) === 1) return x
  const weights = { shape: [3], data: [0.2989, 0.587, 0.114] }
  if (x.shape.at(-1) !== 3) throw g.refuse('images must have one channel or three', x)
  const weighted = merged(g, 'multiply', x, weights)
  const [r, green, b] = moving.parts(g, weighted, x.shape.length - 1, [1, 2, 3])
  return merged(g, 'add', merged(g, 'add', r!, green!), b!)
}

const TABLE = {
  Add: numpy('x1 x2', merging('add')),
  Subtract: numpy('x1 x2', merging('subtract')),
  Multiply: numpy('x1 x2', merging('multiply')),
  Divide: numpy('x1 x2', merging('divide')),
  TrueDivide: numpy('x1 x2', merging('divide')),
  FloorDivide: numpy('x1 x2', floorDivide),
  Mod: numpy('x1 x2', mod),
  Maximum: numpy('x1 x2', merging('maximum')),
  Minimum: numpy('x1 x2', merging('minimum')),
  Power: numpy('x1 x2', power),
  Absolute: numpy('x', unary('abs')),
  Ceil: numpy('x', unary('ceil')),
  Clip: numpy('x | x_min x_max', clip),
  Copy: numpy(
    'x',
    ofOne((_, x) => x),
  ),
  Exp: numpy('x', functionOf('exponential')),
  Exp2: numpy(
    'x',
    ofOne((g, x) => activated(g, scaled(g, x, Math.LN2), 'exponential')),
  ),
  Expm1: numpy(
    'x',
    ofOne((g, x) => scaled(g, activated(g, x, 'exponential'), 1, -1)),
  ),
  Floor: numpy('x', unary('floor')),
  Log: numpy('x', unary('log')),
  Log10: numpy('x', logBy(10)),
  Log1p: numpy(
    'x',
    ofOne((g, x) => mapped(g, 'log', scaled(g, x, 1, 1))),
  ),
  Log2: numpy('x', logBy(2)),
  Negative: numpy(
    'x',
    ofOne((g, x) => scaled(g, x, -1)),
  ),
  Reciprocal: numpy('x', ofOne(reciprocal)),
  Round: numpy('x | decimals', round),
  Rsqrt: math('x', unary('rsqrt')),
  Sign: numpy('x', unary('sign')),
  Sqrt: numpy('x', unary('sqrt')),
  Square: numpy(
    'x',
    ofOne((g, x) => merged(g, 'multiply', x, x)),
  ),
  Tanh: numpy('x', functionOf('tanh')),
  Amax: numpy('x | axis keepdims', reducing('max')),
  Amin: numpy('x | axis keepdims', reducing('min')),
  Matmul: numpy('x1 x2', matmul),
  All: numpy('x | axis keepdims', choosing.quantified('min')),
  Any: numpy('x | axis keepdims', choosing.quantified('max')),
  Argmax: numpy('x | axis keepdims', choosing.place('largest')),
  Argmin: numpy('x | axis keepdims', choosing.place('smallest')),
  Argsort: numpy('x | axis', choosing.sorted('places')),
  Equal: numpy('x1 x2', choosing.comparing('equal')),
  Greater: numpy('x1 x2', choosing.comparing('less', { turned: true })),
  GreaterEqual: numpy('x1 x2', choosing.comparing('greaterEqual')),
  Less: numpy('x1 x2', choosing.comparing('less')),
  LessEqual: numpy('x1 x2', choosing.comparing('greaterEqual', { turned: true })),
  LogicalAnd: numpy('x1 x2', choosing.logical('minimum')),
  LogicalNot: numpy('x', choosing.logicalNot),
  LogicalOr: numpy('x1 x2', choosing.logical('maximum')),
  NotEqual: numpy('x1 x2', choosing.comparing('equal', { negated: true })),
  OnesLike: numpy('x | dtype', choosing.filled(1)),
  Sort: numpy('x | axis', choosing.sorted('values')),
  TopK: math('x | k sorted', choosing.topK),
  Where: numpy('condition x1 x2', choosing.where),
  ZerosLike: numpy('x | dtype', choosing.filled(0)),
  Max: numpy('x | axis keepdims initial', reducing('max')),
  Mean: numpy('x | axis keepdims', reducing('mean')),
  Min: numpy('x | axis keepdims initial', reducing('min')),
  Std: numpy('x | axis keepdims', (g) => mapped(g, 'sqrt', variance(g))),
  Sum: numpy('x | axis keepdims', reducing('sum')),
  Var: numpy('x | axis keepdims', variance),
  Concatenate: numpy('xs | axis', moving.concatenate),
  ExpandDims: numpy('x | axis', moving.expandDims),
  Flip: numpy('x | axis', moving.flip),
  GetItem: numpy('x key', moving.getItem),
  Moveaxis: numpy('x | source destination', moving.moveAxis),
  Pad: numpy('x constant_values | pad_width mode', pad),
  Repeat: numpy('x | repeats axis', moving.repeat),
  Reshape: numpy('x | newshape', moving.reshape),
  Slice: core('inputs start_indices | shape', moving.slice),
  Split: numpy('x | indices_or_sections axis', moving.split),
  Squeeze: numpy('x | axis', moving.squeeze),
  Stack: numpy('x | axis', moving.stack),
  Swapaxes: numpy('x | axis1 axis2', moving.swapAxes),
  Tile: numpy('x | repeats', moving.tile),
  Transpose: numpy('x | axes', moving.transpose),
  Unstack: core('x | num axis', moving.unstack),
  AveragePool: nn('inputs | pool_size strides padding data_format', (g) => pool(g, avgPool)),
  DepthToSpace: nn('x | block_size data_format', moving.blocks('space')),
  Celu: nn('x | alpha', celu),
  Elu: nn('x | alpha', (g) => activated(g, g.tensor('x'), { kind: 'elu', alpha: g.number('alpha', 1), scale: 1 })),
  Gelu: nn('x | approximate', gelu),
  Glu: nn('x | axis', glu),
  HardShrink: nn('x | threshold', only('threshold', 0.5, 'hardShrink')),
  HardSigmoid: nn(
    'x',
    ofOne((g, x) => activate(g.graph, x, 'hardSigmoid')),
  ),
  HardSilu: nn(
    'x',
    ofOne((g, x) => activate(g.graph, x, 'hardSilu')),
  ),
  HardTanh: nn('x', functionOf('hardTanh')),
  LeakyRelu: nn('x | negative_slope', (g) => activated(g, g.tensor('x'), reluWith(g.number('negative_slope', 0.2)))),
  LogSigmoid: nn(
    'x',
    ofOne((g, x) => scaled(g, activated(g, scaled(g, x, -1), 'softplus'), -1)),
  ),
  LogSoftmax: nn('x | axis', logSoftmax),
  MaxPool: nn('inputs | pool_size strides padding data_format', (g) => pool(g, maxPool)),
  OneHot: nn('x | num_classes axis dtype sparse', choosing.hot),
  Normalize: nn('x | axis order epsilon', normalize),
  ReLU: activations('x | negative_slope max_value threshold', relu),
  Relu: nn('x', functionOf('relu')),
  Relu6: nn('x', functionOf(reluWith(0, 6))),
  Selu: nn(
    'x',
    ofOne((g, x) => activate(g.graph, x, 'selu')),
  ),
  Sigmoid: nn('x', functionOf('sigmoid')),
  Silu: nn('x', functionOf('silu')),
  SoftShrink: nn('x | threshold', only('threshold', 0.5, 'softShrink')),
  Softmax: nn('x | axis', softmax),
  Sparsemax: nn('x | axis', choosing.sparsemax),
  Softplus: nn('x', functionOf('softplus')),
  Softsign: nn('x', functionOf('softsign')),
  SparsePlus: nn('x', functionOf('sparsePlus')),
  SparseSigmoid: nn(
    'x',
    ofOne((g, x) => activate(g.graph, x, 'sparseSigmoid')),
  ),
  Squareplus: nn('x | b', only('b', 4, 'squareplus')),
  TanhShrink: nn('x', functionOf('tanhShrink')),
  SpaceToDepth: nn('x | block_size data_format', moving.blocks('depth')),
  Cast: core('x | dtype', cast),
  RGBToGrayscale: image('images | data_format', greyscale),
  Resize: image('images | size interpolation antialias crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value data_format', resize),
} satisfies Readonly<Record<string, Operation>>

/** Class name of an operation that is known. */
export type OperationName = keyof typeof TABLE

/** Class names of the operations that are known. */
export const knownOperations: readonly string[] = Object.keys(TABLE).sort()

/** Undefined for one that is not known. */
export function operationNamed(name: string): Operation | undefined {
  return Object.hasOwn(TABLE, name) ? TABLE[name as OperationName] : undefined
}
