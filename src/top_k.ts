/** The best of many scores. */
import { ArgumentError, DataError, ShapeError } from './errors.ts'
import { formatShape } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** For each row, largest first. See {@link topK}. */
export interface TopK {
  /** The values themselves. */
  readonly values: readonly (readonly number[])[]
  /** Their places in the row, from 0. */
  readonly indices: readonly (readonly number[])[]
}

/**
 * The `k` largest values of each row of [N,C], and where they are: Keras's ops.top_k. Of equal values the first comes first.
 * @throws ShapeError unless there are rows; ArgumentError for another k than 1 to C; DataError for a NaN
 * @example
 * topK(tensor([0.1, 0.7, 0.2], [1, 3]), 2) // { "values": [[0.7, 0.2]], "indices": [[1, 2]] }
 */
export function topK({ shape, data }: Tensor, k: number): TopK {
  const [N, C] = shape as readonly [number, number]
  if (shape.length !== 2) throw new ShapeError('topK', `values must be [N,C], got ${formatShape(shape)}`)
  if (!Number.isInteger(k) || k < 1 || k > C) throw new ArgumentError('topK', `k must be a whole number from 1 to ${C}, got ${k}`)
  const nan = data.findIndex(Number.isNaN)
  if (nan >= 0) throw new DataError('topK', `values must be numbers, got NaN at ${nan % C} of row ${Math.floor(nan / C)}`)
  const indices = Array.from({ length: N }, (_, row) => {
    const at = (i: number) => data[row * C + i]!
    const order = Array.from({ length: C }, (_, i) => i).sort((a, b) => at(b) - at(a) || a - b)
    return order.slice(0, k)
  })
  return { values: indices.map((row, n) => row.map((i) => data[n * C + i]!)), indices }
}
