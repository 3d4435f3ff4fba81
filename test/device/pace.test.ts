import { expect, test } from 'vitest'
import { Pace } from '../../src/device/pace.ts'

/** Submits, one after the other, on an adapter of this speed, with an overhead in seconds each. */
function ran(start: number, flops: number, work: readonly number[], overhead = 0): Pace {
  const pace = new Pace(start)
  let now = 5
  for (const w of work) pace.note(w, now, (now += w / flops + overhead))
  return pace
}

const times = (count: number, work: number) => Array<number>(count).fill(work)

test('a fast adapter is soon found to be fast, a slow one slow', () => {
  expect(ran(2e10, 8e12, times(10, 4e10)).rate).toBeCloseTo(8e12, -9)
  expect(ran(2e10, 1e9, times(5, 4e9)).rate).toBeCloseTo(1e9, -3)
})

test('one submit changes it by a factor of four at most', () => {
  expect(ran(2e10, 1e15, [1e10]).rate).toBe(8e10)
  expect(ran(2e10, 1e6, [1e10]).rate).toBe(5e9)
})

test('small work takes its time for other reasons: it never makes an adapter slow', () => {
  expect(ran(1e12, 1e12, times(1000, 1e6), 2e-3).rate).toBe(1e12)
})

test('copies say nothing, however long they take', () => {
  expect(ran(1e12, 1e12, times(10, 0), 3).rate).toBe(1e12)
})

test('work that waited for other work is counted from when that was done', () => {
  const pace = new Pace(1e9)
  for (let i = 1; i <= 4; i++) pace.note(2e9, 0, i) // all submitted at once, one second each
  expect(pace.rate).toBe(2e9)
})
