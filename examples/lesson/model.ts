/** The lesson's network: a frozen InceptionV3 on enlarged pictures, and a new head. */
import { glorotUniform, inceptionV3, layers, Model } from '../../src/node.ts'
import { CLASSES, SIDE } from './cifar.ts'

export interface LessonModelOptions {
  /** Height and width that pictures are enlarged to. */
  readonly size: number
  /** Layer to cut the trunk behind; undefined keeps all of it. */
  readonly cut: string | undefined
  /** How the trunk wants its pixels: `tf` is -1..1, as Keras trained it; `unit` is 0..1. */
  readonly pixels: 'tf' | 'unit'
  /** For the head's first weights. */
  readonly seed: number
}

export interface LessonModel {
  /** All of InceptionV3 without its top: what the weight file is for. */
  readonly trunk: Model
  readonly model: Model
}

/** Builds it, with random weights. @throws ArgumentError for an unknown layer, ShapeError for a size that is too small */
export async function lessonModel({ size, cut, pixels, seed }: LessonModelOptions): Promise<LessonModel> {
  const trunk = await inceptionV3({ includeTop: false, inputShape: [size, size, 3] })
  trunk.trainable = false

  const input = layers.input({ shape: [SIDE, SIDE, 3] })
  let x = layers.preprocess({ mode: pixels }).apply(input)
  x = layers.resizing({ height: size, width: size }).apply(x)
  x = (cut === undefined ? trunk : trunk.until(cut)).apply(x)
  x = layers.globalAveragePooling2d().apply(x)
  x = layers.dense({ units: 512, activation: 'relu', kernelInitializer: glorotUniform(seed) }).apply(x)
  const predictions = layers.dense({
    units: CLASSES.length, activation: 'softmax', kernelInitializer: glorotUniform(seed), name: 'predictions',
  }).apply(x)
  return { trunk, model: new Model({ inputs: input, outputs: predictions, name: 'lesson' }) }
}
