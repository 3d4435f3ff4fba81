/**
 * What is true or false, and whole numbers: which operations give them, and where Keras computes with them otherwise than with fractions, which is
 * refused. As keras 3.15 on JAX and TensorFlow, tf.keras 2.15 and TensorFlow 1.15 have it.
 */
import { ArgumentError } from '../../errors.ts'
import type { Node } from '../../graph/graph.ts'
import { kinds, type Kind } from '../kinds.ts'
import type { Layer } from '../layer.ts'
import { isNode, numbersIn, type Arguments, type Given } from './values.ts'

export type KindName = Kind['name']

const WHAT: Readonly<Record<KindName, string>> = { truth: 'what is true or false', whole: 'whole numbers' }

const rule = (kind: KindName) => `${WHAT[kind]} must be cast to float32 first (in Python: ops.cast(x, 'float32'), tf.cast)`

const kindOf = (x: Node): KindName | undefined => kinds.get(x)?.name

/** Notes what a node is, and gives it back. */
export function marked(x: Node, kind: KindName): Node {
  kinds.set(x, { name: kind, through })
  return x
}

/** Whether a node is true or false. */
export const isTruth = (x: Node): boolean => kindOf(x) === 'truth'

/** What all of some are: whole numbers where some are true or false; undefined where one has fractions. */
function common(all: readonly (KindName | undefined)[]): KindName | undefined {
  if (!all.length || all.includes(undefined)) return undefined
  return all.includes('whole') ? 'whole' : 'truth'
}

const MOVING =
  'Concatenate Copy DepthToSpace ExpandDims Flip GetItem Moveaxis Pad Repeat Reshape Slice SpaceToDepth Split Squeeze Stack Swapaxes Tile Transpose Unstack'

/** Operations that give truths where they get them. */
const KEEPING_TRUTH = `${MOVING} Absolute Amax Amin Max Maximum Min Minimum Multiply OnesLike Sort TopK Where ZerosLike`.split(' ')

/** And that give whole numbers of whole ones. */
const KEEPING_WHOLE = [
  ...KEEPING_TRUTH,
  ...'Add Clip FloorDivide HardTanh Matmul MaxPool Mod Negative Power ReLU Relu Relu6 Resize Round Sign Square Subtract Sum'.split(' '),
]

/** That give truths, whatever they get. */
const TRUTHS = 'All Any Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalNot LogicalOr NotEqual'.split(' ')

/** That give places. */
const PLACES = ['Argmax', 'Argmin', 'Argsort']

/** What Keras does with truths that it does not do with numbers: true and true is true. */
const UNLIKE_TRUTH = ['Add', 'FloorDivide', 'Matmul', 'Mod', 'Negative', 'RGBToGrayscale', 'Resize', 'Subtract']

/** What TensorFlow rounds towards 0. */
const ROUNDED = ['Mean', 'Std', 'Var']

/** The numbers of an argument that is no tensor; undefined for truths, which any tensor takes as its own, and where there are none. */
function numbersOf(values: Arguments, name: string): readonly number[] | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  return typeof value === 'boolean' || isNode(value) ? undefined : numbersIn(value)?.data
}

const areWhole = (numbers: readonly number[] = []): boolean => numbers.every((n) => Number.isInteger(n))

/** Of the tensors among arguments, but for a condition. */
const tensorKinds = ({ condition: _, ...values }: Arguments): readonly (KindName | undefined)[] =>
  Object.values(values).flat().filter(isNode).map(kindOf)

/** What an operation gets: of its tensors, and of numbers beside them. */
function kindIn(values: Arguments): KindName | undefined {
  const beside = ['x1', 'x2'].flatMap((name) => numbersOf(values, name) ?? [])
  return common([...tensorKinds(values), ...beside.map((n) => (Number.isInteger(n) ? ('whole' as const) : undefined))])
}

/** Options that Keras makes of the kind of what they go with. */
const OPTIONS = ['constant_values', 'max_value', 'threshold', 'negative_slope']

/** @throws ArgumentError where Keras, or TensorFlow, does something else with what an operation gets than with fractions */
export function checkKinds(g: Given, op: string, values: Arguments): void {
  const kind = common(tensorKinds(values))
  if (!kind) return
  const options = OPTIONS.flatMap((name) => (op === 'Clip' ? [] : (numbersOf(values, name) ?? [])))
  const isTrueOrFalse = kindIn(values) === 'truth'
  const { tensorflow = false } = g.c
  const otherwise =
    (isTrueOrFalse && (UNLIKE_TRUTH.includes(op) || (op === 'Pad' && options.some((n) => n !== 0 && n !== 1)))) ||
    op === 'RGBToGrayscale' ||
    (op === 'Resize' && !tensorflow && values['interpolation'] !== 'nearest') ||
    !areWhole(options) ||
    (op === 'Power' && kind === 'whole' && !(numbersOf(values, 'x2') ?? [-1]).every((n) => n >= 0)) ||
    (tensorflow && kind === 'whole' && (ROUNDED.includes(op) || !['x1', 'x2'].every((name) => areWhole(numbersOf(values, name)))))
  if (otherwise) throw g.refuse(rule(kind), 'such tensors')
}

/** Whether what an operation gives may be whole numbers, or truths, where what it gets is, or where it is not. */
export const mayGiveWhole = (op: string, gets: boolean): boolean =>
  [...TRUTHS, ...PLACES, 'TopK'].includes(op) || (gets && KEEPING_WHOLE.includes(op))

/** Notes what an operation gives. @param values what it gets */
export function markKinds({ c }: Given, op: string, values: Arguments, ys: readonly Node[]): void {
  const got = kindIn(values)
  // Keras 3 says 1 and 1. alike in a config, and makes fractions of most.
  const told = c.tensorflow || tensorKinds(values).length > 0
  const kept = got && told && (KEEPING_WHOLE.includes(op) ? (KEEPING_TRUTH.includes(op) ? got : 'whole') : undefined)
  const kind = TRUTHS.includes(op) ? 'truth' : PLACES.includes(op) ? 'whole' : kept
  ys.forEach((y, i) => {
    const own = op === 'TopK' && i === 1 ? 'whole' : kind
    if (own && !kinds.has(y)) marked(y, own)
  })
}

/** Whether a layer is of one of some classes, whatever dimensions it is for. */
const isOf = (layer: Layer, classes: string): boolean => classes.split(' ').includes(layer.className.replace(/[12]D$/, ''))

/** That give what they get, as it is or elsewhere. */
const LAYERS_MOVING =
  'ActivityRegularization AlphaDropout Concatenate Cropping Dropout Flatten GaussianDropout GaussianNoise GlobalMaxPooling Identity MaxPooling ' +
  'Maximum Minimum Multiply Permute RepeatVector Reshape SpatialDropout UpSampling ZeroPadding'

/** That make fractions of numbers of whatever kind. */
const LAYERS_CASTING =
  'Activation AveragePooling BatchNormalization CenterCrop Conv Dense DepthwiseConv ELU EinsumDense Embedding GlobalAveragePooling LeakyReLU ' +
  'MultiHeadAttention Normalization PReLU Rescaling SeparableConv Softmax'

/** Whether Keras, or tf.keras, rounds towards 0 what a layer gives of whole numbers, or what it is limited by. */
function isRounding(layer: Layer): boolean {
  const config = layer.getConfig()
  return (
    isOf(layer, 'GlobalAveragePooling') || ['max_value', 'threshold', 'negative_slope'].some((key) => !Number.isInteger(config[key] ?? 0))
  )
}

/** As Kind.through has it. */
function through(layer: Layer, xs: readonly Node[], ys: readonly Node[]): void {
  if (layer.marksKinds) return
  const all = xs.map(kindOf)
  const kind = common(all)
  const some = kind ?? all.find(Boolean)!
  const { interpolation = 'nearest', activation } = layer.getConfig()
  const adds = isOf(layer, 'Add Average Dot Subtract')
  const isRelu = isOf(layer, 'ReLU') || activation === 'relu' || activation === 'relu6'
  const keeps = isOf(layer, LAYERS_MOVING) || activation === 'linear'
  const otherwise =
    // The first two are added before the others come.
    (adds && all[0] === 'truth' && all[1] === 'truth') ||
    (kind === 'whole' && isRounding(layer)) ||
    interpolation !== 'nearest' ||
    !(adds || isRelu || keeps || isOf(layer, LAYERS_CASTING))
  if (otherwise) throw new ArgumentError(layer.name, `${layer.className}: ${rule(some)}, got such tensors`)
  const given = keeps ? kind : kind && (isRelu || (adds && !isOf(layer, 'Average'))) ? 'whole' : undefined
  if (given) ys.forEach((y) => kinds.has(y) || marked(y, given))
}
