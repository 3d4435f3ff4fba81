/** Files on a web server: one that knows ranges, one that does not, and several that misbehave. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { httpSource } from '../../../src/loaders/bytes/http.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { loadModel } from '../../../src/models/load_model.ts'
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
    expect((await refusal(httpSource(url, { retryPause: 1 }))).message).toContain('the server must answer')
  })
  test('a body shorter than promised', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': file.length })
      response.write(file.subarray(0, 1000), () => response.destroy())
    })
    expect((await refusal(httpSource(url, { retryPause: 1 }))).code).toBe('truncated')
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

/** As toEqual, which takes its time for so many. */
const expectSame = (a: Uint8Array, b: Uint8Array) => expect(Buffer.compare(a, b)).toBe(0)
/** Quick, so that tests are. */
const quick = { retryPause: 1 }
const MIB = 1024 * 1024
const large = Uint8Array.from({ length: 18 * MIB + 5 }, (_, i) => (i * 13 + (i >> 11)) % 251)

describe('a server that is busy, or breaks off', () => {
  /** As `ranged`, but for what `wrong` does with the n-th answer. */
  function faulty(bytes: Uint8Array, wrong: (n: number, response: ServerResponse) => boolean) {
    let n = 0
    return (request: IncomingMessage, response: ServerResponse) => {
      if (!wrong(n++, response)) ranged(bytes)(request, response)
    }
  }
  const failing =
    (status: number, headers = {}) =>
    (response: ServerResponse) =>
      !!response.writeHead(status, headers).end('busy')

  test.each([408, 429, 500, 502, 503, 504])('HTTP %i once, at the opening and at a read, is asked again', async (status) => {
    const url = await serve(faulty(file, (n, response) => (n === 0 || n === 2 ? failing(status)(response) : false)))
    const source = await httpSource(url, quick)
    expectSame(await source.read(300_000, 300_000), file.slice(300_000, 600_000))
    expect(requests.length).toBe(4)
  })

  test.each([400, 401, 403, 404, 410])('HTTP %i is not', async (status) => {
    const url = await serve(faulty(file, (_n, response) => failing(status)(response)))
    expect((await refusal(httpSource(url, quick))).message).toContain(`got HTTP ${status}`)
    expect(requests.length).toBe(1)
  })

  test('for good is an error after as many tries as were asked for', async () => {
    const url = await serve(faulty(file, (n, response) => n > 0 && failing(503)(response)))
    const source = await httpSource(url, { ...quick, retries: 2 })
    const error = await refusal(source.read(300_000, 300_000))
    expect([error.code, error.offset]).toEqual(['http', 300_000])
    expect(error.message).toContain('must answer with the file, got HTTP 503 Service Unavailable')
    expect(requests.length).toBe(4)
  })

  test.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('Retry-After in %s is waited for', async (_what, after) => {
    const url = await serve(faulty(file, (n, response) => n === 0 && failing(503, { 'retry-after': after() })(response)))
    const started = performance.now()
    await httpSource(url, quick)
    expect(performance.now() - started).toBeGreaterThan(900)
  })

  test('which asks to wait for longer than anybody would is an error at once', async () => {
    const url = await serve(faulty(file, (_n, response) => failing(429, { 'retry-after': '3600' })(response)))
    expect((await refusal(httpSource(url, quick))).message).toContain('got HTTP 429 Too Many Requests, which asks to wait for 3600 s')
    expect(requests.length).toBe(1)
  })

  test('a range goes on where it was cut, as often as something comes', async () => {
    const url = await serve((request, response) => {
      const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range!)!
      const [begin, end] = [Number(first), Number(last) + 1]
      response.writeHead(206, {
        'content-range': `bytes ${begin}-${end - 1}/${file.length}`,
        'content-length': end - begin,
        etag: '"one"',
      })
      response.write(file.subarray(begin, Math.min(end, begin + 100_000)), () =>
        end - begin > 100_000 ? response.destroy() : response.end(),
      )
    })
    const source = await httpSource(url, { ...quick, retries: 1 })
    expectSame(await source.read(100_000, 550_000), file.slice(100_000, 650_000))
    expect(requests.length).toBeGreaterThan(5)
    const begins = requests.map((r) => Number(/\d+/.exec(r!)![0]))
    expect(begins.slice(1)).toEqual([...begins.slice(1)].sort((a, b) => a - b))
    expect(requests.every((r, i) => i === 0 || r!.endsWith('-649999'))).toBe(true)
  })

  test('one that brings nothing more is given up, and asked again', async () => {
    const url = await serve(
      faulty(file, (n, response) => {
        if (n !== 1) return false
        response.writeHead(206, { 'content-range': `bytes 300000-599999/${file.length}`, etag: '"one"' })
        return response.write(file.subarray(300_000, 301_000))
      }),
    )
    const source = await httpSource(url, { ...quick, stallTimeout: 200 })
    expectSame(await source.read(300_000, 300_000), file.slice(300_000, 600_000))
    expect(requests.at(-1)).toBe('bytes=301000-599999')
  })

  test('without ranges it sends the whole file anew', async () => {
    let n = 0
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': file.length })
      if (n++) response.end(file)
      else response.write(file.subarray(0, 1000), () => response.destroy())
    })
    const source = await httpSource(url, quick)
    expectSame(await source.read(0, file.length), file)
    expect(requests.length).toBe(2)
  })

  test('a pause ends with the signal of whoever reads', async () => {
    const stop = new AbortController()
    const refuse = (response: ServerResponse) => {
      setTimeout(() => stop.abort(new Error('enough')), 50) // the answer comes before
      return failing(503)(response)
    }
    const source = await httpSource(await serve(faulty(file, (n, response) => n > 0 && refuse(response))), { retryPause: 60_000 })
    await expect(source.read(300_000, 300_000, stop.signal)).rejects.toThrow('enough')
    expect(requests.length).toBe(2)
  })

  test.each([
    [{ retries: -1 }, 'retries must be a number from 0, got -1'],
    [{ stallTimeout: 0 }, 'stallTimeout must be above 0'],
    [{ headers: { 'b a d': 'x' } }, 'headers must be names and values of HTTP'],
    [{ headers: { Range: 'bytes=0-1' } }, 'headers must not have a range'],
  ])('%j is refused before anything is asked', async (options, rule) => {
    const url = await serve(ranged(file))
    await expect(httpSource(url, options)).rejects.toThrow(`[download] ${rule}`)
    expect(requests).toEqual([])
  })
})

describe('a file that changes while it is read', () => {
  const marked = (marks: (n: number) => Record<string, string>) => {
    let n = 0
    return (request: IncomingMessage, response: ServerResponse) =>
      ranged(file)(request, Object.assign(response, { writeHead: with_(response, marks(n++)) }))
  }
  /** writeHead, with these marks instead of the tag. */
  function with_(response: ServerResponse, marks: Record<string, string>) {
    const write = response.writeHead.bind(response)
    return (status: number, headers: Record<string, string>) => {
      const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'etag'))
      return write(status, { ...rest, ...marks })
    }
  }
  const monday = { 'last-modified': 'Mon, 02 Mar 2026 10:00:00 GMT' }
  const tuesday = { 'last-modified': 'Tue, 03 Mar 2026 10:00:00 GMT' }
  test.each([
    ['its tag', (n: number) => ({ etag: n ? '"b"' : '"a"' }), 'with tag "b" after 700000 with tag "a"'],
    ['its date', (n: number) => (n ? tuesday : monday), `with date ${tuesday['last-modified']} after 700000 with date`],
    ['its tag, which it loses', (n: number) => (n ? monday : { ...monday, etag: '"a"' }), 'after 700000 with tag "a"'],
  ])('says so by %s', async (_what, marks, words) => {
    const source = await httpSource(await serve(marked(marks)), quick)
    const error = await refusal(source.read(300_000, 300_000))
    expect(error.code).toBe('integrity')
    expect(error.message).toContain(`the file must not change while it is read, got 700000 bytes`)
    expect(error.message).toContain(words)
  })

  test('a date that changes under one tag says nothing', async () => {
    const source = await httpSource(await serve(marked((n) => ({ etag: '"a"', ...(n ? tuesday : monday) }))), quick)
    expectSame(await source.read(300_000, 300_000), file.slice(300_000, 600_000))
  })
})

describe('a long read', () => {
  test('comes in pieces, four at a time, each in its place', async () => {
    let [now, most] = [0, 0]
    const url = await serve((request, response) => {
      most = Math.max(most, ++now)
      setTimeout(
        () => {
          now--
          ranged(large)(request, response)
        },
        30 * Math.random() + 20,
      )
    })
    const source = await httpSource(url, quick)
    expectSame(await source.read(5, large.length - 5), large.slice(5))
    expect(most).toBe(4)
    expect(requests.length).toBe(6)
  })

  test('ends with the first piece that cannot be had', async () => {
    const url = await serve((request, response) => {
      if (/^bytes=4194304/.test(request.headers.range!)) response.writeHead(404).end()
      else ranged(large)(request, response)
    })
    const error = await refusal((await httpSource(url, quick)).read(0, large.length))
    expect(error.message).toContain('got HTTP 404')
    expect(requests.length).toBeLessThan(6)
  })
})

describe("the user's own fetch and headers", () => {
  const guarded = (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization === 'Bearer secret') ranged(keras('keras3.keras'))(request, response)
    else response.writeHead(401).end()
  }
  const headers = { authorization: 'Bearer secret' }

  test('go with every request', async () => {
    const url = await serve(guarded)
    expect((await refusal(httpSource(url, quick))).message).toContain('got HTTP 401')
    const source = await httpSource(url, { headers: new Headers(headers) })
    expectSame(await source.read(0, source.size), keras('keras3.keras'))
    const asked: string[] = []
    const fetch = ((url: string, init?: RequestInit) => (asked.push(url), globalThis.fetch(url, init))) as typeof globalThis.fetch
    await httpSource(url, { headers, fetch })
    expect(asked).toEqual([url])
  })

  test('also where loadModel and loadWeights are given a URL', async () => {
    const url = await serve(guarded)
    await expect(loadModel(url)).rejects.toThrow('got HTTP 401')
    const model = await loadModel(url, { headers })
    await expect(model.loadWeights(url)).rejects.toThrow('got HTTP 401')
    expect((await model.loadWeights(url, { headers })).loaded.length).toBeGreaterThan(0)
  })
})

test('an abort ends the reading with its reason', async () => {
  const stop = new AbortController()
  const url = await serve((_request, response) => void response.writeHead(200).write('x'))
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await expect(httpSource(url, { signal: stop.signal })).rejects.toThrow('enough')
})
