import fc from 'fast-check'
import { expect, test } from 'vitest'
import { colour, type Lifetime } from '../../src/plan/memory.ts'

const lifetimes = fc
  .array(fc.record({ bytes: fc.integer({ min: 1, max: 1000 }), length: fc.integer({ min: 0, max: 9 }) }), { minLength: 1, maxLength: 60 })
  .map((list) => list.map(({ bytes, length }, from): Lifetime => ({ id: 100 + from, bytes, from, until: from + length })))

test('tensors that live at the same time never share a slot, and every slot is large enough', () => {
  fc.assert(
    fc.property(lifetimes, (tensors) => {
      const { slotOf, slotBytes } = colour(tensors)
      for (const a of tensors) {
        expect(slotBytes[slotOf.get(a.id)!]).toBeGreaterThanOrEqual(a.bytes)
        for (const b of tensors) {
          const together = a.id !== b.id && a.from <= b.until && b.from <= a.until
          if (together) expect(slotOf.get(a.id)).not.toBe(slotOf.get(b.id))
        }
      }
    }),
  )
})

test('a chain needs two slots, however long it is', () => {
  const chain = Array.from({ length: 50 }, (_, from): Lifetime => ({ id: from, bytes: 64, from, until: from + 1 }))
  expect(colour(chain).slotBytes).toEqual([64, 64])
})
