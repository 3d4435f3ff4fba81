import { expect, test } from 'vitest'
import { mixRows } from '../../src/kernels/mix_rows.ts'
import { mixRowsReference } from '../reference/augmentation.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const order = { shape: [3], data: new Uint32Array([2, 1, 0]) }
const weights = values([3, 5], 1, 0, 1)
const boxes = { shape: [3, 5], data: Float32Array.of(0, 1.2, 4.7, 0.5, 3, 0, 0, 7, 0, 5, 0, 2.5, 2.6, 1, 4) }

testOp(
  mixRows,
  [
    { name: 'blend', inputs: [spiked([3, 5, 7, 3], 1), order, weights], attrs: { kind: 'blend' } },
    { name: 'blend of targets', inputs: [values([3, 4], 2, 0, 1), order, weights], attrs: { kind: 'blend' } },
    { name: 'paste, one channel', inputs: [spiked([3, 5, 7, 1], 3), order, boxes], attrs: { kind: 'paste' } },
    { name: 'paste, three channels', inputs: [spiked([3, 5, 7, 3], 4), order, boxes], attrs: { kind: 'paste' } },
  ],
  mixRowsReference,
)

test('refuses kinds and shapes', () => {
  const shape =
    (kind: string, x: readonly number[], by: readonly number[] = [3, 5]) =>
    () =>
      mixRows.shape([x, [3], by], { kind: kind as 'blend' })
  expect(shape('add', [3, 2])).toThrow('[mixRows] kind must be blend or paste, got add')
  expect(shape('paste', [3, 2])).toThrow('[mixRows] x must be pictures [N,H,W,C] to paste one into another, got [3,2]')
  expect(shape('blend', [3, 2], [3, 4])).toThrow('[mixRows] numbers must be five for each row, got [3,4] and x [3,2]')
  expect(shape('blend', [4, 2])).toThrow('[mixRows] order must have one value per row of x, got order [3] and x [4,2]')
})
