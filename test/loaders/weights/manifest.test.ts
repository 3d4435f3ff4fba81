/** Which networks have official weights, and where. */
import { expect, test } from 'vitest'
import { ArgumentError } from '../../../src/errors.ts'
import { cacheStore } from '../../../src/loaders/weights/cache_store.ts'
import { classIndexFile, resolveWeights, type PinnedFile } from '../../../src/loaders/weights/weight_store.ts'
import manifest from '../../../weights/manifest.json' with { type: 'json' }
import { served, serveFile } from '../../support/file_server.ts'
import { fakeCaches } from '../../support/response_cache.ts'

test('networks without official weights say so, and say who has', async () => {
  for (const name of ['alexnet', 'googlenet', 'toString']) {
    const job = resolveWeights(name, 'withTop')
    await expect(job).rejects.toThrow(ArgumentError)
    await expect(job).rejects.toThrow(`${name}, which has none`)
    await expect(job).rejects.toThrow('vgg16, vgg19, inception_v3, resnet50, resnet101, resnet152, resnet50_legacy')
  }
})

test('a network is found under the official name on a mirror, then at the official address', async () => {
  const server = await serveFile(served(new Uint8Array(1000)))
  const asked: string[] = []
  const fetch: typeof globalThis.fetch = (url, init) => {
    asked.push(url as string)
    return (url as string).startsWith(server.url) ? globalThis.fetch(url, init) : Promise.resolve(new Response('', { status: 404 }))
  }
  const cache = cacheStore(fakeCaches())
  const job = resolveWeights('resnet50', 'withoutTop', { cache, mirrors: [server.url], fetch })
  await expect(job).rejects.toThrow('must have 94765736 bytes, got 1000')
  await server.close()
  expect(asked).toEqual([
    `${server.url}/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    'https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
  ])
})

test('the manifest is complete, no two files with one hash', () => {
  const files: PinnedFile[] = [...Object.values(manifest.keras).flatMap((n) => [n.withTop, n.withoutTop]), classIndexFile]
  for (const f of files) {
    expect(f.url.endsWith(`/${f.file}`), f.url).toBe(true)
    expect(f.md5).toMatch(/^[0-9a-f]{32}$/)
  }
  expect(files.length).toBe(15)
  expect(new Set(files.map((f) => f.md5)).size).toBe(15)
  expect(new Set(files.map((f) => f.url)).size).toBe(15)
  expect(files.filter((f) => f.bytes === undefined).map((f) => f.file)).toEqual(['resnet152_weights_tf_dim_ordering_tf_kernels.h5'])
})
