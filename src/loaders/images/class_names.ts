/** Names of classes: Keras's class index file for ImageNet, lists of one's own, and decode_predictions. */
import { ArgumentError, DataError, FileError, ShapeError } from '../../errors.ts'
import { bytesOf, isBytes, type BytesInput } from '../bytes/blob.ts'
import { fetchBytes } from '../bytes/fetch.ts'
import { classIndexFile } from '../weights/manifest.ts'
import { formatShape } from '../../shape.ts'
import type { Tensor } from '../../tensor.ts'

/** What a class is called: `['n01440764', 'tench']`; without a WordNet id `[undefined, 'tench']`. */
export type ClassName = readonly [wnid: string | undefined, label: string]

/** Names of all classes, by their numbers. See {@link loadClassIndex}. */
export type ClassIndex = readonly ClassName[]

/** A class that {@link decodePredictions} found, with its score. */
export interface Prediction {
  /** WordNet id, such as `n02123045`, where the class has one. */
  readonly wnid?: string
  /** Such as `tabby`. */
  readonly label: string
  /** What the network gave. */
  readonly score: number
  /** The class's number, from 0. */
  readonly index: number
}

/** A URL, the file or its bytes, or the names themselves as a list or an object. See {@link loadClassIndex}. */
export type ClassIndexInput = string | URL | BytesInput | object

/** How class names are fetched. See {@link loadClassIndex}. */
export interface ClassIndexOptions {
  /** Ends the loading with its reason. */
  signal?: AbortSignal
  /** For URLs. Default: the global fetch. */
  fetch?: typeof globalThis.fetch
}

/**
 * Where Keras gets the file.
 * @example
 * // from the web
 * const names = await loadClassIndex(CLASS_INDEX_URL, { signal }) // the same as without arguments, but for the signal
 */
export const CLASS_INDEX_URL = classIndexFile.url

/** JSON where it begins as an object or a list does, else a name a line. */
function parse(bytes: Uint8Array, where: string): unknown {
  const refuse = (rule: string, cause: unknown) => new FileError('corrupt', `[${where}] ${rule}, got ${String(cause)}`, {}, { cause })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refuse('class names must be text in UTF-8', cause)
  }
  if (/^\s*<(!doctype|html)/i.test(text)) throw refuse('class names must be text or JSON', 'a web page')
  if (!/^\s*[[{]/.test(text)) return lines(text)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refuse('class names that begin with a bracket must be JSON', cause)
  }
}

/** A name a line. Where each line begins with its own number (`0 cat`, as Teachable Machine has it), that is none of the name. */
function lines(text: string): string[] {
  const all = text.trimEnd().split(/\r\n|\r|\n/).map((line) => line.trim()) // prettier-ignore
  const numbered = all.map((line, i) => new RegExp(`^${i}[\\s:,]+(.+)$`).exec(line)?.[1])
  return numbered.every((name) => name !== undefined) ? numbered : all
}

/** Plain names as a class index. */
export const classIndexOf = (names: readonly string[]): ClassIndex => names.map((name) => [undefined, name])

/** Number to name, from `{ name: number }`, which is Keras's `class_indices`; undefined for what is not that. */
function byName(entries: readonly (readonly [string, unknown])[]): Map<string, unknown> | undefined {
  if (!entries.every(([, value]) => typeof value === 'number')) return undefined
  return new Map(entries.map(([name, index]) => [String(index), name]))
}

/** @throws FileError `corrupt` naming the first class that is not as it should be */
function checked(content: unknown, where: string): ClassIndex {
  const entries = typeof content === 'object' && content !== null ? Object.entries(content) : []
  const refuse = (rule: string) => new FileError('corrupt', `[${where}] ${rule}`)
  if (!entries.length) throw refuse('there must be a class name at least, got none')
  const names = (Array.isArray(content) ? undefined : byName(entries)) ?? new Map<string, unknown>(entries)
  return Array.from({ length: entries.length }, (_, i) => {
    if (!names.has(String(i))) throw refuse(`${entries.length} classes must have the numbers 0 to ${entries.length - 1}, got no ${i}`)
    const entry = names.get(String(i))
    const [wnid, label] = (Array.isArray(entry) && entry.length === 2 ? entry : [undefined, entry]) as unknown[]
    if ((wnid === undefined || (typeof wnid === 'string' && wnid)) && typeof label === 'string' && label) return [wnid, label] as ClassName
    throw refuse(`class ${i} must be a name or [wnid, name], got ${JSON.stringify(entry)}`)
  })
}

/**
 * Loads the names of classes, as many as there are: Keras's imagenet_class_index.json, `{"0": ["n01440764", "tench"], ...}`; a JSON object of
 * numbers to names, or of names to numbers (Keras's `class_indices`); a JSON list; a text with a name a line (`labels.txt`).
 * @param source default: `CLASS_INDEX_URL`
 * @throws FileError `http`, `truncated`, `integrity` (a picked file that cannot be read); `corrupt` unless each class from 0 on has a name; the
 * signal's reason
 * @example
 * await loadClassIndex({ cat: 0, dog: 1 }) // [[null, "cat"], [null, "dog"]]
 * await loadClassIndex(new Blob(['cat\ndog\n'])) // [[null, "cat"], [null, "dog"]]
 */
export async function loadClassIndex(source: ClassIndexInput = CLASS_INDEX_URL, options: ClassIndexOptions = {}): Promise<ClassIndex> {
  options.signal?.throwIfAborted()
  const where = 'class index'
  if (typeof source === 'string' || source instanceof URL) return checked(parse(await fetchBytes(source, options), where), where)
  return checked(isBytes(source) ? parse(await bytesOf(source, options.signal), where) : source, where)
}

/** Numbers of the highest scores first, as decode_predictions orders them. Among equal scores the higher number, as a stable argsort, reversed, has it. */
export function highest(scores: Float32Array | Uint8Array, top: number): number[] {
  const order = Array.from(scores, (_, i) => i)
  return order.sort((a, b) => scores[b]! - scores[a]! || b - a).slice(0, top)
}

/** A class by its number, with its name. */
export function named(classIndex: ClassIndex, index: number, score: number): Prediction {
  const [wnid, label] = classIndex[index]!
  return { ...(wnid !== undefined && { wnid }), label, score, index }
}

/**
 * Keras's decode_predictions, for any number C of classes: for every row of [N,C] the best classes, highest score first.
 * @param options.top how many, 1 to C; default 5, or all where there are fewer
 * @param options.classIndex from `loadClassIndex`: C names
 * @throws ShapeError unless the shape is [N,C] with as many classes as names; DataError for a NaN; ArgumentError
 * @example
 * const scores = tensor([0.1, 0.7, 0.2], [1, 3])
 * const classIndex = await loadClassIndex(['cat', 'dog', 'bird'])
 * decodePredictions(scores, { top: 1, classIndex }) // [[{ "label": "dog", "score": 0.7, "index": 1 }]]
 */
export function decodePredictions(predictions: Tensor, options: { top?: number; classIndex: ClassIndex }): Prediction[][] {
  const { classIndex } = options
  const { shape, data } = predictions
  const where = 'decode_predictions'
  if (!classIndex?.length) throw new ArgumentError(where, 'classIndex must name the classes (see loadClassIndex), got none')
  const classes = classIndex.length
  if (shape.length !== 2 || shape[1] !== classes) {
    throw new ShapeError(where, `predictions must be [N,${classes}], as classIndex names ${classes} classes, got ${formatShape(shape)}`)
  }
  const { top = Math.min(5, classes) } = options
  if (!Number.isInteger(top) || top < 1 || top > classes) {
    throw new ArgumentError(where, `top must be a whole number from 1 to ${classes}, got ${top}`)
  }
  const nan = data.findIndex(Number.isNaN)
  if (nan >= 0) {
    throw new DataError(where, `scores must be numbers, got NaN for class ${nan % classes} of row ${Math.floor(nan / classes)}`)
  }
  return Array.from({ length: shape[0]! }, (_, row) => {
    const scores = data.subarray(row * classes, (row + 1) * classes)
    return highest(scores, top).map((index) => named(classIndex, index, scores[index]!))
  })
}
