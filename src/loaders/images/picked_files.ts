/** Pictures that somebody picked or dropped on a page, as a dataset. */
import { described } from '../../described.ts'
import { ArgumentError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import { bytesOf } from '../bytes/blob.ts'
import { fitImage } from './fit_image.ts'
import type { LoadImageOptions, ImageTensor } from './image.ts'
import { imageDatasets, loadOptionsOf, settingsOf, type Decoding, type ImageDataset, type ImageDatasetOptions } from './image_dataset.ts'
import type { Settings } from './image_dataset.ts'
import { isPicture, listPictures, type Listed } from './picture_list.ts'

/**
 * A file, and where it lies: `animals/cat/1.jpg`, from the folder that was picked on. A File that a page got has that path itself.
 * See {@link imageDataset}.
 */
export type PictureFile = Blob | { readonly file: Blob; readonly path: string }

/** What decodes a picture from the bytes of its file. */
export type DecodeFile = (bytes: Uint8Array<ArrayBuffer>, where: string, options: LoadImageOptions) => Promise<ImageTensor>

/** That of browsers, which comes with the first picture. */
const decodeHere: DecodeFile = async (...picture) => (await lazy(import('./load_image.ts'))).decodeFile(...picture)

/** Pictures that are decoded at the same time: browsers have threads for that. */
const LANES = 4

/** @throws ArgumentError for what is no list of files */
function listed(where: string, files: unknown): Listed<Blob>[] {
  const rule = 'files must be a list of files, or of { file, path }'
  if (typeof files !== 'object' || files === null || !(Symbol.iterator in files))
    throw new ArgumentError(where, `${rule}, got ${described(files)}`)
  return Array.from(files as Iterable<unknown>, (given, i) => {
    if (given instanceof Blob) {
      const { webkitRelativePath, name } = given as Partial<File>
      return { path: webkitRelativePath || name || `file ${i}`, file: given }
    }
    const { file, path } = (given ?? {}) as { file?: unknown; path?: unknown }
    if (file instanceof Blob && typeof path === 'string') return { path, file }
    throw new ArgumentError(where, `${rule}, got ${described(given)} at index ${i}`)
  })
}

/** Decodes here, and brings each picture to its size. */
export function decodingHere(settings: Settings, decode: DecodeFile): () => Decoding<Blob> {
  const options = loadOptionsOf(settings)
  return () => ({
    lanes: LANES,
    async decode(file, path, signal) {
      const { shape, data } = await decode(await bytesOf(file, signal), path, { ...options, ...(signal && { signal }) })
      const [, height, width, channels] = shape as [number, number, number, number]
      return fitImage({ height, width, channels, data }, settings)
    },
    close() {},
  })
}

/** As imageDataset, with another way to decode. */
export function datasetOfFiles(
  files: Iterable<PictureFile>,
  options: ImageDatasetOptions,
  open: (settings: Settings, count: number) => () => Decoding<Blob>,
): ImageDataset | [ImageDataset, ImageDataset] {
  const where = 'imageDataset'
  const settings = settingsOf(where, options)
  const all = listed(where, files)
  const list = listPictures(where, all, [], settings)
  return imageDatasets(where, list, settings, open(settings, list.pictures.length))
}

/**
 * Pictures that are files as a dataset, which decodes them while the GPU works: for `fit`, `evaluate` and `predict`. Options, order, split
 * and resizing are those of Keras's image_dataset_from_directory; values are 0..255.
 *
 * Classes are the folders in the files' paths: those of a folder that was picked (`<input type="file" webkitdirectory>`) or dropped
 * (`droppedFiles`). Names that are no picture's are left out then. With a list as `labels`, or none, every file counts, in the given order.
 * @param files a FileList, Files or Blobs, or `{ file, path }`
 * @throws ArgumentError; DataError for no pictures, a class without any, labels that do not fit. When they are decoded: FileError naming the
 * file; the signal's reason
 * @example
 * // in a page
 * const { files } = document.querySelector<HTMLInputElement>('input[webkitdirectory]')!
 * const [train, validation] = imageDataset(files!, { imageSize: [8, 8], validationSplit: 0.2, subset: 'both', seed: 1 })
 * await model.fit(train, { validationData: validation })
 */
export function imageDataset(
  files: Iterable<PictureFile>,
  options: ImageDatasetOptions & { subset: 'both' },
): [training: ImageDataset, validation: ImageDataset]
export function imageDataset(
  files: Iterable<PictureFile>,
  options?: ImageDatasetOptions & { subset?: 'training' | 'validation' },
): ImageDataset
export function imageDataset(files: Iterable<PictureFile>, options: ImageDatasetOptions = {}): ImageDataset | [ImageDataset, ImageDataset] {
  return datasetOfFiles(files, options, (settings) => decodingHere(settings, decodeHere))
}

/**
 * The pictures in what was dropped on a page, folders with all that is in them: for `imageDataset`. One folder that is dropped has a folder for
 * each class; several are the classes themselves. To be called while the drop event is handled.
 * @throws ArgumentError for what is no DataTransfer; the browser's error for a folder that cannot be read
 * @example
 * // in a page
 * document.body.addEventListener('drop', async (event) => {
 *   event.preventDefault()
 *   await model.fit(imageDataset(await droppedFiles(event.dataTransfer!), { imageSize: [8, 8] }))
 * })
 */
export async function droppedFiles(transfer: DataTransfer): Promise<{ file: File; path: string }[]> {
  if (typeof DataTransfer === 'undefined' || !(transfer instanceof DataTransfer))
    throw new ArgumentError('droppedFiles', `what was dropped must be a DataTransfer, got ${described(transfer)}`)
  // Before anything is waited for: the browser takes the items away then. What comes from another page has no entry.
  const dropped = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? item.getAsFile() ?? [])
  const root = dropped.length === 1 ? '' : '.'
  const found = dropped.map((one) =>
    one instanceof File ? Promise.resolve([{ file: one, path: below(root, one.name) }]) : walk(one, root),
  )
  return (await Promise.all(found)).flat().filter(({ path }) => isPicture(path))
}

const below = (folder: string, name: string) => (folder ? `${folder}/${name}` : name)

/** The files in an entry. */
async function walk(entry: FileSystemEntry, folder: string): Promise<{ file: File; path: string }[]> {
  const path = below(folder, entry.name)
  if (entry.isFile) {
    return [{ file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)), path }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: { file: File; path: string }[] = []
  for (;;) {
    // Some at a time, until there are none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!some.length) return found
    found.push(...(await Promise.all(some.map((child) => walk(child, path)))).flat())
  }
}
