/** ImageDataGenerator as layers: what it draws, its statistics and its splits. How it moves pixels: test/reference/augmentation.test.ts. */
import { expect, test } from 'vitest'
import { Graph, isOp } from '../../src/graph/graph.ts'
import { draws } from '../../src/kernels/draws.ts'
import { imageDataGenerator, type ImageDataGeneratorOptions } from '../../src/layers/augmentation/generator.ts'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const x = values([4, 5, 6, 3], 1, 0, 255)

function graphOf(options: ImageDataGeneratorOptions, augment: boolean, fitted = false): Graph {
  const graph = new Graph()
  const input = layers.input({ shape: [5, 6, 3] })
  const generator = imageDataGenerator(options)
  const network = new Network({ inputs: input, outputs: (fitted ? generator.fit(x) : generator).apply(input) })
  const c = { graph, training: augment, augment, seed: () => graph.input('seed', [1], 'u32') }
  graph.outputs.set('y', network.emitAll(c, [graph.input('x', [4, 5, 6, 3])])[0]!)
  return graph
}

const rangesOf = (options: ImageDataGeneratorOptions) =>
  graphOf(options, true).nodes.flatMap((n) => (isOp(n, draws) ? [n.attrs.ranges.map((r) => [...r])] : []))

test('draws from the ranges of Keras', () => {
  expect(rangesOf({})).toEqual([])
  expect(rangesOf({ rotationRange: 36, heightShiftRange: 0.2, widthShiftRange: 2, shearRange: 18, zoomRange: 0.25 })).toEqual([
    [[-0.1, 0.1], [-1, 1], [-2, 2], [-0.05, 0.05], [0.75, 1.25], [0.75, 1.25]], // prettier-ignore
  ])
  expect(rangesOf({ horizontalFlip: true, verticalFlip: true })).toEqual([[[0, 1]], [[0, 1]]])
})

test('at inference it standardises, and nothing else', async () => {
  const options = { rotationRange: 90, horizontalFlip: true, rescale: 1 / 255, featurewiseStdNormalization: true }
  const { y } = await runGraph(device(), graphOf(options, false, true), { x: x.data })
  for (const c of [0, 1, 2]) {
    const of = Array.from(x.data, (v) => v / 255).filter((_, i) => i % 3 === c)
    const mean = of.reduce((a, b) => a + b, 0) / of.length
    const std = Math.sqrt(of.reduce((a, b) => a + (b - mean) ** 2, 0) / of.length)
    of.forEach((v, i) => expect(y![3 * i + c]).toBeCloseTo((v - mean) / (std + 1e-6), 4))
  }
})

test('flows the first samples for validation, the others for training', () => {
  const generator = imageDataGenerator({ validationSplit: 0.3 })
  const labels = [5, 6, 7, 8]
  const [validation, training] = [generator.flow(x, labels, { subset: 'validation' }), generator.flow(x, labels, { subset: 'training' })]
  expect([validation.x.shape[0], training.x.shape[0], validation.y, training.y]).toEqual([1, 3, [5], [6, 7, 8]])
  expect([...validation.x.data, ...training.x.data]).toEqual([...x.data])
  expect(() => imageDataGenerator().flow(x, labels, { subset: 'training' })).toThrow(
    '[imageDataGenerator] subset must be training or validation, and there must be a validationSplit, got ',
  )
})

test('refuses options that it has not, and needs statistics', () => {
  expect(() => imageDataGenerator({ zcaWhitening: true } as object)).toThrow('[imageDataGenerator] options must be rotationRange, ')
  expect(() => imageDataGenerator({ fillMode: 'mirror' as 'wrap' })).toThrow('[imageDataGenerator] fillMode must be one of ')
  expect(() => imageDataGenerator({ validationSplit: 1 })).toThrow(
    '[imageDataGenerator] validationSplit must be from 0, and below 1, got 1',
  )
  expect(() => imageDataGenerator({ featurewiseCenter: true }).apply(layers.input({ shape: [5, 6, 3] }))).toThrow(
    '[imageDataGenerator] statistics must be there before apply, got none (call fit first)',
  )
})
