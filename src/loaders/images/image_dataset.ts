/** Pictures as a dataset: decoded batch by batch, while the GPU works. What browsers and Node share. */
import type { Batch, BatchOptions, Dataset } from '../../dataset.ts'
import { described, isRecord } from '../../described.ts'
import { ArgumentError } from '../../errors.ts'
import { inOrder, nthSeed, shuffled } from '../../random.ts'
import type { Tensor } from '../../tensor.ts'
import { checkSizeOptions, type SizeOptions } from './fit_image.ts'
import { checkOptions, type LoadImageOptions } from './image.ts'
import { inLanes } from '../bytes/lanes.ts'
import { checkListOptions, inKerasOrder, splitPictures, type ListOptions, type PictureList } from './picture_list.ts'

/** Options with the names and defaults of Keras's image_dataset_from_directory, but for those that say so. See {@link imageDataset}. */
export interface ImageDatasetOptions
  extends ListOptions, Partial<SizeOptions>, Pick<LoadImageOptions, 'colorMode' | 'orient' | 'maxPixels'> {
  /**
   * What labels become: `int` class numbers, for sparse crossentropy; `categorical` one-hot rows [N,K]; `binary` 0 or 1, [N,1], of two classes;
   * null none. Default `int`.
   */
  labelMode?: 'int' | 'categorical' | 'binary' | null
  /** Pictures of a batch, unless `fit`, `evaluate` or `predict` say otherwise. Default 32. */
  batchSize?: number
  /** Which side of `validationSplit`; `both` gives the two of them. */
  subset?: 'training' | 'validation' | 'both'
}

/** Pictures as a dataset. See {@link imageDataset}. */
export interface ImageDataset extends Dataset {
  readonly count: number
  /** Names of the classes, by their numbers; undefined without labels. */
  readonly classNames?: readonly string[]
  readonly batchSize: number
  /** Paths of the pictures, in the dataset's order. */
  readonly filePaths: readonly string[]
  /** The class number of each; undefined without labels. */
  readonly labels?: readonly number[]
  batches(options: BatchOptions): AsyncGenerator<Batch>
}

/** What decodes the pictures of one pass. */
export interface Decoding<F> {
  /** Pictures that are decoded at the same time. */
  readonly lanes: number
  /** A picture at the dataset's size. @throws FileError naming `path`; the signal's reason */
  decode(file: F, path: string, signal: AbortSignal | undefined): Promise<Uint8Array | Float32Array>
  close(): void
}

/** Options that are complete. */
export interface Settings extends ImageDatasetOptions, SizeOptions {
  readonly imageSize: SizeOptions['imageSize']
  /** Whether pictures are resized as Pillow does it, when they are loaded, and not as TensorFlow does. */
  readonly pillow?: boolean
}

/** @throws ArgumentError for an option that is unknown or cannot be honoured */
export function settingsOf(where: string, options: ImageDatasetOptions): Settings {
  const given: unknown = options
  if (!isRecord(given)) throw new ArgumentError(where, `options must be an object, got ${described(given)}`)
  const settings: Settings = { ...options, imageSize: options.imageSize ?? [256, 256] }
  const { labelMode = 'int', batchSize = 32, validationSplit, subset } = settings
  checkListOptions(where, settings)
  checkSizeOptions(where, settings)
  checkOptions(where, loadOptionsOf(settings))
  if (!['int', 'categorical', 'binary', null].includes(labelMode))
    throw new ArgumentError(where, `labelMode must be int, categorical, binary or null, got ${String(labelMode)}`)
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new ArgumentError(where, `batchSize must be a positive whole number, got ${described(batchSize)}`)
  if (subset !== undefined && !['training', 'validation', 'both'].includes(subset))
    throw new ArgumentError(where, `subset must be training, validation or both, got ${String(subset)}`)
  if ((subset === undefined) !== (validationSplit === undefined))
    throw new ArgumentError(where, `validationSplit and subset go together, got ${subset ? 'subset' : 'validationSplit'} alone`)
  return settings
}

/** What of the options is for the decoder. */
export function loadOptionsOf({ colorMode, orient, maxPixels, pillow, imageSize, interpolation }: Partial<Settings>): LoadImageOptions {
  return {
    ...(colorMode && { colorMode }),
    ...(orient !== undefined && { orient }),
    ...(maxPixels !== undefined && { maxPixels }),
    ...(pillow && { targetSize: imageSize!, ...(interpolation && { interpolation }) }),
  }
}

type LabelMode = NonNullable<ImageDatasetOptions['labelMode']>

/** Labels of some pictures, as the loss takes them. */
function targets(labels: readonly number[], mode: LabelMode, classes: number): Tensor | Uint32Array {
  if (mode === 'int') return Uint32Array.from(labels)
  if (mode === 'binary') return { shape: [labels.length, 1], data: Float32Array.from(labels) }
  const data = new Float32Array(labels.length * classes)
  labels.forEach((label, i) => (data[i * classes + label] = 1))
  return { shape: [labels.length, classes], data }
}

/** What a model that is fitted to such pictures is told of them; nothing where its predictions could not have them, which are of whole numbers. */
function picturesOf(settings: Settings): Pick<Dataset, 'pictures'> {
  const { interpolation = 'bilinear', dtype, pillow, cropToAspectRatio: crop, padToAspectRatio: pad, orient } = settings
  if (dtype === 'float32' && interpolation === 'bilinear' && !pillow) return {}
  const other = {
    ...(!pillow && { resizer: 'tensorflow' as const }),
    ...(crop && { aspectRatio: 'crop' as const }),
    ...(pad && { aspectRatio: 'pad' as const }),
  }
  return { pictures: { interpolation, preprocess: 'none', ...other, ...(orient === false && { orient }) } }
}

/**
 * The dataset of a list of pictures.
 * @param open begins a pass
 * @param own mixed into the seed of a pass
 * @throws ArgumentError for labels that the classes do not have
 */
export function datasetOf<F>(
  where: string,
  list: PictureList<F>,
  settings: Settings,
  shuffles: boolean,
  open: () => Decoding<F>,
  own = 0,
): ImageDataset {
  if (settings.labelMode === 'binary' && list.classNames && list.classNames.length !== 2)
    throw new ArgumentError(where, `labelMode binary is for two classes, got ${list.classNames.length}: ${list.classNames.join(', ')}`)
  const { imageSize, colorMode, dtype, labelMode = 'int', batchSize = 32 } = settings
  const { pictures, labels, classNames } = labelMode === null ? { ...list, labels: undefined, classNames: undefined } : list
  const sample = [...imageSize, colorMode === 'grayscale' ? 1 : 3]
  const size = sample.reduce((product, n) => product * n, 1)

  async function batchOf(rows: Uint32Array, decoding: Decoding<F>, signal: AbortSignal | undefined): Promise<Batch> {
    const data = new (dtype === 'float32' ? Float32Array : Uint8Array)(rows.length * size)
    await inLanes(rows.length, decoding.lanes, async (i) => {
      const { file, path } = pictures[rows[i]!]!
      data.set(await decoding.decode(file, path, signal), i * size)
    })
    const x = { shape: [rows.length, ...sample], data }
    if (!labels || labelMode === null) return { x }
    return {
      x,
      y: targets(
        Array.from(rows, (row) => labels[row]!),
        labelMode,
        classNames!.length,
      ),
    }
  }

  return {
    count: pictures.length,
    batchSize,
    ...picturesOf(settings),
    filePaths: pictures.map(({ path }) => path),
    ...(classNames && { classNames }),
    ...(labels && { labels }),
    async *batches({ epoch, seed, batchSize: most, shuffle = shuffles, signal }) {
      const order = shuffle ? shuffled(pictures.length, nthSeed((seed ^ own) >>> 0, epoch)) : inOrder(pictures.length)
      const decoding = open()
      try {
        for (let begin = 0; begin < order.length; begin += most) {
          signal?.throwIfAborted()
          yield await batchOf(order.subarray(begin, begin + most), decoding, signal)
        }
      } finally {
        decoding.close()
      }
    },
  }
}

/**
 * One dataset, or the two sides of a split.
 * @param list sorted
 * @throws ArgumentError, DataError
 */
export function imageDatasets<F>(
  where: string,
  list: PictureList<F>,
  settings: Settings,
  open: () => Decoding<F>,
): ImageDataset | [training: ImageDataset, validation: ImageDataset] {
  const { subset, shuffle = true, validationSplit = 0 } = settings
  const ordered = inKerasOrder(list, settings)
  if (!subset) return datasetOf(where, ordered, settings, shuffle, open)
  const side = (name: 'training' | 'validation') =>
    datasetOf(where, splitPictures(where, ordered, validationSplit, name), settings, shuffle && name === 'training', open)
  return subset === 'both' ? [side('training'), side('validation')] : side(subset)
}
