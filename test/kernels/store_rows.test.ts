import { expect, test } from 'vitest'
import { storeRows } from '../../src/kernels/store_rows.ts'
import { storeRowsReference } from '../reference/shaping.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { spiked } from '../support/values.ts'

const gpu = useGpu()
const at = (begin: number) => ({ shape: [1], data: Uint32Array.of(begin) })

test.each<[x: number[], count: number, begin: number]>([
  [[1], 1, 0],
  [[3], 9, 4],
  [[4, 10], 22, 8],
  [[4, 10], 22, 20], // two rows too many
  [[4, 10], 22, 22], // all of them
  [[2, 257], 5, 3],
  [[3, 5, 7, 3], 7, 1],
  [[32, 2048], 40, 8],
])('x [%s] over %i rows from row %i', async (shape, count, begin) => {
  const x = spiked(shape, begin + 1)
  const before = spiked([count, ...shape.slice(1)], 99)
  const { updates } = await runOp(gpu(), storeRows, onlyChoice(storeRows), [x, at(begin)], {}, [before])
  expectClose(updates[0]!, storeRowsReference([x, at(begin)], before))
})

test('in dispatches of one workgroup', async () => {
  const [x, before] = [spiked([3, 301], 1), spiked([5, 301], 2)]
  const { updates } = await runOp(gpu(), storeRows, onlyChoice(storeRows), [x, at(1)], {}, [before], { groupsPerPart: 1 })
  expectClose(updates[0]!, storeRowsReference([x, at(1)], before))
})

test('every bit of a value is kept', async () => {
  const bits = Uint32Array.of(0x00000001, 0x80000000, 0x7fc01234, 0xffa00001, 0x7f800000)
  const x = { shape: [5], data: new Float32Array(bits.buffer) }
  const before = { shape: [5], data: new Float32Array(5) }
  const { updates } = await runOp(gpu(), storeRows, onlyChoice(storeRows), [x, at(0)], {}, [before])
  expect([...new Uint32Array(updates[0]!.buffer)]).toEqual([...bits])
})

test('refuses more than one place', () => {
  expect(() => storeRows.shape([[5, 2], [2]], {})).toThrow('[storeRows] begin must have 1 value, got begin [2]')
})
