import { expect, test } from 'vitest'
import { build, ulpBound, type Reference } from '../../reference/reference.ts'
import type { Inputs } from '../../reference/values.ts'
import { testGradient } from '../../support/gradient.ts'
import { testOp } from '../../support/op-cases.ts'
import { spiked, values } from '../../support/values.ts'
import { rowScale } from './row_scale.ts'
import { rowScaleGradient } from './row_scale_grad.ts'

/** One product, rounded once. */
function rowScaleReference([x, s]: Inputs): Reference {
  const C = x!.shape[1]!
  return build(x!.shape, (i) => {
    const y = x!.data[i]! * s!.data[Math.floor(i / C)]!
    return [y, ulpBound(1, y)]
  })
}

testOp(
  rowScale,
  [
    { name: 'one column', inputs: [spiked([7, 1], 1), values([7], 2)], attrs: {} },
    { name: 'more than one workgroup', inputs: [spiked([5, 301], 3), values([5], 4)], attrs: {} },
  ],
  rowScaleReference,
)

testGradient(rowScale, [{ name: 'odd sizes', inputs: [values([3, 5], 5), values([3], 6)], attrs: {} }], rowScaleReference, {
  gradient: rowScaleGradient,
})

test('refuses numbers that are not one for each row', () => {
  expect(() => rowScale.shape([[2, 3], [3]], {})).toThrow('[rowScale] s must have one value per row of x, got s [3] and x [2,3]')
})
