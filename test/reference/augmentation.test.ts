/**
 * The oracles of augmentation against what Keras's layers make of the same numbers (test/golden/make_augmentation.py). Keras computes in f32 as
 * well: places by some roundings of the picture's size, which the largest difference of two pixels scales. No GPU.
 */
import { expect, test } from 'vitest'
import golden from '../golden/augmentation.json'
import { mismatch } from '../support/close.ts'
import { adjustColorReference, channelMeans, pictureShiftReference } from './adjust_color.ts'
import { affineMatrixReference, affineTransformReference } from './affine.ts'
import { eraseReference, mixRowsReference } from './augmentation.ts'
import { EPS, type Reference } from './reference.ts'
import type { Values } from './values.ts'

interface Attrs {
  readonly kind: string
  readonly range?: [number, number]
  readonly fill?: number | number[]
  readonly axes?: string[]
  readonly fillMode?: string
  readonly scipy?: boolean
  readonly interpolation?: string
  readonly fillValue?: number
}

const seed = { shape: [2], data: [0, 0] }

function ours(attrs: Attrs, x: Values, numbers: Values): Reference {
  const { kind, range, fill } = attrs
  if (fill !== undefined && range) return eraseReference([x, numbers, seed], { fill, range, salt: 0 })
  if (range) return adjustColorReference([x, numbers, kind === 'contrast' ? channelMeans(x) : undefined], { kind, range })
  const [, height, width] = x.shape as readonly [number, number, number, number]
  const matrix = affineMatrixReference([numbers], { ...attrs, height, width })
  const sampling = { fillMode: 'nearest', interpolation: 'nearest', fillValue: 0, ...attrs, height, width }
  return affineTransformReference([x, { shape: matrix.shape, data: Float32Array.from(matrix.y) }], sampling)
}

/** Keras's turns are degrees in f32: three roundings of up to 2 pi, on what lies up to half a picture from the centre. */
const PLACE = 12 * EPS

test.each(golden.cases.map((c) => ({ ...c, title: `${c.layer} ${JSON.stringify(c.attrs)}` })))(
  '$title',
  ({ attrs, x: picture, numbers, y }) => {
    const x = golden.pictures[picture as keyof typeof golden.pictures]
    const reference = ours(attrs as Attrs, x, numbers)
    const largest = Math.max(...x.data)
    const extra = attrs.kind === 'flip' ? 0 : attrs.range || attrs.interpolation === 'nearest' ? 4 * EPS * largest : PLACE * 10 * largest
    expect(mismatch(Float32Array.from(y.data), { ...reference, bound: reference.bound.map((b) => b + extra) })).toBeUndefined()
  },
)

test.each(golden.mixed)('$layer', ({ attrs, x: picture, numbers, y, labels, mixed }) => {
  const x = golden.pictures[picture as keyof typeof golden.pictures]
  const order = { shape: [2], data: [1, 0] }
  const wide = (reference: Reference) => ({ ...reference, bound: reference.bound.map((b) => 2 * b) }) // Keras rounds as we do
  expect(mismatch(Float32Array.from(y.data), wide(mixRowsReference([x, order, numbers], attrs)))).toBeUndefined()
  expect(mismatch(Float32Array.from(mixed.data), wide(mixRowsReference([labels, order, numbers], { kind: 'blend' })))).toBeUndefined()
})

test.each(golden.shifted)('$kind shifted, $what', ({ kind, by, x, y }) => {
  const factors = { shape: [by.length, 1], data: Float32Array.from(by) }
  const reference = pictureShiftReference([x, factors], { kind })
  expect(mismatch(Float32Array.from(y.data), reference)).toBeUndefined()
})
