/**
 * Layers of a user's own classes: the example of docs/custom-layers.md on a file that real Keras saved (test/golden/make_custom.py), as it predicts, trains
 * and is saved; and what is refused of definitions.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadGated } from '../../examples/custom/layers.ts'
import { trainingOps } from '../../src/kernels/training.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { cloneModel, defineLayer, Layer, layers, loadModel, Model, ops, sgd, type Node, type SymbolicShape } from '../../src/index.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import golden from '../golden/models/gated.json' with { type: 'json' }
import refused from '../golden/models/refused.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipeInputs } from '../support/two_inputs.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const file = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/models/${name}`, import.meta.url)))

describe.each(['gated.keras', 'gated.h5'])('%s', (name) => {
  test('has the layers and weights of Keras, and gives its output', async () => {
    using model = await loadGated(file(name))
    expect(model.layers.map((l) => l.name)).toEqual(golden.layers)
    expect(model.layers.filter((l) => l.weights.length).map((l) => [l.name, l.weights.map((w) => [w.name, w.shape])])).toEqual(
      golden.weights,
    )
    await model.compile({ device: device() })
    expectOutput(await model.predict(recipeInputs(model, 2, 1 / 256)['image']!), golden.output)
  })

  test('trains, is saved under the names of its classes, and comes back bit for bit', async () => {
    using model = await loadGated(file(name))
    const before = await model.getLayer('gate').weights[0]!.source.read(0, 25)
    await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' })
    const x = recipeInputs(model, 2, 1 / 256)['image']!
    const { epochs } = await model.fit({ x, y: values([2, 4], 3, 0, 1) }, { epochs: 3, batchSize: 2 })
    expect(epochs.at(-1)!.logs['loss']).toBeLessThan(epochs[0]!.logs['loss'])
    const y = await model.predict(x)
    const saved = await model.save().blob()
    using back = await loadGated(saved)
    expect(back.getLayer('gate').serialize()).toEqual(model.getLayer('gate').serialize())
    expect(model.getLayer('gate').serialize()).toMatchObject({
      class_name: 'ChannelGate',
      registered_name: 'mine>ChannelGate',
      config: { name: 'gate', floor: 0.25 },
    })
    await back.compile({ device: device() })
    expect((await back.predict(x)).data).toEqual(y.data)
    expect(await back.getLayer('gate').weights[0]!.source.read(0, 25)).not.toEqual(before)
  })
})

test('cloneModel makes layers of the same classes', async () => {
  const model = await loadGated(file('gated.keras'))
  const clone = await cloneModel(model)
  expect(clone.serialize()).toEqual(model.serialize())
  expect(clone.getLayer('gate')).not.toBe(model.getLayer('gate'))
})

test('without the classes it is refused by their names, with what to write', async () => {
  const hint =
    'say what makes it: customObjects: { "mine>Swish": (config) => layer }; or put another in its place: replaceLayers: { "swish": layer }'
  await expect(loadModel(file('gated.keras'))).rejects.toThrow(`[swish] a layer must be one that is known (${hint}), got class mine>Swish`)
})

describe('customObjects', () => {
  const config = refused['custom class']

  test('are asked for by the registered name first, then by the class alone', () => {
    const made: string[] = []
    const by = (key: string) => (c: object) => (made.push(key), layers.identity({ name: (c as { name: string }).name }))
    modelFromConfig(config, 3, { customObjects: { Custom: by('Custom'), 'mine>Custom': by('mine>Custom') } })
    modelFromConfig(config, 3, { customObjects: { Custom: by('Custom'), Unused: by('Unused') } })
    expect(made).toEqual(['mine>Custom', 'Custom'])
  })

  test('go before classes of Keras, and are told the shapes', () => {
    const seen: unknown[] = []
    const dense = (c: Readonly<Record<string, unknown>>, shapes: readonly SymbolicShape[]) => {
      seen.push([c['units'], shapes])
      return layers.dense({ units: 9, name: 'dense' })
    }
    const model = modelFromConfig(refused['unknown activation'], 3, { customObjects: { Dense: dense } })
    expect([model.outputs[0]!.shape, seen]).toEqual([[null, 6, 5, 9], [[2, [[null, 6, 5, 3]]]]])
  })

  test('may be models, which are nested', () => {
    const block = (c: Readonly<Record<string, unknown>>, [x]: readonly SymbolicShape[]) => {
      const inputs = layers.input({ shape: x!.slice(1) })
      return new Model({ inputs, outputs: layers.conv2d({ filters: 4, kernelSize: 3 }).apply(inputs), name: String(c['name']) })
    }
    expect(modelFromConfig(config, 3, { customObjects: { 'mine>Custom': block } }).outputs[0]!.shape).toEqual([null, 4, 3, 4])
  })

  test('must be functions that give layers', () => {
    const rule = '[custom] customObjects must have a function that gives a layer for Custom, got'
    expect(() => modelFromConfig(config, 3, { customObjects: { 'mine>Custom': () => 7 as never } })).toThrow(`${rule} 7`)
    expect(() => modelFromConfig(config, 3, { customObjects: { 'mine>Custom': 'Custom' as never } })).toThrow(`${rule} "Custom"`)
  })
})

describe('defineLayer', () => {
  const applied = (layer: Layer, shape: number[] = [4, 3]) => layer.apply(layers.input({ shape })).shape

  test('has running names of the class, and rules of its weights from the config', () => {
    const scale = defineLayer({ name: 'Scale', weights: (_c, [x]) => ({ factor: { shape: [x!.at(-1)!] } }), call: ({ ops, weights }, x) => ops.multiply(x, weights['factor']!) }) // prettier-ignore
    const layer = scale({ factor_initializer: 'ones', factor_regularizer: { class_name: 'L2', config: { l2: 0.5 } } })
    expect([layer.name, applied(layer)]).toEqual(['scale', [null, 4, 3]])
    expect([...layer.rules.values()].map((r) => r.regularizer)).toEqual([{ l1: 0, l2: 0.5 }])
    expect(layer.getConfig()).toMatchObject({ name: 'scale', trainable: true, factor_initializer: 'ones' })
  })

  test('gives several outputs, and takes several inputs', () => {
    const both = defineLayer({ name: 'Both', call: ({ ops }, a, b) => [ops.add(a, b), ...ops.split(a, 2, 1)] })({})
    const [a, b] = [layers.input({ shape: [4, 3] }), layers.input({ shape: [4, 3] })]
    expect(both.applyAll([a, b]).map((t) => t.shape)).toEqual([[null, 4, 3], [null, 2, 3], [null, 2, 3]]) // prettier-ignore
  })

  test('has weights that no optimizer changes', () => {
    const layer = defineLayer({ name: 'Kept', weights: () => ({ table: { shape: [3], trainable: false } }), call: ({ ops, weights }, x) => ops.add(x, weights['table']!) })({}) // prettier-ignore
    applied(layer)
    expect([layer.weights[0]!.trainable, layer.changing]).toEqual([false, []])
    layer.trainable = true
    expect(layer.weights[0]!.trainable).toBe(false)
  })

  test.each<[string, (l: { ops: Parameters<Parameters<typeof defineLayer>[0]['call']>[0]['ops'] }, x: Node) => Node, string]>([
    ['nothing given', () => undefined as never, 'call must give a tensor, or a list of them, got undefined'],
    [
      'an argument that is missing',
      ({ ops }, x) => ops.multiply(x, undefined as never),
      'Multiply: x2 must be a tensor or numbers, got undefined',
    ],
    ['two that do not go together', ({ ops }, x) => ops.add(x, [1, 2, 3, 4, 5]), 'axes that are equal or 1'],
    ['the samples mixed', ({ ops }, x) => ops.mean(x, [0]), 'an axis must be one of a sample, not the first'],
    ['too many arguments', ({ ops }, x) => ops.relu(x, 1, 2), 'Relu: arguments must be x, each once, got 3 arguments'],
  ])('%s is refused by the layer', (_what, call, message) => {
    expect(() => applied(defineLayer({ name: 'Strange', call: (l, x) => call(l, x) })({}))).toThrow(message)
  })

  test('is refused without a name or call', () => {
    expect(() => defineLayer({ call: (_l: unknown, x: Node) => x } as never)).toThrow(
      '[defineLayer] a class of layers must have a name and call',
    )
    expect(() => defineLayer({ name: 'Swish' } as never)).toThrow('got an object with name')
  })
})

test('a class that extends Layer, by kernels, has a name of its own in files', async () => {
  class Doubled extends Layer {
    readonly className = 'Doubled'
    override get registeredName(): string {
      return 'mine>Doubled'
    }
    override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
      return x!
    }
    override emit({ graph }: { graph: Graph }, [x]: readonly Node[]): Node {
      return graph.add(ops.rescale, [x], { scale: 2, offset: 0 })
    }
  }
  const input = layers.input({ shape: [3] })
  using model = new Model({ inputs: input, outputs: new Doubled('doubled', { name: 'doubled' }).apply(input) })
  expect(model.getLayer('doubled').serialize()).toEqual({
    ...{ module: null, class_name: 'Doubled', registered_name: 'mine>Doubled' },
    config: { name: 'doubled', trainable: true },
  })
  await model.compile({ device: device() })
  expect([...(await model.predict({ shape: [1, 3], data: Float32Array.of(1, 2, 3) })).data]).toEqual([2, 4, 6])
  const graph = new Graph()
  const x = graph.input('x', [2, 3])
  const [y] = model.emitAll({ graph, training: trainingOps, augment: false, seed: () => x }, [x])
  expect(gradients(graph, y!, graph.input('dy', [2, 3]), [x])).toBeDefined()
})
