/** Losses, metrics, weights of samples and classes, several outputs: against what real Keras computed (test/golden/make_losses.py). */
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { activate, type Activation } from '../../src/layers/activations.ts'
import { layers } from '../../src/layers/index.ts'
import { constraints, regularizers } from '../../src/layers/weight_rules.ts'
import { fromArray } from '../../src/parameter.ts'
import type { CriteriaOptions } from '../../src/training/criteria.ts'
import { losses, targetsOf, type Loss } from '../../src/training/losses/index.ts'
import { metrics, type Metric } from '../../src/training/metrics/index.ts'
import { Model, type AnyModel } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import golden from '../golden/losses.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { runGraph } from '../support/graphs.ts'

const device = useDevice()
const tensor = ({ shape, data }: { shape: number[]; data: number[] }) => ({ shape, data: Float32Array.from(data) })

/** A table of what makes losses or metrics, for options from a file. */
const makersOf = <T>(table: object) => table as Readonly<Record<string, (options: object) => T>>

describe('losses', () => {
  test('of every kind and option, and their gradients', async () => {
    const g = new Graph()
    const feed: Record<string, Float32Array> = {}
    golden.losses.forEach((c, i) => {
      const [N] = c.x.shape as [number]
      const loss = makersOf<Loss>(losses)[c.loss]!(c.options)
      const x = g.input(`x${i}`, c.x.shape)
      const y = activate(g, x, (c.end === 'none' ? 'linear' : c.end) as Activation)
      const t = targetsOf(loss, 'test', tensor(c.t), N, [null, ...c.x.shape.slice(1)])
      const value = loss.loss(g, y, g.input(`t${i}`, t.shape))
      const dLoss = g.input(`d${i}`, [N])
      g.outputs.set(`value${i}`, value)
      g.outputs.set(`gradient${i}`, gradients(g, value, dLoss, [x]).get(x)!)
      Object.assign(feed, { [`x${i}`]: tensor(c.x).data, [`t${i}`]: Float32Array.from(t.data), [`d${i}`]: new Float32Array(N).fill(1 / N) })
    })
    const found = await runGraph(device(), g, feed)
    golden.losses.forEach((c, i) => {
      const what = `${c.loss} ${JSON.stringify(c.options)} after ${c.end}`
      const values = found[`value${i}`]!
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      // Keras computes in f32, too, and log near 1 is off by 2^-21 in either.
      expect(Math.abs(mean - c.value), `${what}: ${mean} for ${c.value}`).toBeLessThan(4e-6 * Math.max(1, Math.abs(c.value)))
      const most = Math.max(...c.gradient.map(Math.abs))
      c.gradient.forEach((d, k) => {
        const got = found[`gradient${i}`]![k]!
        expect(Math.abs(got - d), `${what}, gradient ${k}: ${got} for ${d}`).toBeLessThan(1e-5 * Math.max(most, 0.1))
      })
    })
  })
})

/** Gives its input, so that the samples are predictions. */
function identity(shape: readonly number[]): Model {
  const input = layers.input({ shape })
  return new Model({ inputs: input, outputs: layers.activation({ activation: 'linear' }).apply(input) })
}

const close = (got: unknown, wanted: unknown, what: string): void => {
  if (Array.isArray(wanted)) wanted.forEach((v, i) => close((got as unknown[])[i], v, `${what}[${i}]`))
  else
    expect(Math.abs((got as number) - (wanted as number)), `${what}: ${String(got)} for ${String(wanted)}`).toBeLessThan(
      5e-6 * Math.max(1, Math.abs(wanted as number)),
    )
}

describe('metrics over three batches, the last one smaller', () => {
  test.each(golden.metrics.map((group, i) => [`${group.loss}, group ${i}`, group] as const))('%s', async (_, group) => {
    using model = identity(group.y.shape.slice(1))
    const make = () =>
      group.metrics.map(({ metric, options }) => {
        const maker = makersOf<Metric>(metrics)[metric]
        return maker ? maker(options) : metrics.lossMetric(makersOf<Loss>(losses)[metric]!(options))
      })
    const weighted = make().map((m) => ({ ...m, name: `by_weight_${m.name}` }))
    await model.compile({ device: device(), loss: group.loss as 'meanSquaredError', metrics: make(), weightedMetrics: weighted })
    const data = { x: tensor(group.y), y: tensor(group.t), sampleWeight: group.weight }
    const { logs, details } = await model.evaluate(data, { batchSize: 4, details: true })
    const all: Record<string, unknown> = { ...logs, ...details }
    make().forEach(({ name }, i) => {
      close(all[name], group.metrics[i]!.plain, name)
      close(all[`by_weight_${name}`], group.metrics[i]!.weighted, `${name} by weight`)
    })
  })
})

function classifier(): Model {
  const input = layers.input({ shape: [5] })
  const hidden = layers.dense({ units: 4, activation: 'relu', name: 'hidden' }).apply(input)
  return new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'out' }).apply(hidden) })
}

function twoOutputs(): AnyModel {
  const input = layers.input({ shape: [5] })
  const hidden = layers.dense({ units: 4, activation: 'tanh', name: 'hidden' }).apply(input)
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(hidden)
  return new Model({ inputs: input, outputs: [kind, layers.dense({ units: 1, name: 'size' }).apply(hidden)] })
}

function regularized(): Model {
  const { l1, l2, l1l2 } = regularizers
  const input = layers.input({ shape: [5] })
  const rules = { kernelRegularizer: l1l2({ l1: 0.02, l2: 0.03 }), biasRegularizer: l2(0.1), activityRegularizer: l1(0.05) }
  let h = layers.dense({ units: 4, name: 'hidden', ...rules }).apply(input)
  h = layers.batchNormalization({ name: 'norm', gammaRegularizer: l2(0.2), betaRegularizer: l1(0.1) }).apply(h)
  h = layers.activityRegularization({ l1: 0.01, l2: 0.02, name: 'active' }).apply(h)
  return new Model({
    inputs: input,
    outputs: layers.dense({ units: 3, activation: 'softmax', name: 'out', kernelRegularizer: 'l2' }).apply(h),
  })
}

function constrained(): Model {
  const { maxNorm, unitNorm, minMaxNorm } = constraints
  const input = layers.input({ shape: [5] })
  const a = { kernelConstraint: maxNorm({ maxValue: 0.7 }), biasConstraint: 'nonNeg' } as const
  let h = layers.dense({ units: 4, name: 'a', ...a }).apply(input)
  h = layers.dense({ units: 6, name: 'b', kernelConstraint: unitNorm({ axis: 1 }) }).apply(h)
  const last = minMaxNorm({ minValue: 0.5, maxValue: 0.9, rate: 0.6 })
  return new Model({
    inputs: input,
    outputs: layers.dense({ units: 3, activation: 'softmax', name: 'out', kernelConstraint: last }).apply(h),
  })
}

interface Training {
  readonly model: () => AnyModel
  readonly criteria: CriteriaOptions
  readonly y?: 'both'
  readonly sampleWeight?: number[] | number[][]
  readonly classWeight?: Record<number, number>
}

const { x, labels, y2, weight, weight2 } = golden.data
const sparse = { loss: 'sparse_categorical_crossentropy' } as const
const both: CriteriaOptions = { ...sparse, metrics: ['accuracy'], weightedMetrics: ['accuracy', 'sparse_categorical_crossentropy'] }

const trainings: Readonly<Record<string, Training>> = {
  'sample weights': { model: classifier, criteria: both, sampleWeight: weight },
  'class weights': { model: classifier, criteria: both, classWeight: { 0: 0.5, 2: 3 } },
  'two outputs': {
    model: twoOutputs,
    y: 'both',
    criteria: { loss: ['sparse_categorical_crossentropy', 'mse'], lossWeights: [0.7, 2], metrics: [['accuracy'], ['mae']] },
  },
  'two outputs with weights': {
    model: twoOutputs,
    y: 'both',
    sampleWeight: [weight, weight2],
    criteria: { loss: { kind: 'sparse_categorical_crossentropy', size: 'huber' }, weightedMetrics: { size: ['mae'] } },
  },
  regularizers: { model: regularized, criteria: sparse },
  constraints: { model: constrained, criteria: sparse },
}

describe('training, logs and evaluation', () => {
  test.each(golden.trainings.map((t) => [t.name, t] as const))('%s', async (name, wanted) => {
    const { model: make, criteria, y, sampleWeight, classWeight } = trainings[name]!
    using model = make()
    model.weights.forEach((w, i) => (w.source = fromArray(w.shape, tensor(wanted.before[i]!).data)))
    await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.2 }), ...criteria })
    const data = { x: tensor(x), y: y ? [labels, tensor(y2)] : labels, ...(sampleWeight && { sampleWeight }) }
    const { epochs } = await model.fit(data, { batchSize: 4, epochs: 2, shuffle: false, ...(classWeight && { classWeight }) })
    const history = Object.fromEntries(Object.keys(wanted.history).map((key) => [key, epochs.map(({ logs }) => logs[key])]))
    for (const [key, values] of Object.entries(wanted.history)) close(history[key], values, key)
    expect(Object.keys(epochs[0]!.logs).sort()).toEqual(Object.keys(wanted.history).sort())
    for (const [i, w] of (await model.getWeights()).entries()) close(Array.from(w.data), wanted.after[i]!.data, `weight ${i}`)
    const scores = await model.evaluate(data, { batchSize: 4 })
    for (const [key, value] of Object.entries(wanted.scores)) close(scores[key], value, `evaluate ${key}`)
  })
})
