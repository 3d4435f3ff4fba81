/** Masks where layers meet, and in configs: as in Keras 3.15, which computed what is expected here, or refused by name. */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { Model } from '../../src/training/model.ts'
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()

const masking = (maskValue: number) =>
  layerFromConfig(new LayerConfig('Masking', { name: `masking_${Math.abs(maskValue)}`, mask_value: maskValue }, 3))!
const [x, z] = [layers.input({ shape: [4, 2], name: 'x' }), layers.input({ shape: [4, 2], name: 'z' })]
const [a, b] = [masking(0).apply(x), masking(-1).apply(z)]
const X = { shape: [1, 4, 2], data: Float32Array.of(1, 2, 0, 0, 3, -4, 0, 0) }
const Z = { shape: [1, 4, 2], data: Float32Array.of(-1, -1, 5, -6, 7, 2, -1, -1) }

describe('products, largest and smallest, where steps of the one, the other or both do not count', () => {
  const ways: Record<string, SymbolicTensor[]> = { one: [a, z], other: [x, b], both: [a, b] }
  const expected: [string, string, number[], number[]][] = [
    ['multiply', 'one', [-1, -2, 5, -6, 21, -8, -1, -1], [6, -4.25]],
    ['multiply', 'other', [1, 2, 0, 0, 21, -8, 0, 0], [5.5, -1.5]],
    ['multiply', 'both', [1, 2, 5, -6, 21, -8, 0, 0], [9, -4]],
    ['maximum', 'one', [1, 2, 5, -6, 7, 2, -1, -1], [3, -0.75]],
    ['maximum', 'other', [1, 2, 5, 0, 7, 2, 0, 0], [3.25, 1]],
    ['maximum', 'both', [1, 2, 5, -6, 7, 2, 0, 0], [13 / 3, -2 / 3]],
    ['minimum', 'one', [-1, -1, 5, -6, 3, -4, -1, -1], [1.5, -3]],
    ['minimum', 'other', [1, 2, 0, -6, 3, -4, 0, 0], [1, -2]],
    ['minimum', 'both', [1, 2, 5, -6, 3, -4, 0, 0], [3, -8 / 3]],
  ]
  test.each(expected)('%s, %s', async (kind, way, values, mean) => {
    const y = layers[kind as 'multiply']().apply(ways[way]!)
    using model = new Model({ inputs: [x, z], outputs: [y, layers.globalAveragePooling1d().apply(y)] })
    await model.compile({ device: device() })
    const [all, means] = (await model.predict([X, Z])) as unknown as { data: Float32Array }[]
    expect([...all!.data].map((v) => v + 0)).toEqual(values)
    mean.forEach((v, i) => expect(Math.abs(means!.data[i]! - v)).toBeLessThan(4 * 2 ** -24 * 13)) // a sum of four values and a division
  })

  test('beside one of another rank: refused by name', async () => {
    const other = layers.input({ shape: [2], name: 'other' })
    using model = new Model({ inputs: [x, other], outputs: layers.multiply({ name: 'scaled' }).apply([a, other]) })
    await model.compile({ device: device() })
    await expect(model.predict([X, { shape: [1, 2], data: new Float32Array(2) }])).rejects.toThrow(
      /^\[scaled\] .* beside one of another rank/,
    )
  })
})

describe('in a config of Keras 3', () => {
  const tensorOf = (name: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4, 2], dtype: 'float32', keras_history: [name, 0, 0] },
  })
  const entry = (module: string | undefined, className: string, config: { name: string }, args: unknown[] | undefined, kwargs = {}) => ({
    ...(module !== undefined && { module, registered_name: module.includes('ops') ? className : null }),
    class_name: className,
    config,
    name: config.name,
    inbound_nodes: args ? [{ args, kwargs }] : [],
  })

  interface Given {
    modules?: boolean
    value?: number
    axis?: number
    between?: object
    /** Whether the mean is called with the mask. */
    masked?: boolean
  }

  /** Masking and its mean, with the mask as Keras writes it. @param modules whether there are any: HDF5 keeps none */
  function configOf({ modules = true, value = 0, axis = -1, between, masked = !between }: Given = {}) {
    const [layer, op] = modules ? ['keras.layers', 'keras.src.ops.numpy'] : []
    const inner = between ? [between] : []
    return {
      class_name: 'Functional',
      config: {
        name: 'm',
        layers: [
          entry(layer, 'InputLayer', { name: 'x', ...{ batch_shape: [null, 4, 2] } }, undefined),
          entry(op, 'NotEqual', { name: 'not_equal' }, [tensorOf('x'), value]),
          entry(op, 'Any', { name: 'any', ...{ axis, keepdims: false } }, [tensorOf('not_equal')]),
          entry(layer, 'Masking', { name: 'masking', ...{ mask_value: 0 } }, [tensorOf('x')]),
          ...inner,
          entry(
            layer,
            'GlobalAveragePooling1D',
            { name: 'mean' },
            [tensorOf(between ? 'between' : 'masking')],
            masked ? { mask: tensorOf('any') } : {},
          ),
        ],
        input_layers: [['x', 0, 0]],
        output_layers: [['mean', 0, 0]],
      },
    }
  }
  const mean = async (model: Model) => {
    await model.compile({ device: device() })
    return [...(await model.predict(X)).data]
  }

  test.each([true, false])('the mask that a Masking layer makes is that of the config (modules: %s)', async (modules) => {
    using model = modelFromConfig(configOf({ modules }), 3)
    expect(await mean(model)).toEqual([2, -1])
  })

  test.each([{ value: 1 }, { axis: 1 }])('another mask is refused: %o', (other) => {
    expect(() => modelFromConfig(configOf(other), 3)).toThrow(/^\[mean\] a mask must be the one that its input has from a Masking layer/)
  })

  const between = (className: string) =>
    entry('keras.layers', className, { name: 'between' }, [tensorOf('masking')], { mask: tensorOf('any') })

  test('what stands in for a layer has no mask as its input, and whether it passes one on is not known', () => {
    const config = configOf({ between: between('Mystery') })
    const passing = { between: layers.rescaling({ scale: 2, name: 'between' }) }
    expect(() => modelFromConfig(config, 3, { replaceLayers: passing })).toThrow(/^\[mean\] a mask must be .*, got none$/)
    const replaceLayers = { between: layers.flatten(), mean: layers.dense({ units: 1, name: 'mean' }) }
    expect(modelFromConfig(config, 3, { replaceLayers }).outputs[0]!.shape).toEqual([null, 1])
  })

  test('a Lambda in a model with masks is refused', () => {
    const lambdas = { lambdaLayer: () => layers.rescaling({ scale: 1 }), lambdaConstants: () => [] }
    const made = () => modelFromConfig(configOf({ between: between('Lambda') }), 3, {}, {}, lambdas as never)
    expect(made).toThrow(/^\[between\] a Lambda must be in a model without masks .*, got one with a Masking layer/)
  })
})
