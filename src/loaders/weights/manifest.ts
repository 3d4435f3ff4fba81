/** The official weight files, as weights/manifest.json lists them. */
import manifest from '../../../weights/manifest.json' with { type: 'json' }
import { ArgumentError } from '../../errors.ts'

/** A file on the web that never changes: its hash says which one it is, wherever it comes from. See {@link resolveFile}. */
export interface PinnedFile {
  /** Its name, without a folder. */
  readonly file: string
  /** Where it is downloaded from. */
  readonly url: string
  /** Size. Left out where nobody has confirmed it. */
  readonly bytes?: number
  /** 32 lower-case digits, as Keras has them. */
  readonly md5: string
}

/** What no file name may hold: a way to another folder, drive or stream, and what some systems cannot have in a name. */
const OTHER_PLACE = /[/\\:*?"<>|\u0000-\u001f\u007f]|^\.{1,2}$|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
/** Bytes that a name may have, with what a download puts behind it; most systems have 255. */
const LONGEST_NAME = 200

/**
 * A file that may be kept under its name and hash, which are part of its path in a cache.
 * @throws ArgumentError unless the name is that of a file in one folder on every system, and the hash one
 */
export function checkedPin(pin: PinnedFile): PinnedFile {
  const { file, md5 } = pin
  const named = typeof file === 'string' && file !== '' && !OTHER_PLACE.test(file) && new TextEncoder().encode(file).length <= LONGEST_NAME
  if (!named) {
    const rule = `the file's name must be of 1 to ${LONGEST_NAME} bytes and name a file in one folder, on every system`
    throw new ArgumentError('pinned file', `${rule}, got ${JSON.stringify(file)}`)
  }
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5))
    throw new ArgumentError(file, `the MD5 hash must be 32 digits, 0 to 9 and a to f, got ${JSON.stringify(md5)}`)
  return pin
}

/** With or without the classifier at the end. See {@link resolveWeights}. */
export type WeightsPart = 'withTop' | 'withoutTop'

const networks: Readonly<Record<string, Readonly<Record<WeightsPart, PinnedFile>>>> = manifest.keras

/**
 * Names and WordNet ids of the 1,000 ImageNet classes: `{"0": ["n01440764", "tench"], ...}`.
 * @example
 * // from the web
 * const names = await loadClassIndex(await resolveFile(classIndexFile)) // downloaded once
 */
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
