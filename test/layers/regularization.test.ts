/** Layers that act while training only: what they draw, and that frozen ones do not. */
import { describe, expect, test } from 'vitest'
import { trainingOps } from '../../src/kernels/training.ts'
import { Graph, isOp, type Node } from '../../src/graph/graph.ts'
import { dropout } from '../../src/kernels/dropout.ts'
import { gaussianNoise } from '../../src/kernels/gaussian_noise.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import type { Layer, SymbolicTensor } from '../../src/layers/layer.ts'
import { Network } from '../../src/layers/network.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { lossGraph, splitLoss } from '../../src/training/graphs.ts'
import { normalDraws } from '../reference/elementwise.ts'
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'
import { classification } from '../support/objective.ts'

const input = layers.input({ shape: [4, 4, 3] })

/** The network up to a tensor, with a classifier. */
function classifier(x: SymbolicTensor): Network {
  const pooled = layers.globalAveragePooling2d().apply(x)
  return new Network({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(pooled) })
}

/** The salts of all ops that draw. */
function salts(nodes: readonly Node[]): number[] {
  return nodes.flatMap((n) => (isOp(n, dropout) || isOp(n, gaussianNoise) ? [n.attrs.salt] : []))
}

describe('what draws', () => {
  const drawn = (...all: readonly Layer[]) =>
    salts(lossGraph(classifier(layers.add().apply(all.map((l) => l.apply(input)))), classification(2), 2, true).nodes)

  test('two on one tensor, and one that is applied twice, draw for themselves, alike in every run', () => {
    const all = [layers.dropout({ rate: 0.5 }), layers.gaussianNoise({ stddev: 1 }), layers.alphaDropout({ rate: 0.1 })]
    const found = drawn(...all, all[1]!)
    expect(new Set(found).size).toBe(4)
    expect(drawn(...all, all[1]!)).toEqual(found)
  })

  test('a seed of its own gives other draws', () => {
    const one = (seed?: number) => drawn(layers.dropout({ rate: 0.5, ...(seed !== undefined && { seed }) }), layers.identity())
    expect(new Set([one(), one(0), one(1)].flat()).size).toBe(3)
    expect(one(1)).toEqual(one(1))
  })
})

describe('noise', () => {
  const device = useDevice()
  const SIZE = 40_000
  const x = Float32Array.from(normalDraws(SIZE, 3, 77))

  /** What a layer makes of x, in training or not. */
  async function given(layer: Layer, seed: number, training = true): Promise<number[]> {
    const g = new Graph()
    const drawn = { node: undefined as Node | undefined }
    const context = {
      graph: g,
      training: training && trainingOps,
      augment: false,
      seed: () => (drawn.node ??= g.input('seed', [2], 'u32')),
    }
    g.outputs.set('y', layer.emit(context, [g.input('x', [SIZE / 4, 4])]))
    const { y } = await runGraph(device(), g, { x, ...(drawn.node && { seed: Uint32Array.of(seed, 0) }) })
    return [...y!]
  }

  const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length
  /** How many of its own standard deviations a mean is off. */
  const off = (v: readonly number[], expected: number) => {
    const m = mean(v)
    return Math.abs(m - expected) / Math.sqrt(mean(v.map((t) => (t - m) ** 2)) / v.length)
  }

  test.each([layers.gaussianNoise({ stddev: 0.5 }), layers.gaussianDropout({ rate: 0.2 }), layers.alphaDropout({ rate: 0.2 })])(
    '$className passes everything at inference, and draws by the seed of a step',
    async (layer) => {
      expect(await given(layer, 1, false)).toEqual([...x])
      const [one, again, other] = [await given(layer, 1), await given(layer, 1), await given(layer, 2)]
      expect(again).toEqual(one)
      expect(other).not.toEqual(one)
    },
  )

  test('GaussianNoise adds numbers of mean 0 and the standard deviation that is said, whatever x is', async () => {
    const noise = (await given(layers.gaussianNoise({ stddev: 0.5 }), 1)).map((y, i) => y - x[i]!)
    expect(off(noise, 0)).toBeLessThan(4)
    expect(
      off(
        noise.map((v) => v ** 2),
        0.25,
      ),
    ).toBeLessThan(4)
    expect(
      off(
        noise.map((v, i) => v * x[i]!),
        0,
      ),
    ).toBeLessThan(4)
  })

  test('GaussianDropout multiplies by numbers of mean 1 and variance rate / (1 - rate)', async () => {
    const factors = (await given(layers.gaussianDropout({ rate: 0.2 }), 1)).flatMap((y, i) => (Math.abs(x[i]!) > 0.1 ? [y / x[i]!] : []))
    expect(off(factors, 1)).toBeLessThan(4)
    expect(
      off(
        factors.map((f) => (f - 1) ** 2),
        0.25,
      ),
    ).toBeLessThan(4)
  })

  test('AlphaDropout sets a share to one value and is affine in the others; mean 0 and variance 1 stay', async () => {
    const y = await given(layers.alphaDropout({ rate: 0.2 }), 1)
    // keras/src/layers/regularization/alpha_dropout.py
    const least = -1.7580993408473766
    const a = (0.8 * (1 + 0.2 * least ** 2)) ** -0.5
    const dropped = y.map((v) => Math.abs(v - a * 0.8 * least) < 1e-5)
    expect(Math.abs(mean(dropped.map(Number)) - 0.2) / Math.sqrt(0.16 / SIZE)).toBeLessThan(4)
    const rest = y.map((v, i) => (dropped[i] ? 0 : Math.abs(v - (a * x[i]! - a * least * 0.2))))
    expect(rest.reduce((most, v) => Math.max(most, v), 0)).toBeLessThan(2e-6)
    expect(off(y, 0)).toBeLessThan(4)
    expect(
      off(
        y.map((v) => v ** 2),
        1,
      ),
    ).toBeLessThan(4)
  })
})

describe('frozen layers pass everything while a head is trained', () => {
  // EfficientNetV2B0 drops whole samples of a branch: its noise shape is [null,1,1,1].
  test.each([
    ['Dropout', { rate: 0.5 }],
    ['Dropout', { rate: 0.5, noise_shape: [null, 1, 1, 1] }],
    ['SpatialDropout2D', { rate: 0.5 }],
    ['GaussianNoise', { stddev: 1 }],
    ['GaussianDropout', { rate: 0.5 }],
    ['AlphaDropout', { rate: 0.5 }],
  ])('%s %o', (className, raw) => {
    const layer = layerFromConfig(new LayerConfig(className, { name: 'noise', ...raw }, 3))!
    const trunk = new Network({ inputs: input, outputs: layer.apply(layers.conv2d({ filters: 3, kernelSize: 1 }).apply(input)) })
    trunk.trainable = false
    const model = classifier(trunk.apply(input))
    const { trunk: features, head } = splitLoss(model, lossGraph(model, classification(2), 2, true))!
    expect(salts([...features.nodes, ...head.nodes])).toEqual([])
  })
})
