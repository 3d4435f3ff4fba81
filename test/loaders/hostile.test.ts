/** Files that promise more than they hold, lead round in circles, or lead out of themselves. */
import { describe, expect, test } from 'vitest'
import { FileError } from '../../src/errors.ts'
import { bytesSource, type ByteSource } from '../../src/loaders/bytes/bytes.ts'
import { openHdf5 } from '../../src/loaders/hdf5/group.ts'
import { inflate } from '../../src/loaders/bytes/inflate.ts'
import { openKerasWeights } from '../../src/loaders/keras/keras.ts'
import { readModelConfig } from '../../src/loaders/keras/model_config.ts'
import { modelFile } from '../../src/loaders/keras/writer.ts'
import { keras, readAll, source } from './files.ts'

const refusal = async (work: Promise<unknown>) => {
  const error = await work.catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FileError)
  return error as FileError
}

describe('what lies outside the file', () => {
  const open = async (name: string) => (await openHdf5(source('outside.h5'))).dataset(`conv1/conv1/${name}`)
  test.each([
    ['soft', 'links must lead to objects in the file, got a soft link at /conv1/conv1/soft'],
    ['external_link', 'links must lead to objects in the file, got a link to another file at /conv1/conv1/external_link'],
    ['external', 'values must lie in the file itself, got external storage for /conv1/conv1/external'],
    ['virtual', 'got a virtual dataset in the storage of /conv1/conv1/virtual'],
  ])('%s', async (name, message) => {
    const error = await refusal(open(name))
    expect(error.code).toBe('unsupported')
    expect(error.message).toContain(message)
  })
  test('the rest of such a file is read', async () => {
    expect((await openKerasWeights(source('outside.h5'))).layers[0]!.weights.length).toBe(2)
  })
})

describe('bombs', () => {
  test.each([
    ['never_written', '40000000'],
    ['never_written_chunks', '40000000'],
    ['zeros', '4000000'],
  ])('%s', async (name, got) => {
    const error = await refusal((await openHdf5(source('bombs.h5'))).dataset(name))
    expect(error.code).toBe('corrupt')
    expect(error.message).toContain(`dataset /${name} must have`)
    expect(error.message).toContain(`got ${got}`)
  })
  test('a path that goes round and round', async () => {
    expect((await refusal(openKerasWeights(source('bombs.h5')))).message).toBe('[hdf5] a path must have at most 64 steps, got 101')
  })
  test('a shape of more elements than a number can count, or than the file can hold', async () => {
    for (const size of [2n ** 52n, 2n ** 40n, 10n ** 6n]) {
      const bytes = keras('keras2_weights.h5')
      const shape = Buffer.alloc(16)
      shape.writeBigUInt64LE(144n)
      shape.writeBigUInt64LE(5n, 8)
      const at = Buffer.from(bytes).indexOf(shape)
      new DataView(bytes.buffer).setBigUint64(at, size, true)
      expect((await refusal(openKerasWeights(bytesSource(bytes)))).code).toBe('corrupt')
    }
  })
  test('a stream that inflates to more than was said is stopped, not collected', async () => {
    const zeros = new Response(new Blob([new Uint8Array(8_000_000)]).stream().pipeThrough(new CompressionStream('deflate')))
    const error = await refusal(inflate(new Uint8Array(await zeros.arrayBuffer()), 'deflate', 1000, 'it'))
    expect(error.message).toBe('[inflate] it must have at most 1000 bytes, got more')
  })
})

test('a file may not make us read more than a budget, however its structures are shared', async () => {
  // Every layer name leads to one group: each time its header, links and names are read again.
  const bytes = keras('keras2_chunked_names.h5')
  let read = 0
  const inner = bytesSource(bytes)
  const counted: ByteSource = { size: inner.size, name: inner.name, read: (at, n) => ((read += n), inner.read(at, n)) }
  const root = await openHdf5(counted)
  const error = await refusal(
    (async () => {
      for (;;) await root.dataset('conv0/conv0/kernel:0')
    })(),
  )
  expect(error.message).toContain('must be of a sensible size')
  expect(read).toBeLessThan(32 * bytes.length + 1024 * 1024)
})

test("a model's config may not be nested deeper than whoever walks it can go", async () => {
  const configOf = async (config: string) => {
    const parts: BlobPart[] = []
    for await (const part of modelFile([], { config, trainingConfig: undefined }).chunks()) parts.push(part.slice())
    return readModelConfig(bytesSource(await new Blob(parts).arrayBuffer()))
  }
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect((await configOf(nested(512)))?.version).toBe('3.15.1')
  const error = await refusal(configOf(nested(100_000)))
  expect(error).toMatchObject({ code: 'corrupt', message: '[bytes] the config must be nested at most 512 deep, got more' })
  expect((await refusal(configOf('{'))).message).toContain('[bytes] the config must be JSON, got SyntaxError')
})

test('strings are not read as numbers', async () => {
  const text = await (await openHdf5(source('outside.h5'))).dataset('conv1/conv1/text')
  expect((await refusal(readAll(text))).message).toBe('[hdf5] /conv1/conv1/text must hold numbers, got strings')
})
