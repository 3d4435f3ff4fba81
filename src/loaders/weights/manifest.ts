/** The official weight files, as weights/manifest.json lists them. */
import manifest from '../../../weights/manifest.json' with { type: 'json' }
import { ArgumentError } from '../../errors.ts'

/** A file on the web that never changes: its hash says which one it is, wherever it comes from. */
export interface PinnedFile {
  readonly file: string
  readonly url: string
  /** Size. Left out where nobody has confirmed it. */
  readonly bytes?: number
  /** 32 lower-case digits, as Keras has them. */
  readonly md5: string
}

/** With or without the classifier at the end. */
export type WeightsPart = 'withTop' | 'withoutTop'

const networks: Readonly<Record<string, Readonly<Record<WeightsPart, PinnedFile>>>> = manifest.keras

/** Names and WordNet ids of the 1,000 ImageNet classes: `{"0": ["n01440764", "tench"], ...}`. */
export const classIndexFile: PinnedFile = manifest.classIndex

/** @throws ArgumentError for a network without official weights */
export function officialWeights(network: string, part: WeightsPart): PinnedFile {
  if (!Object.hasOwn(networks, network)) {
    const have = Object.keys(networks).join(', ')
    throw new ArgumentError(
      network,
      `weights 'imagenet' must be of a network with official weights (${have}), got ${network}, which has none`,
    )
  }
  return networks[network]![part]
}
