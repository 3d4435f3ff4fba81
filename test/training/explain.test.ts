/** Gradients by the pixels and Grad-CAM against what jax computes of the same Keras model (test/golden/make_explain.py). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explain, inputGradients, layers, Model, type DataFormat, type ExplainOptions, type Tensor } from '../../src/index.ts'
import golden from '../golden/explain.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { samples } from '../support/golden.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [H, W, C] = golden.inputShape as [number, number, number]
const SHAPE = [golden.count, H, W, C]
/** Whole numbers 0..255. */
const pixels = recipeImage(SHAPE, 1).data
const x: Tensor = { shape: SHAPE, data: Uint8Array.from(pixels) }
const ONES = [1, 1, 1]

/** As `small` in the script, in either order of axes: the same weights. */
function small(dataFormat: DataFormat = 'channelsLast'): Model {
  const first = dataFormat === 'channelsFirst'
  const shape = first ? [C, H, W] : [H, W, C]
  const pictures = layers.input({ shape })
  let y = layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', useBias: false, dataFormat, name: 'conv1' }).apply(pictures)
  y = layers.batchNormalization({ axis: first ? 1 : -1, name: 'norm1' }).apply(y)
  y = layers.activation({ activation: 'relu', name: 'relu1' }).apply(y)
  const branch = { filters: 4, strides: 2, padding: 'same', dataFormat } as const
  const a = layers.conv2d({ ...branch, kernelSize: 3, activation: 'tanh', name: 'conv2a' }).apply(y)
  const b = layers.conv2d({ ...branch, kernelSize: 1, activation: 'relu', name: 'conv2b' }).apply(y)
  const conv3 = layers.conv2d({ filters: 5, kernelSize: 2, activation: 'relu', dataFormat, name: 'conv3' })
  y = conv3.apply(layers.add({ name: 'added' }).apply([a, b]))
  const trunk = new Model({ inputs: pictures, outputs: y, name: 'trunk' })
  const input = layers.input({ shape, name: 'pictures' })
  y = trunk.apply(layers.rescaling({ scale: 1 / 127.5, offset: -1, name: 'scaled' }).apply(input))
  y = layers.globalAveragePooling2d({ dataFormat, name: 'pool' }).apply(y)
  return new Model({
    inputs: input,
    outputs: layers.dense({ units: 4, activation: 'softmax', name: 'predictions' }).apply(y),
    name: 'small',
  })
}

/** Sums of some hundred products, through four layers, of values that cancel: a few thousandths of a percent of the largest. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  const most = Math.max(...expected.map(Math.abs))
  const wrong = expected.flatMap((v, i) => (Math.abs(actual[i]! - v) <= 3e-5 * most ? [] : [`${i}: ${actual[i]} instead of ${v}`]))
  expect(wrong).toEqual([])
}

let model: Model
beforeAll(async () => {
  model = small()
  useRecipe(model)
  await model.compile({ device: device() })
})
afterAll(() => model.dispose())

describe('gradients by the pixels', () => {
  test('of the score before the softmax, and of the probability', async () => {
    const dx = await inputGradients(model, x, { class: 1 })
    expect(dx.shape).toEqual(SHAPE)
    expectClose(samples(dx.data, 60), golden.gradientOfLogit)
    expectClose(samples((await inputGradients(model, x, { class: ONES, logits: false })).data, 60), golden.gradientOfProbability)
  })

  test('of pictures as floats, in batches of two: the same', async () => {
    const asBytes = await inputGradients(model, x, { class: 1 })
    const done: number[] = []
    const floats = { shape: SHAPE, data: pixels }
    const dx = await inputGradients(model, floats, { class: 1, batchSize: 2, onProgress: (n) => done.push(n) })
    expectClose(dx.data, [...asBytes.data])
    expect(done).toEqual([2, 3])
  })

  test('of several inputs, as they were given', async () => {
    const [a, b] = ['b', 'a'].map((name) => layers.input({ shape: [2], name }))
    const sum = layers.dense({ units: 2, useBias: false, name: 'sum' }).apply(layers.concatenate().apply([a!, b!]))
    using two = new Model({ inputs: [a!, b!], outputs: layers.activation({ activation: 'sigmoid' }).apply(sum) })
    await two.compile({ device: device() })
    const w = (await two.getWeights())[0]!.data
    const given = { a: values([1, 2], 1), b: values([1, 2], 2) }
    const dx = await inputGradients(two, given, { class: 0 })
    expect([...dx.b.data]).toEqual([w[0], w[2]])
    expect([...dx.a.data]).toEqual([w[4], w[6]])
    const [first] = await inputGradients(two, [given.b, given.a] as const, { class: 0 })
    expect([...first.data]).toEqual([w[0], w[2]])
  })
})

describe('heat maps', () => {
  test.each<[name: string, options: ExplainOptions, expected: readonly number[], shape: readonly number[], layer: string | undefined]>([
    ['Grad-CAM of the last layer that is a map', {}, golden.gradcam, [3, 5, 4], 'conv3'],
    ['Grad-CAM of a layer in a network in the model', { layer: 'relu1' }, golden.gradcamAtRelu1, [3, 11, 9], 'relu1'],
    ['saliency', { method: 'saliency' }, golden.saliency, [3, 11, 9], undefined],
    ['gradient times input', { method: 'gradTimesInput' }, golden.gradTimesInput, [3, 11, 9], undefined],
  ])('%s', async (_name, options, expected, shape, layer) => {
    const map = await explain(model, x, { ...options, class: 1 })
    expect(map).toMatchObject({ shape, layer, classes: ONES })
    expectClose(map.data, expected)
  })

  test("each sample's best class, where none is asked for", async () => {
    const { classes, data } = await explain(model, x)
    expect(classes).toEqual(golden.best)
    expectClose(data, golden.gradcamOfBest)
  })

  test('resized: to a size, or to that of the pictures', async () => {
    expect((await explain(model, x, { size: true })).shape).toEqual(SHAPE.slice(0, 3))
    const map = await explain(model, x, { size: [10, 8] })
    const own = await explain(model, x)
    expect(map.shape).toEqual([3, 10, 8])
    // Half-pixel centres: the corners are the corners, and what is beside them a quarter of the way.
    expectClose([map.data[0]!, map.data[79]!, map.data[1]!], [own.data[0]!, own.data[19]!, 0.75 * own.data[0]! + 0.25 * own.data[1]!])
  })

  test('are 0 where nothing speaks for the class', async () => {
    const input = layers.input({ shape: [4, 4, 1] })
    const map = layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu', kernelInitializer: 'ones', name: 'map' }).apply(input)
    using dark = new Model({ inputs: input, outputs: layers.dense({ units: 3 }).apply(layers.globalAveragePooling2d().apply(map)) })
    await dark.compile({ device: device() })
    const { data } = await explain(dark, { shape: [1, 4, 4, 1], data: new Float32Array(16) })
    expect([...data]).toEqual(Array(16).fill(0))
  })
})

describe('refused', () => {
  test.each<[options: object, message: string]>([
    [{ method: 'lime' }, '[explain] method must be one of gradcam, saliency, gradTimesInput, got "lime"'],
    [{ method: 'saliency', layer: 'conv3' }, '[explain] layer and size are for gradcam, got them for saliency'],
    [{ class: 4 }, '[explain] class must be a whole number from 0 to 3, got 4'],
    [{ class: [0, 1] }, '[explain] class must be one, or one for each of 3 samples, got 2'],
    [{ layer: 'conv4' }, '[small] a layer must be in the network, got conv4'],
    [{ layer: 'pool' }, '[explain] gradcam needs a layer that gives pictures, [N,h,w,C] or [N,C,h,w], got pool with [null,5]'],
    [{ output: 1 }, '[explain] output must be a whole number from 0 to 0, got 1'],
    [{ size: [0, 3] }, '[explain] size must be true or two positive whole numbers, got an array of 2'],
    [{ logits: 'no' }, '[explain] logits must be a boolean, got "no"'],
    [{ batchSize: 0 }, '[explain] batchSize must be a positive whole number, got 0'],
  ])('%j', async (options, message) => {
    await expect(explain(model, x, options)).rejects.toThrow(message)
  })

  test('a model that is not compiled', async () => {
    await expect(explain(small(), x)).rejects.toThrow('[explain] a model must be compiled before explain, got a model that is not')
  })
})

describe('channels first', () => {
  /** [N,H,W,C] as [N,C,H,W]. */
  const turned = <A extends Uint8Array | Float32Array>(from: A): A =>
    from.map((_, i) => {
      const [n, c, place] = [Math.floor(i / (C * H * W)), Math.floor(i / (H * W)) % C, i % (H * W)]
      return from[(n * H * W + place) * C + c]!
    }) as A
  const shape = [golden.count, C, H, W]
  const given: Tensor = { shape, data: turned(Uint8Array.from(pixels)) }

  async function use(build: () => Model, check: (model: Model) => Promise<void>): Promise<void> {
    using other = build()
    useRecipe(other)
    await other.compile({ device: device() })
    await check(other)
  }

  test('the same gradients, in the order of the pixels', () =>
    use(
      () => small('channelsFirst'),
      async (model) => {
        const dx = await inputGradients(model, given, { class: 1 })
        expect(dx.shape).toEqual(shape)
        // Back to [N,H,W,C], where the script took its samples.
        const back = new Float32Array(dx.data.length)
        turned(Float32Array.from(back, (_, i) => i)).forEach((to, i) => (back[to] = dx.data[i]!))
        expectClose(samples(back, 60), golden.gradientOfLogit)
      },
    ))

  test.each<[name: string, options: ExplainOptions, expected: readonly number[]]>([
    ['Grad-CAM', {}, golden.gradcam],
    ['Grad-CAM behind an activation', { layer: 'relu1' }, golden.gradcamAtRelu1],
    ['saliency', { method: 'saliency' }, golden.saliency],
    ['gradient times input', { method: 'gradTimesInput' }, golden.gradTimesInput],
  ])('the same heat maps: %s', (_name, options, expected) =>
    use(
      () => small('channelsFirst'),
      async (model) => {
        expectClose((await explain(model, given, { ...options, class: 1 })).data, expected)
        if (!options.method) expect((await explain(model, given, { ...options, size: true })).shape).toEqual([golden.count, H, W])
      },
    ),
  )

  test('behind a Permute of pictures whose channels come last', () => {
    const build = () => {
      const inner = small('channelsFirst')
      const input = layers.input({ shape: [H, W, C] })
      return new Model({ inputs: input, outputs: inner.apply(layers.permute({ dims: [3, 1, 2] }).apply(input)) })
    }
    return use(build, async (model) => {
      expectClose((await explain(model, x, { class: 1, layer: 'conv3' })).data, golden.gradcam)
      expectClose((await explain(model, x, { class: 1, method: 'saliency' })).data, golden.saliency)
      expect((await explain(model, x, { size: true })).shape).toEqual([golden.count, H, W])
    })
  })
})
