/** Layers that augment: what they draw, where they pass everything, what files say of them. Values: test/reference/augmentation.test.ts. */
import { describe, expect, test } from 'vitest'
import { Graph, isOp, type OpNode } from '../../src/graph/graph.ts'
import { draws } from '../../src/kernels/draws.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { Network } from '../../src/layers/network.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'

const name = 'it'

/** The ops of some layers, one after the other. */
function opsOf(chain: readonly Layer[], augment: boolean, trainable = true): OpNode[] {
  const graph = new Graph()
  const input = layers.input({ shape: [4, 5, 3] })
  const network = new Network({ inputs: input, outputs: chain.reduce((x, layer) => layer.apply(x), input) })
  network.trainable = trainable
  network.emitAll({ graph, training: augment, augment, seed: () => graph.input('seed', [1], 'u32') }, [graph.input('x', [2, 4, 5, 3])])
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
    network.emitAll({ graph, training: true, augment: true, seed: () => graph.input('seed', [1], 'u32') }, [graph.input('x', [2, 4, 5, 3])])
    expect(graph.nodes.map((n) => n.kind)).toEqual(['input'])
  })
})

describe('configs', () => {
  const given: readonly Layer[] = [
    layers.randomFlip({ name, mode: 'vertical', seed: 3 }),
    layers.randomRotation({ name, factor: 0.1, fillMode: 'constant', fillValue: 2, interpolation: 'nearest' }),
    layers.randomColorJitter({ name, valueRange: [0, 1], hueFactor: [0.1, 0.2] }),
    layers.randomGrayscale({ name, factor: 0.25 }),
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
  expect(() => layerFromConfig(new LayerConfig('RandomFlip', { name, data_format: 'channels_first' }, 3))).toThrow(
    '[it (RandomFlip)] data_format must be "channels_last", got "channels_first"',
  )
})
