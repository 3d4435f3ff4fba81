/** Pictures that are changed while a network trains, and how they look then. */
import { layers, Model, type Device, type FitOptions, type ImageTensor, type Tensor, stack } from '../../../src/index.ts'
import type { Change, Pixmap } from '../messages.ts'

type Augment = NonNullable<FitOptions['augment']>

/** Turns of a circle, shares of a picture's side, and factors of light, each to either side. */
const LAYERS: Readonly<Record<Change, () => Augment[number]>> = {
  flip: () => layers.randomFlip({ mode: 'horizontal' }),
  turn: () => layers.randomRotation({ factor: 0.05 }),
  zoom: () => layers.randomZoom({ heightFactor: 0.15 }),
  shift: () => layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
  brightness: () => layers.randomBrightness({ factor: 0.2 }),
  contrast: () => layers.randomContrast({ factor: 0.3 }),
}

/** For `fit`: nothing where nothing is changed. */
export const augmentOf = (changes: readonly Change[]): { augment?: Augment } =>
  changes.length ? { augment: changes.map((change) => LAYERS[change]()) } : {}

function pixmapOf(values: Tensor['data'], height: number, width: number, channels: number): Pixmap {
  const data = new Uint8ClampedArray(4 * height * width).fill(255)
  for (let i = 0; i < height * width; i++) for (let c = 0; c < 3; c++) data[4 * i + c] = values[i * channels + Math.min(c, channels - 1)]!
  return { width, height, data }
}

/** Samples as a network has them while it trains. @param seed other draws with another one */
export async function changed(
  samples: readonly ImageTensor[],
  changes: readonly Change[],
  device: Device,
  seed: number,
): Promise<Pixmap[]> {
  const [, height, width, channels] = samples[0]!.shape as [number, number, number, number]
  const input = layers.input({ shape: [height, width, channels] })
  using model = new Model({ inputs: input, outputs: layers.activation({ activation: 'linear' }).apply(input) })
  await model.compile({ device })
  const { data } = await model.predict(stack(samples), changes.length ? { ...augmentOf(changes), times: 1, seed } : {})
  const size = height * width * channels
  return samples.map((_, n) => pixmapOf(data.subarray(n * size, (n + 1) * size), height, width, channels))
}
