/** Batches that come from outside, checked one by one, pass after pass. */
import { hasIterator, isDataset, type BatchLike, type Batches } from '../dataset.ts'
import { described } from '../described.ts'
import type { DType } from '../dtype.ts'
import type { Network } from '../layers/network.ts'
import { ArgumentError, DataError, ShapeError, ThawError } from '../errors.ts'
import { formatShape, type Shape } from '../shape.ts'
import { ahead } from './ahead.ts'
import type { Batch, Feed } from './batches.ts'
import type { PassRequest } from './sources.ts'

/** Samples after all checks, be it a batch or all of them. */
export interface Checked {
  readonly feed: Feed
  /** At the sizes of the samples. */
  readonly network: Network
  /** Of the samples of each input, on the device. */
  readonly types: readonly DType[]
  /** Shapes of what belongs to one sample, by the names of graph inputs. */
  readonly rows: Readonly<Record<string, Shape>>
}

type Opened = AsyncGenerator<Checked, void, undefined>

const iteratorOf = (given: Iterable<BatchLike> | AsyncIterable<BatchLike>): Iterator<BatchLike> | AsyncIterator<BatchLike> =>
  Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]()

export class Stream {
  /** Samples of a pass; Infinity where nobody knows. */
  readonly count: number
  readonly #where: string
  readonly #given: Batches
  readonly #check: (batch: unknown) => Checked
  /** The pass that `peek` began. */
  #begun: { readonly first: Checked; readonly rest: Opened } | undefined
  #first: Checked | undefined

  /** @param check of one batch; its errors get the batch's number */
  constructor(where: string, given: Batches, check: (batch: unknown) => Checked) {
    this.#where = where
    this.#given = given
    this.#check = check
    this.count = (isDataset(given) ? given.count : undefined) ?? Infinity
  }

  /** Whether it is an iterator, which gives each batch once: passes go on where the one before has ended. */
  get isOnce(): boolean {
    return typeof (this.#given as Partial<Iterator<unknown>>).next === 'function'
  }

  /** Whether no batch is gone of the pass that `peek` began. */
  get isBegun(): boolean {
    return this.#begun !== undefined
  }

  /** Samples of a batch that a dataset is asked for where the caller does not say; undefined where batches come as they are. */
  get batchSize(): number | undefined {
    return isDataset(this.#given) ? (this.#given.batchSize ?? 32) : undefined
  }

  /**
   * Begins a pass, and looks at its first batch. The next `batches` is that pass.
   * @throws as `batches`
   */
  async peek(request: PassRequest): Promise<Checked> {
    const rest = this.#open(request)
    const { done, value } = await rest.next()
    if (done) throw new DataError(this.#where, 'data must give at least one batch, got none (an iterator gives its batches once)')
    this.#begun = { first: value, rest }
    return (this.#first = value)
  }

  /** Ends what `peek` began and nobody has asked for. */
  async close(): Promise<void> {
    const begun = this.#begun
    this.#begun = undefined
    await begun?.rest.return()
  }

  /**
   * The batches of a pass, as they are given; checked, and read ahead.
   * @throws what the data throws, as it is; ShapeError, DataError, ArgumentError with the number of the batch, from 0; DataError where there are
   * fewer than `steps`; the signal's reason
   */
  async *batches(request: PassRequest): AsyncGenerator<Batch> {
    if (!this.#begun) await this.peek(request)
    const { first, rest } = this.#begun!
    this.#begun = undefined
    const { from = 0, steps } = request
    let done = 0
    let count = 0
    for await (const { feed } of continued(first, rest)) {
      count++
      const begin = done
      done += feed.count
      if (done > from && begin < from) {
        const rule = 'training goes on between two batches, so the batches must be those that the state was taken with'
        throw new DataError(this.#where, `${rule}, got one of samples ${begin} to ${done} for position ${from}`)
      }
      if (begin >= from) yield { feed, order: undefined, begin: 0, end: feed.count, done }
    }
    if (steps !== undefined && count < steps)
      throw new DataError(this.#where, `data must give ${steps} batches in a pass, got ${count} (an iterator gives its batches once)`)
  }

  async *#open({ steps, batchSize, epoch, seed, shuffle, signal }: PassRequest): Opened {
    const given = this.#given
    const options = { batchSize, epoch, seed, shuffle, signal }
    const source: unknown = typeof given === 'function' ? given() : isDataset(given) ? given.batches(options) : given
    const iterable = await source
    if (!hasIterator(iterable))
      throw new ArgumentError(this.#where, `data must give batches that can be iterated over, got ${described(iterable)}`)
    let number = 0
    for await (const batch of ahead(iteratorOf(iterable), { limit: steps, signal, close: !this.isOnce })) {
      yield this.#checked(batch, number++)
    }
  }

  #checked(batch: unknown, number: number): Checked {
    try {
      const checked = this.#check(batch)
      if (this.#first) checkAlike(this.#where, checked, this.#first)
      return checked
    } catch (error) {
      if (error instanceof ThawError) error.message = error.message.replace(/^(\[[^\]]*\] )?/, `$1batch ${number}: `)
      throw error
    }
  }
}

/** @throws where a batch does not fit what was made for the first */
function checkAlike(where: string, { network, types, rows }: Checked, first: Checked): void {
  network.inputs.forEach(({ shape, layer }, i) => {
    const [wanted, got] = [first.network.inputs[i]!.shape, shape].map(formatShape)
    if (wanted !== got) throw new ShapeError(where, `samples of ${layer.name} must be of the size of those before, ${wanted}, got ${got}`)
  })
  types.forEach((type, i) => {
    // Bytes become floats without loss.
    if (type === 'f32' && first.types[i] === 'u8') throw new ArgumentError(where, 'samples must be bytes as those before, got floats')
  })
  const names = (of: Checked['rows']) => Object.keys(of).join(', ') || 'none'
  if (names(rows) !== names(first.rows))
    throw new DataError(where, `labels and weights must be those that there were before, ${names(first.rows)}, got ${names(rows)}`)
  for (const [name, shape] of Object.entries(rows)) {
    const wanted = first.rows[name]!
    if (formatShape(shape) !== formatShape(wanted))
      throw new ShapeError(where, `targets must have the shape of those before, ${formatShape(wanted)}, got ${formatShape(shape)}`)
  }
}

async function* continued<T>(first: T, rest: AsyncGenerator<T, void, undefined>): AsyncGenerator<T> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return()
  }
}

/** The parts of a batch, by name. @throws ArgumentError for what is none */
export function partsOf(where: string, batch: unknown): unknown {
  if (!Array.isArray(batch)) return batch
  if (batch.length < 1 || batch.length > 3) throw new ArgumentError(where, `a batch must be { x, y } or [x, y], got ${described(batch)}`)
  const [x, y, sampleWeight] = batch as unknown[]
  return { x, ...(y !== undefined && { y }), ...(sampleWeight !== undefined && { sampleWeight }) }
}
