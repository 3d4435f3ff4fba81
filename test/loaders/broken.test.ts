/** Broken files: cut at every byte of their metadata, and with single bytes changed. Either FileError, or what the file says; quickly. */
import { describe, expect, test } from 'vitest'
import { FileError } from '../../src/errors.ts'
import { bytesSource } from '../../src/loaders/bytes.ts'
import { Group, openHdf5 } from '../../src/loaders/hdf5/group.ts'
import { openKerasWeights } from '../../src/loaders/keras.ts'
import { lcg } from '../support/values.ts'
import { keras, readAll } from './files.ts'

/** Reads everything below a group, each object once. */
async function readGroup(group: Group, seen = new Set<number>()): Promise<void> {
  if (seen.has(group.address)) return
  seen.add(group.address)
  for (const name of group.attributes.names) await group.attributes.get(name)
  for (const name of group.names) {
    const found = await group.get(name)
    if (found instanceof Group) await readGroup(found, seen)
    else if (found.type.kind === 'float') await readAll(found)
  }
}

/** Reads everything. @returns the error, or undefined */
async function outcome(bytes: Uint8Array<ArrayBuffer>, keras: boolean): Promise<Error | undefined> {
  try {
    if (!keras) return (await readGroup(await openHdf5(bytesSource(bytes))), undefined)
    const { layers } = await openKerasWeights(bytesSource(bytes))
    for (const { weights } of layers) for (const { source } of weights) await readAll(source)
    return undefined
  } catch (error) {
    return error as Error
  }
}

function expectFileError(error: Error | undefined, what: string): void {
  if (error !== undefined && !(error instanceof FileError)) throw new Error(`${what}: ${error.stack}`)
}

const files = [
  'keras1_weights.h5',
  'keras2_weights.h5',
  'keras2_gzip.h5',
  'keras2_latest.h5',
  'keras3_model.h5',
  'keras3_nested.h5',
  'keras2_latest_gzip.h5',
  'keras3_nested.weights.h5',
  'keras3.keras',
  'keras3_zipped_again.keras',
  'chunks.h5',
]

describe.each(files)('%s', (name) => {
  const whole = keras(name)
  const ofKeras = name !== 'chunks.h5'

  test('cut anywhere: truncated or corrupt, never more', async () => {
    for (let length = 0; length < whole.length; length += 61) {
      const error = await outcome(whole.slice(0, length), ofKeras)
      expect(error, `cut at ${length}`).toBeInstanceOf(FileError)
    }
    expect(((await outcome(whole.slice(0, whole.length - 1), ofKeras)) as FileError).code).toBe('truncated')
  }, 120_000)

  test('with bytes changed: an error of ours or other values, each in less than a second', async () => {
    const next = lcg(whole.length)
    for (let run = 0; run < 600; run++) {
      const bytes = whole.slice()
      const changes = 1 + Math.floor(next() * 3)
      for (let i = 0; i < changes; i++) bytes[Math.floor(next() ** 2 * bytes.length)] = Math.floor(next() * 256)
      const started = performance.now()
      expectFileError(await outcome(bytes, ofKeras), `run ${run}`)
      expect(performance.now() - started).toBeLessThan(1000)
    }
  }, 120_000)
})
