/**
 * The four cases of transfer learning as one call: how much of a pre-trained network is kept, and what of it trains, follows from how many
 * pictures there are and how much they are like those that it was trained on.
 */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Activation } from '../layers/activations.ts'
import * as layers from '../layers/functions.ts'
import { glorotUniform } from '../layers/initializers.ts'
import { Layer, type SymbolicTensor } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import type { DataFormat } from '../layers/space.ts'
import { topology } from '../layers/topology.ts'
import { unrolled } from '../layers/unrolled.ts'
import type { PreprocessMode } from '../preprocess_modes.ts'
import { checkNames, checkOptions } from '../options.ts'
import { Model } from '../training/model.ts'
import { channelsFirstBehind, checkInFront, sizeOfPicture } from '../training/picture_axes.ts'
import { earlyFeatures, outputNamed, withoutClassifier } from './transfer_cut.ts'
import { adviceOf, CASES, Transfer, type TransferCase } from './transfer_report.ts'

/** Hidden layers between the features and the new classifier. See {@link transfer}. */
export interface HeadOptions {
  /** Of a dense layer, or of several. Default none. */
  units?: number | readonly number[]
  /** Of the dense layers. Default `relu`. */
  activation?: Activation
  /** Of a dropout before the classifier, and behind each dense layer before it. Default 0: none. */
  dropout?: number
}

/** Options of {@link transfer}: how much data there is, and how like the network's own it is. */
export interface TransferOptions {
  /** `small`: too few samples to train a whole network without overfitting. */
  dataSize: 'small' | 'large'
  /** Whether the samples are like those that the network was trained on. */
  similarity: 'similar' | 'different'
  /** Units of the new classifier, at least 2. */
  classes: number
  /** The last layer that is kept, be it in a network in the network. Default: the case's. */
  cut?: string
  /** What turns a feature map into features: `avg` (default), `max`, or `flatten`, all its values. Not for features that are no map. */
  pooling?: 'avg' | 'max' | 'flatten'
  /** What is between the features and the new classifier; or the layers themselves, in order. Default: nothing. */
  head?: HeadOptions | readonly Layer[]
  /**
   * Shape of the pictures, [height,width,channels] (or [channels,height,width], as the network's), where they are to be resized to what the network takes.
   * Default: the network's own.
   */
  inputShape?: readonly [number, number, number]
  /** Layers in front that change pictures while the model trains, in order; they see the pictures as they come, in the network's order. Default none. */
  augmentation?: readonly Layer[]
  /** What the network wants its pixels to be, made of 0..255. Default: as they come. */
  preprocess?: PreprocessMode
  /** Case 4 only: weights to begin with. Default `random`. */
  initialize?: 'random' | 'pretrained'
  /**
   * Batch normalisation uses the statistics of each batch and moves its own, as in a network that is trained from scratch. Default: in case 4.
   * Else kept layers run as they predict (`training: false`), as Keras's guide to fine-tuning has it. Not for frozen layers.
   */
  trainStatistics?: boolean
  /** For new and random weights. Default 0. */
  seed?: number
  /** Of the model. Default `transfer`. */
  name?: string
}

const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  dataSize: ['small', 'large'],
  similarity: ['similar', 'different'],
  pooling: ['avg', 'max', 'flatten'],
  initialize: ['random', 'pretrained'],
}

const OPTIONS = {
  dataSize: 'any',
  similarity: 'any',
  classes: 'positive whole number',
  cut: 'any',
  pooling: 'any',
  head: 'any',
  inputShape: 'any',
  augmentation: 'any',
  preprocess: 'any',
  initialize: 'any',
  trainStatistics: 'boolean',
  seed: 'any',
  name: 'any',
} as const

/** @throws ArgumentError */
function checked(options: TransferOptions): TransferCase {
  checkOptions('transfer', options, OPTIONS)
  const given = options as unknown as Readonly<Record<string, unknown>>
  for (const [key, values] of Object.entries(ONE_OF)) {
    const value = given[key]
    const needed = key === 'dataSize' || key === 'similarity'
    if ((value === undefined && !needed) || values.includes(value as string)) continue
    throw new ArgumentError('transfer', `${key} must be ${values.join(' or ')}, got ${described(value)}`)
  }
  if (!(options.classes >= 2)) throw new ArgumentError('transfer', `classes must be at least 2, got ${described(options.classes)}`)
  if (options.seed !== undefined && !Number.isInteger(options.seed))
    throw new ArgumentError('transfer', `seed must be a whole number, got ${described(options.seed)}`)
  const kind = CASES.find((c) => c.dataSize === options.dataSize && c.similarity === options.similarity)!
  if (options.initialize && kind.number !== 4)
    throw new ArgumentError('transfer', `initialize is for a large data set that is different, case 4, got it in case ${kind.number}`)
  if (options.trainStatistics && kind.frozen)
    throw new ArgumentError('transfer', `trainStatistics is for layers that train, got it in case ${kind.number}, which freezes them`)
  return kind
}

/** Hidden layers of the head, not applied yet. @throws ArgumentError */
function headLayers(head: TransferOptions['head'], seed: number): readonly Layer[] {
  if (head === undefined) return []
  if (Array.isArray(head)) return checkedLayers('head', head)
  if (!isRecord(head)) throw new ArgumentError('transfer', `head must be an object or an array of layers, got ${described(head)}`)
  checkNames('transfer head', head, ['units', 'activation', 'dropout'])
  const { units = [], activation = 'relu', dropout = 0 } = head as HeadOptions
  const kernelInitializer = glorotUniform(seed)
  const drop = () => (dropout ? [layers.dropout({ rate: dropout })] : [])
  return [...[units].flat().flatMap((n) => [...drop(), layers.dense({ units: n, activation, kernelInitializer })]), ...drop()]
}

/** @throws ArgumentError */
function checkedLayers(what: string, given: readonly unknown[]): readonly Layer[] {
  const stray = given.find((l) => !(l instanceof Layer))
  if (stray !== undefined) throw new ArgumentError('transfer', `${what} must be layers, got ${described(stray)}`)
  return given as readonly Layer[]
}

const applied = (x: SymbolicTensor, list: readonly Layer[]): SymbolicTensor => list.reduce((y, layer) => layer.apply(y), x)

/** Pixels for a network whose channels may come first. */
function preprocessed(x: SymbolicTensor, mode: PreprocessMode, first: boolean): SymbolicTensor {
  const layer = layers.preprocess({ mode })
  if (!first) return layer.apply(x)
  return layers.permute({ dims: [3, 1, 2] }).apply(layer.apply(layers.permute({ dims: [2, 3, 1] }).apply(x)))
}

/** The model's own inputs, and what of them goes into the kept layers. @param first whether the channels come first */
function front(trunk: Model, first: boolean, { inputShape, augmentation = [], preprocess }: TransferOptions) {
  const alone = inputShape !== undefined || augmentation.length > 0 || preprocess !== undefined
  if (alone && trunk.inputs.length !== 1)
    throw new ArgumentError('transfer', `layers in front must be of a network with one input, got ${trunk.inputNames.join(', ')}`)
  const inputs = trunk.inputs.map(({ shape }) => layers.input({ shape: inputShape ?? shape.slice(1) }))
  if (!alone) return { inputs, xs: inputs }
  checkInFront(trunk, checkedLayers('augmentation', augmentation))
  let x = applied(inputs[0]!, augmentation)
  if (preprocess !== undefined) x = preprocessed(x, preprocess, first)
  const [rows, columns] = sizeOfPicture(x.shape, first)
  const [height = rows, width = columns] = sizeOfPicture(trunk.input.shape, first).map((d) => d ?? undefined)
  if (rows !== height || columns !== width) x = layers.resizing({ height, width, dataFormat: formatOf(first) }).apply(x)
  return { inputs, xs: [x] }
}

const formatOf = (first: boolean): DataFormat => (first ? 'channelsFirst' : 'channelsLast')

/** @param first whether the channels come first */
function pooled(x: SymbolicTensor, first: boolean, pooling: TransferOptions['pooling']): SymbolicTensor {
  const rank = x.shape.length
  if (rank === 2 && pooling)
    throw new ArgumentError('transfer', `pooling is for a feature map, got ${pooling} for features [N,${x.shape[1]}]`)
  if (rank === 2) return x
  const dataFormat = formatOf(first)
  if (pooling === 'flatten' || rank !== 4) return layers.flatten({ dataFormat }).apply(x)
  return (pooling === 'max' ? layers.globalMaxPooling2d({ dataFormat }) : layers.globalAveragePooling2d({ dataFormat })).apply(x)
}

/** The part of a network that is kept, as a model that shares its layers. */
function keptPart(network: Network, kind: TransferCase, cut: string | undefined): Model {
  const end = cut !== undefined ? outputNamed(network, cut) : kind.number === 2 ? earlyFeatures(network) : withoutClassifier(network)
  const { calls } = topology([end])
  const inputs = network.inputs.filter((t) => calls.includes(t.siblings))
  const { name, automaticNames } = network
  return new Model({ inputs: inputs.length === 1 ? inputs[0]! : inputs, outputs: end, name, automaticNames })
}

/**
 * Makes a classifier for new classes of a pre-trained network, as the four cases of transfer learning prescribe:
 *
 * 1. small, similar: the last fully connected layer goes, a new one comes, and it alone trains on the frozen rest.
 * 2. small, different: only layers near the beginning stay, frozen, since the later ones know the old pictures; a new classifier trains.
 * 3. large, similar: a new last layer, and the whole network is fine-tuned from its pre-trained weights.
 * 4. large, different: a new last layer, and the whole network is trained from random weights (`initialize: 'pretrained'`: from its own).
 *
 * The layers that are kept are those of the network, with their weights: they are frozen, thawed or given new weights in place, as Keras's
 * `base.trainable = False` does. The network may be any: with its top or without, from a file, with networks in it; of several outputs the first
 * counts.
 * @throws ArgumentError for options that do not fit, ShapeError for pictures that do not
 * @example
 * const done = transfer(model, { dataSize: 'small', similarity: 'similar', classes: 2, preprocess: 'unit' })
 * done.removed // ["predictions"]
 * await done.model.compile({ device, optimizer: adam({ learningRate: done.learningRate }), loss: 'sparseCategoricalCrossentropy' })
 * await done.model.fit({ x, y: y.map((label) => label % 2) }, { epochs: 2 })
 * done.model.dispose()
 */
export function transfer(network: Network, options: TransferOptions): Transfer {
  const kind = checked(options)
  const { classes, cut, pooling, head, seed = 0, name = 'transfer', initialize = 'random' } = options
  const trunk = keptPart(network, kind, cut)
  const random = kind.number === 4 && initialize === 'random'
  const ends = unrolled(trunk)
  const first = channelsFirstBehind(ends)
  const { inputs, xs } = front(trunk, first.has(trunk.inputs[0]!), options)
  const call = (options.trainStatistics ?? kind.number === 4) ? {} : ({ training: false } as const)
  const features = pooled(trunk.apply(xs, call), first.has(ends[0]!), pooling)
  const hidden = applied(features, headLayers(head, seed))
  const last = layers.dense({ units: classes, activation: 'softmax', kernelInitializer: glorotUniform(seed), name: 'predictions' })
  const model = new Model({ inputs: inputs.length === 1 ? inputs[0]! : inputs, outputs: last.apply(hidden), name })
  // When nothing can be refused any more: a network is changed whole or not at all.
  trunk.trainable = !kind.frozen
  if (random) trunk.reinitialize(seed)
  return new Transfer({ kind, network, trunk, model, random, advice: adviceOf(kind, random) })
}
