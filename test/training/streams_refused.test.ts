/** Batches that cannot be used, or do not come: told as it is, with the weights of the last good step. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Batch } from '../../src/dataset.ts'
import { ArgumentError, DataError, ShapeError } from '../../src/errors.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import type { Tensor } from '../../src/tensor.ts'
import { useDevice } from '../support/device.ts'
import { batches, bytes, classifiers, cut, endless, later } from '../support/stream_batches.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const { compiled } = classifiers(device)

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('what goes wrong', () => {
  const bad = (batch: unknown) => [batches[0]!, batches[1]!, batch] as Batch[]
  const wide = values([4, 9, 9, 2], 1)
  const mine = new Error('the camera is gone')
  const throwing = function* () {
    yield* batches.slice(0, 2)
    throw mine
  }
  const cases: [string, () => unknown, FitOptions, (new (...args: never[]) => Error) | Error, string][] = [
    [
      'a label out of range',
      () => bad({ ...batches[2], y: [0, 1, 3, 0, 0, 0] }),
      {},
      DataError,
      '[labels] batch 2: a label must be a whole number from 0 to 2, got 3 at index 2',
    ],
    [
      'another shape',
      () => bad({ x: wide, y: [0, 1, 2, 0] }),
      {},
      ShapeError,
      "[fit] batch 2: samples must have the input's shape [null,9,8,2], got [4,9,9,2]",
    ],
    [
      'labels of another number',
      () => bad({ x: batches[2]!.x, y: [1] }),
      {},
      DataError,
      '[fit] batch 2: there must be a label for every sample, got 1 labels and 6 samples',
    ],
    [
      'no labels',
      () => bad({ x: batches[2]!.x }),
      {},
      ArgumentError,
      '[fit] batch 2: data must be { x, y }, samples and their labels, got an object with x',
    ],
    ['no batch', () => bad(undefined), {}, ArgumentError, '[fit] batch 2: data must be { x, y }, samples and their labels, got undefined'],
    ['too many parts', () => bad([1, 2, 3, 4]), {}, ArgumentError, '[fit] batch 2: a batch must be { x, y } or [x, y], got an array of 4'],
    [
      'floats after bytes',
      () => [cut(0, 8, bytes as never), batches[1]],
      {},
      ArgumentError,
      '[fit] batch 1: samples must be bytes as those before, got floats',
    ],
    [
      'an empty iterable',
      () => new Set(),
      {},
      DataError,
      '[fit] data must give at least one batch, got none (an iterator gives its batches once)',
    ],
    ['a generator that throws', () => throwing, {}, mine, 'the camera is gone'],
    [
      'one that ends early',
      () => batches,
      { stepsPerEpoch: 4 },
      DataError,
      '[fit] data must give 4 batches in a pass, got 3 (an iterator gives its batches once)',
    ],
    ['no iterable', () => () => 5, {}, ArgumentError, '[fit] data must give batches that can be iterated over, got 5'],
    [
      'an iterator for two epochs',
      () => later(batches),
      { epochs: 2 },
      ArgumentError,
      '[fit] data for several epochs must be read anew (a function that gives the iterator) or have stepsPerEpoch, got an iterator',
    ],
    [
      'an iterator for two validations',
      () => batches,
      { epochs: 2, validationData: endless(batches) },
      ArgumentError,
      '[fit] validationData for several epochs must be read anew (a function that gives the iterator) or have validationSteps, got an iterator',
    ],
    [
      'shuffling',
      () => batches,
      { shuffle: true },
      ArgumentError,
      '[fit] shuffle is for samples in memory and datasets, got true and batches, which come as they are',
    ],
    ['steps', () => batches, { stepsPerEpoch: 0 }, ArgumentError, '[fit] stepsPerEpoch must be a positive whole number, got 0'],
    [
      'validation steps alone',
      () => batches,
      { validationSteps: 2 },
      ArgumentError,
      '[fit] validationSteps are for a validation, got 2 and no validationData',
    ],
  ]
  test.each(cases)('%s: weights as of the last good step', async (name, given, options, type, message) => {
    using model = await compiled()
    const before = await model.getWeights()
    let steps = 0
    const onProgress = () => void steps++
    const error = await model.fit(given() as never, { ...options, onProgress }).then(
      () => Promise.reject(new Error('nothing was refused')),
      (e: unknown) => e,
    )
    if (type === mine) expect(error).toBe(mine)
    else expect(error).toBeInstanceOf(type as never)
    expect((error as Error).message).toBe(message)
    using other = await compiled()
    if (steps) await other.fit(name.includes('bytes') ? [cut(0, 8, bytes as never)] : batches.slice(0, steps))
    expect(await model.getWeights()).toEqual(steps ? await other.getWeights() : before)
    await model.fit(batches) // and it goes on
  })

  test('a used generator', async () => {
    using model = await compiled()
    const once = later(batches)
    await model.fit(once)
    await expect(model.fit(once)).rejects.toThrow('[fit] data must give at least one batch, got none (an iterator gives its batches once)')
    await expect(model.predict(later([]))).rejects.toThrow('[predict] data must give at least one batch')
  })

  test('NaN in a batch: the loss says so', async () => {
    using model = await compiled()
    const nan = cut(8, 16)
    ;(nan.x as Tensor).data[100] = NaN
    await expect(model.fit([batches[0]!, nan])).rejects.toThrow('the loss must be finite')
  })

  test('an abort while a batch is waited for ends at once, and what was opened is closed', async () => {
    using model = await compiled()
    let closed = 0
    const slow = async function* () {
      try {
        yield batches[0]!
        await new Promise((resolve) => setTimeout(resolve, 200))
        yield batches[1]!
      } finally {
        closed++
      }
    }
    const stop = new AbortController()
    const fitting = model.fit(slow, { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) })
    await expect(fitting).rejects.toThrow('enough')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(closed).toBe(1)
    const validation = model.fit(() => slow(), { validationData: slow, stepsPerEpoch: 1, validationSteps: 1 })
    await validation
    expect(closed, 'those that are left before their end').toBe(3)
    await expect(model.fit(batches, { validationData: throwing, epochs: 2 })).rejects.toBe(mine)
  })
})
