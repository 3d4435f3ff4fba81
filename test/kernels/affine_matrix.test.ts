import { expect, test } from 'vitest'
import { affineMatrix } from '../../src/kernels/affine_matrix.ts'
import { affineMatrixReference } from '../reference/affine.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

const size = { height: 5, width: 8 }

testOp(
  affineMatrix,
  [
    { name: 'flip of columns', inputs: [values([5, 1], 1, 0, 1)], attrs: { kind: 'flip', axes: ['horizontal'], ...size } },
    { name: 'flip of rows', inputs: [values([5, 1], 1, 0, 1)], attrs: { kind: 'flip', axes: ['vertical'], ...size } },
    { name: 'flip of both', inputs: [values([5, 1], 1, 0, 1)], attrs: { kind: 'flip', axes: ['horizontal', 'vertical'], ...size } },
    { name: 'rotation, more than one workgroup', inputs: [values([133, 1], 2, -1, 1)], attrs: { kind: 'rotation', ...size } },
    { name: 'zoom', inputs: [values([3, 2], 3, 0.5, 1.5)], attrs: { kind: 'zoom', ...size } },
    { name: 'zoom of both alike', inputs: [values([3, 1], 3, 0.5, 1.5)], attrs: { kind: 'zoom', ...size } },
    { name: 'translation', inputs: [values([3, 2], 4)], attrs: { kind: 'translation', ...size } },
    { name: 'shear', inputs: [values([9, 3], 5, 0, 1)], attrs: { kind: 'shear', ...size } },
    { name: 'generator', inputs: [values([9, 6], 7, -1, 2)], attrs: { kind: 'generator', ...size } },
    { name: 'crop', inputs: [values([9, 2], 6, 0, 4)], attrs: { kind: 'crop', ...size } },
  ],
  affineMatrixReference,
)

test('refuses kinds and numbers', () => {
  const shape = (kind: string, columns: number) => () => affineMatrix.shape([[2, columns]], { kind: kind as 'flip', ...size })
  expect(shape('perspective', 1)).toThrow(
    '[affineMatrix] kind must be one of flip, rotation, zoom, translation, shear, crop, generator, got perspective',
  )
  expect(shape('shear', 2)).toThrow('[affineMatrix] a shear must have 3 numbers for each sample, got x [2,2]')
})
