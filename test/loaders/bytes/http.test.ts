/** Files on a web server: one that knows ranges, one that does not, and several that misbehave. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { httpSource } from '../../../src/loaders/bytes/http.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { keras, readAll } from '../files.ts'

const file = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 7 + (i >> 9)) % 251)
let server: Server | undefined
let requests: (string | undefined)[] = []

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  requests = []
  server = createServer((request, response) => {
    requests.push(request.headers.range)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.h5`
}

/** A server that answers ranges, as it should. */
function ranged(bytes: Uint8Array, change: (response: ServerResponse) => void = () => undefined) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? ['', '0', String(bytes.length - 1)]
    const end = Math.min(Number(last) + 1, bytes.length)
    response.writeHead(206, { 'content-range': `bytes ${first}-${end - 1}/${bytes.length}`, etag: '"one"' })
    change(response)
    response.end(bytes.subarray(Number(first), end))
  }
}

async function refusal(job: Promise<unknown>): Promise<FileError> {
  const error = await job.then(
    () => undefined,
    (e: Error) => e,
  )
  expect(error).toBeInstanceOf(FileError)
  return error as FileError
}

describe('a server that knows ranges', () => {
  test('is asked for what is read, and little more', async () => {
    const source = await httpSource(await serve(ranged(file)))
    expect(source.size).toBe(file.length)
    for (const [offset, length] of [
      [0, 8],
      [65_530, 20],
      [300_000, 300_000],
      [file.length - 5, 5],
      [10, 0],
    ] as const) {
      expect(await source.read(offset, length)).toEqual(file.slice(offset, offset + length))
    }
    expect(requests.length).toBe(4)
    expect((await refusal(source.read(file.length - 4, 5))).code).toBe('truncated')
  })

  test('serves a Keras file', async () => {
    const bytes = keras('keras2_weights.h5')
    const { layers } = await openKerasWeights(await httpSource(await serve(ranged(bytes))))
    expect((await readAll(layers.find((l) => l.name === 'conv1')!.weights[0]!.source)).length).toBe(108)
  })
})

test('a server without ranges sends the file once', async () => {
  const source = await httpSource(await serve((_request, response) => response.end(file)))
  expect(source.size).toBe(file.length)
  expect(await source.read(123_456, 1000)).toEqual(file.slice(123_456, 124_456))
  expect(requests.length).toBe(1)
})

describe('a server that misbehaves', () => {
  test('404 with a page', async () => {
    const url = await serve((_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'))
    const error = await refusal(httpSource(url))
    expect(error.code).toBe('http')
    expect(error.message).toContain('got HTTP 404')
  })
  test('200 with a page', async () => {
    const url = await serve((_request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'))
    expect((await refusal(httpSource(url))).message).toContain('got a web page')
  })
  test('nobody there', async () => {
    const url = await serve((_request, response) => response.end())
    server!.close()
    expect((await refusal(httpSource(url))).message).toContain('the server must answer')
  })
  test('a body shorter than promised', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': file.length })
      response.write(file.subarray(0, 1000), () => response.destroy())
    })
    expect((await refusal(httpSource(url))).code).toBe('truncated')
  })
  test('another file than before', async () => {
    let answers = 0
    const url = await serve((request, response) => ranged(answers++ ? file.subarray(1) : file)(request, response))
    const source = await httpSource(url)
    expect((await refusal(source.read(400_000, 10))).code).toBe('integrity')
  })
  test('an empty file', async () => {
    const url = await serve((_request, response) => response.writeHead(416).end())
    expect((await refusal(httpSource(url))).code).toBe('truncated')
  })
})

test('an abort ends the reading with its reason', async () => {
  const stop = new AbortController()
  const url = await serve((_request, response) => void response.writeHead(200).write('x'))
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await expect(httpSource(url, { signal: stop.signal })).rejects.toThrow('enough')
})
