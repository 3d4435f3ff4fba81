import { expect, test } from 'vitest'
import { preprocess, type PreprocessAttrs } from '../../src/kernels/preprocess.ts'
import { preprocessReference } from '../reference/elementwise.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

const modes = ['caffe', 'tf', 'torch', 'unit', 'bvlc'] as const
const cases: OpCase<PreprocessAttrs>[] = modes.flatMap((mode) => [
  { name: mode, inputs: [values([2, 5, 7, 3], 1, 0, 255)], attrs: { mode } },
  { name: `${mode}, one pixel`, inputs: [values([1, 1, 1, 3], 2, 0, 255)], attrs: { mode } },
])
testOp(
  preprocess,
  [
    ...cases,
    { name: 'tf, one channel', inputs: [values([1, 5, 5, 1], 3, 0, 255)], attrs: { mode: 'tf' } },
    { name: 'unit, five channels', inputs: [values([1, 3, 3, 5], 4, 0, 255)], attrs: { mode: 'unit' } },
    { name: 'tf, 64 channels', inputs: [values([1, 2, 2, 64], 5, 0, 255)], attrs: { mode: 'tf' } },
  ],
  preprocessReference,
)

test('refuses channels and modes', () => {
  const grey = () => preprocess.shape([[1, 5, 5, 1]], { mode: 'caffe' })
  expect(grey).toThrow('[preprocess] mode caffe takes 3 channels (RGB), got 1 in x [1,5,5,1]')
  const unknown = { mode: 'bgr' } as unknown as PreprocessAttrs
  expect(() => preprocess.shape([[1, 5, 5, 3]], unknown)).toThrow('[preprocess] mode must be one of caffe, tf, torch, unit, bvlc, got bgr')
})
