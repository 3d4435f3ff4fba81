/** Two models with two inputs each that real Keras saved, as .keras and .h5: they load, predict equal, train a head, save, and load again. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { weightedLayers } from '../../src/layers/weighted_layers.ts'
import { loadModel } from '../../src/models/load_model.ts'
import { listOf } from '../../src/structure.ts'
import type { LoadReport } from '../../src/loaders/keras/load_weights.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { adam, sgd } from '../../src/training/optimizers/index.ts'
import cases from '../golden/models/inputs.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { CLASSES, labelled, recipeInputs, trainHead, withNewHead } from '../support/two_inputs.ts'

const device = useDevice()

const bytes = (file: string) => new Uint8Array(readFileSync(new URL(`../golden/models/${file}`, import.meta.url)))

describe.each(cases)('$file', ({ file, inputs, layers: names, weights, output }) => {
  test('loads, every weight of it, and predicts what Keras predicts, however the inputs are given', async () => {
    const reports: LoadReport[] = []
    using model = await loadModel(bytes(file), { onReport: (report) => reports.push(report) })
    expect(reports.map((r) => [r.skipped, r.unusedInFile, r.loaded.length])).toEqual([[[], [], model.weights.length]])
    expect(model.inputs.map((t) => [t.layer.name, t.shape.slice(1)])).toEqual(Object.entries(inputs))
    expect(model.layers.map((l) => l.name)).toEqual(names)
    expect(weightedLayers(model).map(({ layer }) => [layer.name, layer.weights.map((w) => [w.name, w.shape])])).toEqual(weights)
    await model.compile({ device: device() })
    const x = recipeInputs(model, 2, 1 / 256)
    const y = await model.predict(x)
    expect(y.shape).toEqual(output.shape)
    expectOutput(y, output.values)
    expect(await model.predict(model.inputNames.map((name) => x[name]!))).toEqual(y)
    expect(await model.predict(x, { batchSize: 1 })).toEqual(y)
  })

  test('trains a head, whose features are kept, and comes back from its own file', async () => {
    const trunk = await loadModel(bytes(file))
    using model = withNewHead(trunk, file.startsWith('pair'))
    const { epochs, trunkSeconds } = await trainHead(model, device())
    expect(trunkSeconds).toBeGreaterThan(0)
    expect(epochs.at(-1)!.logs.loss).toBeLessThan(epochs[0]!.logs.loss)
    const data = labelled(model, 22)
    const scores = await model.evaluate(data, { batchSize: 5 })
    expect(scores.loss).toBeCloseTo(epochs.at(-1)!.logs['val_loss']!, 5)
    const list = model.inputNames.map((name) => data.x[name]!)
    expect(await model.evaluate({ x: list, y: data.y }, { batchSize: 5 })).toEqual(scores)
    const wanted = await model.predict(data.x)
    for (const format of ['keras', 'h5'] as const) {
      using back = await loadModel(await model.save(format).blob())
      await back.compile({ device: device() })
      expect(await back.predict(data.x)).toEqual(wanted)
      expect(back.serialize()).toEqual(model.serialize())
    }
  })

  test('with and without kept features, training gives the same bits', async () => {
    const run = async (cacheFeatures: boolean) => {
      const trunk = await loadModel(bytes(file))
      using model = withNewHead(trunk, false)
      const options: FitOptions = { epochs: 2, batchSize: 8, cacheFeatures }
      await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
      return (await model.fit(labelled(model, 22), options)).epochs.map((e) => e.logs)
    }
    expect(await run(true)).toEqual(await run(false))
  })
})

test('numbers that go straight into what is trained are fed beside the features of the pictures', async () => {
  const make = () => {
    const [image, numbers] = [layers.input({ shape: [6, 5, 3], name: 'image' }), layers.input({ shape: [5], name: 'numbers' })]
    const conv = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'conv', trainable: false }).apply(image)
    const about = layers.dense({ units: 4, name: 'about' }).apply(numbers)
    const sum = layers.add().apply([layers.globalAveragePooling2d().apply(conv), about])
    return new Model({
      inputs: [image, numbers],
      outputs: layers.dense({ units: CLASSES, activation: 'softmax', name: 'last' }).apply(sum),
    })
  }
  const run = async (cacheFeatures: boolean) => {
    using model = make()
    await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
    const before = await model.getWeights()
    const { epochs, trunkSeconds } = await model.fit(labelled(model, 22), { epochs: 2, batchSize: 8, cacheFeatures })
    expect(trunkSeconds > 0).toBe(cacheFeatures)
    const after = await model.getWeights()
    const changed = model.weights.filter((_, i) => before[i]!.data.some((v, k) => v !== after[i]!.data[k])).map((w) => w.path)
    expect(changed.sort()).toEqual(['about/bias', 'about/kernel', 'last/bias', 'last/kernel'])
    return { logs: epochs.map((e) => e.logs), after }
  }
  expect(await run(true)).toEqual(await run(false))
})

test('until keeps the inputs that lead there', async () => {
  const whole = await loadModel(bytes('image_and_numbers.h5'))
  expect(whole.until('pool').inputNames).toEqual(['image'])
  expect(whole.until('about').inputNames).toEqual(['numbers'])
  expect(whole.until('joined').inputNames).toEqual(['image', 'numbers'])
})

test('a nested model with several outputs is applied by applyAll, and never loses one', async () => {
  const whole = await loadModel(bytes('pair.keras'))
  const encoder = whole.getLayer('encoder')
  expect(encoder).toBeInstanceOf(Network)
  const [picture] = (encoder as Network).inputs
  expect(encoder.applyAll(picture!).map((t) => t.shape)).toEqual([[null, 4], [null, 4]]) // prettier-ignore
  expect(() => encoder.apply(picture!)).toThrow('[encoder] what is used by apply must have one output, got 2 (applyAll gives them all)')
  expect(() => whole.outputOf('encoder')).toThrow('[encoder] a layer must have one output where outputOf is used, got 2')
  expect(() => whole.input).toThrow('[pair] a network must have one input where its input is asked for, got left, right')
  expect(() => (encoder as Network).output).toThrow('[encoder] a network must have one output where its output is asked for, got ')
  expect(whole.output).toBe(whole.outputs[0])
  using both = new Model({ inputs: whole.inputs, outputs: { out: whole.outputs[0]!, mean: whole.outputsOf('encoder')[0]! } })
  await both.compile({ device: device() })
  const y = await both.predict(recipeInputs(both, 2, 1 / 256))
  expect(Object.entries(y).map(([name, t]) => [name, t.shape])).toEqual([['mean', [2, 4]], ['out', [2, 2]]]) // prettier-ignore
  expect(listOf(y)).toEqual([y.mean, y.out])
})

describe('inputShape by the name of the input', () => {
  test('changes one of several', async () => {
    const model = await loadModel(bytes('image_and_numbers.keras'), { inputShape: { image: [20, 21, 3] } })
    expect(model.inputs.map((t) => t.shape)).toEqual([[null, 20, 21, 3], [null, 5]]) // prettier-ignore
  })

  test.each([[[20, 21, 3]], [{ picture: [20, 21, 3] }]])('%j is refused', async (inputShape) => {
    await expect(loadModel(bytes('image_and_numbers.keras'), { inputShape: inputShape as never })).rejects.toThrow(
      '[image_and_numbers] inputShape must be [height, width, channels], or with several inputs a record by the names image, numbers, got',
    )
  })
})
