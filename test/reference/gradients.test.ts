/** The oracles of gradients against what TensorFlow computed (test/golden/make_gradients.py): ties, NaN, padding, positions. No GPU. */
import { describe, expect, test } from 'vitest'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import golden from '../golden/gradients.json'
import { mismatch } from '../support/close.ts'
import { argmaxOf, gradAttrs } from '../support/pools.ts'
import type { Tensor } from '../support/run-op.ts'
import { lrnGradReference } from './activation.ts'
import { avgPoolGradReference, globalMaxPoolGradReference, globalMaxPoolReference, maxPoolGradReference } from './pooling.ts'
import { EPS, type Reference } from './reference.ts'
import { resizeBilinearGradReference, resizeNearestGradReference } from './shaping.ts'

interface GoldenTensor {
  shape: number[]
  /** null is NaN. */
  data: (number | null)[]
}

interface GoldenCase {
  name: string
  x: GoldenTensor
  attrs: object
  dy: GoldenTensor
  dx: GoldenTensor
}

/** The gradient by x; attrs come from JSON, where their types are lost. */
type Oracle = (x: Tensor, dy: Tensor, attrs: never) => Reference

const sizeOfImage = ({ shape }: Tensor) => ({ height: shape[1]!, width: shape[2]! })

/**
 * TensorFlow places samples in f32: a position up to `size` pixels has an error of some 4 roundings, which the weights of both axes have then,
 * in each of the output pixels that read one.
 */
const bilinear: Oracle = (x, dy, attrs: { mode: 'halfPixel' }) => {
  const reference = resizeBilinearGradReference([dy], { ...sizeOfImage(x), ...attrs, ...sizeOfImage(x) })
  const readers = [1, 2].reduce((n, axis) => n * (Math.ceil((2 * dy.shape[axis]!) / x.shape[axis]!) + 1), 1)
  const largest = Math.max(...dy.data.map(Math.abs))
  const size = Math.max(...x.shape, ...dy.shape)
  return { ...reference, bound: reference.bound.map((b) => b + 2 * (4 * size + 2) * EPS * readers * largest) }
}

const oracles: Record<keyof typeof golden, Oracle> = {
  maxPool: (x, dy, attrs: PoolAttrs) => maxPoolGradReference([dy, argmaxOf(x, attrs)], gradAttrs(attrs, x.shape)),
  avgPool: (x, dy, attrs: PoolAttrs) => avgPoolGradReference([dy], gradAttrs(attrs, x.shape)),
  globalMaxPool: (x, dy) => {
    const { shape, y } = globalMaxPoolReference([x])
    return globalMaxPoolGradReference([x, { shape, data: y }, dy])
  },
  resizeBilinear: bilinear,
  resizeNearest: (x, dy) => resizeNearestGradReference([dy], sizeOfImage(x)),
  lrn: (x, dy, attrs) => lrnGradReference([x, dy], attrs),
}

const tensor = ({ shape, data }: GoldenTensor): Tensor => ({ shape, data: Float32Array.from(data, (v) => v ?? NaN) })

describe.each(Object.entries(oracles))('%s', (op, oracle) => {
  test.each(golden[op as keyof typeof golden] as GoldenCase[])('$name', ({ x, dy, attrs, dx }) => {
    const reference = oracle(tensor(x), tensor(dy), attrs as never)
    expect(reference.shape).toEqual(dx.shape)
    expect(mismatch(tensor(dx).data as Float32Array, reference)).toBeUndefined()
  })
})
