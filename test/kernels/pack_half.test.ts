import { expect, test } from 'vitest'
import { packHalf } from '../../src/kernels/pack_half.ts'
import { halfBits, halfOf, roundedToHalf } from '../reference/half.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp, type RunOptions } from '../support/run-op.ts'
import { lcg, spiked } from '../support/values.ts'

const gpu = useGpu()

async function packed(shape: readonly number[], data: Float32Array<ArrayBuffer>, options: RunOptions = {}): Promise<Uint16Array> {
  const { output } = await runOp(gpu(), packHalf, onlyChoice(packHalf), [{ shape, data }], {}, [], options)
  return new Uint16Array(output.buffer)
}

test.each([[[1, 1]], [[3, 2]], [[5, 7]], [[2, 3, 5, 3]], [[9, 513]], [[600, 1]]])(
  'rows of %j, with 0 behind those of odd length',
  async (shape) => {
    const { data } = spiked(shape, 3)
    const D = data.length / shape[0]!
    const row = (n: number) => [...data.subarray(n * D, (n + 1) * D)].map(halfBits)
    const wanted = Array.from({ length: shape[0]! }, (_, n) => [...row(n), ...(D % 2 ? [0] : [])]).flat()
    expect([...(await packed(shape, data))]).toEqual(wanted)
    expect([...(await packed(shape, data, { groupsPerPart: 1 }))]).toEqual(wanted)
  },
)

test('every half is itself, and what lies between two goes to the nearer, or to the even one', async () => {
  const finite = Array.from({ length: 0x7c00 }, (_, bits) => halfOf(bits))
  const middle = finite.slice(1).map((v, i) => (v + finite[i]!) / 2) // exact in f32
  const beside = middle.flatMap((v) => [v * (1 - 2 ** -23), v * (1 + 2 ** -22)])
  const next = lcg(1)
  const random = Array.from({ length: 5000 }, () => (next() - 0.5) * 2 ** Math.floor(next() * 60 - 40))
  const ends = [65504, 65519, 65519.996, 65520, 65521, 1e30, 2 ** -25, 2 ** -25 * (1 + 2 ** -23), 2 ** -26, 1e-30, 0]
  const values = [...finite, ...middle, ...beside, ...random, ...ends].flatMap((v) => [v, -v])
  const data = Float32Array.from(values)
  expect([...(await packed([data.length / 2, 2], data))]).toEqual([...data].map(halfBits))
})

test('the error is 2^-11 of the value at most, below 2^-14 2^-25', () => {
  const next = lcg(2)
  for (let i = 0; i < 20_000; i++) {
    const v = Math.fround((next() - 0.5) * 2 ** Math.floor(next() * 45 - 28))
    expect(Math.abs(roundedToHalf(v) - v)).toBeLessThanOrEqual(Math.max(2 ** -11 * Math.abs(v), 2 ** -25))
  }
})

test('infinities stay, and NaN stays NaN', async () => {
  const bits = Uint32Array.of(0x7f800000, 0xff800000, 0x7fc01234, 0xff800001)
  expect([...(await packed([1, 4], new Float32Array(bits.buffer)))]).toEqual([0x7c00, 0xfc00, 0x7e00, 0xfe00])
})

test('refuses what has no rows', () => {
  expect(() => packHalf.shape([[]], {})).toThrow('[packHalf] x must have a row axis, got x []')
})
