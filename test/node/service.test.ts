/** The service of examples/service: many requests at once, one bad picture, a full queue, and the end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BatchQueue, QueueFull } from '../../examples/service/queue.ts'
import { classifierService, type ServiceOptions } from '../../examples/service/service.ts'
import { ArgumentError, createClassifier, layers, Model, saveModel, type Classification, type Classifier } from '../../src/node.ts'
import { noisePng } from '../support/picture_folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-service-'))
const file = join(folder, 'model.keras')
let classifier: Classifier

beforeAll(async () => {
  const input = layers.input({ shape: [8, 8, 3] })
  const x = layers.flatten().apply(layers.rescaling({ scale: 1 / 255 }).apply(input))
  const outputs = layers.dense({ units: 3, activation: 'softmax' }).apply(x)
  await saveModel(new Model({ inputs: input, outputs, classNames: ['cat', 'dog', 'owl'] }), file)
  classifier = await createClassifier(file)
})
afterAll(() => {
  classifier.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function serve(options: ServiceOptions = {}) {
  const { server, close } = classifierService(classifier, options)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (body: Uint8Array<ArrayBuffer>) => {
    const response = await fetch(`${address}/classify`, { method: 'POST', body })
    return { status: response.status, retry: response.headers.get('retry-after'), body: (await response.json()) as unknown }
  }
  return { address, post, close, server }
}

const picture = (seed: number) => noisePng(9, 7, seed)

test('many at once: each has the classes of its own picture, whatever batch it was in', async () => {
  const { post, close } = await serve()
  const pictures = Array.from({ length: 40 }, (_, i) => picture(i))
  const answers = await Promise.all(pictures.map(post))
  for (const [i, { status, body }] of answers.entries()) {
    expect(status).toBe(200)
    const alone = await classifier.classify(pictures[i]!)
    const got = body as Classification[]
    expect(got.map((c) => c.className)).toEqual(alone.map((c) => c.className))
    got.forEach((c, n) => expect(c.probability).toBeCloseTo(alone[n]!.probability, 6))
  }
  await close()
})

test('one bad picture is refused, and its neighbours are not', async () => {
  const { post, close } = await serve()
  const answers = await Promise.all([picture(1), new Uint8Array([1, 2, 3]), picture(2)].map(post))
  expect(answers.map((a) => a.status)).toEqual([200, 422, 200])
  expect(answers[1]!.body).toMatchObject({ code: 'unsupported' })
  await close()
})

test('a full queue answers 503 at once, and what waits is answered', async () => {
  const { post, close } = await serve({ batch: 2, waiting: 3 })
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => post(picture(i))))
  const [served, full] = [200, 503].map((status) => answers.filter((a) => a.status === status))
  expect(served!.length + full!.length).toBe(30)
  expect(served!.length).toBeGreaterThanOrEqual(3)
  expect(full!.length).toBeGreaterThan(0)
  for (const { retry, body } of full!) {
    expect(retry).toBe('1')
    expect(body).toEqual({ code: 'queue-full', message: '[queue] at most 3 may wait, got one more' })
  }
  await close()
})

test('a picture on its way has a place: one more is refused unread, and a place that is given back is taken', async () => {
  const { post, address, server, close } = await serve({ waiting: 2 })
  let begun = 0
  server.on('request', () => begun++)
  const send = () => {
    const asked = request(`${address}/classify`, { method: 'POST', headers: { 'content-length': picture(1).length } })
    asked.flushHeaders()
    return { asked, answered: once(asked, 'response').then(([response]) => (response as IncomingMessage).resume().statusCode) }
  }
  const first = send()
  const gone = send()
  const hungUp = expect(gone.answered).rejects.toThrow('socket hang up')
  await expect.poll(() => begun, { interval: 1 }).toBe(2)
  const refused = send()
  expect(await refused.answered).toBe(503)
  refused.asked.destroy()
  gone.asked.destroy()
  await hungUp
  await expect.poll(async () => (await (await fetch(`${address}/health`)).json()) as unknown).toEqual({ waiting: 1 })
  expect((await post(picture(2))).status).toBe(200)
  first.asked.end(picture(1))
  expect(await first.answered).toBe(200)
  await close()
})

test.each([
  [{ waiting: NaN }, 'waiting must be a whole number from 1 to 9007199254740991, got NaN'],
  [{ batch: 0 }, 'batch must be a whole number from 1 to 9007199254740991, got 0'],
  [{ maxBytes: 1.5 }, 'maxBytes must be a whole number from 1 to 9007199254740991, got 1.5'],
])('%j is refused', (options, message) => {
  expect(() => classifierService(classifier, options)).toThrow(new ArgumentError('service', message))
})

test('too large, another address, another method', async () => {
  const { post, address, close } = await serve({ maxBytes: 100 })
  expect((await post(new Uint8Array(1_000_000))).status).toBe(413)
  expect((await fetch(`${address}/`)).status).toBe(404)
  expect((await fetch(`${address}/classify`)).status).toBe(405)
  expect(await (await fetch(`${address}/health`)).json()).toEqual({ waiting: 0 })
  await close()
})

test('closing answers what was asked, and takes no more', async () => {
  const { post, server, close } = await serve()
  let begun = 0
  server.on('request', () => begun++)
  const asked = [1, 2, 3].map((seed) => post(picture(seed)))
  await expect.poll(() => begun, { interval: 1 }).toBe(3)
  await close()
  expect((await Promise.all(asked)).map((a) => a.status)).toEqual([200, 200, 200])
  await expect(post(picture(4))).rejects.toThrow('fetch failed')
})

test('the queue: batches of at most so many, in order; the next one is turned away; errors go to whose they are', async () => {
  const batches: number[][] = []
  const work = async (items: number[]) => {
    batches.push(items)
    await new Promise((done) => setTimeout(done, 1))
    if (items.includes(13)) throw new Error('unlucky')
    return items.map((n) => 2 * n)
  }
  const queue = new BatchQueue(work, 3, 5)
  const all = await Promise.allSettled([1, 2, 13, 4, 5, 6].map((n) => queue.push(n)))
  expect(all.map((a) => (a.status === 'fulfilled' ? a.value : (a.reason as Error).message))).toEqual([
    ...[2, 4, 'unlucky', 8, 10],
    '[queue] at most 5 may wait, got one more',
  ])
  expect(batches).toEqual([[1, 2, 13], [1], [2], [13], [4, 5]])
  expect((all[5] as PromiseRejectedResult).reason).toBeInstanceOf(QueueFull)
  await queue.idle()
  expect([queue.length, await queue.push(7)]).toEqual([0, 14])
})

const program = (...options: string[]) =>
  spawn(process.execPath, ['tools/run.mjs', 'examples/service/main.ts', file, ...options], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
  })

test.each([
  ['waiting', 'abc', '1 to 9007199254740991'],
  ['port', '65536', '0 to 65535'],
])('the program: --%s %s is refused', async (name, given, range) => {
  const child = program(`--${name}`, given)
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  expect(await once(child, 'close')).toEqual([1, null])
  expect(said).toBe(`[service] ${name} must be a whole number from ${range}, got ${given}\n`)
})

test.skipIf(process.platform === 'win32')('the program: ends by SIGTERM, with exit code 0', async () => {
  const child = program('--port', '0')
  const exited = once(child, 'exit')
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  await expect.poll(() => said, { timeout: 60_000 }).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/classify\n/)
  const response = await fetch(said.trim(), { method: 'POST', body: picture(3) })
  expect(((await response.json()) as Classification[]).length).toBe(3)
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(said).toMatch(/\nclosed\n$/)
})
