/** Training takes no more the longer it takes: batches that were done are let go of. Node only: it collects the garbage when it is asked to. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { Batch } from '../../src/dataset.ts'
import type { Callback } from '../../src/training/callbacks/index.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { tinyData, tinyModel } from '../support/tiny.ts'
import { values } from '../support/values.ts'

const device = useDevice()
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Of a pass: those under way, two read ahead, and the first, which tells what all are like. */
const MOST = 3 + 2 + 2

test('over 200 batches, in fit, evaluate and predict: a few are alive, and the buffers of the beginning', async () => {
  using model = smallClassifier(3)
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
  const alive: number[] = []
  const buffers: number[] = []
  const many = async function* (): AsyncGenerator<Batch> {
    const refs: WeakRef<Float32Array>[] = []
    for (let i = 0; i < 200; i++) {
      const x = values([8, 9, 8, 2], i)
      refs.push(new WeakRef(x.data))
      yield { x, y: [0, 1, 2, 0, 1, 2, 0, 1] }
      if (i % 50 !== 49) continue
      await new Promise((resolve) => setTimeout(resolve, 1)) // what a job has dereferenced lives to its end
      collect()
      alive.push(refs.filter((ref) => ref.deref()).length)
      buffers.push(device().live.buffers)
    }
  }
  await model.fit(many)
  await model.evaluate(many)
  await model.predict(many)
  expect(alive.length).toBe(12)
  expect(Math.max(...alive)).toBeLessThanOrEqual(MOST)
  for (const pass of [0, 4, 8]) expect(buffers[pass + 3]).toBeLessThanOrEqual(buffers[pass]! + 1)
})

test('over 1,000 steps: the bytes of the device, and of the heap but for what is logged', async () => {
  using model = tinyModel()
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
  const live: [bytes: number, buffers: number][] = []
  const heap: number[] = []
  const look: Callback = {
    async onEpochEnd(epoch) {
      if (epoch % 4 !== 3) return
      await device().idle()
      await new Promise((resolve) => setTimeout(resolve, 1))
      collect()
      live.push([device().live.bytes, device().live.buffers])
      heap.push(process.memoryUsage().heapUsed)
    },
  }
  await model.fit(tinyData(200), { batchSize: 4, epochs: 20, callbacks: [look] })
  expect((await model.trainerState()).step).toBe(1000)
  expect(live).toEqual(Array(5).fill(live[0]))
  expect(heap[4]! - heap[1]!, '600 steps, of which none keeps half a kilobyte').toBeLessThan(300_000)
})
