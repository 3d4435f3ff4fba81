/** Names for the 1000 ImageNet classes: Keras's class index file and decode_predictions. */
import { ArgumentError, DataError, FileError, ShapeError } from '../../errors.ts'
import { bytesOf, isBytes, type BytesInput } from '../bytes/blob.ts'
import { fetchBytes } from '../bytes/fetch.ts'
import { classIndexFile } from '../weights/manifest.ts'
import { formatShape } from '../../shape.ts'
import type { Tensor } from '../../tensor.ts'

/** WordNet id and label of every class, by its number: `['n01440764', 'tench']`. */
export type ClassIndex = readonly (readonly [wnid: string, label: string])[]

export interface Prediction {
  /** WordNet id, such as `n02123045`. */
  readonly wnid: string
  /** Such as `tabby`. */
  readonly label: string
  /** What the network gave. */
  readonly score: number
  /** The class's number, 0 to 999. */
  readonly index: number
}

/** A URL, the file or its bytes, or what JSON.parse made of it. */
export type ClassIndexInput = string | URL | BytesInput | object

export interface ClassIndexOptions {
  signal?: AbortSignal
  /** For URLs. Default: the global fetch. */
  fetch?: typeof globalThis.fetch
}

/** Where Keras gets the file. */
export const CLASS_INDEX_URL = classIndexFile.url
const CLASSES = 1000

function parse(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new FileError('corrupt', `[${where}] a class index must be JSON, got ${String(cause)}`, {}, { cause })
  }
}

/** @throws FileError `corrupt` naming the first class that is not as it should be */
function checked(content: unknown, where: string): ClassIndex {
  const entries = typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {}
  const refuse = (rule: string) => new FileError('corrupt', `[${where}] ${rule}`)
  const count = Object.keys(entries).length
  if (count !== CLASSES) throw refuse(`a class index must have ${CLASSES} classes, got ${count}`)
  return Array.from({ length: CLASSES }, (_, i) => {
    const entry = entries[i]
    const [wnid, label] = (Array.isArray(entry) && entry.length === 2 ? entry : []) as unknown[]
    if (typeof wnid === 'string' && wnid && typeof label === 'string' && label) return [wnid, label] as const
    throw refuse(`class ${i} must be [wnid, label], got ${JSON.stringify(entry)}`)
  })
}

/**
 * Loads Keras's imagenet_class_index.json: `{"0": ["n01440764", "tench"], ...}`.
 * @param source default: `CLASS_INDEX_URL`
 * @throws FileError `http`, `truncated`, `integrity` (a picked file that cannot be read); `corrupt` unless it names 1000 classes; the signal's reason
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

/**
 * Keras's decode_predictions: for every row of [N,1000] the best classes, highest score first.
 * @param options.top how many, 1 to 1000; default 5
 * @param options.classIndex from `loadClassIndex`
 * @throws ShapeError unless the shape is [N,1000]; DataError for a NaN; ArgumentError
 */
export function decodePredictions(predictions: Tensor, options: { top?: number; classIndex: ClassIndex }): Prediction[][] {
  const { top = 5, classIndex } = options
  const { shape, data } = predictions
  if (shape.length !== 2 || shape[1] !== CLASSES) {
    throw new ShapeError('decode_predictions', `predictions must be [N,${CLASSES}], got ${formatShape(shape)}`)
  }
  if (!Number.isInteger(top) || top < 1 || top > CLASSES) {
    throw new ArgumentError('decode_predictions', `top must be a whole number from 1 to ${CLASSES}, got ${top}`)
  }
  if (classIndex?.length !== CLASSES) {
    throw new ArgumentError('decode_predictions', `classIndex must name ${CLASSES} classes, got ${classIndex?.length ?? 'none'}`)
  }
  const nan = data.findIndex(Number.isNaN)
  if (nan >= 0) {
    throw new DataError(
      'decode_predictions',
      `scores must be numbers, got NaN for class ${nan % CLASSES} of row ${Math.floor(nan / CLASSES)}`,
    )
  }
  return Array.from({ length: shape[0]! }, (_, row) => {
    const scores = data.subarray(row * CLASSES, (row + 1) * CLASSES)
    return highest(scores, top).map((index) => {
      const [wnid, label] = classIndex[index]!
      return { wnid, label, score: scores[index]!, index }
    })
  })
}
