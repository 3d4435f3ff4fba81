/** Checkpoints in a page: its private file system, and its database. What is written is read back, and gone on from to the bit; what cannot be is told. */
import { cdp } from 'vitest/browser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adam,
  indexedDbStore,
  loadModel,
  loadTrainerState,
  modelCheckpoint,
  opfsStore,
  saveTrainerState,
  ThawError,
  type Callback,
  type FileStore,
  type FitOptions,
  type Model,
} from '../../src/index.ts'
import { useDevice } from '../support/device.ts'
import { tinyData, tinyModel } from '../support/tiny.ts'

const device = useDevice()
const data = tinyData(22)
const OPTIONS: FitOptions = { batchSize: 4, seed: 7 }

async function compiled(): Promise<Model> {
  const model = tinyModel()
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
  return model
}

/** Bytes that this page may keep; null: as many as there are. */
async function quota(bytes: number | null): Promise<void> {
  const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> }
  await session.send('Storage.overrideQuotaForOrigin', { origin: location.origin, ...(bytes !== null && { quotaSize: bytes }) })
}

const STORES: readonly [string, () => FileStore][] = [
  ['the private file system', opfsStore],
  ['the database', indexedDbStore],
]

/** Room for small models, for all of the file: browsers remember for some seconds what there was. */
beforeAll(() => quota(4 * 2 ** 20))
afterAll(() => quota(null))

describe.each(STORES)('%s', (_, open) => {
  const store = open()

  test('keeps models and states: training goes on from them to the bit', async () => {
    expect(await store.read('runs/none.keras')).toBeUndefined()
    using whole = await compiled()
    await whole.fit(data, { ...OPTIONS, epochs: 4 })
    const wanted = await whole.getWeights()

    using first = await compiled()
    const state: Callback = {
      onEpochEnd: async (_, __, { model }) => store.write('runs/state', [saveTrainerState(await (model as Model).trainerState())]),
    }
    const callbacks = [modelCheckpoint({ filepath: 'runs/{epoch:02d}.keras', store }), state]
    await first.fit(data, { ...OPTIONS, epochs: 2, callbacks })
    const kept = await first.getWeights()

    using again = await compiled()
    await again.fit(data, { ...OPTIONS, epochs: 4, state: await loadTrainerState((await store.read('runs/state'))!) })
    expect(await again.getWeights()).toEqual(wanted)

    using loaded = await loadModel((await store.read('runs/02.keras'))!)
    await loaded.compile({ device: device(), optimizer: 'saved', loss: 'sparseCategoricalCrossentropy' })
    expect(await loaded.getWeights()).toEqual(kept)
    const later = { ...OPTIONS, epochs: 1, shuffle: false }
    await loaded.fit(data, later)
    await first.fit(data, later)
    expect(await loaded.getWeights()).toEqual(await first.getWeights())
  })

  test('where there is no room: a typed error, the old file whole, and training can go on', async () => {
    using model = await compiled()
    const checkpoint = () => modelCheckpoint({ filepath: 'full.h5', store })
    await model.fit(data, { ...OPTIONS, epochs: 1, callbacks: [checkpoint()] })
    const before = new Uint8Array(await (await store.read('full.h5'))!.arrayBuffer())
    // As a large model has it: a browser lets the first bytes pass without a look.
    const padded = { write: (...[name, file, signal]: Parameters<FileStore['write']>) => store.write(name, withMore(file), signal) }
    const error = await model
      .fit(data, { ...OPTIONS, epochs: 1, callbacks: [modelCheckpoint({ filepath: 'full.h5', store: padded })] })
      .then(
        () => undefined,
        (e: unknown) => e,
      )
    expect(error).toBeInstanceOf(ThawError)
    expect(error).toMatchObject({ code: 'storage' })
    expect((error as Error).message).toMatch(/^\[full\.h5\] there must be room for the file, and leave to write it, got .*Quota/)
    expect(new Uint8Array(await (await store.read('full.h5'))!.arrayBuffer())).toEqual(before)
    await model.fit(data, { ...OPTIONS, epochs: 1, callbacks: [checkpoint()] }) // and it goes on
    expect(new Uint8Array(await (await store.read('full.h5'))!.arrayBuffer())).not.toEqual(before)
  })

  test('where it is denied: a typed error, and the reason', async () => {
    const denied = new DOMException('storage is denied here', 'SecurityError')
    const refuse = () => {
      throw denied
    }
    const [storage, database] = [navigator.storage, indexedDB]
    Object.defineProperty(storage, 'getDirectory', { value: refuse, configurable: true })
    Object.defineProperty(database, 'open', { value: refuse, configurable: true })
    try {
      using model = await compiled()
      const fitting = model.fit(data, { ...OPTIONS, epochs: 1, callbacks: [modelCheckpoint({ filepath: 'a.keras', store })] })
      await expect(fitting).rejects.toMatchObject({ code: 'storage', cause: denied })
    } finally {
      Reflect.deleteProperty(storage, 'getDirectory')
      Reflect.deleteProperty(database, 'open')
    }
  })
})

/** A file, and 16 MiB behind it. */
async function* withMore(file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* file
  for (let i = 0; i < 16; i++) yield new Uint8Array(2 ** 20)
}
