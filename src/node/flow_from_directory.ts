/** Folders of pictures with the arguments of ImageDataGenerator.flow_from_directory (keras/src/legacy/preprocessing/image.py). Node only. */
import { described } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import { datasetOf, settingsOf, type ImageDataset, type ImageDatasetOptions } from '../loaders/images/image_dataset.ts'
import { splitClasses } from '../loaders/images/picture_list.ts'
import { checkTargetSize } from '../loaders/images/resize.ts'
import { checkNames } from '../options.ts'
import { checkThreads, listDirectory, opened, type ThreadOptions } from './image_directory.ts'

/** With the names and defaults of Keras. See {@link flowFromDirectory}. */
export interface FlowFromDirectoryOptions extends Pick<ImageDatasetOptions, 'colorMode' | 'batchSize' | 'interpolation'>, ThreadOptions {
  /** [height, width] that every picture is resized to, as `loadImage` does it. Default [256, 256]. */
  targetSize?: readonly [height: number, width: number]
  /** Folders of the classes, in the order of their numbers. Default: all, sorted. */
  classes?: readonly string[]
  /** What labels become: `categorical` one-hot rows, `sparse` class numbers, `binary` 0 or 1 of two classes, null none. Default `categorical`. */
  classMode?: 'categorical' | 'sparse' | 'binary' | null
  /** Default true: in every epoch of training in another order. */
  shuffle?: boolean
  /** A whole number; mixed into the seed of `fit`. Default 0. */
  seed?: number
  /** Which side of `validationSplit`. */
  subset?: 'training' | 'validation'
  /** That of the generator: the share of each class that is for validation, its first pictures. Default 0. */
  validationSplit?: number
  /** Whether to go into folders that are links. Default false. */
  followLinks?: boolean
}

const WHERE = 'flowFromDirectory'

const KNOWN = [
  ...['targetSize', 'colorMode', 'classes', 'classMode', 'batchSize', 'shuffle', 'seed', 'subset', 'validationSplit'],
  ...['interpolation', 'followLinks', 'threads'],
]

const LABEL_MODES = { categorical: 'categorical', sparse: 'int', binary: 'binary' } as const

/**
 * The pictures of a folder, which has a folder for each class, as a dataset: as `imageDatasetFromDirectory`, but listed, split and resized as Keras's
 * generator does it. The generator itself is a part of the model (`generator.apply`), so that pictures are 0..255, as they are in their files: as
 * Keras's, they are not turned by their EXIF blocks.
 * @throws as imageDatasetFromDirectory
 * @example
 * const animals = await flowFromDirectory('animals', { targetSize: [8, 8], classMode: 'sparse' })
 * animals.classNames // ["cat", "dog"]
 * await model.fit(animals, { epochs: 2 })
 */
export async function flowFromDirectory(directory: string, options: FlowFromDirectoryOptions = {}): Promise<ImageDataset> {
  checkNames(WHERE, options, KNOWN)
  const { targetSize = [256, 256], classes, classMode = 'categorical', seed = 0, shuffle = true, subset, validationSplit = 0 } = options
  const { colorMode, batchSize, interpolation = 'nearest', followLinks = false } = options
  checkTargetSize(WHERE, targetSize)
  checkThreads(WHERE, options)
  if (classMode !== null && !Object.hasOwn(LABEL_MODES, classMode))
    throw new ArgumentError(WHERE, `classMode must be ${Object.keys(LABEL_MODES).join(', ')} or null, got ${described(classMode)}`)
  if ((subset !== undefined && subset !== 'training' && subset !== 'validation') || (subset && !validationSplit)) {
    const rule = 'subset must be training or validation, and there must be a validationSplit'
    throw new ArgumentError(WHERE, `${rule}, got ${described(subset)} and ${validationSplit}`)
  }
  const settings = {
    ...settingsOf(WHERE, {
      imageSize: targetSize,
      interpolation,
      labelMode: classMode && LABEL_MODES[classMode],
      orient: false,
      shuffle,
      seed,
      ...(classes && { classNames: classes }),
      ...(colorMode && { colorMode }),
      ...(batchSize !== undefined && { batchSize }),
      ...(subset && { validationSplit, subset }),
    }),
    pillow: true,
  }
  const all = await listDirectory(WHERE, directory, followLinks, settings)
  const list = subset ? splitClasses(WHERE, all, validationSplit, subset) : all
  const passes = opened({ ...settings, ...(options.threads !== undefined && { threads: options.threads }) }, list.pictures.length)
  return datasetOf(WHERE, list, settings, shuffle, passes, seed)
}
