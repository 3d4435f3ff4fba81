/** Several pictures as one tensor. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ArgumentError, FileError, ShapeError } from '../../src/errors.ts'
import { loadImages as loadInPages } from '../../src/loaders/images/load_images.ts'
import { loadImage, loadImages } from '../../src/node/image.ts'
import { stack, type Tensor } from '../../src/tensor.ts'
import { folderOf, noisePng } from '../support/picture_folder.ts'

const sizes = [
  [5, 6],
  [9, 4],
  [5, 6],
  [7, 7],
  [5, 6],
  [3, 2],
] as const
const pngs = sizes.map(([h, w], i) => noisePng(h, w, i + 1))
const root = folderOf(Object.fromEntries(pngs.map((png, i) => [`${i}.png`, png])))
afterAll(() => rmSync(root, { recursive: true }))
const paths = pngs.map((_, i) => join(root, `${i}.png`))

test('are those that each gives alone, in order; told of one by one', async () => {
  const options = { targetSize: [4, 5] as const, interpolation: 'bilinear' as const }
  const seen: [number, number][] = []
  const all = await loadImages(paths, { ...options, onProgress: (...progress) => seen.push(progress) })
  expect(all.shape).toEqual([6, 4, 5, 3])
  expect(all).toEqual(stack(await Promise.all(paths.map((path) => loadImage(path, options)))))
  expect(seen).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]))
  expect(await loadInPages(pngs, options)).toEqual(all)
  expect((await loadImages([pngs[0]!, pngs[2]!])).shape).toEqual([2, 5, 6, 3])
})

test('what cannot be used is refused by name', async () => {
  await expect(loadImages([])).rejects.toThrow(new ArgumentError('loadImages', 'there must be at least one picture, got none'))
  await expect(loadImages(5 as never)).rejects.toThrow('[loadImages] files must be a list of pictures, got 5')
  const sizes = 'got [1,5,6,3] and, at index 1, [1,9,4,3]'
  await expect(loadImages(paths)).rejects.toThrow(
    new ShapeError('loadImages', `pictures must have one size (targetSize gives them one), ${sizes}`),
  )
  const missing = await loadImages([...paths, join(root, 'none.png')], { targetSize: [2, 2] }).catch((e: unknown) => e)
  expect(missing).toBeInstanceOf(FileError)
  expect((missing as Error).message).toContain('[none.png]')
  const stop = new AbortController()
  const stopped = loadImages(paths, { targetSize: [2, 2], signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) })
  await expect(stopped).rejects.toThrow('enough')
})

test('stack joins samples, bytes as bytes', () => {
  const bytes: Tensor = { shape: [1, 2], data: Uint8Array.of(1, 2) }
  const floats: Tensor = { shape: [2, 2], data: Float32Array.of(0.5, 1, 2, 3) }
  expect(stack([bytes, bytes])).toEqual({ shape: [2, 2], data: Uint8Array.of(1, 2, 1, 2) })
  expect(stack([bytes, floats])).toEqual({ shape: [3, 2], data: Float32Array.of(1, 2, 0.5, 1, 2, 3) })
  expect(() => stack([])).toThrow('[stack] there must be at least one tensor, got an array of 0')
  expect(() => stack([bytes, 5 as never])).toThrow('[stack] tensors must be { shape, data }, got 5 at index 1')
  expect(() => stack([bytes, { shape: [1, 3], data: new Uint8Array(3) }])).toThrow(
    'samples must be of one shape, got [null,2] and [null,3] at index 1',
  )
})
