/** The lesson's networks: an InceptionV3 on enlarged pictures and a new head, as each of the lesson's cases has them. */
import { glorotUniform, inceptionV3, layers, transfer, type Layer, type Model, type Tensor, type Transfer } from '../../src/node.ts'
import { CLASSES, SIDE } from './cifar.ts'

/** One training of the lesson. */
export interface Training {
  /** As the table calls it. */
  readonly name: string
  readonly dataSize: 'small' | 'large'
  readonly similarity: 'similar' | 'different'
}

/** The lesson's training modes. What is kept frozen is a small data set's case, the others are those of a large one. */
export const MODES: Readonly<Record<'frozen' | 'unfrozen' | 'scratch', Training>> = {
  frozen: { name: 'frozen', dataSize: 'small', similarity: 'similar' },
  unfrozen: { name: 'unfrozen', dataSize: 'large', similarity: 'similar' },
  scratch: { name: 'scratch', dataSize: 'large', similarity: 'different' },
}

/** The lesson's cases, by number. */
export const CASES: readonly Training[] = [
  { name: 'case 1', dataSize: 'small', similarity: 'similar' },
  { name: 'case 2', dataSize: 'small', similarity: 'different' },
  { name: 'case 3', dataSize: 'large', similarity: 'similar' },
  { name: 'case 4', dataSize: 'large', similarity: 'different' },
]

export interface NetworkOptions {
  /** Height and width that pictures are enlarged to. */
  readonly size: number
  /** Layer to cut the trunk behind; undefined leaves that to the case. */
  readonly cut: string | undefined
  /** How the trunk wants its pixels: `tf` is -1..1, as Keras trained it; `unit` is 0..1. */
  readonly pixels: 'tf' | 'unit'
  /** For the first weights. */
  readonly seed: number
}

/** InceptionV3 without its top, with random weights: what a weight file is for. @throws ShapeError for a small size */
export function lessonTrunk(size: number): Promise<Model> {
  return inceptionV3({ includeTop: false, inputShape: [size, size, 3] })
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

const common = ({ cut, pixels, seed }: NetworkOptions) => ({
  classes: CLASSES.length,
  inputShape: [SIDE, SIDE, 3] as const,
  preprocess: pixels,
  seed,
  ...(cut !== undefined && { cut }),
})

/** Pictures [N,32,32,3] to pooled features [N,C], of the layers that a training keeps. @throws ArgumentError for an unknown layer */
export function featuresOf(trunk: Model, { dataSize, similarity }: Training, options: NetworkOptions): Model {
  const { model, added } = transfer(trunk, { ...common(options), dataSize, similarity })
  return model.until(added.at(-2)!) // what the new classifier is applied to
}

/**
 * The whole network. Features of a ReLU network are all positive, and how large depends on the layer; the head starts from values
 * around 0 with a spread of 1, which is worth some 3 points of validation accuracy after 5 epochs.
 * @param augmentation layers in front
 */
export function lessonTransfer(
  trunk: Model,
  { dataSize, similarity }: Training,
  options: NetworkOptions,
  { mean, deviation }: Spread,
  augmentation: readonly Layer[] = [],
): Transfer {
  const scale = 1 / (deviation || 1)
  const hidden = layers.dense({ units: 512, activation: 'relu', kernelInitializer: glorotUniform(options.seed) })
  return transfer(trunk, {
    ...common(options),
    dataSize,
    similarity,
    augmentation,
    head: [layers.rescaling({ scale, offset: -mean * scale }), hidden],
    name: 'lesson',
  })
}

const HEAD_RATE = 0.002
const FINE_RATE = 0.0001

/** Adam's first learning rate: the head's alone may be high, pre-trained weights are to be moved gently. */
export function firstRate({ frozen, reinitialized }: Pick<Transfer, 'frozen' | 'reinitialized'>): number {
  return frozen ? HEAD_RATE : reinitialized ? 0.001 : FINE_RATE
}

/**
 * Factors of that rate: beside pre-trained weights that are to be moved gently, new layers learn as fast as a head does alone. At the gentle
 * rate they are hardly better than chance after 20 steps.
 */
export function rateFactors({ model, frozen, reinitialized, added }: Transfer): Record<string, number> {
  if (frozen || reinitialized) return {}
  const learning = added.filter((name) => model.getLayer(name).weights.length)
  return Object.fromEntries(learning.map((name) => [name, HEAD_RATE / FINE_RATE]))
}

/**
 * Adam's learning rate for an epoch (from 0): the first one, and a tenth of that for the last two fifths of the epochs. At a constant rate the
 * weights still jump about at the end, which costs some 3 points of validation accuracy after 5 epochs.
 */
export function learningRate(first: number, epoch: number, epochs: number): number {
  return epoch < 0.6 * epochs ? first : first / 10
}
