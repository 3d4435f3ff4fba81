/** Waiting for the GPU leaves nothing behind. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { stubDevice } from '../support/stub_gpu.ts'

test('a hundred thousand waits on a device that lives: not 3 MB more', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { device } = stubDevice()
  const wait = async (times: number) => {
    for (let i = 0; i < times; i++) await device.guard(Promise.resolve(i))
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = await wait(1000)
  expect((await wait(100_000)) - before).toBeLessThan(3e6) // it was 30
})
