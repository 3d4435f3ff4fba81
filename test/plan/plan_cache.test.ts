import { expect, test, vi } from 'vitest'
import { DeviceError } from '../../src/errors.ts'
import { PlanCache, type Kept } from '../../src/plan/plan_cache.ts'

/** Makes a plan of so many bytes, and counts. */
function maker(ownBytes: number) {
  const plan = { ownBytes, dispose: vi.fn() }
  return { plan, make: vi.fn((): Promise<Kept> => Promise.resolve(plan)) }
}

const OWNER = {}
const nothing = () => Promise.resolve()

test('a plan is made once, also for those who ask at the same time', async () => {
  const cache = new PlanCache(100, () => 0)
  const { plan, make } = maker(1)
  const got = await Promise.all([1, 2].map(() => cache.use(OWNER, 'one', make, (p) => Promise.resolve(p))))
  got.push(await cache.use(OWNER, 'one', make, (p) => Promise.resolve(p)))
  expect(got).toEqual([plan, plan, plan])
  expect(make).toHaveBeenCalledTimes(1)
  await cache.use({}, 'one', make, nothing)
  expect(make, 'for another owner').toHaveBeenCalledTimes(2)
})

test('beyond the budget the least recently used go, but not the last', async () => {
  let shared = 10
  const cache = new PlanCache(100, () => shared)
  const [a, b, c] = [maker(30), maker(30), maker(30)]
  for (const [key, { make }] of Object.entries({ a, b, c })) await cache.use(OWNER, key, make, nothing)
  expect(cache.bytes).toBe(100)
  await cache.use(OWNER, 'a', a.make, nothing)
  shared = 40 // the arena has grown
  await cache.use(OWNER, 'a', a.make, nothing)
  expect([a, b, c].map(({ plan }) => plan.dispose.mock.calls.length)).toEqual([0, 1, 0])
  shared = 1000
  await cache.use(OWNER, 'c', c.make, nothing)
  expect([a, b, c].map(({ plan }) => plan.dispose.mock.calls.length)).toEqual([1, 1, 0])
  await cache.use(OWNER, 'b', b.make, nothing)
  expect(b.make).toHaveBeenCalledTimes(2)
})

test('what somebody works with stays, whatever it takes', async () => {
  const cache = new PlanCache(10, () => 0)
  const [a, b] = [maker(50), maker(50)]
  await cache.use(OWNER, 'a', a.make, async () => {
    await cache.use(OWNER, 'b', b.make, nothing)
    expect(a.plan.dispose).not.toHaveBeenCalled()
  })
  expect(a.plan.dispose).toHaveBeenCalledTimes(1)
  expect(b.plan.dispose).not.toHaveBeenCalled()
})

test('where memory is used up, idle plans go, and it is tried once more', async () => {
  const cache = new PlanCache(1000, () => 0)
  const [idle, busy, large] = [maker(1), maker(1), maker(1)]
  const full = new DeviceError('out-of-memory', 'full')
  await cache.use(OWNER, 'idle', idle.make, nothing)
  await cache.use(OWNER, 'busy', busy.make, async () => {
    large.make.mockRejectedValueOnce(full)
    expect(await cache.use(OWNER, 'large', large.make, (p) => Promise.resolve(p))).toBe(large.plan)
    expect([idle, busy].map(({ plan }) => plan.dispose.mock.calls.length)).toEqual([1, 0])
  })
  const never = vi.fn(() => Promise.reject<Kept>(full))
  await expect(cache.use(OWNER, 'never', never, nothing)).rejects.toBe(full)
  expect(never).toHaveBeenCalledTimes(2)
  await expect(cache.use(OWNER, 'never', never, nothing)).rejects.toBe(full)
  expect(never, 'a failure is not kept').toHaveBeenCalledTimes(3)
})

test('an owner that goes takes its plans along, also those in the making', async () => {
  const cache = new PlanCache(1000, () => 0)
  const [a, b, other] = [maker(1), maker(1), maker(1)]
  await cache.use(OWNER, 'a', a.make, nothing)
  await cache.use({}, 'other', other.make, nothing)
  const using = cache.use(OWNER, 'b', b.make, () => {
    expect(b.plan.dispose).toHaveBeenCalledTimes(1)
    return Promise.resolve()
  })
  cache.drop(OWNER)
  await using
  expect([a, b, other].map(({ plan }) => plan.dispose.mock.calls.length)).toEqual([1, 1, 0])
  expect(cache.bytes).toBe(1)
})

test('more than 64 plans are not kept, however small', async () => {
  const cache = new PlanCache(1000, () => 0)
  const all = Array.from({ length: 70 }, () => maker(1))
  for (const [i, { make }] of all.entries()) await cache.use(OWNER, `${i}`, make, nothing)
  expect(all.map(({ plan }) => plan.dispose.mock.calls.length)).toEqual(all.map((_, i) => (i < 6 ? 1 : 0)))
})
