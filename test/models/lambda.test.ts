/**
 * Lambda layers as real Kerases write them (test/golden/make_lambdas.py: Keras 1.2 and 2.2 with TensorFlow 1, tf.keras 2.15, Keras 3.15), with what
 * they give; what cannot be done is refused with the function's instructions.
 */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import * as lambdas from '../../src/loaders/python/lambda.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { sizeOf } from '../../src/shape.ts'
import keras1 from '../golden/python/lambdas_keras1.json' with { type: 'json' }
import keras22 from '../golden/python/lambdas_keras2_2.json' with { type: 'json' }
import keras215 from '../golden/python/lambdas_keras2_15.json' with { type: 'json' }
import keras3 from '../golden/python/lambdas_keras3_15.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'

const device = useDevice()

interface Made {
  readonly keras: string
  readonly inputs: readonly (readonly number[])[]
  readonly models: Readonly<Record<string, { readonly config: unknown; readonly output: readonly [readonly number[], readonly number[]] }>>
}

const files: readonly (readonly [1 | 2 | 3, Made])[] = [
  [1, keras1 as unknown as Made],
  [2, keras22 as unknown as Made],
  [2, keras215 as unknown as Made],
  [3, keras3 as unknown as Made],
]

const cases = files.flatMap(([version, { keras, inputs, models }]) =>
  Object.entries(models).map(([name, { config, output }]) => ({ version, keras, name, config, output, inputs })),
)

/** Of the largest value: some ten roundings in f32 of values up to the inputs' 255 squared, and functions of 1e-5. */
const TOLERANCE = 1e-5

describe('a Lambda', () => {
  test.each(cases)('$keras: $name', async ({ version, config, output: [values, shape], inputs }) => {
    using model = modelFromConfig(config, version, {}, {}, lambdas)
    expect(model.outputs[0]!.shape).toEqual([null, ...shape.slice(1)])
    await model.compile({ device: device() })
    const tensors = model.inputs.map((t, i) => ({ shape: [2, ...(t.shape.slice(1) as number[])], data: Float32Array.from(inputs[i]!) }))
    const y = await model.predict(tensors.length === 1 ? tensors[0]! : Object.fromEntries(model.inputNames.map((n, i) => [n, tensors[i]!])))
    expect(y.shape).toEqual(shape)
    expect(y.data.length).toBe(sizeOf(shape))
    const most = Math.max(...values.map(Math.abs), 1)
    const apart = Math.max(...values.map((v, i) => Math.abs(v - y.data[i]!)))
    expect(apart / most).toBeLessThan(TOLERANCE)
  })
})

/** A Lambda of the file between an input and nothing else, its name `lambda_1`. */
function lambdaIn(made: Made, name: string): unknown {
  const { config } = made.models[name]!.config as { config: { layers: { class_name: string; config: Record<string, unknown> }[] } }
  const { config: own } = config.layers.find((l) => l.class_name === 'Lambda')!
  const input = { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 4, 6, 3] }, inbound_nodes: [] }
  const layer = { class_name: 'Lambda', name: 'lambda_1', config: { ...own, name: 'lambda_1' }, inbound_nodes: [[['x', 0, 0]]] }
  const ends = { input_layers: [['x', 0, 0]], output_layers: [['lambda_1', 0, 0]] }
  return { class_name: 'Functional', config: { name: 'model', layers: [input, layer], ...ends } }
}

const built = (name: string) => modelFromConfig(lambdaIn(files[1]![1], name), 2, {}, {}, lambdas)

test('a Lambda that scales is a Rescaling of its name, and saved as one', () => {
  const model = built('scaled')
  expect(model.getLayer('lambda_1').serialize()).toMatchObject({
    class_name: 'Rescaling',
    config: { name: 'lambda_1', scale: 1 / 127.5, offset: -1 },
  })
})

test('one operation is that operation, several are a model in the model; both have the name of the Lambda', () => {
  expect(built('mean').getLayer('lambda_1').serialize()).toMatchObject({ class_name: 'Mean', config: { axis: 1, keepdims: true } })
  expect(built('standardized').getLayer('lambda_1').serialize()).toMatchObject({ class_name: 'Functional' })
})

test('a stand-in is told the config and the constants of the function', () => {
  const seen: unknown[] = []
  const replaceLayers = {
    lambda_1: (config: Readonly<Record<string, unknown>>, constants: readonly unknown[]) => {
      seen.push(config['name'], constants)
      return layers.rescaling({ name: 'own', scale: 2 })
    },
  }
  const model = modelFromConfig(lambdaIn(files[1]![1], 'scaled'), 2, { replaceLayers }, {}, lambdas)
  expect(seen).toEqual(['lambda_1', [null, 127.5, 1]])
  expect(model.layers.map((l) => l.name)).toEqual(['x', 'own'])
})
