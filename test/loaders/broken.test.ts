/** Broken files: cut at every byte of their metadata, and with single bytes changed. Either FileError, or what the file says; quickly. */
import { describe, expect, test } from 'vitest'
import { FileError } from '../../src/errors.ts'
import { bytesSource } from '../../src/loaders/bytes.ts'
import { openKerasWeights } from '../../src/loaders/keras.ts'
import { lcg } from '../support/values.ts'
import { keras, readAll } from './files.ts'

/** Reads everything. @returns the error, or undefined */
async function outcome(bytes: Uint8Array<ArrayBuffer>): Promise<Error | undefined> {
  try {
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

const files = ['keras1_weights.h5', 'keras2_weights.h5', 'keras2_gzip.h5', 'keras2_latest.h5', 'keras3_model.h5', 'keras3_nested.h5']

describe.each(files)('%s', (name) => {
  const whole = keras(name)

  test('cut anywhere: truncated or corrupt, never more', async () => {
    for (let length = 0; length < whole.length; length += 61) {
      const error = await outcome(whole.slice(0, length))
      expect(error, `cut at ${length}`).toBeInstanceOf(FileError)
    }
    expect((await outcome(whole.slice(0, whole.length - 1)) as FileError).code).toBe('truncated')
  }, 120_000)

  test('with bytes changed: an error of ours or other values, each in less than a second', async () => {
    const next = lcg(whole.length)
    for (let run = 0; run < 600; run++) {
      const bytes = whole.slice()
      const changes = 1 + Math.floor(next() * 3)
      for (let i = 0; i < changes; i++) bytes[Math.floor(next() ** 2 * bytes.length)] = Math.floor(next() * 256)
      const started = performance.now()
      expectFileError(await outcome(bytes), `run ${run}`)
      expect(performance.now() - started).toBeLessThan(1000)
    }
  }, 120_000)
})
