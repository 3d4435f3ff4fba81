/** Initializers, regularizers and constraints: their distributions, what is refused, and configs there and back. Needs no GPU. */
import { describe, expect, test } from 'vitest'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import { initializers, kerasInitializer, readInitializer, type Initializer } from '../../src/layers/initializers.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { axesOf, constraints, regularizers } from '../../src/layers/weight_rules.ts'
import { Model } from '../../src/training/model.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { sizeOf } from '../../src/shape.ts'
import '../support/all_classes.ts'
import { classification } from '../support/objective.ts'

const draw = async (make: Initializer, shape: readonly number[] = [40, 500], path = 'dense/kernel') =>
  Array.from(await make(shape, path).read(0, sizeOf(shape)))

function statistics(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance), most: Math.max(...values.map(Math.abs)) }
}

describe('initializers', () => {
  const [IN, OUT] = [40, 500]
  /** Deviation, and how far out the farthest lies: of 20,000 values. */
  const cases: [string, Initializer, number, number][] = [
    ['glorotUniform', initializers.glorotUniform(1), Math.sqrt(2 / (IN + OUT)), Math.sqrt(6 / (IN + OUT))],
    ['glorotNormal', initializers.glorotNormal(1), Math.sqrt(2 / (IN + OUT)), (2 * Math.sqrt(2 / (IN + OUT))) / 0.8796256610342398],
    ['heUniform', initializers.heUniform(2), Math.sqrt(2 / IN), Math.sqrt(6 / IN)],
    ['heNormal', initializers.heNormal(2), Math.sqrt(2 / IN), (2 * Math.sqrt(2 / IN)) / 0.8796256610342398],
    ['lecunUniform', initializers.lecunUniform(3), Math.sqrt(1 / IN), Math.sqrt(3 / IN)],
    ['lecunNormal', initializers.lecunNormal(3), Math.sqrt(1 / IN), (2 * Math.sqrt(1 / IN)) / 0.8796256610342398],
    ['truncatedNormal', initializers.truncatedNormal({ stddev: 0.1 }), 0.1 * 0.8796256610342398, 0.2],
    ['randomUniform', initializers.randomUniform({ minval: -2, maxval: 2 }), 4 / Math.sqrt(12), 2],
    ['randomNormal', initializers.randomNormal({ stddev: 0.3 }), 0.3, 0.3 * 5],
  ]
  test.each(cases)('%s has its deviation and its bounds', async (_, make, deviation, most) => {
    const found = statistics(await draw(make))
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02) // five deviations of that of 20,000 values are 2.5%
    expect(Math.abs(found.mean)).toBeLessThan((5 * deviation) / Math.sqrt(20000))
    expect(found.most).toBeLessThanOrEqual(most * (1 + 1e-6))
    expect(found.most).toBeGreaterThan(0.7 * most)
  })

  test('a stream does not depend on how it is read, but on seed and weight', async () => {
    const make = initializers.heNormal(7)
    const whole = await draw(make)
    expect(Array.from(await make([40, 500], 'dense/kernel').read(333, 345))).toEqual(whole.slice(333, 345))
    expect(await draw(initializers.heNormal(8))).not.toEqual(whole)
    expect(await draw(make, [40, 500], 'other/kernel')).not.toEqual(whole)
  })

  test.each([
    [6, 4],
    [4, 6],
    [2, 3, 5],
  ])('orthogonal: products of its vectors, [%i,%i]', async (...shape) => {
    const C = shape.at(-1)!
    const w = await draw(initializers.orthogonal({ gain: 2 }), shape)
    const R = w.length / C
    const short = Math.min(R, C)
    const at = (vector: number, i: number) => (R >= C ? w[i * C + vector]! : w[vector * C + i]!)
    for (let a = 0; a < short; a++) {
      for (let b = 0; b < short; b++) {
        const dot = Array.from({ length: Math.max(R, C) }, (_, i) => at(a, i) * at(b, i)).reduce((x, y) => x + y, 0)
        expect(Math.abs(dot - (a === b ? 4 : 0))).toBeLessThan(1e-5)
      }
    }
  })

  test('orthogonal: long vectors, and kernels that are too large, which may be made and not drawn', async () => {
    const long = await draw(initializers.orthogonal(), [200_000, 1])
    expect(Math.abs(long.reduce((sum, v) => sum + v * v, 0) - 1)).toBeLessThan(1e-5)
    const dense = layers.dense({ units: 4096, kernelInitializer: 'orthogonal', name: 'large' })
    dense.apply(layers.input({ shape: [4096] }))
    const rule = '[large/kernel] orthogonal must be for kernels of moderate size, got [4096,4096]'
    await expect(dense.weights[0]!.source.read(0, 1)).rejects.toThrow(rule)
  })

  test('identity and constant', async () => {
    expect(await draw(initializers.identity(3), [2, 3])).toEqual([3, 0, 0, 0, 3, 0])
    expect(await draw(initializers.constant(0.5), [2])).toEqual([0.5, 0.5])
  })

  test.each(Object.keys(initializers) as (keyof typeof initializers)[])('%s: its config gives it again', async (name) => {
    const made = initializers[name]()
    const [className, config] = kerasInitializer(made)!
    expect(await draw(readInitializer({ className, config })!, [5, 5])).toEqual(await draw(made, [5, 5]))
  })

  test('refuses what is none', () => {
    expect(() => layers.dense({ units: 2, kernelInitializer: 'xavier' as never })).toThrow(
      'an initializer must be one of constant, glorotNormal',
    )
    expect(() => initializers.varianceScaling({ scale: 0 })).toThrow('[varianceScaling] scale must be a number above 0, got 0')
    expect(() => initializers.heUniform(0.5)).toThrow('seed must be a whole number, got 0.5')
  })
})

const serialized = (module: string, className: string, config: object) => ({ module, class_name: className, config, registered_name: null })

test('rules go to configs and come from them', () => {
  const made = layers.batchNormalization({
    name: 'norm',
    gammaRegularizer: regularizers.l1l2({ l1: 0.1, l2: 0.2 }),
    betaConstraint: 'nonNeg',
  })
  const written = made.getConfig()
  expect(written).toMatchObject({
    gamma_regularizer: serialized('keras.regularizers', 'L1L2', { l1: 0.1, l2: 0.2 }),
    beta_constraint: serialized('keras.constraints', 'NonNeg', {}),
  })
  expect(layerFromConfig(new LayerConfig('BatchNormalization', written, 3))!.getConfig()).toEqual(written)
  const kernel = { kernelConstraint: constraints.minMaxNorm({ maxValue: 3, axis: [0, 1, 2] }), kernelRegularizer: 'l2' } as const
  const depthwise = layers.depthwiseConv2d({ kernelSize: 3, name: 'deep', ...kernel }).getConfig()
  expect(depthwise).toMatchObject({
    depthwise_constraint: serialized('keras.constraints', 'MinMaxNorm', { min_value: 0, max_value: 3, rate: 1, axis: [0, 1, 2] }),
    depthwise_regularizer: serialized('keras.regularizers', 'L2', { l2: 0.01 }),
  })
  expect(Object.keys(depthwise).filter((key) => key.startsWith('kernel_'))).toEqual(['kernel_size'])
  expect(layerFromConfig(new LayerConfig('DepthwiseConv2D', depthwise, 3))!.getConfig()).toEqual(depthwise)
})

test('a regularizer of another kind is kept, and refused where the loss is computed', () => {
  const foreign = serialized('keras.regularizers', 'OrthogonalRegularizer', { factor: 0.01, mode: 'rows' })
  const raw = { name: 'predictions', units: 2, activation: 'softmax', kernel_regularizer: foreign }
  const dense = layerFromConfig(new LayerConfig('Dense', raw, 3))!
  expect(dense.getConfig()['kernel_regularizer']).toEqual(foreign)
  const input = layers.input({ shape: [3] })
  const model = new Model({ inputs: input, outputs: dense.apply(input) })
  expect(() => lossGraph(model, classification(2), 2, true)).toThrow(
    '[predictions] a regularizer must be L1, L2 or L1L2 to be part of the loss',
  )
  dense.trainable = false // as in Keras, frozen weights are not in the loss
  expect(() => lossGraph(model, classification(2), 2, true)).not.toThrow()
})

test('refuses factors, names and axes that are none', () => {
  expect(() => regularizers.l1(-1)).toThrow('[l1] l1 must be a number from 0, got -1')
  expect(() => layers.dense({ units: 2, name: 'd', kernelRegularizer: 'l3' as never })).toThrow('[d] a regularizer must be l1, l2 or l1l2')
  expect(() => layers.dense({ units: 2, name: 'd', kernelConstraint: 'norm' as never })).toThrow('[d] a constraint must be one of maxNorm')
  expect(() => axesOf('d', [3, 4, 5], constraints.unitNorm({ axis: [0, 2] }))).toThrow(
    '[d] the axes of a constraint must lie next to each other',
  )
  expect(axesOf('d', [3, 4, 5], constraints.unitNorm({ axis: [0, 1] }))).toEqual([1, 12, 5])
  expect(() => axesOf('d', [3, 4], constraints.unitNorm({ axis: -3 }))).toThrow('in a weight of rank 2, got -3')
})

test('an axis may be counted from the last, as in files of Keras', () => {
  const raw = { name: 'd', units: 2, kernel_constraint: serialized('keras.constraints', 'MaxNorm', { max_value: 3, axis: -1 }) }
  const dense = layerFromConfig(new LayerConfig('Dense', raw, 3))!
  expect(dense.getConfig()).toMatchObject({ kernel_constraint: raw.kernel_constraint })
  dense.apply(layers.input({ shape: [3] }))
  expect(axesOf('d', [3, 2], [...dense.rules.values()][0]!.constraint!)).toEqual([3, 2, 1])
})

test('rules of Keras 1 are of the kernel and the bias', () => {
  const raw = {
    name: 'd',
    output_dim: 2,
    W_regularizer: { name: 'WeightRegularizer', l1: 0, l2: 0.5 },
    b_constraint: { name: 'MaxNorm', m: 3, axis: 0 },
  }
  const written = layerFromConfig(new LayerConfig('Dense', raw, 1))!.getConfig()
  expect(written).toMatchObject({
    kernel_regularizer: serialized('keras.regularizers', 'L2', { l2: 0.5 }),
    bias_constraint: serialized('keras.constraints', 'MaxNorm', { max_value: 3, axis: 0 }),
  })
  expect(Object.keys(written).filter((key) => /^[Wb]_/.test(key))).toEqual([])
})
