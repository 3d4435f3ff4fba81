/** Parameters read back at one moment: whatever they are cut into, and in the room of two staging buffers. */
import { afterEach, expect, test } from 'vitest'
import { fromArray, Parameter } from '../../src/parameter.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { snapshot } from '../../src/plan/snapshot.ts'
import { openDevice } from '../../src/device/device.ts'
import { openGpu } from '../support/gpu.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

const MIB = 1024 * 1024
const counted = (length: number, first: number) => Float32Array.from({ length }, (_, i) => first + (i % 65_521))
const parametersOf = (lengths: readonly number[]) =>
  lengths.map((length, i) => new Parameter('layer', `w${i}`, fromArray([length], counted(length, i))))

test('more than the staging buffers hold: small and large ones, as they are when it settles', async () => {
  const store = parameterStoreOf(device())
  const parameters = parametersOf([5, 4 * MIB + 3, 1, 5 * MIB + 7, 130, 9 * MIB])
  await store.load(new Set(parameters))
  const before = device().live.bytes
  const reading = snapshot(store, parameters)
  let most = 0
  const watching = setInterval(() => (most = Math.max(most, device().live.bytes)))
  const { values } = await reading
  for (const p of parameters) store.write(p, new Float32Array(p.shape[0]!))
  const all = await values
  clearInterval(watching)
  // Compared by hand: an assertion that looks at each of 18 million values takes minutes.
  for (const [i, p] of parameters.entries()) {
    const right = counted(p.shape[0]!, i)
    expect(all[i]!.length).toBe(right.length)
    expect(all[i]!.findIndex((v, j) => v !== right[j])).toBe(-1)
  }
  expect(most - before).toBe(32 * MIB)
  expect(device().live.bytes).toBe(before)
  store.release(new Set(parameters))
})

test('a device that is lost in the middle: an error, and no buffer is left', async () => {
  const other = await openDevice({ gpu: await openGpu() })
  const store = parameterStoreOf(other)
  const parameters = parametersOf([9 * MIB, 9 * MIB])
  await store.load(new Set(parameters))
  const { buffers } = other.live
  const reading = snapshot(store, parameters)
  other.gpu.destroy()
  await expect(reading.then(({ values }) => values)).rejects.toThrow(/lost/)
  expect(other.live.buffers).toBe(buffers)
  other.dispose()
})
