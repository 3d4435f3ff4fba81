/** Networks whose channels come first: what is left of transpositions when they predict, and that they are those whose channels come last. */
import { describe, expect, test } from 'vitest'
import { isOp, type Graph } from '../../src/graph/graph.ts'
import { slicesOf } from '../../src/graph/slices.ts'
import { layers, Model, type DataFormat, type SymbolicTensor } from '../../src/index.ts'
import { pointwiseLoss } from '../../src/kernels/pointwise_loss/pointwise_loss.ts'
import { binaryCrossentropy } from '../../src/training/losses/crossentropy.ts'
import { beforeSigmoid } from '../../src/training/losses/loss.ts'
import { begin, predictGraph, PREDICTING } from '../../src/training/predict_graph.ts'
import { useDevice } from '../support/device.ts'
import { opNames } from '../support/graphs.ts'
import { useRecipe } from '../support/recipe.ts'
import { values } from '../support/values.ts'

const device = useDevice()

/** Layers with the axes of one order. */
function inOrder(dataFormat: DataFormat) {
  const first = dataFormat === 'channelsFirst'
  const axis = first ? 1 : -1
  return {
    axis,
    input: () => layers.input({ shape: first ? [3, 8, 7] : [8, 7, 3] }),
    conv: (x: SymbolicTensor, filters: number, name: string) =>
      layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', dataFormat, name }).apply(x),
    norm: (x: SymbolicTensor, name: string) => layers.batchNormalization({ axis, name }).apply(x),
    join: (...xs: SymbolicTensor[]) => layers.concatenate({ axis }).apply(xs),
    mean: (x: SymbolicTensor) => layers.globalAveragePooling2d({ dataFormat }).apply(x),
    gate: (C: number) => layers.reshape({ targetShape: first ? [C, 1, 1] : [1, 1, C] }),
    pool: (x: SymbolicTensor) => layers.maxPooling2d({ dataFormat }).apply(x),
    flat: (x: SymbolicTensor) => layers.flatten({ dataFormat }).apply(x),
  }
}

type Order = ReturnType<typeof inOrder>

/** Blocks of networks, by what is theirs. */
const networks: Readonly<Record<string, (o: Order, x: SymbolicTensor) => SymbolicTensor>> = {
  'of dense blocks': (o, input) => {
    let x = o.conv(input, 4, 'stem')
    for (const k of [0, 1]) x = o.join(x, o.conv(o.norm(x, `norm${k}`), 4, `conv${k}`))
    return o.mean(x)
  },
  'of many branches': (o, input) => {
    const x = o.conv(input, 4, 'stem')
    return o.mean(o.conv(o.join(...Array.from({ length: 7 }, (_, k) => o.conv(x, 4, `branch${k}`))), 4, 'last'))
  },
  'with gates': (o, input) => {
    const x = o.conv(input, 4, 'stem')
    const weights = layers.dense({ units: 4, activation: 'sigmoid', name: 'weights' }).apply(o.mean(x))
    const weighed = layers.multiply().apply([o.gate(4).apply(weights), x])
    return o.mean(layers.add().apply([x, o.conv(weighed, 4, 'last')]))
  },
  flattened: (o, input) => layers.dense({ units: 3, name: 'scores' }).apply(o.flat(o.pool(o.conv(input, 4, 'stem')))),
}

function build(network: (o: Order, x: SymbolicTensor) => SymbolicTensor, dataFormat: DataFormat): Model {
  const o = inOrder(dataFormat)
  const input = o.input()
  const model = new Model({ inputs: input, outputs: network(o, input) })
  useRecipe(model)
  return model
}

/** [N,H,W,C] as [N,C,H,W]. */
function turned(data: Float32Array, C: number): Float32Array {
  const pixels = data.length / 2 / C
  return data.map((_, i) => data[(Math.floor(i / (C * pixels)) * pixels + (i % pixels)) * C + (Math.floor(i / pixels) % C)]!)
}

const transposed = (graph: Graph) => opNames(graph).filter((name) => name === 'transpose').length

describe.each(Object.entries(networks))('a network %s', (_name, network) => {
  test('is transposed at its beginning only, and joins in place as the other does', () => {
    const [last, first] = (['channelsLast', 'channelsFirst'] as const).map((format) => predictGraph(build(network, format), 2))
    expect(opNames(first!)).toEqual(['transpose', ...opNames(last!)])
    expect(slicesOf(first!).size).toBe(slicesOf(last!).size)
  })

  test('is the one whose channels come last', async () => {
    const x = values([2, 8, 7, 3], 1)
    using last = build(network, 'channelsLast')
    using first = build(network, 'channelsFirst')
    for (const model of [last, first]) await model.compile({ device: device() })
    const expected = await last.predict(x)
    const got = await first.predict({ shape: [2, 3, 8, 7], data: turned(x.data, 3) })
    expect(got).toEqual(expected)
  })
})

test('pictures as they are loaded go through a Permute, and nothing is moved', async () => {
  const first = build(networks['of dense blocks']!, 'channelsFirst')
  const input = layers.input({ shape: [8, 7, 3] })
  using model = new Model({ inputs: input, outputs: first.apply(layers.permute({ dims: [3, 1, 2] }).apply(input)) })
  expect(transposed(predictGraph(model, 2))).toBe(0)
  using last = build(networks['of dense blocks']!, 'channelsLast')
  const x = values([2, 8, 7, 3], 1)
  for (const m of [model, last]) await m.compile({ device: device() })
  expect(await model.predict(x)).toEqual(await last.predict(x))
})

test('a Flatten that is not told keeps the rows [C,H,W], in a network of both orders, too', async () => {
  const input = layers.input({ shape: [3, 8, 7] })
  const o = inOrder('channelsFirst')
  const x = o.conv(input, 2, 'stem')
  const last = layers.permute({ dims: [2, 3, 1] }).apply(x)
  const outputs = [layers.flatten(), layers.flatten({ dataFormat: 'channelsFirst' })].map((l) => l.apply(x))
  using model = new Model({ inputs: input, outputs: [...outputs, layers.flatten().apply(last), x] })
  useRecipe(model)
  await model.compile({ device: device() })
  const [asTheyAre, asLast, permuted, map] = await model.predict({ ...values([2, 3, 8, 7], 1) })
  expect(asTheyAre!.data).toEqual(map!.data)
  expect(turned(asLast!.data as Float32Array, 2)).toEqual(map!.data)
  expect(permuted!.data).toEqual(asLast!.data)
})

test('a cross-entropy is of the scores before a sigmoid at the end', () => {
  const functions = (['channelsLast', 'channelsFirst'] as const).map((dataFormat) => {
    const input = inOrder(dataFormat).input()
    const outputs = layers.conv2d({ filters: 2, kernelSize: 1, activation: 'sigmoid', dataFormat }).apply(input)
    const model = new Model({ inputs: input, outputs })
    const { graph, outputs: ys } = begin(model, 2, PREDICTING, [])
    const y = ys[0]!
    const before = beforeSigmoid(graph, y)!
    expect(before.shape).toEqual(y.shape)
    graph.outputs.set('loss', binaryCrossentropy().loss(graph, y, graph.input('t', y.shape)))
    return graph.nodes.flatMap((n) => (isOp(n, pointwiseLoss) ? [n.attrs.f] : []))
  })
  const f = { kind: 'binaryOfScore', labelSmoothing: 0 }
  expect(functions).toEqual([[f], [f]])
})
