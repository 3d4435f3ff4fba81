/**
 * Optimizers and schedules against real Keras (test/golden/make_optimizers.py): ten steps of a small network, weights and state. Keras's values
 * are f64; ours may be off by four times what Keras's own f32 is off, which does the same operations.
 */
import { afterEach, describe, expect, test } from 'vitest'
import golden from '../golden/optimizers.json' with { type: 'json' }
import { ArgumentError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { fromArray } from '../../src/parameter.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { camelKeys } from '../../src/training/optimizers/keys.ts'
import * as optimizers from '../../src/training/optimizers/index.ts'
import type { KerasOptimizer, LearningRateSchedule, Optimizer, OptimizerConfig } from '../../src/training/optimizers/index.ts'
import type { CompileOptions } from '../../src/training/compile_options.ts'
import { Model } from '../../src/training/model.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()
const [STEPS, BATCH, FEATURES, UNITS, CLASSES] = [10, 4, 3, 5, 3]

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

/** The formula of the script: multiples of 1/64 from -1 to 1. */
function numbers(shape: Shape, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((((i * 37 + seed * 71) % 129) - 64) / 64) * scale)
}

const COUNT = STEPS * BATCH
const data = {
  x: { shape: [COUNT, FEATURES], data: numbers([COUNT, FEATURES], 5) },
  y: Uint8Array.from({ length: COUNT }, (_, i) => (i * 5 + Math.floor(i / 7)) % CLASSES),
}

function network(): Model {
  const input = layers.input({ shape: [FEATURES] })
  const hidden = layers.dense({ units: UNITS, activation: 'tanh', name: 'hidden' }).apply(input)
  const model = new Model({
    inputs: input,
    outputs: layers.dense({ units: CLASSES, activation: 'softmax', name: 'predictions' }).apply(hidden),
  })
  model.weights.forEach((w, i) => (w.source = fromArray(w.shape, numbers(w.shape, i + 1, 0.75))))
  return model
}

async function compiled(optimizer: CompileOptions['optimizer']): Promise<Model> {
  const model = network()
  await model.compile({ device: device(), loss: 'sparseCategoricalCrossentropy', ...(optimizer && { optimizer }) })
  return model
}

const fitted = { batchSize: BATCH, shuffle: false }

interface Case {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

const factories = optimizers as unknown as Readonly<Record<string, (options: object) => never>>
const factoryOf = (className: string) => factories[className.toLowerCase()] as unknown as (options: object) => KerasOptimizer
const scheduleOf = (className: string, options: object) => {
  const name = className[0]!.toLowerCase() + className.slice(1)
  return factories[name]!(camelKeys(options as Record<string, unknown>)) as LearningRateSchedule
}

function made({ name, options: { schedule, exclude, ...options } }: Case): KerasOptimizer {
  const rate = schedule ? { learningRate: scheduleOf(...(schedule as [string, object])) } : {}
  return factoryOf(name)({ ...camelKeys(options), ...rate, ...(exclude ? { excludeFromWeightDecay: exclude } : {}) })
}

const farthest = (ours: readonly ArrayLike<number>[], theirs: readonly (readonly number[])[]) => {
  expect(ours.map((v) => v.length)).toEqual(theirs.map((v) => v.length))
  return Math.max(0, ...theirs.flatMap((values, i) => values.map((v, j) => Math.abs(v - ours[i]![j]!))))
}

/** Four times what Keras's f32 is off, and a rounding of numbers below 1. */
const allowed = (off: number) => 4 * off + 2 ** -24

describe.each(golden.cases)('$name $options', (c) => {
  test('ten steps give the weights and the state of Keras', async () => {
    const optimizer = made(c)
    using model = await compiled(optimizer)
    await model.fit(data, fitted)
    const weights = (await model.getWeights()).map((w) => w.data)
    expect(farthest(weights, c.weights)).toBeLessThanOrEqual(allowed(c.off))
    const { moments, step } = await model.trainerState()
    const ours = kerasOrder(model, optimizer, moments, step)
    expect(ours.map(([name]) => name)).toEqual(c.names.map((name) => name.replace(/^variable_\d+$/, 'variable')))
    expect(farthest(ours.map(([, v]) => v), c.variables)).toBeLessThanOrEqual(allowed(c.variablesOff)) // prettier-ignore
  })
})

/** Keras's variables: the count of steps, the learning rate where it is a number, then the state group by group, and what a rule keeps besides. */
function kerasOrder(
  model: Model,
  optimizer: KerasOptimizer,
  moments: Readonly<Record<string, Float32Array>>,
  step: number,
): [name: string, values: ArrayLike<number>][] {
  const state = optimizer.groups.flatMap((group) =>
    model.weights.flatMap((w) =>
      group.map((at): [string, ArrayLike<number>] => {
        const slot = optimizer.slots[at]!
        return [`small_${w.path.replaceAll('/', '_')}_${slot}`, moments[`${w.path}/${slot}`]!]
      }),
    ),
  )
  const rate: [string, number[]][] = optimizer.hasRate ? [['learning_rate', [optimizer.learningRate]]] : []
  const kept = Object.entries(optimizer.rule.kept?.(step) ?? {}).map(([name, value]): [string, number[]] => [name, [value]])
  return [['iteration', [step]], ...rate, ...state, ...kept]
}

test('averages leave weights that no loss depends on as they are', async () => {
  const input = layers.input({ shape: [FEATURES] })
  const outputs = ['trained', 'idle'].map((name) => layers.dense({ units: CLASSES, activation: 'softmax', name }).apply(input))
  using model = new Model({ inputs: input, outputs })
  await model.compile({ device: device(), loss: ['sparseCategoricalCrossentropy', null], optimizer: optimizers.sgd({ useEma: true }) })
  const before = await model.getWeights()
  await model.fit({ x: data.x, y: [data.y, null] }, fitted)
  const after = await model.getWeights()
  expect(after.slice(2)).toEqual(before.slice(2))
  expect((await model.trainerState()).moments['idle/kernel/average']).toEqual(before[2]!.data)
  expect(after[0]).not.toEqual(before[0])
})

describe('schedules', () => {
  test.each(golden.schedules)('$name $options gives the rates of Keras', ({ name, options, rates }) => {
    const schedule = scheduleOf(name, options)
    // Keras computes them in f32.
    const bound = 4 * 2 ** -23 * Math.max(...rates)
    rates.forEach((rate, step) => expect(Math.abs(schedule.rate(step) - rate), `step ${step}`).toBeLessThanOrEqual(bound))
    expect(schedule.getConfig!()).toMatchObject(options)
  })

  test('linear warm-up to a rate, which is a polynomial decay, or to another schedule', () => {
    const plain = optimizers.linearWarmup({ warmupTarget: 0.4, warmupSteps: 4 })
    const rates = (schedule: LearningRateSchedule, ...steps: number[]) => steps.map((s) => Number(schedule.rate(s).toFixed(12)))
    expect(rates(plain, 0, 1, 2, 3, 4, 5, 100)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4])
    expect(plain.kerasClass).toBe('PolynomialDecay')
    const then = optimizers.exponentialDecay({ initialLearningRate: 0.4, decaySteps: 1, decayRate: 0.5 })
    const both = optimizers.linearWarmup({ initialLearningRate: 0.2, warmupTarget: then, warmupSteps: 2 })
    expect(rates(both, 0, 1, 2, 3, 4)).toEqual([0.2, 0.3, 0.4, 0.2, 0.1])
    expect(() => optimizers.sgd({ learningRate: both }).getConfig()).toThrow('must be a number or a schedule of Keras to be saved')
  })

  test.each<[() => unknown, string]>([
    [
      () => optimizers.cosineDecay({ initialLearningRate: 0.1, decaySteps: 0 }),
      '[cosineDecay] decaySteps must be a number greater than 0, got 0',
    ],
    [
      () => optimizers.exponentialDecay({ initialLearningRate: NaN, decaySteps: 1, decayRate: 1 }),
      '[exponentialDecay] initialLearningRate must be a finite number, got NaN',
    ],
    [
      () => optimizers.polynomialDecay({ initialLearningRate: 1, decaySteps: 1, end: 2 } as never),
      '[polynomialDecay] options must be initialLearningRate, decaySteps, endLearningRate, power, cycle, got end',
    ],
    [
      () => optimizers.piecewiseConstantDecay({ boundaries: [1, 2], values: [1, 2] }),
      '[piecewiseConstantDecay] values must be one more than boundaries, got 2 values and 2 boundaries',
    ],
    [
      () => optimizers.piecewiseConstantDecay({ boundaries: [2, 1], values: [1, 2, 3] }),
      '[piecewiseConstantDecay] boundaries must rise, got 2, 1',
    ],
    [
      () => optimizers.linearWarmup({ warmupTarget: 1, warmupSteps: 1, steps: 2 } as never),
      '[linearWarmup] options must be initialLearningRate, warmupTarget, warmupSteps, got steps',
    ],
  ])('refused: %s', (make, message) => {
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })
})

describe('by name and by config', () => {
  test.each(golden.cases.filter(({ options }) => !('exclude' in options)))('$name $options: a config makes what options make', (c) => {
    const one = made(c)
    const config = one.serialize() as unknown as OptimizerConfig
    expect(config).toMatchObject({ module: 'keras.optimizers', class_name: c.name, registered_name: null })
    const other = optimizers.optimizerOf(structuredClone(config)) as KerasOptimizer
    expect(other.serialize()).toEqual(config)
    for (const step of [1, 2, 7]) expect(other.hyper(step)).toEqual(one.hyper(step))
  })

  test('a name in compile is the optimizer with its defaults', async () => {
    for (const [name, c] of [
      ['adam', 'Adam'],
      ['rmsprop', 'RMSprop'],
    ] as const) {
      // prettier-ignore
      const { weights, off } = golden.cases.find((g) => g.name === c)!
      using model = await compiled(name)
      await model.fit(data, fitted)
      expect(farthest((await model.getWeights()).map((w) => w.data), weights)).toBeLessThanOrEqual(allowed(off)) // prettier-ignore
    }
  })

  test.each<[unknown, string]>([
    ['newton', '[compile] optimizer must be one of sgd, rmsprop, adagrad, adadelta, adam, adamw, adamax, nadam, lion, got newton'],
    [7, '[compile] optimizer must be a name, what adam() or its like gave, or a config of Keras, got 7'],
    [{ class_name: 'Adam', config: { gradient_accumulation_steps: 2 } }, '[Adam] gradient_accumulation_steps must be null in the config'],
    [{ class_name: 'Adam', config: { rho: 0.9 } }, '[adam] options must be beta1, beta2, epsilon, amsgrad, learningRate'],
    [
      { class_name: 'Adam', config: { learning_rate: { class_name: 'Mine', config: {} } } },
      '[optimizer] a schedule must be one of ExponentialDecay, InverseTimeDecay',
    ],
  ])('refused: %j', (given, message) => {
    expect(() => optimizers.optimizerOf(given)).toThrow(ArgumentError)
    expect(() => optimizers.optimizerOf(given)).toThrow(message)
  })
})

describe('the learning rate', () => {
  test('nesterov without momentum does nothing in configs of Keras', () => {
    const config = { learning_rate: 0.5, momentum: 0, nesterov: true }
    expect((optimizers.optimizerOf({ class_name: 'SGD', config }) as KerasOptimizer).rule.rule).toBe('descent')
  })

  test('may be set between steps where it is a number', async () => {
    const optimizer = optimizers.sgd({ learningRate: 0.5 })
    expect(optimizer.learningRate).toBe(0.5)
    optimizer.learningRate = 0
    using model = await compiled(optimizer)
    await model.fit(data, fitted)
    expect((await model.getWeights()).map((w) => w.data)).toEqual(network().weights.map((w, i) => numbers(w.shape, i + 1, 0.75)))
    expect(() => (optimizer.learningRate = -1)).toThrow('[sgd] learningRate must be in [0, Infinity), got -1')
  })

  test('of a schedule is that of the last step, and is not set', () => {
    const optimizer = optimizers.adam({
      learningRate: optimizers.exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 }),
    })
    expect(optimizer.learningRate).toBe(1)
    optimizer.hyper(3)
    expect(optimizer.learningRate).toBe(0.25)
    expect(() => (optimizer.learningRate = 1)).toThrow('[adam] learningRate must not be set where it is a schedule, got 1')
  })

  test('is multiplied for layers and weights; of several patterns the last counts', async () => {
    const change = async (learningRateMultipliers: Record<string, number>) => {
      using model = await compiled(optimizers.sgd({ learningRate: 0.25, learningRateMultipliers }))
      await model.fit({ x: { shape: [BATCH, FEATURES], data: data.x.data.slice(0, BATCH * FEATURES) }, y: data.y.slice(0, BATCH) }, fitted)
      const after = await model.getWeights()
      return after.map(({ data: values }, i) => Array.from(values, (v, j) => v - numbers(after[i]!.shape, i + 1, 0.75)[j]!))
    }
    const whole = await change({})
    const some = await change({ '*': 1, 'pred*': 0.5, 'predictions/bias': 0, hidden: 2 })
    const factors = [2, 2, 0.5, 0]
    // A sum with the weight is rounded, which is below 1.
    some.forEach((values, i) => values.forEach((v, j) => expect(Math.abs(v - factors[i]! * whole[i]![j]!)).toBeLessThan(2 ** -22)))
    expect(some[3]).toEqual([0, 0, 0].map(() => 0))
    await expect(compiled(optimizers.sgd({ learningRateMultipliers: { hiden: 2 } }))).rejects.toThrow(
      '[sgd] learningRateMultipliers must name layers or weights of the model, got hiden',
    )
  })
})

describe('options refused', () => {
  const { adam, adamw, lion, rmsprop, sgd } = optimizers
  const cases: [() => Optimizer, string][] = [
    [() => adam(7 as never), '[adam] options must be an object, got 7'],
    [() => adam({ beta3: 1 } as never), '[adam] options must be beta1, beta2, epsilon, amsgrad, learningRate, weightDecay'],
    [() => adam({ beta1: 1 }), '[adam] beta1 must be in [0, 1), got 1'],
    [() => adam({ epsilon: -1 }), '[adam] epsilon must be in [0, Infinity), got -1'],
    [() => adam({ amsgrad: 1 as never }), '[adam] amsgrad must be true or false, got 1'],
    [() => adam({ learningRate: -1 }), '[adam] learningRate must be a number from 0 or a schedule, got -1'],
    [() => adam({ learningRate: NaN }), '[adam] learningRate must be a number from 0 or a schedule, got NaN'],
    [() => adamw({ weightDecay: -1 }), '[adamw] weightDecay must be a number from 0, got -1'],
    [() => lion({ beta1: 0 }), '[lion] beta1 must be in (0, 1], got 0'],
    [() => rmsprop({ momentum: 1.1 }), '[rmsprop] momentum must be in [0, 1], got 1.1'],
    [() => sgd({ nesterov: true }), '[sgd] nesterov needs a momentum greater than 0, got 0'],
    [
      () => sgd({ clipnorm: 1, clipvalue: 1 }),
      '[sgd] one of clipnorm, clipvalue and globalClipnorm must be given at most, got clipnorm and clipvalue',
    ],
    [() => sgd({ globalClipnorm: 0 }), '[sgd] globalClipnorm must be a number greater than 0, got 0'],
    [() => sgd({ emaMomentum: 0.9 }), '[sgd] emaMomentum must come with useEma: true, got 0.9 without it'],
    [() => sgd({ useEma: true, emaMomentum: 2 }), '[sgd] emaMomentum must be a number from 0 to 1, got 2'],
    [() => sgd({ useEma: true, emaOverwriteFrequency: 0.5 }), '[sgd] emaOverwriteFrequency must be a positive whole number, got 0.5'],
    [() => sgd({ excludeFromWeightDecay: ['bias'] }), '[sgd] excludeFromWeightDecay must come with weightDecay, got it alone'],
    [() => adamw({ excludeFromWeightDecay: ['('] }), '[adamw] excludeFromWeightDecay must be regular expressions, got ('],
    [() => sgd({ learningRateMultipliers: { a: -1 } }), '[sgd] learningRateMultipliers of a must be a number from 0, got -1'],
    [() => sgd({ name: '' }), '[sgd] name must be a name, got ""'],
  ]
  test.each(cases)('%s', (make, message) => {
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })
})
