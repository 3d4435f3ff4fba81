/** Pictures changed at random, as the lesson lists it: flip, crop, size, brightness, contrast, saturation, hue. */
import { layers, type LabelledData, type Layer, type Model } from '../../src/node.ts'
import { SIDE } from './cifar.ts'
import type { LessonOptions } from './options.ts'

/** Layers that change pictures of 0..255 while a model trains. Crop and size are a shift and a zoom, mirrored at the edges. */
export function augmentation(seed: number): Layer[] {
  return [
    layers.randomFlip({ mode: 'horizontal', seed }),
    layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1, seed }),
    layers.randomZoom({ heightFactor: 0.1, seed }),
    layers.randomBrightness({ factor: 0.1, seed }),
    layers.randomContrast({ factor: 0.1, seed }),
    layers.randomSaturation({ factor: [0.4, 0.6], seed }),
    layers.randomHue({ factor: 0.02, seed }),
  ]
}

/** Pixels that a copy is moved by, at most. */
const SHIFT = 2

/**
 * Validation accuracy by the mean prediction for changed copies of each picture: by the model's own layers that augment, or where it has none by
 * mirroring and small moves.
 */
export async function testTimeAccuracy(
  model: Model,
  validation: LabelledData,
  { testTime, seed, augment }: Pick<LessonOptions, 'testTime' | 'seed' | 'augment'>,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const share = SHIFT / SIDE
  const moves = [layers.randomFlip({ mode: 'horizontal' }), layers.randomTranslation({ heightFactor: share, widthFactor: share })]
  const { accuracy } = await model.evaluate(validation, { augment: augment || moves, times: testTime, seed, onProgress, signal })
  return accuracy!
}
