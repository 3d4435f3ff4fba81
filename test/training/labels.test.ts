/** Labels, weights, losses and metrics that do not fit are refused by typed errors before any GPU work. Needs no GPU. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, DataError, ShapeError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { criteriaOf, type CriteriaOptions } from '../../src/training/criteria.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { checkLabelled } from '../../src/training/labelled.ts'
import { shapesOfRows } from '../../src/training/labels.ts'
import { losses, toCategorical } from '../../src/training/losses/index.ts'
import { metrics, Tally } from '../../src/training/metrics/index.ts'
import { Model, type AnyModel } from '../../src/training/model.ts'
import { criteriaToWrite } from '../../src/training/saved_criteria.ts'
import type { Structure } from '../../src/structure.ts'

const input = layers.input({ shape: [2] })
const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(input)
const size = layers.dense({ units: 1, name: 'size' }).apply(input)
const one = new Model({ inputs: input, outputs: kind })
const scalar = new Model({ inputs: input, outputs: size })
const two = new Model({ inputs: input, outputs: [kind, size] })
const x = { shape: [4, 2], data: new Float32Array(8) }
const y = [0, 1, 2, 0]
const sparse = { loss: 'sparseCategoricalCrossentropy' } as const
const both = { loss: ['sparseCategoricalCrossentropy', 'mse'] } as const

/** What fit checks of data. */
const check = (model: AnyModel, options: CriteriaOptions, data: object, more: object = {}) => {
  const criteria = criteriaOf(model, options)
  const { rows } = checkLabelled('fit', { x, ...data }, model, criteria, more)
  lossGraph(model, { criteria, tally: new Tally(criteria.logged), rows: shapesOfRows(rows) }, 2, true)
  return rows
}

describe('refused', () => {
  const cases: [string, () => unknown, new (...args: never[]) => Error, string][] = [
    ['a label of no class', () => check(one, sparse, { y: [0, 1, 3, 0] }), DataError, 'from 0 to 2, got 3 at index 2'],
    ['NaN as a label', () => check(one, sparse, { y: [0, NaN, 1, 0] }), DataError, 'got NaN at index 1'],
    [
      'NaN as a number',
      () => check(scalar, { loss: 'mse' }, { y: [0, 1, NaN, 2] }),
      DataError,
      'a target must be a finite number, got NaN at sample 2',
    ],
    [
      'a probability above 1',
      () => check(scalar, { loss: 'bce' }, { y: [0, 1, 2, 0] }),
      DataError,
      'a target must be from 0 to 1, got 2 at sample 2',
    ],
    ['one-hot targets without a number of classes', () => toCategorical(y, undefined as never), ArgumentError, 'got undefined'],
    ['signs that are mixed', () => check(scalar, { loss: 'hinge' }, { y: [0, 1, -1, 0] }), DataError, '-1 or 1 where one is -1, got 0'],
    [
      'a negative weight',
      () => check(one, sparse, { y, sampleWeight: [1, -1, 1, 1] }),
      DataError,
      'a finite number from 0, got -1 at sample 1',
    ],
    ['too few weights', () => check(one, sparse, { y, sampleWeight: [1, 1] }), DataError, 'a weight for every sample, got 2 and 4 samples'],
    [
      'a weight for each class',
      () => check(one, sparse, { y, sampleWeight: { shape: [4, 3], data: new Float32Array(12) } }),
      ShapeError,
      'sampleWeight must have shape [4], got [4,3]',
    ],
    [
      'both weights',
      () => check(one, sparse, { y, sampleWeight: y }, { classWeight: { 0: 1 } }),
      ArgumentError,
      'either sampleWeight or classWeight',
    ],
    ['a class that is none', () => check(one, sparse, { y }, { classWeight: { 3: 1 } }), ArgumentError, 'class numbers from 0 to 2, got 3'],
    [
      'a negative class weight',
      () => check(one, sparse, { y }, { classWeight: { 1: -2 } }),
      ArgumentError,
      'the weight of class 1 must be a finite number',
    ],
    [
      'class weights for two outputs',
      () => check(two, both, { y: [y, y] }, { classWeight: { 0: 1 } }),
      ArgumentError,
      'must be for one output, got 2',
    ],
    [
      'labels for one output of two',
      () => check(two, both, { y }),
      ArgumentError,
      'y must be one for each output, in an array or by name: kind, size',
    ],
    [
      'no labels where they are needed',
      () => check(two, both, { y: { kind: y } }),
      ArgumentError,
      'y must have labels for the output size',
    ],
    [
      'a loss too many',
      () => criteriaOf(one, { loss: ['mse', 'mse'] }),
      ArgumentError,
      'loss must be one for each of the outputs kind, got 2',
    ],
    [
      'a loss of no output',
      () => criteriaOf(two, { loss: { kinds: 'mse' } }),
      ArgumentError,
      'by the names of the outputs kind, size, got kinds',
    ],
    ['a metric of no name', () => criteriaOf(one, { metrics: ['acuracy' as never] }), ArgumentError, 'a metric must be one of accuracy'],
    [
      'a metric that does not fit',
      () => check(one, { ...sparse, metrics: ['categoricalAccuracy'] }, { y }),
      ArgumentError,
      '[categorical_accuracy] targets must be one-hot, of the shape of the output',
    ],
    [
      'a class that the output lacks',
      () => check(one, { ...sparse, metrics: [metrics.precision({ classId: 3 })] }, { y }),
      ArgumentError,
      '[precision] classId must be below the number of classes, 3, got 3',
    ],
    [
      'an option that there is not',
      () => losses.huber({ epsilon: 1 } as never),
      ArgumentError,
      '[huber] options must be delta, got epsilon',
    ],
    [
      'an option out of its range',
      () => losses.binaryCrossentropy({ labelSmoothing: 2 }),
      ArgumentError,
      'labelSmoothing must be a number from 0 to 1',
    ],
    [
      'beta of F1',
      () => metrics.f1Score({ beta: 2 } as never),
      ArgumentError,
      '[f1Score] options must be average, threshold, name, got beta',
    ],
  ]
  test.each(cases)('%s', (_, run, type, message) => {
    expect(run).toThrow(type)
    expect(run).toThrow(message)
  })
})

test('weights of classes, of numbers and of one-hot targets', () => {
  const classWeight = { 0: 2, 2: 0.5 }
  const hot = { shape: [4, 3], data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0) }
  for (const [options, labels] of [
    [sparse, y],
    [{ loss: 'categoricalCrossentropy' }, hot],
  ] as const)
    expect(Array.from(check(one, options, { y: labels }, { classWeight })['sampleWeight']!.data)).toEqual([2, 1, 0.5, 2])
  const soft = check(scalar, { loss: 'bce' }, { y: [0.9, 0.5, 0.4, 1] }, { classWeight: { 0: 2, 1: 3 } }) // rounded, as Keras does
  expect(Array.from(soft['sampleWeight']!.data)).toEqual([3, 2, 2, 3])
})

test.each(['hinge', 'squaredHinge'] as const)('0 and 1 stay what they are for %s, so that metrics and class weights know them', (loss) => {
  const rows = check(scalar, { loss, metrics: ['accuracy'] }, { y: [0, 1, 1, 0] }, { classWeight: { 0: 2, 1: 3 } })
  expect(Array.from(rows['t0']!.data)).toEqual([0, 1, 1, 0])
  expect(Array.from(rows['sampleWeight']!.data)).toEqual([2, 3, 3, 2])
})

test('what was given by name is kept in files as Keras takes it', () => {
  const kept = (model: AnyModel, options: CriteriaOptions, outputs: Structure<unknown> = model.outputs) =>
    criteriaToWrite(outputs, model.outputNames, options)
  const mine = losses.huber({ delta: 2 })
  expect(kept(one, { loss: 'KLD' as never, lossWeights: 2, metrics: ['acc', 'kld', metrics.auc(), 'huber', 'confusionMatrix'] })).toEqual({
    loss: 'kl_divergence',
    loss_weights: [2],
    metrics: ['acc', 'kl_divergence'],
    weighted_metrics: null,
  })
  expect(kept(one, { loss: mine, lossWeights: 2 })).toEqual({ loss: null, loss_weights: null, metrics: null, weighted_metrics: null })
  expect(
    kept(two, { loss: 'mse', lossWeights: { size: 0.1 }, metrics: { size: 'mae' }, weightedMetrics: [['topKCategoricalAccuracy'], null] }),
  ).toEqual({
    loss: ['mean_squared_error', 'mean_squared_error'],
    loss_weights: [1, 0.1],
    metrics: [[], ['mae']],
    weighted_metrics: [['top_k_categorical_accuracy'], []],
  })
  expect(kept(two, { loss: [null, 'logCosh'] }, { a: kind, b: size }).loss).toEqual({ a: null, b: 'log_cosh' })
  expect(kept(two, { loss: ['mse', mine], lossWeights: [1, 2] })).toMatchObject({ loss: null, loss_weights: null })
})

test('metrics are logged under the names that Keras has', () => {
  const names = (model: AnyModel, options: CriteriaOptions) => criteriaOf(model, options).logged.map(({ name }) => name)
  expect(names(one, { metrics: ['acc', 'sparseCategoricalAccuracy', 'mse'], weightedMetrics: ['acc'] })).toEqual([
    'acc',
    'sparse_categorical_accuracy',
    'mse',
    'weighted_acc',
  ])
  expect(names(one, { metrics: ['MSE' as never] })).toEqual(['MSE'])
  expect(names(two, { ...both, metrics: { size: ['mae'] }, weightedMetrics: [null, ['mae']] })).toEqual([
    'kind_loss',
    'size_loss',
    'size_mae',
    'size_weighted_mae',
  ])
})
