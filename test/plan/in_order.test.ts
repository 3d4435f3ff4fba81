/** Jobs that are at work side by side, taken in order. Needs no GPU. */
import { expect, test } from 'vitest'
import { InOrder } from '../../src/plan/in_order.ts'

const later = async <T>(ms: number, give: () => T): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, ms))
  return give()
}

test('results come in the order of the jobs, so many of which are at work', async () => {
  let [now, most, begun] = [0, 0, 0]
  const jobs = Array.from({ length: 9 }, (_, i) => () => {
    most = Math.max(most, ++now)
    begun++
    return later(5 + ((i * 7) % 4) * 5, () => (now--, i))
  })
  const inOrder = new InOrder(jobs.values(), 3)
  expect(begun).toBe(0)
  const results: number[] = []
  for (let i = 0; i < 9; i++) results.push(await inOrder.next())
  expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect([most, begun]).toEqual([3, 9])
})

test('a job that fails does so in its turn, and no other begins', async () => {
  let begun = 0
  const jobs = Array.from({ length: 9 }, (_, i) => () => {
    begun++
    return later(i === 1 ? 1 : 20, () => {
      if (i === 1) throw new RangeError('mine')
      return i
    })
  })
  const inOrder = new InOrder(jobs.values(), 2)
  expect(await inOrder.next()).toBe(0)
  await expect(inOrder.next()).rejects.toThrow('mine')
  expect(begun).toBe(2)
})
