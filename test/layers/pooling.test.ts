/** Pools in ceil mode, by hand: the rule of Caffe (pooling_layer.cpp), which Keras does not have. */
import { expect, test } from 'vitest'
import { layers, Model } from '../../src/index.ts'
import type { Pooling2DOptions } from '../../src/layers/pooling.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()

type Pool = 'maxPooling2d' | 'averagePooling2d'

/** Pools a column of the numbers 1 to `rows`. */
async function pooled(pool: Pool, rows: number, options: Pooling2DOptions): Promise<number[]> {
  const input = layers.input({ shape: [rows, 1, 1] })
  using model = new Model({ inputs: input, outputs: layers[pool](options).apply(input) })
  await model.compile({ device: device() })
  const y = await model.predict({ shape: [1, rows, 1, 1], data: Float32Array.from({ length: rows }, (_, i) => i + 1) })
  return [...y.data]
}

const column = (size: number, stride: number, padding: Pooling2DOptions['padding'] = 'valid'): Pooling2DOptions => ({
  poolSize: [size, 1],
  strides: [stride, 1],
  padding,
  ceilMode: true,
})

test.each<[what: string, pool: Pool, rows: number, options: Pooling2DOptions, y: number[]]>([
  ['a last window that ends outside counts', 'maxPooling2d', 6, column(5, 3), [5, 6]],
  ['and its average is that of the pixels inside', 'averagePooling2d', 6, column(5, 3), [3, 5]],
  ['windows that fit are those of floor mode', 'maxPooling2d', 7, column(3, 2), [3, 5, 7]],
  ['an image smaller than the window has one', 'averagePooling2d', 2, column(3, 2), [1.5]],
  ['padding is left out of an average', 'averagePooling2d', 6, column(3, 2, [1, 0, 1, 0]), [1.5, 3, 5, 6]],
  ['a window that would begin below the image does not count', 'maxPooling2d', 5, column(2, 3, [0, 0, 1, 0]), [2, 5]],
])('%s', async (_, pool, rows, options, y) => {
  expect(await pooled(pool, rows, options)).toEqual(y)
})

test('floor mode leaves the rest out', async () => {
  expect(await pooled('maxPooling2d', 6, { ...column(5, 3), ceilMode: false })).toEqual([5])
})
