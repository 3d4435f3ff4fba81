/** Weights into networks: what matching alone cannot show. */
import { expect, test } from 'vitest'
import { layers, Model } from '../../src/index.ts'
test('layers of two nested models that have one name get their own weights, by order', async () => {
  const make = (first: number) => {
    const inner = (name: string, value: number) => {
      const x = layers.input({ shape: [4] })
      const fc = layers.dense({
        units: 4,
        name: 'fc',
        kernelInitializer: (shape) => ({ shape, read: (b, e) => Promise.resolve(new Float32Array(e - b).fill(value)) }),
      })
      return new Model({ inputs: x, outputs: fc.apply(x), name })
    }
    const input = layers.input({ shape: [4] })
    return new Model({ inputs: input, outputs: inner('two', first + 1).apply(inner('one', first).apply(input)) })
  }
  const model = make(10)
  await model.loadWeights(await make(1).saveWeights('h5').blob(), { by: 'order' })
  const values = await Promise.all(model.weights.map(async (w) => (await w.source.read(0, 1))[0]))
  expect(values).toEqual([1, 0, 2, 0])
  await expect(model.loadWeights(7 as unknown as string)).rejects.toThrow(
    '[loadWeights] a file must be a URL, a Blob, bytes or a ByteSource, got number',
  )
})
