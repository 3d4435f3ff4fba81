/** The lesson's network: a frozen InceptionV3 on enlarged pictures, and a new head. */
import { glorotUniform, inceptionV3, layers, Model, type Tensor } from '../../src/node.ts'
import { CLASSES, SIDE } from './cifar.ts'

export interface TrunkOptions {
  /** Height and width that pictures are enlarged to. */
  readonly size: number
  /** Layer to cut the trunk behind; undefined keeps all of it. */
  readonly cut: string | undefined
  /** How the trunk wants its pixels: `tf` is -1..1, as Keras trained it; `unit` is 0..1. */
  readonly pixels: 'tf' | 'unit'
}

export interface LessonTrunk {
  /** All of InceptionV3 without its top: what a weight file is for. */
  readonly trunk: Model
  /** Pictures [N,32,32,3] to pooled features [N,C]. */
  readonly features: Model
}

/** The frozen part, with random weights until a file is loaded. @throws ArgumentError for an unknown layer, ShapeError for a small size */
export async function lessonTrunk({ size, cut, pixels }: TrunkOptions): Promise<LessonTrunk> {
  const trunk = await inceptionV3({ includeTop: false, inputShape: [size, size, 3] })
  trunk.trainable = false

  const input = layers.input({ shape: [SIDE, SIDE, 3] })
  let x = layers.preprocess({ mode: pixels }).apply(input)
  x = layers.resizing({ height: size, width: size }).apply(x)
  x = (cut === undefined ? trunk : trunk.until(cut)).apply(x)
  x = layers.globalAveragePooling2d().apply(x)
  return { trunk, features: new Model({ inputs: input, outputs: x, name: 'features' }) }
}

/** What features look like: two numbers over all channels. */
export interface Spread {
  readonly mean: number
  /** Standard deviation. */
  readonly deviation: number
}

export function spreadOf({ data }: Tensor): Spread {
  let sum = 0
  let squares = 0
  for (const v of data) sum += v
  const mean = sum / data.length
  for (const v of data) squares += (v - mean) ** 2
  return { mean, deviation: Math.sqrt(squares / data.length) }
}

/** Spread of the features of a few pictures. The model must be compiled. */
export async function measureFeatures(features: Model, pictures: Tensor, signal: AbortSignal): Promise<Spread> {
  return spreadOf(await features.predict(pictures, { signal }))
}

/**
 * The whole network. Features of a ReLU network are all positive, and how large depends on the layer; the head starts from values
 * around 0 with a spread of 1, which is worth some 3 points of validation accuracy after 5 epochs.
 * @param seed for the head's first weights
 */
export function lessonModel(features: Model, { mean, deviation }: Spread, seed: number): Model {
  const scale = 1 / (deviation || 1)
  const kernelInitializer = glorotUniform(seed)
  let x = layers.rescaling({ scale, offset: -mean * scale }).apply(features.outputs)
  x = layers.dense({ units: 512, activation: 'relu', kernelInitializer }).apply(x)
  const predictions = layers.dense({ units: CLASSES.length, activation: 'softmax', kernelInitializer, name: 'predictions' }).apply(x)
  return new Model({ inputs: features.input, outputs: predictions, name: 'lesson' })
}

/**
 * Adam's learning rate for an epoch (from 0): 0.002, and a tenth of that for the last two fifths of the epochs. At a constant rate the
 * weights still jump about at the end, which costs some 3 points of validation accuracy after 5 epochs.
 */
export function learningRate(epoch: number, epochs: number): number {
  return epoch < 0.6 * epochs ? 0.002 : 0.0002
}
