/** Downloads into the browser's real Cache API. In Node, test/loaders/cache_store.test.ts uses a stand-in. */
import { afterEach, describe, expect, test } from 'vitest'
import { CACHE_NAME } from '../../src/loaders/weights/cache_store.ts'
import { Md5 } from '../../src/loaders/bytes/md5.ts'
import { resolveFile, type PinnedFile } from '../../src/loaders/weights/weight_store.ts'

/** A file of two and a half parts. */
const content = Uint8Array.from({ length: 20 * 2 ** 20 }, (_, i) => (i * 31 + (i >> 9)) & 255)
const file: PinnedFile = {
  file: 'made.h5',
  url: 'https://weights.example/made.h5',
  bytes: content.length,
  md5: new Md5().update(content).hex(),
}

/** Answers with what is asked for, up to `most` bytes of each answer. */
function server(most = Infinity): { fetch: typeof fetch; asked: string[] } {
  const asked: string[] = []
  const answer = (_url: unknown, init?: RequestInit): Promise<Response> => {
    const range = new Headers(init?.headers).get('range') ?? ''
    asked.push(range)
    const begin = Number(/^bytes=(\d+)-/.exec(range)?.[1] ?? 0)
    const headers = { 'content-range': `bytes ${begin}-${content.length - 1}/${content.length}`, etag: '"made"' }
    const cut = begin + most < content.length
    let sent = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (!sent) controller.enqueue(content.slice(begin, begin + most))
        else if (cut) controller.error(new TypeError('network error'))
        else controller.close()
        sent = true
      },
    })
    const partial = begin > 0
    return Promise.resolve(new Response(body, { status: partial ? 206 : 200, headers: partial ? headers : { etag: '"made"' } }))
  }
  return { fetch: answer, asked }
}

describe('the Cache API', () => {
  afterEach(() => caches.delete(CACHE_NAME))

  test('a file is brought in once, goes on where it was cut, and is read in parts', async () => {
    const cut = server(9 * 2 ** 20)
    const source = await resolveFile(file, { fetch: cut.fetch, retryPause: 1 })
    expect(cut.asked.length).toBe(3)
    expect(cut.asked.slice(1)).toEqual([`bytes=${9 * 2 ** 20}-`, `bytes=${18 * 2 ** 20}-`])
    for (const at of [0, 8 * 2 ** 20 - 5, content.length - 10]) expect(await source.read(at, 10)).toEqual(content.slice(at, at + 10))
    const again = server()
    const kept = await resolveFile(file, { fetch: again.fetch })
    expect(again.asked).toEqual([])
    expect([kept.size, await kept.read(16 * 2 ** 20 - 3, 6)]).toEqual([content.length, content.slice(16 * 2 ** 20 - 3, 16 * 2 ** 20 + 3)])
  })

  test('a file that is not what it should be is not kept', async () => {
    const wrong = { ...file, md5: '0'.repeat(32) }
    await expect(resolveFile(wrong, { fetch: server().fetch, retries: 0 })).rejects.toMatchObject({ code: 'integrity' })
    const next = server()
    await resolveFile(file, { fetch: next.fetch })
    expect(next.asked.length).toBeGreaterThan(0)
  })
})
