/** Cuts the rows that a pass feeds on into batches, as a plan takes them. */
import type { DType } from '../dtype.ts'
import type { Plan, PlanInputs } from '../plan/plan.ts'
import type { Shape } from '../shape.ts'
import { sampleSize } from '../tensor.ts'
import { inputName, type Samples } from './inputs.ts'

type Values = PlanInputs[string]

/** What a pass feeds on, row by row, by plan input. */
export interface Feed {
  readonly count: number
  readonly rows: ReadonlyMap<string, { readonly data: Values; readonly size: number }>
}

/** What belongs to each sample, a row each. */
interface Rows {
  readonly shape: Shape
  readonly data: Values
}

/** Samples as they are, and what belongs to each of them: targets, features, or the numbers of their rows. */
export function feedOf({ tensors, count }: Samples, others: Readonly<Record<string, Rows>> = {}): Feed {
  const all: (readonly [name: string, rows: Rows])[] = [...tensors.map((t, i) => [inputName(i), t] as const), ...Object.entries(others)]
  return { count, rows: new Map(all.map(([name, { data, shape }]) => [name, { data, size: sampleSize(shape) }])) }
}

/** A range of rows. */
export interface Range {
  /** Of the first. */
  readonly begin: number
  readonly end: number
}

const ARRAYS = { f32: Float32Array, f16: Uint16Array, u32: Uint32Array, u8: Uint8Array } as const

interface Row {
  readonly name: string
  readonly data: Values
  /** Values of one row. */
  readonly size: number
  readonly dtype: DType
}

export class Batches {
  readonly #size: number
  readonly #order: Uint32Array | undefined
  readonly #rows: readonly Row[]
  readonly #types: ReadonlyMap<string, DType>
  /** Used for every batch anew. */
  readonly #scratch = new Map<string, Values>()

  /** @param order which row comes when; undefined for as they are. Of the feed, what the plan has inputs for is used. */
  constructor({ inputTypes }: Plan, feed: Feed, size: number, order: Uint32Array | undefined) {
    this.#size = size
    this.#order = order
    this.#rows = [...feed.rows].flatMap(([name, row]) => {
      const dtype = inputTypes.get(name)
      return dtype ? [{ name, dtype, ...row }] : []
    })
    this.#types = inputTypes
  }

  /**
   * The inputs for rows of the order, good until the next call. Where they are too few, the last one comes again, so that whatever is computed
   * of it is as finite as the rest. Where the plan takes them: `weight`, 1 for these rows and 0 for those that fill up; `dLoss`, the gradient of the
   * rows' mean loss by the loss of each.
   */
  inputs(range: Range): Record<string, Values> {
    const inputs: Record<string, Values> = {}
    for (const row of this.#rows) {
      const { name, data, size, dtype } = row
      const whole = !this.#order && range.end - range.begin === this.#size && data instanceof ARRAYS[dtype]
      inputs[name] = whole ? data.subarray(range.begin * size, range.end * size) : this.#gather(row, range)
    }
    const count = range.end - range.begin
    for (const [name, value] of Object.entries({ weight: 1, dLoss: 1 / count })) {
      if (this.#types.has(name)) inputs[name] = this.#take(name, 'f32', this.#size).fill(value, 0, count).fill(0, count)
    }
    return inputs
  }

  #gather({ name, data, size, dtype }: Row, { begin, end }: Range): Values {
    const batch = this.#take(name, dtype, this.#size * size)
    for (let i = 0; i < this.#size; i++) {
      const at = Math.min(begin + i, end - 1)
      const from = (this.#order ? this.#order[at]! : at) * size
      batch.set(data.subarray(from, from + size), i * size)
    }
    return batch
  }

  #take(name: string, dtype: DType, length: number): Values {
    let scratch = this.#scratch.get(name)
    if (!scratch) this.#scratch.set(name, (scratch = new ARRAYS[dtype](length)))
    return scratch
  }
}
