import { expect, test } from 'vitest'
import { accumulateMean } from '../../src/kernels/accumulate_mean.ts'
import { accumulateMeanReference } from '../reference/loss.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { values } from '../support/values.ts'

const gpu = useGpu()

interface Batch {
  readonly x: Float32Array<ArrayBuffer>
  readonly weight: Float32Array<ArrayBuffer>
}

const batch = (N: number): Batch => ({ x: values([N], N, -1, 5).data, weight: new Float32Array(N).fill(1) })

async function accumulate({ x, weight }: Batch, before: readonly number[]) {
  const inputs = [x, weight].map((data) => ({ shape: [data.length], data }))
  const sums = new Float32Array(before)
  const { updates } = await runOp(gpu(), accumulateMean, onlyChoice(accumulateMean), inputs, {}, [{ shape: [3], data: sums }])
  expectClose(updates[0]!, accumulateMeanReference(inputs, sums))
  return updates[0]!
}

test.each([1, 2, 32, 63, 64, 65, 130, 1000])('%i rows', async (N) => {
  await accumulate(batch(N), [0, 0, 0])
})

test('adds to what was there, by weight, and leaves rows of weight 0 out, NaN or not', async () => {
  const b = batch(7)
  b.weight.set([1, 0, 2, 0.5, 0, 1, 1])
  b.x[1] = NaN
  const sums = await accumulate(b, [10, 30, 0])
  expect(sums[1]).toBe(35.5)
  expect(sums[2]).toBe(0)
})

test.each([NaN, Infinity, -Infinity])('a value of %s sets the flag and stays out of the sum', async (bad) => {
  const b = batch(70)
  b.x[66] = bad
  const sums = await accumulate(b, [1, 3, 0])
  expect(sums[2]).toBe(1)
  expect(Math.abs(sums[0]!)).toBeLessThan(Infinity)
})

test('NaN with the sign bit set is seen too', async () => {
  const b = batch(3)
  new Uint32Array(b.x.buffer)[2] = 0xffc00001
  expect((await accumulate(b, [0, 0, 0]))[2]).toBe(1)
})

test('a flag that is set stays set', async () => {
  expect((await accumulate(batch(3), [1, 3, 1]))[2]).toBe(1)
})

test('two runs give the same bits', async () => {
  const b = batch(130)
  expect(await accumulate(b, [0.1, 0, 0])).toEqual(await accumulate(b, [0.1, 0, 0]))
})

test('refuses shapes that do not fit', () => {
  const message = '[accumulateMean] weight must have one value per row of x, got weight [3] and x [2]'
  expect(() => accumulateMean.shape([[2], [3]], {})).toThrow(message)
  expect(() => accumulateMean.shape([[2, 1], [2]], {})).toThrow('[accumulateMean] x must have rank 1, got x [2,1]')
})
