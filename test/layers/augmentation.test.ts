/** Layers that augment: what they draw, where they pass everything, what files say of them. Values: test/reference/augmentation.test.ts. */
import { describe, expect, test } from 'vitest'
import golden from '../golden/augmentation.json'
import { trainingOps } from '../../src/kernels/training.ts'
import { Graph, isOp, type OpNode } from '../../src/graph/graph.ts'
import { draws } from '../../src/kernels/draws.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { rescale } from '../../src/kernels/rescale.ts'
import { Network } from '../../src/layers/network.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'

const name = 'it'

/** The ops of some layers, one after the other. */
function opsOf(chain: readonly Layer[], augment: boolean, trainable = true): OpNode[] {
  const graph = new Graph()
  const input = layers.input({ shape: [4, 5, 3] })
  const network = new Network({ inputs: input, outputs: chain.reduce((x, layer) => layer.apply(x), input) })
  network.trainable = trainable
  network.emitAll({ graph, training: augment && trainingOps, augment, seed: () => graph.input('seed', [2], 'u32') }, [
    graph.input('x', [2, 4, 5, 3]),
  ])
  return graph.nodes.filter((n) => n.kind === 'op')
}

const drawn = (...chain: Layer[]) => opsOf(chain, true).flatMap((n) => (isOp(n, draws) ? [n.attrs] : []))

/** As the constructors of Keras 3.15 make ranges of factors. */
const RANGES: readonly [Layer, readonly (readonly [number, number])[]][] = [
  [layers.randomFlip({ name }), [[0, 1]]],
  [layers.randomRotation({ name, factor: 0.2 }), [[-0.2, 0.2]]],
  [layers.randomRotation({ name, factor: [0.3, -0.1] }), [[-0.1, 0.3]]],
  [layers.randomZoom({ name, heightFactor: 0.25 }), [[0.75, 1.25]]],
  [layers.randomZoom({ name, heightFactor: [-0.5, 0.5], widthFactor: -0.25 }), [[0.5, 1.5], [0.75, 1.25]]], // prettier-ignore
  [layers.randomTranslation({ name, heightFactor: 0.1, widthFactor: [0, 0.5] }), [[-0.1, 0.1], [0, 0.5]]], // prettier-ignore
  [layers.randomShear({ name, xFactor: 0.1, yFactor: [0.2, 0.3] }), [[0, 1], [0.2, 0.3], [-0.1, 0.1]]], // prettier-ignore
  [layers.randomBrightness({ name, factor: 0.2 }), [[-0.2, 0.2]]],
  [layers.randomContrast({ name, factor: 0.25 }), [[1, 1.25]]],
  [layers.randomContrast({ name, factor: [0.5, 0.25] }), [[0.75, 1.5]]],
  [layers.randomSaturation({ name, factor: [0.4, 0.6] }), [[0.4, 0.6]]],
  [layers.randomHue({ name, factor: 0.2 }), [[0, 1], [0, 0.2]]], // prettier-ignore
  [layers.randomGrayscale({ name }), [[0, 1]]],
  [layers.randomErasing({ name, factor: 0.5 }), [[0.02, 0.33], [0.02, 0.33], [0, 1], [0, 1], [0, 0.5], [0, 1]]], // prettier-ignore
]

test.each(RANGES)('$className draws from the ranges of Keras (%#)', (layer, ranges) => {
  expect(drawn(layer).map((d) => d.ranges)).toEqual([ranges])
})

test('a colour jitter is four layers', () => {
  const jitter = layers.randomColorJitter({ name, brightnessFactor: 0.1, contrastFactor: 0.2, saturationFactor: 0.3, hueFactor: 0.4 })
  expect(drawn(jitter).map((d) => d.ranges)).toEqual([[[-0.1, 0.1]], [[1, 1.2]], [[-0.3, 0.3]], [[0, 1], [0, 0.4]]]) // prettier-ignore
  expect(drawn(layers.randomColorJitter({ name }))).toEqual([])
})

describe('draws', () => {
  test('two layers, one layer applied twice, and layers with seeds of their own draw apart, alike in every run', () => {
    const flip = layers.randomFlip({ name: 'a' })
    const salts = (seed?: number) =>
      drawn(flip, layers.randomFlip({ name: 'b', ...(seed !== undefined && { seed }) }), flip).map((d) => d.salt)
    expect(new Set([...salts(), salts(0)[1], salts(1)[1], salts(2)[1]]).size).toBe(6)
    expect(salts(1)).toEqual(salts(1))
  })

  test.each(RANGES)('$className passes everything at inference, and draws where it is frozen, as in Keras (%#)', (layer) => {
    expect(opsOf([layer], false)).toEqual([])
    expect(opsOf([layer], true, false).length).toBeGreaterThan(1)
  })

  test('what is called with training: false does not draw', () => {
    const input = layers.input({ shape: [4, 5, 3] })
    const graph = new Graph()
    const network = new Network({ inputs: input, outputs: layers.randomFlip().apply(input, { training: false }) })
    network.emitAll({ graph, training: trainingOps, augment: true, seed: () => graph.input('seed', [2], 'u32') }, [
      graph.input('x', [2, 4, 5, 3]),
    ])
    expect(graph.nodes.map((n) => n.kind)).toEqual(['input'])
  })
})

describe('configs', () => {
  const given: readonly Layer[] = [
    layers.randomFlip({ name, mode: 'vertical', seed: 3 }),
    layers.randomRotation({ name, factor: 0.1, fillMode: 'constant', fillValue: 2, interpolation: 'nearest' }),
    layers.randomColorJitter({ name, valueRange: [0, 1], hueFactor: [0.1, 0.2] }),
    layers.randomGrayscale({ name, factor: 0.25 }),
    layers.randomErasing({ name, fillValue: [1, 2, 3], scale: 0.5, valueRange: [0, 1] }),
    layers.randomCrop({ name, height: 2, width: 3, seed: 5 }),
    layers.centerCrop({ name, height: 2, width: 3 }),
  ]
  test.each([...RANGES.map(([layer]) => layer), ...given])('of $className come back as they were (%#)', (layer) => {
    const config = layer.getConfig()
    const again = layerFromConfig(new LayerConfig(layer.className, config, 3))!
    expect(again.getConfig()).toEqual(config)
    expect(drawn(again)).toEqual(drawn(layer))
  })

  test('have the keys of Keras', () => {
    expect(given[1]!.getConfig()).toEqual({
      name,
      trainable: true,
      seed: null,
      data_format: 'channels_last',
      factor: [-0.1, 0.1],
      fill_mode: 'constant',
      fill_value: 2,
      interpolation: 'nearest',
    })
    // Keras writes [-f, f], and refuses to read it.
    const shear = layerFromConfig(new LayerConfig('RandomShear', { name, x_factor: [-0.2, 0.2], y_factor: [0, 0] }, 3))!
    expect(shear.getConfig()).toMatchObject({ x_factor: 0.2, y_factor: 0 })
  })
})

describe('crops, as Keras computes them', () => {
  const device = useDevice()
  const run = async (layer: Layer, x: { shape: number[]; data: number[] }, augment: boolean) => {
    const graph = new Graph()
    const c = { graph, training: augment && trainingOps, augment, seed: () => graph.input('seed', [2], 'u32') }
    const input = graph.input('x', x.shape)
    // A crop that changes nothing gives the input itself, which is no output of a plan.
    graph.outputs.set('y', graph.add(rescale, [layer.emit(c, [input])], { scale: 1, offset: 0 }))
    const draws = graph.nodes.some((n) => n.kind === 'input' && n.name === 'seed') && { seed: Uint32Array.of(3, 0) }
    return (await runGraph(device(), graph, { x: Float32Array.from(x.data), ...draws }))['y']!
  }
  const near = (actual: Float32Array, expected: readonly number[]) => {
    expect(actual.length).toBe(expected.length)
    // Keras's places are f32: test/reference/golden.test.ts.
    const worst = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - actual[i]!)), 0)
    expect(worst).toBeLessThan(2 * (4 * 12 + 2) * 2 ** -23 * 255)
  }

  test.each(golden.cropped)('to $height x $width', async (c) => {
    const { height, width, x } = c
    near(await run(layers.centerCrop({ name, height, width }), x, false), c.CenterCrop.data)
    const crop = layers.randomCrop({ name, height, width })
    near(await run(crop, x, false), c.RandomCrop.data)
    const training = (c as { 'RandomCrop, training'?: { data: number[] } })['RandomCrop, training']
    if (training) near(await run(crop, x, true), training.data)
  })

  test('while training, a part of the picture as it is, anywhere', async () => {
    const { x } = golden.cropped[0]!
    const [, H, W, C] = x.shape as [number, number, number, number]
    const many = { shape: [40, H, W, C], data: Array.from({ length: 40 }, () => x.data).flat() }
    const y = await run(layers.randomCrop({ name, height: 4, width: 5 }), many, true)
    const parts = new Map<string, string>()
    for (let h = 0; h <= H - 4; h++)
      for (let w = 0; w <= W - 5; w++) {
        const part = Array.from({ length: 4 * 5 * C }, (_, i) => x.data[((h + Math.floor(i / (5 * C))) * W + w) * C + (i % (5 * C))]!)
        parts.set([...Float32Array.from(part)].join(), `${h},${w}`)
      }
    const found = Array.from({ length: 40 }, (_, n) => parts.get([...y.subarray(n * 20 * C, (n + 1) * 20 * C)].join()))
    expect(found).not.toContain(undefined)
    expect(new Set(found).size, 'of 12 places').toBeGreaterThan(8)
  })
})

test('refuses options by name', () => {
  const mode = 'diagonal' as 'vertical'
  expect(() => layers.randomFlip({ name, mode })).toThrow(
    '[it] mode must be one of horizontal, vertical, horizontal_and_vertical, got diagonal',
  )
  expect(() => layers.randomFlip({ name, seed: 0.5 })).toThrow('[it] seed must be a whole number, got 0.5')
  expect(() => layers.randomRotation({ name, factor: 2 })).toThrow('[it] factor must be a number from -1 to 1, or two, got 2')
  expect(() => layers.randomZoom({ name, heightFactor: -1 })).toThrow(
    '[it] heightFactor must be a number from -0.9999999999999999 to 1, or two, got -1',
  )
  expect(() => layers.randomShear({ name, xFactor: -0.1 })).toThrow('[it] xFactor must be a number from 0 to 1, or two, got -0.1')
  expect(() => layers.randomRotation({ name, factor: 0.1, fillMode: 'mirror' as 'wrap' })).toThrow(
    '[it] fillMode must be one of constant, nearest, wrap, reflect, got mirror',
  )
  expect(() => layers.randomHue({ name, factor: 0.1, valueRange: [1, 1] })).toThrow(
    '[it] valueRange must be two numbers that differ, got 1,1',
  )
  expect(() => layers.randomGrayscale({ name, factor: 2 })).toThrow('[it] factor must be from 0 to 1, got 2')
  expect(() => layers.randomHue({ name, factor: 0.1 }).apply(layers.input({ shape: [4, 5, 1] }))).toThrow(
    '[it] input must have 3 channels, got 1',
  )
  const colours = ['randomSaturation', 'randomHue', 'randomGrayscale'] as const
  const jitters = [{ saturationFactor: 0.5 }, { hueFactor: 0.5 }].map((o) =>
    layers.randomColorJitter({ ...o, name, dataFormat: 'channelsFirst' }),
  )
  const first = [...colours.map((kind) => layers[kind]({ name, factor: 0.5, dataFormat: 'channelsFirst' })), ...jitters]
  for (const layer of first) {
    expect(layer.apply(layers.input({ shape: [3, 4, 5] })).shape).toEqual([null, 3, 4, 5])
    expect(() => layer.apply(layers.input({ shape: [4, 5, 3] }))).toThrow('[it] input must have 3 channels, got 4')
  }
  expect(() => layerFromConfig(new LayerConfig('RandomFlip', { name, data_format: 'first' }, 3))).toThrow(
    '[it (RandomFlip)] data_format must be channels_last or channels_first, got "first"',
  )
})
