/** Batch normalisation by the batch: which graphs have it, and what of them stays as it is. */
import { describe, expect, test } from 'vitest'
import { isOp, reachable, type Graph } from '../../src/graph/graph.ts'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { moveStatistics } from '../../src/kernels/move_statistics.ts'
import { layers } from '../../src/layers/index.ts'
import { fromArray } from '../../src/parameter.ts'
import { evaluationGraph, lossGraph, splitLoss } from '../../src/training/graphs.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { batchStatistics, trainingGraph } from '../../src/training/step_graphs.ts'
import { useDevice } from '../support/device.ts'
import { opNames } from '../support/graphs.ts'
import { classification } from '../support/objective.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const input = layers.input({ shape: [4, 4, 3] })

/** A frozen convolution, a batch normalisation without weights to train, a classifier. */
function model({ frozen = false, twice = false } = {}): Model {
  const x = layers.conv2d({ filters: 4, kernelSize: 2, trainable: false, name: 'conv' }).apply(input)
  const norm = layers.batchNormalization({ scale: false, center: false, trainable: !frozen, name: 'norm' })
  const y = twice ? norm.apply(norm.apply(x), { training: false }) : norm.apply(x)
  const pooled = layers.globalAveragePooling2d().apply(y)
  return new Model({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(pooled) })
}

const training = (m: Model): Graph => lossGraph(m, classification(2), 3, true)
const moved = (g: Graph) => g.effects.filter((n) => isOp(n, moveStatistics)).length

describe('the frozen part of a network ends', () => {
  test('before a batch normalisation that sees the batch, though it has no weight to train', () => {
    const m = model()
    const { trunk, head, features } = splitLoss(m, training(m))!
    expect(features.map((f) => f.shape)).toEqual([[3, 3, 3, 4]])
    expect(batchStatistics(trunk)).toBeUndefined()
    expect(batchStatistics(head)).toBeDefined()
    expect([moved(trunk), moved(head)]).toEqual([0, 1])
  })

  test('behind one that is frozen', () => {
    const m = model({ frozen: true })
    const { head, features } = splitLoss(m, training(m))!
    expect(features.map((f) => f.shape)).toEqual([[3, 4]])
    expect(batchStatistics(head)).toBeUndefined()
  })
})

test('an evaluation takes the moving statistics and moves none', () => {
  const g = evaluationGraph(lossGraph(model(), classification(2), 3, false))
  expect(batchStatistics(g)).toBeUndefined()
  expect(opNames(g)).not.toContain('moveStatistics')
})

test('statistics that the same graph moves are not folded into a convolution', () => {
  const g = trainingGraph(training(model({ twice: true })), { optimizer: sgd(), momentsOf: () => [] })
  const alive = reachable(g)
  expect(g.nodes.filter((n) => isOp(n, batchNorm) && alive.has(n.id))).toHaveLength(1)
  expect(moved(g)).toBe(1)
})

describe('called as it trains and as it predicts, it goes by the statistics that each call finds', () => {
  const data = { x: values([6, 4, 4, 3], 1), y: Uint8Array.of(0, 1, 0, 1, 0, 1) }
  /** A convolution that trains, and two calls: of one layer, or of two, of which the second is frozen. */
  const build = (order: 'training first' | 'training last', apart: boolean) => {
    const norm = layers.batchNormalization({ scale: false, center: false, momentum: 0.5, name: 'norm' })
    const other = apart ? layers.batchNormalization({ scale: false, center: false, trainable: false, name: 'other' }) : norm
    const x = layers.conv2d({ filters: 4, kernelSize: 2, name: 'conv' }).apply(input)
    const y = order === 'training first' ? other.apply(norm.apply(x), { training: false }) : norm.apply(other.apply(x, { training: false }))
    const outputs = layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(layers.globalMaxPooling2d().apply(y))
    const made = new Model({ inputs: input, outputs, name: 'twice' })
    made.weights.forEach((w) => {
      if (w.layer === 'conv' || w.layer === 'predictions') w.source = fromArray(w.shape, values(w.shape, w.layer === 'conv' ? 1 : 2).data)
      else if (w.name === 'moving_variance') w.source = fromArray(w.shape, values(w.shape, 3, 0.5, 2).data)
      else w.source = fromArray(w.shape, values(w.shape, 4).data)
    })
    return made
  }
  const stepOf = async (made: Model) => {
    await made.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
    const { epochs } = await made.fit(data, { batchSize: 6, shuffle: false })
    const { weights } = await made.trainerState()
    made.dispose()
    return { loss: epochs[0]!.logs.loss, weights }
  }

  test('those of before, where it trains behind: forward and backward', async () => {
    expect(await stepOf(build('training last', false))).toEqual(await stepOf(build('training last', true)))
  })

  test('those that are moved, where it trained before', async () => {
    const step = await stepOf(build('training first', false))
    const two = build('training first', true)
    for (const w of two.getLayer('other').weights) w.source = fromArray(w.shape, step.weights[`norm/${w.name}`]!)
    expect(step).toEqual(await stepOf(two))
  })
})

test('statistics move by the batches of training alone, and validation goes by them', async () => {
  using m = model()
  await m.compile({ device: device(), optimizer: sgd({ learningRate: 0 }), loss: 'sparseCategoricalCrossentropy' })
  const data = { x: values([6, 4, 4, 3], 1), y: Uint8Array.of(0, 1, 0, 1, 0, 1) }
  const norm = async () => (await m.getWeights()).slice(2, 4).map((t) => t.data)
  const before = await norm()
  const untouched = await m.evaluate(data)
  expect(await norm()).toEqual(before)
  const { epochs } = await m.fit(data, { batchSize: 3, validationData: data })
  expect(epochs[0]!.logs['val_loss']).toBe((await m.evaluate(data, { batchSize: 3 }))['loss'])
  expect(epochs[0]!.logs['val_loss']).not.toBe(untouched['loss'])
  const after = await norm()
  expect(after).not.toEqual(before)
  expect(Object.keys((await m.trainerState()).weights)).toEqual([
    'norm/moving_mean',
    'norm/moving_variance',
    'predictions/kernel',
    'predictions/bias',
  ])
  m.getLayer('norm').trainable = false
  await m.fit(data, { batchSize: 3 })
  expect(await norm(), 'frozen: bit-identical').toEqual(after)
})
