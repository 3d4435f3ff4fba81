/** Batches that were done are let go of. Node only: it collects the garbage when it is asked to. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { Batch } from '../../src/dataset.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
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
