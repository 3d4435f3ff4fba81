/** Files whose variables have further numbers behind the layers' names, as TensorFlow 1 gave them to models that were loaded and saved again. */
import { describe, expect, test } from 'vitest'
import { layers, Model } from '../../../src/index.ts'
import { namedFile } from '../../support/model_files.ts'

/** Dense layers without biases, one behind the other. */
function chain(names: readonly string[], name?: string): Model {
  const input = layers.input({ shape: [2] })
  const outputs = names.reduce((x, n) => layers.dense({ units: 2, useBias: false, name: n }).apply(x), input)
  return new Model({ inputs: input, outputs, ...(name !== undefined && { name }) })
}

function nested(names: readonly string[]): Model {
  const input = layers.input({ shape: [2] })
  const x = chain(names, 'trunk').apply(input)
  return new Model({ inputs: input, outputs: layers.dense({ units: 2, useBias: false, name: 'top' }).apply(x) })
}

const shape = [2, 2]
const kernels = (...names: readonly string[]) => Object.fromEntries(names.map((n) => [`${n}/kernel:0`, shape]))
const valuesOf = (model: Model) => Promise.all(model.weights.map(async (w) => [w.layer, (await w.source.read(0, 1))[0]]))

describe('names that are numbered again', () => {
  test('of a layer: its group says which it is', async () => {
    const model = chain(['conv2d_1', 'dense_15'])
    const { loaded } = await model.loadWeights(namedFile({ conv2d_1: kernels('conv2d_1_1'), dense_15: kernels('dense_15_4167') }))
    expect(loaded.map((l) => l.path)).toEqual(['/conv2d_1/conv2d_1_1/kernel:0', '/dense_15/dense_15_4167/kernel:0'])
    expect(await valuesOf(model)).toEqual([
      ['conv2d_1', 1],
      ['dense_15', 2],
    ])
  })

  test('of a layer that was renamed after its variables were made', async () => {
    const model = chain(['features', 'dense_1'])
    await model.loadWeights(namedFile({ features: kernels('dense_7'), dense_1: kernels('dense_1') }))
    expect(await valuesOf(model)).toEqual([
      ['features', 1],
      ['dense_1', 2],
    ])
  })

  test('of layers that have been renamed to each other', async () => {
    const model = chain(['a', 'b'])
    await model.loadWeights(namedFile({ a: kernels('b'), b: kernels('a') }))
    expect(await valuesOf(model)).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    const same = chain(['features', 'dense'])
    await same.loadWeights(namedFile({ features: kernels('dense'), dense: kernels('dense') }))
    expect(await valuesOf(same)).toEqual([
      ['features', 1],
      ['dense', 2],
    ])
  })

  test('of a nested model: each layer gets the name that is left for it', async () => {
    const model = nested(['conv', 'conv_1', 'conv_2'])
    await model.loadWeights(namedFile({ trunk: kernels('conv_2_1', 'conv_1', 'conv_1_1'), top: kernels('top_3') }))
    expect(await valuesOf(model)).toEqual([
      ['conv', 2],
      ['conv_1', 3],
      ['conv_2', 1],
      ['top', 4],
    ])
  })

  test('that may be meant for several layers are refused', async () => {
    const model = nested(['a', 'b'])
    const file = namedFile({ trunk: kernels('a_1', 'a_2'), top: kernels('top') })
    await expect(model.loadWeights(file)).rejects.toThrow('[a] must be in the file, got 3 other layers, the nearest a_1, a_2, top')
  })
})

test('thousands of layers that are missing are said in no time', async () => {
  const many = (prefix: string) => Array.from({ length: 2000 }, (_, i) => `${prefix}_${i}`)
  const model = chain(many('a_layer_with_a_long_name'))
  const file = namedFile(Object.fromEntries(many('another_layer_with_a_long_name').map((n) => [n, kernels(n)])))
  const begin = performance.now()
  await expect(model.loadWeights(file)).rejects.toThrow(
    'must be in the file, got 2000 other layers, the nearest another_layer_with_a_long_name_',
  )
  expect(performance.now() - begin).toBeLessThan(5000)
})
