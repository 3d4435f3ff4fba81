/** Pictures changed at random, as the lesson lists it: flip, crop, size, brightness, contrast, saturation, hue. */
import { layers, type LabelledData, type Layer, type Model, type Tensor } from '../../src/node.ts'
import { choose, CLASSES, SIDE } from './cifar.ts'
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

/** Pixels that a changed copy is moved by, at most. */
const SHIFT = 2

/** Copies of pictures [N,32,32,3], every other one mirrored, each moved by up to two pixels, mirrored at the edges; the first as it is. */
export function changedCopy({ shape, data }: Tensor, copy: number, seed: number): Tensor {
  if (copy === 0) return { shape, data }
  const made = new Uint8Array(data.length)
  const moves = choose((2 * SHIFT + 1) ** 2, (2 * SHIFT + 1) ** 2, seed)
  const move = moves[copy % moves.length]!
  const [down, right] = [Math.floor(move / (2 * SHIFT + 1)) - SHIFT, (move % (2 * SHIFT + 1)) - SHIFT]
  const inside = (i: number) => (i < 0 ? -i - 1 : i >= SIDE ? 2 * SIDE - 1 - i : i)
  for (let pixel = 0; pixel < data.length / 3; pixel++) {
    const column = pixel % SIDE
    const row = Math.floor(pixel / SIDE) % SIDE
    const fromColumn = inside((copy % 2 ? SIDE - 1 - column : column) - right)
    const from = pixel - row * SIDE - column + inside(row - down) * SIDE + fromColumn
    made.set(data.subarray(3 * from, 3 * from + 3), 3 * pixel)
  }
  return { shape, data: made }
}

/** Validation accuracy by the mean prediction for changed copies of each picture: test-time augmentation. */
export async function testTimeAccuracy(
  model: Model,
  { x, y }: LabelledData,
  { testTime, seed }: Pick<LessonOptions, 'testTime' | 'seed'>,
  update: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const count = x.shape[0]!
  const sums = new Float32Array(count * CLASSES.length)
  for (let copy = 0; copy < testTime; copy++) {
    const onProgress = (done: number) => update(copy * count + done, testTime * count)
    const { data } = await model.predict(changedCopy(x, copy, seed), { signal, onProgress })
    data.forEach((p, i) => (sums[i]! += p))
  }
  return accuracyOf(y as number[], sums)
}

/** Share of samples whose best class is theirs. @param probabilities of every class, [N,K] */
export function accuracyOf(y: readonly number[], probabilities: Float32Array | Uint8Array): number {
  const K = CLASSES.length
  const right = y.filter((k, n) => {
    const row = [...probabilities.subarray(n * K, (n + 1) * K)]
    return row.indexOf(Math.max(...row)) === k
  })
  return right.length / y.length
}
