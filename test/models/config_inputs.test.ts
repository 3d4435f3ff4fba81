/** The inputs of models from configs: what they are called, how many there are where Keras 1 merges models, and of which size. */
import { expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { listOf, type Structure } from '../../src/structure.ts'
import type { Tensor } from '../../src/tensor.ts'
import { Model } from '../../src/training/model.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

const device = useDevice()

/** Of a model with two inputs by name, as Keras saved and computed it. */
interface Case {
  readonly inputs: { readonly picture: readonly number[]; readonly about: readonly number[] }
  readonly outputs: { readonly 3: readonly { readonly values: readonly number[] }[] }
  readonly configs: Readonly<Record<string, { readonly config: { readonly config: object } }>>
}

test('inputs are called by the names in the config, be they those of their layers or not', async () => {
  const { configs, inputs, outputs } = dialects.find((c) => c.name === 'inputs and outputs by name')! as unknown as Case
  const { config } = configs['3.15.1']!
  const renamed = { ...config, config: { ...config.config, input_layers: { photo: ['picture', 0, 0], facts: ['about', 0, 0] } } }
  using model = modelFromConfig<Structure<SymbolicTensor>>(renamed, 3)
  expect(model.inputNames).toEqual(['facts', 'photo'])
  expect(model.getConfig()['input_layers']).toEqual({ photo: ['picture', 0, 0], facts: ['about', 0, 0] })
  useRecipe(model)
  await model.compile({ device: device() })
  const [picture, about] = [inputs.picture, inputs.about].map((shape) => recipeImage(shape, 1 / 256)) as [Tensor, Tensor]
  const ys = listOf<Tensor>(await model.predict({ photo: picture, facts: about }))
  outputs['3'].forEach(({ values }, i) => expectOutput(ys[i]!, values))
  await expect(model.predict({ picture, about })).rejects.toThrow('by name: facts, photo')
})

test('a Sequential of Keras 1 may begin with a Merge of models', async () => {
  const dense = (name: string, output_dim: number, more: object = {}) => ({
    class_name: 'Dense',
    config: { name, output_dim, activation: 'tanh', ...more },
  })
  const branch = (name: string, inputs: number) => ({
    class_name: 'Sequential',
    config: [dense(`${name}_first`, 4, { batch_input_shape: [null, inputs] }), dense(`${name}_second`, 2)],
  })
  const merge = { class_name: 'Merge', config: { name: 'both', mode: 'concat', concat_axis: -1, layers: [branch('a', 3), branch('b', 5)] } }
  using model = modelFromConfig<Structure<SymbolicTensor>>({ class_name: 'Sequential', config: [merge, dense('last', 2)] }, 1)
  expect(model.inputNames).toEqual(['a_first_input', 'b_first_input'])

  const inputs = [3, 5].map((n, i) => layers.input({ shape: [n], name: `numbers${i}` }))
  const ends = inputs.map((x, i) => {
    const named = (part: string, units: number) => layers.dense({ units, activation: 'tanh', name: `${'ab'[i]}_${part}` })
    return named('second', 2).apply(named('first', 4).apply(x))
  })
  const outputs = layers.dense({ units: 2, activation: 'tanh', name: 'last' }).apply(layers.concatenate().apply(ends))
  using same = new Model({ inputs, outputs })
  const x = [3, 5].map((n) => ({ shape: [2, n], data: recipeImage([2, n], 1 / 256).data }))
  for (const m of [model, same]) {
    useRecipe(m)
    await m.compile({ device: device() })
  }
  expect((await model.predict(x)) as Tensor).toEqual(await same.predict(x))
})

test('a size that is asked for holds in models that a Merge begins with', () => {
  const branch = (name: string) => ({
    class_name: 'Sequential',
    config: [{ class_name: 'Flatten', config: { name, batch_input_shape: [null, null, null, 3] } }],
  })
  const merge = { class_name: 'Merge', config: { name: 'both', mode: 'concat', layers: [branch('a'), branch('b')] } }
  const config = { class_name: 'Sequential', config: [merge] }
  const model = modelFromConfig(config, 1, { inputShape: { a_input: [7, 6, 3], b_input: [4, 5] } })
  expect(model.inputs.map((t) => t.shape)).toEqual([
    [null, 7, 6, 3],
    [null, 4, 5, 3],
  ])
})

const sequential = (name: string, layers: readonly object[]) => ({ class_name: 'Sequential', config: { name, layers } })
const conv1d = (name: string) => ({ class_name: 'Conv1D', config: { name, filters: 2, kernel_size: [3] } })

test('height and width alone are refused where the config says nothing of channels', () => {
  const config = sequential('s', [{ class_name: 'Rescaling', config: { name: 'scale', scale: 2 } }, { class_name: 'Conv2D', config: { name: 'conv', filters: 2, kernel_size: [3, 3] } }]) // prettier-ignore
  expect(() => modelFromConfig(config, 3, { inputShape: [8, 8] })).toThrow(
    '[s] the shape of the input must be known (say it: inputShape: [height, width, channels], or what else it is without the batch), got height and width alone, [8,8]',
  )
})

test('steps and channels are a whole shape where the config says none, and of a model in a model, too', () => {
  expect(modelFromConfig(sequential('s', [conv1d('conv')]), 2, { inputShape: [64, 1] }).outputs[0]!.shape).toEqual([null, 62, 2])
  const outer = sequential('outer', [
    { class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, 16, 5] } },
    sequential('inner', [conv1d('conv')]),
  ])
  expect(modelFromConfig(outer, 2).outputs[0]!.shape).toEqual([null, 14, 2])
})
