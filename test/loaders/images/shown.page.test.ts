/** What a page shows is taken as it is at the call, whatever is drawn before what decodes it has come. */
import { expect, test } from 'vitest'
import { loadImage } from '../../../src/index.ts'

function painted(colour: string): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(3, 2).getContext('2d')!
  context.fillStyle = colour
  context.fillRect(0, 0, 3, 2)
  return context
}

const red = { shape: [1, 2, 3, 3], data: Uint8Array.from({ length: 18 }, (_, i) => (i % 3 ? 0 : 255)) }

// The first of all, while what decodes has yet to come; an error that nobody catches meanwhile fails the run.
test('what cannot be drawn is refused as before, and options first', async () => {
  const bitmap = await createImageBitmap(painted('#ff0000').canvas)
  bitmap.close()
  await expect(loadImage(bitmap)).rejects.toThrow('[image] the picture must be loaded')
  await expect(loadImage(bitmap, { targetSize: [0, 1] })).rejects.toThrow('targetSize')
})

test('a canvas', async () => {
  const context = painted('#ff0000')
  const loading = loadImage(context.canvas)
  context.fillStyle = '#0000ff'
  context.fillRect(0, 0, 3, 2)
  expect(await loading).toEqual(red)
})

test('pixels', async () => {
  const pixels = painted('#ff0000').getImageData(0, 0, 3, 2)
  const loading = loadImage(pixels)
  pixels.data.fill(7)
  expect(await loading).toEqual(red)
})

test('a bitmap that is closed', async () => {
  const bitmap = await createImageBitmap(painted('#ff0000').canvas)
  const loading = loadImage(bitmap)
  bitmap.close()
  expect(await loading).toEqual(red)
})
