/** Dense products in f64. */
import type { DenseAttrs } from '../../src/kernels/dense/dense.ts'
import { finished } from './epilogue.ts'
import { build, sumBound, type Reference } from './reference.ts'
import type { Inputs } from './values.ts'

export function denseReference([x, w, ...others]: Inputs, { activation, xBegin = 0 }: DenseAttrs): Reference {
  const [N, C] = x!.shape as [number, number]
  const [Cw, K] = w!.shape as [number, number]
  return build([N, K], (i) => {
    const [n, k] = [Math.floor(i / K), i % K]
    let [sum, absSum] = [0, 0]
    for (let c = 0; c < Cw; c++) {
      const product = x!.data[n * C + xBegin + c]! * w!.data[c * K + k]!
      sum += product
      absSum += Math.abs(product)
    }
    return finished(i, k, { sum, absSum, terms: Cw }, others, activation)
  })
}

export function denseGradXReference([dy, w]: Inputs): Reference {
  const [N, K] = dy!.shape as [number, number]
  const C = w!.shape[0]!
  return product(
    N,
    C,
    K,
    (n, k) => dy!.data[n * K + k]!,
    (k, c) => w!.data[c * K + k]!,
  )
}

export function denseGradWReference([x, dy]: Inputs): Reference {
  const [N, C] = x!.shape as [number, number]
  const K = dy!.shape[1]!
  return product(
    C,
    K,
    N,
    (c, n) => x!.data[n * C + c]!,
    (n, k) => dy!.data[n * K + k]!,
  )
}

function product(
  rows: number,
  columns: number,
  depth: number,
  a: (row: number, d: number) => number,
  b: (d: number, column: number) => number,
): Reference {
  return build([rows, columns], (i) => {
    let sum = 0
    let absSum = 0
    for (let d = 0; d < depth; d++) {
      const term = a(Math.floor(i / columns), d) * b(d, i % columns)
      sum += term
      absSum += Math.abs(term)
    }
    return [sum, sumBound(depth, absSum)]
  })
}
