/** Resizing by each filter, and its gradient, as real Keras on JAX has them (test/golden/make_resizing.py); sizes that are open. */
import { expect, test } from 'vitest'
import { Model } from '../../src/training/model.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { layers } from '../../src/index.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { Resizing } from '../../src/layers/resizing.ts'
import { tapsOf } from '../../src/layers/resize_taps.ts'
import golden from '../golden/resizing.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'
import { recipeImage } from '../support/recipe.ts'

const device = useDevice()

/** Largest difference, by the largest value. Keras's weights are made in f32: a position of up to 12 pixels is off by 1e-6, and so is a weight. */
function difference(actual: ArrayLike<number>, wanted: readonly number[]): number {
  expect(actual.length).toBe(wanted.length)
  return Math.max(...wanted.map((v, i) => Math.abs(actual[i]! - v))) / Math.max(...wanted.map(Math.abs))
}

test.each(golden.map((c) => [JSON.stringify(c.options), c] as const))('%s', async (_, { options, output, gradient }) => {
  const layer = Resizing.fromConfig(new LayerConfig('Resizing', { name: 'resizing', ...options }, 3))
  const graph = new Graph()
  const x = graph.input('x', [1, 7, 12, 2])
  const y = layer.emit({ graph, training: false, augment: false, seed: () => x }, [x])
  graph.outputs.set('y', y)
  graph.outputs.set('dx', gradients(graph, y, graph.input('dy', y.shape), [x]).get(x)!)
  const feed = { x: recipeImage([7, 12, 2], 1).data, dy: recipeImage(y.shape.slice(1), 1).data }
  const made = await runGraph(device(), graph, feed)
  expect(difference(made['y']!, output)).toBeLessThan(2e-6)
  expect(difference(made['dx']!, gradient)).toBeLessThan(2e-6)
  expect(layer.getConfig()).toMatchObject(options)
})

test('with open sizes weights are made for each', async () => {
  const network = (shape: (number | null)[]) => {
    const x = layers.input({ shape })
    const small = layers.resizing({ height: 4, width: 5, interpolation: 'lanczos3', antialias: true }).apply(x)
    return new Model({ inputs: x, outputs: layers.upSampling2d({ size: 2, interpolation: 'bicubic' }).apply(small) })
  }
  using open = network([null, null, 2])
  await open.compile({ device: device() })
  for (const size of [
    [7, 12],
    [9, 6],
  ]) {
    using known = network([...size, 2])
    await known.compile({ device: device() })
    const x = recipeImage([...size, 2], 1)
    expect((await open.predict(x)).data).toEqual((await known.predict(x)).data)
  }
})

test('weights sum to 1, and starts never fall', () => {
  for (const filtering of ['bilinear', 'bicubic', 'lanczos3', 'lanczos5', 'area'] as const) {
    for (const [size, target] of [
      [1, 1],
      [1, 9],
      [9, 1],
      [5, 64],
      [64, 5],
      [224, 223],
    ] as const) {
      // prettier-ignore
      for (const antialias of [false, true]) {
        const { shape, data } = tapsOf(size, target, filtering, antialias)
        const rows = Array.from({ length: target }, (_, i) => data.slice(i * shape[1]!, (i + 1) * shape[1]!))
        for (const [, ...weights] of rows) expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
        rows.forEach(([start], i) => expect(start).toBeGreaterThanOrEqual(rows[i - 1]?.[0] ?? 0))
        expect(rows.at(-1)![0]! + shape[1]! - 1).toBeLessThanOrEqual(size)
      }
    }
  }
})

test('a size that no picture has is refused before its weights are made', () => {
  const x = layers.input({ shape: [4, 4, 1] })
  const huge = layers.resizing({ height: 1e9, width: 4, interpolation: 'bicubic', name: 'huge' })
  expect(() => huge.apply(x)).toThrow('[huge] a side must be resized by at most 16777216 weights, got 4 pixels to 1000000000 by bicubic')
  expect(
    layers.resizing({ height: 1024, width: 4, interpolation: 'lanczos5', antialias: true }).apply(layers.input({ shape: [16_384, 4, 1] }))
      .shape,
  ).toEqual([null, 1024, 4, 1])
})
