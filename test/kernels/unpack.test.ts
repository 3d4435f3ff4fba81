import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { unpack } from '../../src/kernels/unpack.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { unpackReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { lcg } from '../support/values.ts'

/** Bytes as the device has them; those that fill up the last word are no zeros. */
function bytes(shape: Shape, seed: number) {
  const next = lcg(seed)
  const words = Uint32Array.from({ length: Math.ceil(sizeOf(shape) / 4) }, () => Math.floor(next() * 2 ** 32))
  return { shape, data: words }
}

testOp(
  unpack,
  [
    ...[[1], [2], [3], [4], [5], [255], [256], [257], [1, 7, 5, 3], [2, 9, 8, 1], [3, 31, 17, 3]].map((shape, i) => ({
      name: `[${shape.join()}]`,
      inputs: [bytes(shape, i)],
      attrs: {},
    })),
    {
      name: 'every byte',
      inputs: [{ shape: [256], data: new Uint32Array(Uint8Array.from({ length: 256 }, (_, i) => i).buffer) }],
      attrs: {},
    },
    { name: 'in three dispatches', inputs: [bytes([601], 3)], attrs: {}, options: { groupsPerPart: 1 } },
  ],
  unpackReference,
)

test('takes bytes alone', () => {
  const g = new Graph()
  expect(() => g.add(unpack, [g.input('x', [4])], {})).toThrow('[unpack] x must be of type u8, got x of type f32')
})
