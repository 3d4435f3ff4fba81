/** What the report shows of a trained model: whom it takes for whom, its worst mistakes, and where it looked. */
import { explain, tensor, type LabelledData, type Model } from '../../src/node.ts'
import { CLASSES } from './cifar.ts'

/** Mistakes that are shown. */
const SHOWN = 8

export interface Mistake {
  /** Number of the validation picture. */
  readonly picture: number
  readonly truth: number
  readonly taken: number
  /** Of the wrong class. */
  readonly probability: number
  /** What of the picture speaks for the wrong class, 0..1, of the picture's size. */
  readonly heat: Float32Array
}

export interface Examined {
  readonly name: string
  /** Pictures of each class (row) that were taken for each class (column). */
  readonly confusion: readonly (readonly number[])[]
  /** The surest first. */
  readonly mistakes: readonly Mistake[]
}

/** Counts whom a model takes for whom. @param y class numbers */
export function confusionOf(y: ArrayLike<number>, taken: readonly number[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0))
  taken.forEach((k, n) => counts[y[n]!]![k]!++)
  return counts
}

/** The mistakes that a model was surest of, the surest first. @param probabilities of every class, [N,K] */
export function worstMistakes(y: ArrayLike<number>, probabilities: Float32Array | Uint8Array, most: number): Omit<Mistake, 'heat'>[] {
  const K = probabilities.length / y.length
  return Array.from({ length: y.length }, (_, picture) => {
    const row = [...probabilities.subarray(picture * K, (picture + 1) * K)]
    const probability = Math.max(...row)
    return { picture, truth: y[picture]!, taken: row.indexOf(probability), probability }
  })
    .filter(({ truth, taken }) => truth !== taken)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, most)
}

/** Looks at a model's predictions. The model must be compiled. */
export async function examine(name: string, model: Model, { x, y }: LabelledData, signal: AbortSignal): Promise<Examined> {
  const labels = y as number[]
  const { data } = await model.predict(x, { signal })
  const taken = labels.map((_, n) => {
    const row = [...data.subarray(n * CLASSES.length, (n + 1) * CLASSES.length)]
    return row.indexOf(Math.max(...row))
  })
  const worst = worstMistakes(labels, data, SHOWN)
  const confusion = confusionOf(labels, taken, CLASSES.length)
  if (!worst.length) return { name, confusion, mistakes: [] }
  const size = x.data.length / labels.length
  const pictures = new Uint8Array(worst.length * size)
  worst.forEach(({ picture }, i) => pictures.set(x.data.subarray(picture * size, (picture + 1) * size), i * size))
  const shown = tensor(pictures, [worst.length, ...x.shape.slice(1)])
  const heat = await explain(model, shown, { class: worst.map((m) => m.taken), size: true, signal })
  const area = heat.data.length / worst.length
  return { name, confusion, mistakes: worst.map((m, i) => ({ ...m, heat: heat.data.subarray(i * area, (i + 1) * area) })) }
}
