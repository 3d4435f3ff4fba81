/** Batches of samples, from wherever they come: what models are fed with that is not in memory as a whole. Anybody can write one. */
import type { PictureOptions } from './about.ts'
import { isRecord } from './described.ts'
import type { Structure } from './structure.ts'
import type { Tensor } from './tensor.ts'

/** Samples that are trained on, evaluated or predicted together. See {@link Model}. */
export interface Batch {
  /** A tensor [N,...]; for a model with several inputs an array of them in order, or a record by the inputs' names. */
  readonly x: Structure<Tensor>
  /** What the loss takes; predict needs none. */
  readonly y?: Structure<Tensor | ArrayLike<number>>
  /** A weight for each sample's loss. */
  readonly sampleWeight?: Structure<Tensor | ArrayLike<number>>
}

/** A batch, or its parts in Keras's order. In predict the samples alone will do. See {@link Model}. */
export type BatchLike = Batch | Tensor | readonly [x: Batch['x'], y?: Batch['y'], sampleWeight?: Batch['sampleWeight']]

/** What is asked of a dataset for one pass over its samples. See {@link imageDataset}. */
export interface BatchOptions {
  /** Counts from 0, and on from that of a state that training goes on from. 0 where nothing is trained. */
  readonly epoch: number
  /** For all that is drawn: with the same seed and epoch, the same batches must come again. */
  readonly seed: number
  /** Samples of each batch; the last may have fewer, none more. */
  readonly batchSize: number
  /** Whether the samples shall come in an order of this epoch; undefined: as the dataset pleases. */
  readonly shuffle: boolean | undefined
  /** To be honoured while something slow is under way. */
  readonly signal: AbortSignal | undefined
}

/** Samples in batches, as often as they are asked for. See {@link imageDataset}. */
export interface Dataset {
  /** Samples of one pass, where it is known. */
  readonly count?: number
  /** Names of the classes, by their numbers. */
  readonly classNames?: readonly string[]
  /** How its pictures were made, where they are pictures. A model that is fitted takes this over, and the names. */
  readonly pictures?: PictureOptions
  /** Samples of a batch where the caller does not say. Default 32. */
  readonly batchSize?: number
  /** The batches of one pass. */
  batches(options: BatchOptions): Iterable<BatchLike> | AsyncIterable<BatchLike>
}

/**
 * What gives batches: a dataset; an iterable of batches, read from its beginning for every pass, or an iterator, such as a generator, which goes
 * on where it is; or a function that gives either, called for every pass. See {@link Model}.
 */
export type Batches =
  | Dataset
  | Iterable<BatchLike>
  | AsyncIterable<BatchLike>
  | (() => Iterable<BatchLike> | AsyncIterable<BatchLike> | PromiseLike<Iterable<BatchLike> | AsyncIterable<BatchLike>>)

/** Where data that is no dataset of its own has batches. */
export const hasIterator = (given: unknown): given is Iterable<BatchLike> | AsyncIterable<BatchLike> =>
  typeof given === 'object' && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given) && !ArrayBuffer.isView(given)

export const isDataset = (given: unknown): given is Dataset => isRecord(given) && typeof given['batches'] === 'function'

/** Whether data comes in batches, and not as tensors. An array may be tensors, too: those of several inputs. */
export function isBatches(given: unknown): given is Batches {
  if (!Array.isArray(given)) return typeof given === 'function' || isDataset(given) || hasIterator(given)
  const first: unknown = given[0]
  return Array.isArray(first) || (isRecord(first) && 'x' in first)
}
