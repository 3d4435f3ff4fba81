/** Folders of pictures as datasets, as Keras's image_dataset_from_directory has them. Node only. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { described } from '../described.ts'
import { ArgumentError, DataError, FileError } from '../errors.ts'
import { imageDatasets, settingsOf, type ImageDataset, type ImageDatasetOptions, type Settings } from '../loaders/images/image_dataset.ts'
import { datasetOfFiles, type PictureFile } from '../loaders/images/picked_files.ts'
import { isPicture, listPictures, sorted, type Listed, type ListOptions, type PictureList } from '../loaders/images/picture_list.ts'
import type { PictureSource } from './decode_picture.ts'
import { decoding, threadsFor } from './decode_pool.ts'

/** What only Node has. See {@link imageDatasetFromDirectory}. */
export interface ThreadOptions {
  /** Threads that decode the pictures of a pass, beside the one that feeds the GPU. Default: for 64 pictures or more, one for each further core, at most 4. */
  threads?: number
}

/** Options of {@link imageDatasetFromDirectory}. */
export interface ImageDirectoryOptions extends ImageDatasetOptions, ThreadOptions {
  /** Whether to go into folders that are links. Default false. */
  followLinks?: boolean
}

/** @throws ArgumentError */
export function checkThreads(where: string, { threads = 0 }: ThreadOptions): void {
  if (!Number.isInteger(threads) || threads < 0)
    throw new ArgumentError(where, `threads must be a whole number from 0, got ${described(threads)}`)
}

/** Begins passes over so many pictures. */
export const opened = (settings: Settings & ThreadOptions, count: number) => () => decoding(settings, settings.threads ?? threadsFor(count))

/**
 * As in browsers, decoded in threads.
 * @example
 * import { readFile } from 'node:fs/promises'
 * const file = new Blob([await readFile('animals/cat/1.png')])
 * const data = imageDataset([{ file, path: 'animals/cat/1.png' }], { imageSize: [8, 8] })
 * data.filePaths // ["animals/cat/1.png"]
 */
export function imageDataset(
  files: Iterable<PictureFile>,
  options: ImageDatasetOptions & ThreadOptions & { subset: 'both' },
): [training: ImageDataset, validation: ImageDataset]
export function imageDataset(
  files: Iterable<PictureFile>,
  options?: ImageDatasetOptions & ThreadOptions & { subset?: 'training' | 'validation' },
): ImageDataset
export function imageDataset(
  files: Iterable<PictureFile>,
  options: ImageDatasetOptions & ThreadOptions = {},
): ImageDataset | [ImageDataset, ImageDataset] {
  checkThreads('imageDataset', options)
  return datasetOfFiles(files, options, opened)
}

/** Pictures below a folder, and the folders in it. */
async function walk(folder: string, path: string, followLinks: boolean): Promise<{ pictures: Listed<string>[]; folders: string[] }> {
  const pictures: Listed<string>[] = []
  const folders: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const at = join(folder, entry.name)
    const inside = `${path}/${entry.name}`
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await stat(at)).isDirectory())
    if (!isFolder) {
      if (isPicture(inside)) pictures.push({ path: inside, file: at })
      continue
    }
    folders.push(entry.name)
    // Keras takes a class folder that is a link, whatever followLinks says.
    if (path === '.' || followLinks || !entry.isSymbolicLink()) pictures.push(...(await walk(at, inside, followLinks)).pictures)
  }
  return { pictures, folders }
}

/** PNG and JPEG are what is decoded here; another picture is refused before any work. */
const DECODED = /\.(jpe?g|png)$/i

/** The pictures of a folder, sorted. @throws FileError, ArgumentError, DataError as imageDatasetFromDirectory */
export async function listDirectory(
  where: string,
  directory: string,
  followLinks: boolean,
  options: ListOptions,
): Promise<PictureList<PictureSource>> {
  if (typeof directory !== 'string') throw new ArgumentError(where, `directory must be a path, got ${described(directory)}`)
  if (typeof followLinks !== 'boolean') throw new ArgumentError(where, `followLinks must be a boolean, got ${described(followLinks)}`)
  const { pictures, folders } = await walk(directory, '.', followLinks).catch((cause: unknown) => {
    throw new FileError(
      'not-found',
      `[${where}] the directory must be a readable folder, got ${String(cause)}`,
      { path: directory },
      { cause },
    )
  })
  if (!pictures.length) throw new DataError(where, `there must be at least one picture below the directory, got none in ${directory}`)
  const list = listPictures<PictureSource>(where, sorted(pictures), folders, options)
  const other = list.pictures.find(({ path }) => !DECODED.test(path))
  if (other) throw new FileError('unsupported', `[${where}] a picture must be PNG or JPEG, got ${other.path}`)
  return list
}

/**
 * A folder with a folder of pictures for each class as a dataset, which decodes them while the GPU works: for `fit`, `evaluate` and `predict`.
 * Options, order, split and resizing are those of Keras's image_dataset_from_directory (keras/src/utils/image_dataset_utils.py); values are
 * 0..255, rounded to bytes unless `dtype` says otherwise. Pictures are turned as their EXIF blocks say, which Keras does not do; `orient: false`
 * leaves them. With a list as `labels`, they are for all pictures below the folder, sorted by path.
 * @throws FileError `not-found` for a folder that cannot be read, `unsupported` for a picture that is neither PNG nor JPEG; ArgumentError;
 * DataError for no pictures, a class without any, labels that do not fit. When they are decoded: FileError naming the file; the signal's reason
 * @example
 * const options = { imageSize: [8, 8], validationSplit: 0.5, subset: 'both', seed: 1 } as const
 * const [train, validation] = await imageDatasetFromDirectory('animals', options)
 * await model.fit(train, { epochs: 2, validationData: validation })
 */
export async function imageDatasetFromDirectory(
  directory: string,
  options: ImageDirectoryOptions & { subset: 'both' },
): Promise<[training: ImageDataset, validation: ImageDataset]>
export async function imageDatasetFromDirectory(
  directory: string,
  options?: ImageDirectoryOptions & { subset?: 'training' | 'validation' },
): Promise<ImageDataset>
export async function imageDatasetFromDirectory(
  directory: string,
  options: ImageDirectoryOptions = {},
): Promise<ImageDataset | [ImageDataset, ImageDataset]> {
  const where = 'imageDatasetFromDirectory'
  const settings = settingsOf(where, options)
  const { followLinks = false } = options
  checkThreads(where, options)
  const list = await listDirectory(where, directory, followLinks, settings)
  return imageDatasets(where, list, settings, opened({ ...settings, ...options }, list.pictures.length))
}
