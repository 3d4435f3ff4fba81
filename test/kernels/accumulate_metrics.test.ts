import { expect, test } from 'vitest'
import { accumulateMetrics } from '../../src/kernels/accumulate_metrics.ts'
import { accumulateMetricsReference } from '../reference/loss.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp, type Tensor } from '../support/run-op.ts'
import { values } from '../support/values.ts'

const gpu = useGpu()

interface Batch {
  loss: Float32Array<ArrayBuffer>
  x: Tensor & { data: Float32Array<ArrayBuffer> }
  t: Tensor
  weight: Float32Array<ArrayBuffer>
}

/** One-hot targets; about one answer in two is right. */
function batch(N: number, K: number): Batch {
  const x = values([N, K], N + K)
  const t = { shape: [N, K], data: new Float32Array(N * K) }
  for (let n = 0; n < N; n++) {
    const row = Array.from(x.data.subarray(n * K, n * K + K))
    t.data[n * K + (n % 2 ? row.indexOf(Math.max(...row)) : n % K)] = 1
  }
  return { loss: values([N], 3, 0, 5).data, x, t, weight: new Float32Array(N).fill(1) }
}

async function accumulate({ loss, x, t, weight }: Batch, before: readonly number[]) {
  const [N] = x.shape as [number]
  const inputs = [{ shape: [N], data: loss }, x, t, { shape: [N], data: weight }]
  const sums = new Float32Array(before)
  const { updates } = await runOp(gpu(), accumulateMetrics, onlyChoice(accumulateMetrics), inputs, {}, [{ shape: [4], data: sums }])
  expectClose(updates[0]!, accumulateMetricsReference(inputs, sums))
  return updates[0]!
}

test.each([
  [1, 1],
  [1, 10],
  [32, 10],
  [70, 3],
  [130, 5],
  [2, 1000],
])('%i rows of %i scores', async (N, K) => {
  await accumulate(batch(N, K), [0, 0, 0, 0])
})

test('adds to what was there, by weight, and leaves rows of weight 0 out, NaN or not', async () => {
  const b = batch(7, 5)
  b.weight.set([1, 0, 2, 0.5, 0, 1, 1])
  b.loss[1] = NaN
  b.x.data[5] = NaN
  const sums = await accumulate(b, [10, 20, 30, 0])
  expect(sums[2]).toBe(35.5)
  expect(sums[3]).toBe(0)
})

test.each([NaN, Infinity, -Infinity])('a loss of %s sets the flag and stays out of the sum', async (bad) => {
  const b = batch(70, 5)
  b.loss[66] = bad
  const sums = await accumulate(b, [1, 2, 3, 0])
  expect(sums[3]).toBe(1)
  expect(sums[0]).toBeLessThan(Infinity)
})

test('NaN with the sign bit set is seen too', async () => {
  const b = batch(3, 5)
  new Uint32Array(b.loss.buffer)[2] = 0xffc00001
  expect((await accumulate(b, [0, 0, 0, 0]))[3]).toBe(1)
})

test('a flag that is set stays set', async () => {
  expect((await accumulate(batch(3, 5), [1, 2, 3, 1]))[3]).toBe(1)
})

test('the first of equal scores counts', async () => {
  const x = { shape: [2, 3], data: new Float32Array([1, 1, 0, 0, 2, 2]) }
  const t = { shape: [2, 3], data: new Float32Array([1, 0, 0, 0, 1, 0]) }
  const sums = await accumulate({ loss: new Float32Array(2), x, t, weight: new Float32Array([1, 1]) }, [0, 0, 0, 0])
  expect([...sums]).toEqual([0, 2, 2, 0])
})

test('two runs give the same bits', async () => {
  const b = batch(130, 10)
  expect(await accumulate(b, [0.1, 0, 0, 0])).toEqual(await accumulate(b, [0.1, 0, 0, 0]))
})

test('refuses shapes that do not fit', () => {
  const message = '[accumulateMetrics] loss must have one value per row of x, got loss [3] and x [2,5]'
  expect(() => accumulateMetrics.shape([[3], [2, 5], [2, 5], [2]], {})).toThrow(message)
})
