/**
 * Which pictures there are, of which classes, and in which order: as Keras's image_dataset_from_directory sorts, shuffles and splits them
 * (keras/src/utils/dataset_utils.py).
 */
import { ArgumentError, DataError } from '../../errors.ts'
import { described } from '../../described.ts'
import { numpyShuffle } from './numpy_shuffle.ts'

export interface ListOptions {
  /**
   * `inferred`: the class of a picture is the folder that it lies in, below the one that was picked. A list: the class number of every picture,
   * in the order of the files. Null: no labels. Default `inferred`.
   */
  labels?: 'inferred' | null | readonly number[]
  /** Folders of the classes, in the order of their numbers; others are left out. Only where labels are inferred. Default: all, sorted. */
  classNames?: readonly string[]
  /** Mix the pictures before they are split, and in every epoch of training anew. False: sorted. Default true. */
  shuffle?: boolean
  /** For the order before the split, which is that of Keras with the same seed. From 0 to 2^32 - 1. Default 0. */
  seed?: number
  /** Share of the pictures that is kept for validation: the last ones of that order. Together with `subset`. */
  validationSplit?: number
}

/** A picture. */
export interface Listed<F> {
  /** With slashes, from the folder that was picked on: `animals/cat/1.jpg`. */
  readonly path: string
  readonly file: F
}

export interface PictureList<F> {
  readonly pictures: readonly Listed<F>[]
  /** The class number of each; undefined without labels. */
  readonly labels: readonly number[] | undefined
  readonly classNames: readonly string[] | undefined
}

/** What Keras lists, and what browsers show besides. */
const PICTURE = /\.(bmp|gif|jpe?g|png|webp|avif)$/i

/** Whether a file is taken for a picture, by its name. */
export const isPicture = (path: string): boolean => PICTURE.test(path)

/** @throws ArgumentError for an option that cannot be honoured */
export function checkListOptions(
  where: string,
  { labels = 'inferred', classNames, shuffle, seed = 0, validationSplit }: ListOptions,
): void {
  if (labels !== null && labels !== 'inferred' && !Array.isArray(labels))
    throw new ArgumentError(where, `labels must be inferred, null or a list of class numbers, got ${described(labels)}`)
  if (classNames !== undefined && labels !== 'inferred')
    throw new ArgumentError(where, `classNames are for labels that are inferred, got them with labels ${described(labels)}`)
  if (classNames !== undefined && (!Array.isArray(classNames) || !classNames.length || new Set(classNames).size !== classNames.length))
    throw new ArgumentError(where, `classNames must be a list of different names, got ${JSON.stringify(classNames)}`)
  if (shuffle !== undefined && typeof shuffle !== 'boolean')
    throw new ArgumentError(where, `shuffle must be a boolean, got ${described(shuffle)}`)
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw new ArgumentError(where, `seed must be a whole number from 0 to 4294967295, got ${described(seed)}`)
  if (validationSplit !== undefined && !(validationSplit > 0 && validationSplit < 1))
    throw new ArgumentError(where, `validationSplit must be between 0 and 1, got ${described(validationSplit)}`)
}

const compared = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Sorted by folder, then by name. */
export function sorted<F>(pictures: readonly Listed<F>[]): Listed<F>[] {
  const parts = (path: string): [string, string] => {
    const at = path.lastIndexOf('/')
    return [path.slice(0, Math.max(0, at)), path.slice(at + 1)]
  }
  const keyed = pictures.map((picture) => ({ picture, key: parts(picture.path) }))
  keyed.sort((a, b) => compared(a.key[0], b.key[0]) || compared(a.key[1], b.key[1]))
  return keyed.map(({ picture }) => picture)
}

/** The folder of its class: the first below the one that was picked. */
function classOf(path: string): string | undefined {
  const parts = path.split('/')
  return parts.length > 2 ? parts[1] : undefined
}

function inferred<F>(where: string, listed: readonly Listed<F>[], folders: readonly string[], given?: readonly string[]): PictureList<F> {
  const isHidden = (name: string) => name.startsWith('.')
  const groups = new Map<string, Listed<F>[]>(folders.filter((f) => !isHidden(f)).map((name) => [name, []]))
  for (const picture of listed) {
    const name = classOf(picture.path)
    if (name === undefined || isHidden(name) || !isPicture(picture.path)) continue
    if (!groups.has(name)) groups.set(name, [])
    groups.get(name)!.push(picture)
  }
  const classNames = given ?? [...groups.keys()].sort(compared)
  if (!classNames.length) throw new DataError(where, 'pictures must lie in a folder for each class, got no such folder')
  const unknown = classNames.filter((name) => !groups.has(name))
  if (unknown.length) {
    const there = [...groups.keys()].sort(compared).join(', ') || 'none'
    throw new DataError(where, `there must be a folder of every class, got ${there} and no ${unknown.join(', ')}`)
  }
  const empty = classNames.filter((name) => !groups.get(name)!.length)
  if (empty.length) throw new DataError(where, `a class must have pictures, got none of ${empty.join(', ')}`)
  const pictures = classNames.flatMap((name) => sorted(groups.get(name)!))
  return { pictures: named(pictures), labels: classNames.flatMap((name, i) => groups.get(name)!.map(() => i)), classNames }
}

/** `./cat/1.jpg`, of several folders, is cat/1.jpg to people. */
const named = <F>(pictures: readonly Listed<F>[]) => pictures.map((picture) => ({ ...picture, path: picture.path.replace(/^\.\//, '') }))

/**
 * @param folders of classes, with those that have no picture
 * @throws DataError for no pictures, a class without any, labels that are no class numbers or not as many as files
 */
export function listPictures<F>(
  where: string,
  listed: readonly Listed<F>[],
  folders: readonly string[],
  { labels = 'inferred', classNames }: ListOptions,
): PictureList<F> {
  if (labels === 'inferred') return inferred(where, listed, folders, classNames)
  if (!listed.length) throw new DataError(where, 'there must be at least one picture, got none')
  if (labels === null) return { pictures: named(listed), labels: undefined, classNames: undefined }
  if (labels.length !== listed.length)
    throw new DataError(where, `there must be a label for every picture, got ${labels.length} labels and ${listed.length} pictures`)
  const bad = labels.findIndex((label) => !Number.isInteger(label) || label < 0)
  if (bad >= 0) throw new DataError(where, `a label must be a whole number from 0, got ${described(labels[bad])} for ${listed[bad]!.path}`)
  return {
    pictures: named(listed),
    labels,
    classNames: Array.from({ length: labels.reduce((most, label) => Math.max(most, label), 0) + 1 }, (_, i) => String(i)),
  }
}

/** The order of Keras: all pictures shuffled as one, or as they are. */
export function inKerasOrder<F>(list: PictureList<F>, { shuffle = true, seed = 0 }: ListOptions): PictureList<F> {
  if (!shuffle) return list
  const pictures = [...list.pictures]
  const labels = list.labels && [...list.labels]
  numpyShuffle(pictures, seed)
  if (labels) numpyShuffle(labels, seed)
  return { ...list, pictures, labels }
}

/** One side of a split: the last share is for validation. @throws DataError where a side would have no picture */
export function splitPictures<F>(where: string, list: PictureList<F>, share: number, subset: 'training' | 'validation'): PictureList<F> {
  const { length } = list.pictures
  const at = length - Math.trunc(share * length)
  if (at === length || at === 0) throw new DataError(where, `validationSplit must leave pictures on both sides, got ${share} of ${length}`)
  const part = <T>(all: readonly T[]) => (subset === 'training' ? all.slice(0, at) : all.slice(at))
  return { ...list, pictures: part(list.pictures), labels: list.labels && part(list.labels) }
}

/** One side of a split of each class: the first share of its pictures is for validation. @throws DataError where a side would have no picture */
export function splitClasses<F>(where: string, list: PictureList<F>, share: number, subset: 'training' | 'validation'): PictureList<F> {
  const { pictures, labels } = list
  const total = new Map<number, number>()
  labels!.forEach((label) => total.set(label, (total.get(label) ?? 0) + 1))
  const seen = new Map<number, number>()
  const rows = pictures.flatMap((_, i) => {
    const label = labels![i]!
    const number = seen.get(label) ?? 0
    seen.set(label, number + 1)
    return number < Math.trunc(share * total.get(label)!) === (subset === 'validation') ? [i] : []
  })
  if (!rows.length || rows.length === pictures.length)
    throw new DataError(where, `validationSplit must leave pictures on both sides, got ${share} of ${pictures.length}`)
  return { ...list, pictures: rows.map((i) => pictures[i]!), labels: rows.map((i) => labels![i]!) }
}
