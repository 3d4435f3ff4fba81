/** NaN and infinities in configs, which Python writes into JSON: read, computed with, and written again. */
import { describe, expect, test } from 'vitest'
import { layers, loadModel, Model } from '../../../src/index.ts'
import { parsePython, stringifyPython } from '../../../src/loaders/keras/python_json.ts'
import { modelFromConfig } from '../../../src/models/from_config.ts'
import '../../support/all_classes.ts'
import { useDevice } from '../../support/device.ts'

const device = useDevice()

test('what Python writes is read', () => {
  const text = '{"a": [NaN, -Infinity, Infinity, -1], "NaN": "Infinity, \\"NaN", "b": -Infinity}'
  const value = { a: [NaN, -Infinity, Infinity, -1], NaN: 'Infinity, "NaN', b: -Infinity }
  expect(parsePython(text)).toEqual(value)
  expect(stringifyPython(value)).toBe('{"a":[NaN,-Infinity,Infinity,-1],"NaN":"Infinity, \\"NaN","b":-Infinity}')
})

test.each(['{"a": Nan}', '{"a": +Infinity}', '{"a": InfinityInfinity}', '{"a": -NaN}', '{NaN', '[1Infinity]', '[Infinity1]'])(
  '%s is no JSON of Python',
  (text) => {
    expect(() => parsePython(text)).toThrow(SyntaxError)
  },
)

describe('a mask of infinities', () => {
  const tensor = (from: string, dtype = 'float32') => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype, keras_history: [from, 0, 0] },
  })
  const operation = (name: string, className: string, config: object, args: readonly unknown[]) => ({
    ...{ module: 'keras.src.ops.numpy', class_name: className, config: { name, ...config }, registered_name: className, name },
    inbound_nodes: [{ args, kwargs: {} }],
  })
  const numbers = { class_name: '__numpy__', config: { value: [1, Infinity, -Infinity, 0], dtype: 'float32' } }
  // As keras.Model(x, [ops.where(x > 0, x, -np.inf), ops.where(x > 0, numbers, x), ops.clip(x, 0, np.inf)]).to_json() has it.
  const config = {
    class_name: 'Functional',
    config: {
      name: 'masked',
      layers: [
        { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_shape: [null, 4] }, inbound_nodes: [] },
        operation('positive', 'Greater', {}, [tensor('x'), 0]),
        operation('masked', 'Where', {}, [tensor('positive', 'bool'), tensor('x'), -Infinity]),
        operation('chosen', 'Where', {}, [tensor('positive', 'bool'), numbers, tensor('x')]),
        operation('cut', 'Clip', { x_min: 0, x_max: Infinity }, [tensor('x')]),
      ],
      input_layers: [['x', 0, 0]],
      output_layers: ['masked', 'chosen', 'cut'].map((name) => [name, 0, 0]),
    },
  }
  const x = { shape: [1, 4], data: Float32Array.of(-1, 2, 3, -4) }
  const answers = [
    [-Infinity, 2, 3, -Infinity],
    [-1, Infinity, -Infinity, -4],
    [0, 2, 3, 0],
  ]
  const predict = async (model: Model<never>) => {
    await model.compile({ device: device() })
    return ((await model.predict(x)) as { data: Float32Array }[]).map(({ data }) => [...data])
  }

  test('is computed with, saved and read again', async () => {
    using model = modelFromConfig<never>(config, 3)
    expect(await predict(model)).toEqual(answers)
    const file = await model.save().blob()
    expect(await file.text()).toContain('-Infinity')
    using back = await loadModel<never>(file)
    expect(await predict(back)).toEqual(answers)
  })

  test('weights are finite as before', async () => {
    const input = layers.input({ shape: [4] })
    const dense = layers.dense({ units: 1 })
    using model = new Model({ inputs: input, outputs: dense.apply(input) })
    const [kernel, bias] = dense.weights
    kernel!.source = { shape: [4, 1], read: () => Promise.resolve(Float32Array.of(1, 2, -Infinity, 4)) }
    expect(bias!.shape).toEqual([1])
    await expect(model.compile({ device: device() })).rejects.toThrow('weights must be finite')
  })
})
