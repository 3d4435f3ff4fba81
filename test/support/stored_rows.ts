/** A head on a frozen trunk, and what it keeps of it on a device while it is trained: features and targets, in buffers of rows. */
import { expect, vi } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import type { OpenDeviceOptions } from '../../src/device/device_options.ts'
import { DeviceError } from '../../src/errors.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import type { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from './classifier.ts'
import { openGpu } from './gpu.ts'
import { values } from './values.ts'

export const [N, K, BATCH] = [22, 3, 8]
/** Features of a sample. */
export const D = 6
/** Bytes of the features of all samples, with their targets. */
export const bytesOf = (count: number) => 4 * count * (D + 1)
export const labelled = (count: number, seed: number) => ({
  x: values([count, 9, 8, 2], seed, 0, 1),
  y: Uint8Array.from({ length: count }, (_, i) => (i * 5) % K),
})
export const [data, few] = [labelled(N, 1), labelled(7, 2)]
export const OPTIONS: FitOptions = { epochs: 2, batchSize: BATCH, seed: 7, validationData: few }

/**
 * Buffers on a device that hold rows, by their labels: those that are made from now on, and those of them that are there.
 * @param full whether there is no room for a buffer of this label, while so many rows are there
 */
export function watchRows(on: Device, full: (label: string, rows: number) => boolean = () => false) {
  const made = new Map<GPUBuffer, string>()
  const all: string[] = []
  const [create, destroy] = [on.createBuffer.bind(on), on.destroyBuffer.bind(on)]
  vi.spyOn(on, 'createBuffer').mockImplementation((label, ...rest) => {
    if (full(label, made.size)) throw new DeviceError('out-of-memory', 'full')
    const buffer = create(label, ...rest)
    if (!label.startsWith('rows/')) return buffer
    made.set(buffer, label.slice(5))
    all.push(label.slice(5))
    return buffer
  })
  vi.spyOn(on, 'destroyBuffer').mockImplementation((buffer) => {
    made.delete(buffer)
    destroy(buffer)
  })
  return { all, live: made }
}

export async function other<T>(
  options: OpenDeviceOptions,
  job: (on: Device, rows: ReturnType<typeof watchRows>) => Promise<T>,
): Promise<T> {
  const on = await openDevice({ gpu: await openGpu(), ...options })
  try {
    const rows = watchRows(on)
    const result = await job(on, rows)
    expect([...rows.live.values()], 'rows left').toEqual([])
    expect(on.live.buffers, 'buffers left').toBe(0)
    return result
  } finally {
    on.dispose()
  }
}

export const HOST = { featureMemory: 0 }
export const TRAINING = ['training feature0', 'training t0']
export const VALIDATION = ['validation feature0', 'validation t0']

/** The model compiled, and what training leaves, on the device of a file's tests where no other is given. */
export function headsOf(device: () => Device) {
  const compiled = async (on: Device = device(), dropout = 0.4): Promise<Model> => {
    const model = smallClassifier(K, { dropout })
    const loss = 'sparseCategoricalCrossentropy'
    await model.compile({ device: on, optimizer: adam({ learningRate: 0.01 }), loss, metrics: ['accuracy'] })
    return model
  }

  /** What training leaves. */
  const trained = async (on: Device = device(), options: FitOptions = OPTIONS) => {
    using model = await compiled(on)
    const { epochs } = await model.fit(data, options)
    return { logs: epochs.map((e) => e.logs), state: await model.trainerState() }
  }

  return { compiled, trained }
}
