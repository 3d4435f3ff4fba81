import { expect, test } from 'vitest'
import { unpackHalf } from '../../src/kernels/unpack_half.ts'
import { halfOf } from '../reference/half.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp, type RunOptions } from '../support/run-op.ts'
import { lcg } from '../support/values.ts'

const gpu = useGpu()

async function unpacked(halves: Uint16Array<ArrayBuffer>, row: readonly number[], options: RunOptions = {}): Promise<Float32Array> {
  const D = row.reduce((n, d) => n * d, 1)
  const W = Math.ceil(D / 2)
  const x = { shape: [halves.length / 2 / W, W], data: new Uint32Array(halves.buffer) }
  return (await runOp(gpu(), unpackHalf, onlyChoice(unpackHalf), [x], { row }, [], options)).output
}

test('every half, the smallest, infinities and NaN included, has its value', async () => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i)
  expect([...(await unpacked(all, [256]))]).toEqual([...all].map(halfOf))
})

test.each([[[1]], [[2]], [[7]], [[3, 5, 3]], [[513]]])('rows of %j; what is behind those of odd length is left out', async (row) => {
  const D = row.reduce((n, d) => n * d, 1)
  const [N, stride] = [5, 2 * Math.ceil(D / 2)]
  const next = lcg(D)
  const halves = Uint16Array.from({ length: N * stride }, () => Math.floor(next() * 0x7c00))
  const wanted = Array.from({ length: N * D }, (_, e) => halfOf(halves[Math.floor(e / D) * stride + (e % D)]!))
  expect([...(await unpacked(halves, row))]).toEqual(wanted)
  expect([...(await unpacked(halves, row, { groupsPerPart: 1 }))]).toEqual(wanted)
})

test('refuses words that are not those of a row', () => {
  expect(() => unpackHalf.shape([[2, 3]], { row: [7] })).toThrow('[unpackHalf] x must have 4 words for each row [7], got x [2,3]')
})
