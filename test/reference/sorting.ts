/** Oracles of the ops that put rows in order. */
import type { ArgMaxAttrs } from '../../src/kernels/arg_max.ts'
import { build, type Reference } from './reference.ts'
import type { Inputs, Values } from './values.ts'

/** Places of a row's values in order: equal ones as they come, NaN as larger than any number. */
function places(row: readonly number[], descending: boolean): number[] {
  const compare = (a: number, b: number) =>
    Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0
  return row.map((_, i) => i).sort((i, j) => compare(row[i]!, row[j]!) * (descending ? -1 : 1) || i - j)
}

const rowsOf = ({ shape: [N, C], data }: Values): number[][] =>
  Array.from({ length: N! }, (_, n) => Array.from({ length: C! }, (_, c) => data[n * C! + c]!))

export function sortPlacesReference([x]: Inputs, { k, descending }: { k: number; descending: boolean }): Reference {
  const found = rowsOf(x!).flatMap((row) => places(row, descending).slice(0, k))
  return build([x!.shape[0]!, k], (i) => [found[i]!, 0])
}

export function argMaxReference([x]: Inputs, { smallest, signedZeros }: ArgMaxAttrs): Reference {
  const signed = (v: number) => (signedZeros && Object.is(v, -0) ? -Number.MIN_VALUE : v)
  const found = rowsOf(x!).map(
    (row) =>
      places(
        row.map((v) => signed(v) * (smallest ? -1 : 1)),
        true,
      )[0]!,
  )
  return build([x!.shape[0]!], (i) => [found[i]!, 0])
}

export function takeAlongReference([x, index]: Inputs): Reference {
  const [C, K] = [x!.shape[1]!, index!.shape[1]!]
  return build(index!.shape, (i) => [x!.data[Math.floor(i / K) * C + index!.data[i]!]!, 0])
}
