/** Batches of rows, and how a plan is fed with them. */
import type { DType } from '../dtype.ts'
import type { HostValues } from '../plan/inputs.ts'
import type { Plan } from '../plan/plan.ts'
import type { Shape } from '../shape.ts'
import { sampleSize } from '../tensor.ts'
import { inputName, type Samples } from './inputs.ts'

export type Values = HostValues

/** Rows by number: of each plan input, so many values a row. */
export interface Feed {
  readonly count: number
  readonly rows: ReadonlyMap<string, { readonly data: Values; readonly size: number }>
}

/** What belongs to each sample, a row each. */
export interface Rows {
  readonly shape: Shape
  readonly data: Values
}

/** Samples as they are, and what belongs to each of them: targets, features, or the numbers of their rows. */
export function feedOf({ tensors, count }: Samples, others: Readonly<Record<string, Rows>> = {}): Feed {
  const all: (readonly [name: string, rows: Rows])[] = [...tensors.map((t, i) => [inputName(i), t] as const), ...Object.entries(others)]
  return { count, rows: new Map(all.map(([name, { data, shape }]) => [name, { data, size: sampleSize(shape) }])) }
}

/** A batch: rows of a feed, which may hold this batch alone or all samples. */
export interface Batch {
  readonly feed: Feed
  /** The numbers of the rows are those from `begin` to `end`, or what stands there in the order. */
  readonly order: Uint32Array | undefined
  readonly begin: number
  readonly end: number
  /** Samples of the pass that are done with it. */
  readonly done: number
}

/** The number of a batch's first sample in its pass. */
export const firstOf = ({ begin, end, done }: Batch): number => done - (end - begin)

/** What batches come from, in the order of a pass. Those of a dataset may take their time. */
export type BatchStream = Iterable<Batch> | AsyncIterable<Batch>

export interface RowsOptions {
  readonly order?: Uint32Array
  /** Samples done before. Default 0. */
  readonly from?: number
  /** Samples done in the end. Default: all. */
  readonly to?: number
}

/** Rows of a feed in batches, the last of what is left. */
export function* batchesOf(feed: Feed, size: number, { order, from = 0, to = feed.count }: RowsOptions = {}): Generator<Batch> {
  for (let begin = from; begin < to; begin += size) {
    const end = Math.min(to, begin + size)
    yield { feed, order, begin, end, done: end }
  }
}

/** The same samples in batches of at most so many rows: for passes in which a batch is nothing but its samples. */
export async function* within(size: number, batches: BatchStream): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    for (let begin = batch.begin; begin < batch.end; begin += size) {
      const end = Math.min(batch.end, begin + size)
      yield { ...batch, begin, end, done: batch.done - (batch.end - end) }
    }
  }
}

const ARRAYS = { f32: Float32Array, f16: Uint16Array, u32: Uint32Array, u8: Uint8Array } as const

/** Makes the inputs of a plan of batches. */
export class Filler {
  readonly #size: number
  readonly #types: ReadonlyMap<string, DType>
  /** Used for every batch anew. */
  readonly #scratch = new Map<string, Values>()

  /** @param size rows that the plan takes */
  constructor({ inputTypes }: Plan, size: number) {
    this.#size = size
    this.#types = inputTypes
  }

  /**
   * The inputs for a batch, good until the next call; of its feed, what the plan has inputs for. Where the rows are too few, the last one comes
   * again, so that whatever is computed of it is as finite as the rest. Where the plan takes them: `weight`, 1 for these rows and 0 for those
   * that fill up; `dLoss`, the gradient of the batch's mean loss by the loss of each.
   * @param part the rows that are meant, where it is not the whole batch
   */
  inputs(batch: Batch, part: { readonly begin: number; readonly end: number } = batch): Record<string, Values> {
    const inputs: Record<string, Values> = {}
    for (const [name, { data, size }] of batch.feed.rows) {
      const dtype = this.#types.get(name)
      if (!dtype) continue
      const whole = !batch.order && part.end - part.begin === this.#size && data instanceof ARRAYS[dtype]
      if (whole) inputs[name] = data.subarray(part.begin * size, part.end * size)
      else this.#gather(data, size, batch.order, part, (inputs[name] = this.#take(name, dtype, this.#size * size)))
    }
    const count = part.end - part.begin
    for (const [name, value] of Object.entries({ weight: 1, dLoss: 1 / (batch.end - batch.begin) })) {
      if (this.#types.has(name)) inputs[name] = this.#take(name, 'f32', this.#size).fill(value, 0, count).fill(0, count)
    }
    return inputs
  }

  #gather(data: Values, size: number, order: Uint32Array | undefined, { begin, end }: { begin: number; end: number }, to: Values): void {
    for (let i = 0; i < this.#size; i++) {
      const at = Math.min(begin + i, end - 1)
      const from = (order ? order[at]! : at) * size
      to.set(data.subarray(from, from + size), i * size)
    }
  }

  #take(name: string, dtype: DType, length: number): Values {
    let scratch = this.#scratch.get(name)
    if (!scratch) this.#scratch.set(name, (scratch = new ARRAYS[dtype](length)))
    return scratch
  }
}
