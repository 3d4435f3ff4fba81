/** Compares networks with what real Keras computed (test/golden/make_networks.py). */
import { expect } from 'vitest'
import type { Tensor } from '../../src/tensor.ts'

export interface GoldenLayer {
  readonly name: string
  readonly shape: readonly number[]
  readonly mean: number
  readonly absMean: number
  readonly samples: readonly number[]
}

/** `count` values from the first to the last, evenly spread, as numpy's linspace cast to int picks them. */
export function samples(data: ArrayLike<number>, count: number): number[] {
  const step = (data.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, i) => data[i === count - 1 ? data.length - 1 : Math.trunc(i * step)]!)
}

/** End to end: rtol 1e-3, atol 1e-5, as for logits. */
export function expectOutput(actual: Tensor, golden: readonly number[]): void {
  const ours = samples(actual.data, golden.length)
  const wrong = ours.flatMap((v, i) =>
    Math.abs(v - golden[i]!) <= 1e-3 * Math.abs(golden[i]!) + 1e-5 ? [] : [`${i}: ${v} instead of ${golden[i]}`],
  )
  expect(wrong.slice(0, 5), `${wrong.length} of ${golden.length} values differ from Keras`).toEqual([])
}

/** A layer's figures, relative to the size of its values: the first wrong layer is the first to fail. */
export function expectLayer(actual: Tensor, golden: GoldenLayer): void {
  const tolerance = 1e-3 * golden.absMean + 1e-5
  let sum = 0
  let absSum = 0
  for (const v of actual.data) {
    sum += v
    absSum += Math.abs(v)
  }
  const count = actual.data.length
  const ours = [sum / count, absSum / count, ...samples(actual.data, golden.samples.length)]
  const theirs = [golden.mean, golden.absMean, ...golden.samples]
  const wrong = ours.flatMap((v, i) =>
    Math.abs(v - theirs[i]!) <= tolerance + 1e-3 * Math.abs(theirs[i]!) ? [] : [`${i}: ${v} instead of ${theirs[i]}`],
  )
  expect([golden.name, ...wrong]).toEqual([golden.name])
}
