/** Callbacks: Keras's hooks in Keras's order, what they may do, and what happens when they throw. */
import { afterEach, describe, expect, test } from 'vitest'
import { ArgumentError, DataError } from '../../src/errors.ts'
import {
  csvLogger,
  earlyStopping,
  learningRateScheduler,
  reduceLROnPlateau,
  terminateOnNaN,
  type Callback,
  type EpochLogs,
} from '../../src/training/callbacks/index.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { tinyData, tinyModel } from '../support/tiny.ts'

const device = useDevice()
const [N, BATCH] = [10, 4]
const data = tinyData(N)
const OPTIONS: FitOptions = { epochs: 2, batchSize: BATCH, validationData: tinyData(5, 2) }

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

async function compiled(learningRate = 0.1) {
  const model = tinyModel()
  const optimizer = sgd({ learningRate })
  await model.compile({ device: device(), optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return Object.assign(model, { optimizer })
}

/** A callback that notes which hook was told what. */
function recorder(seen: string[]): Callback {
  const pair = (name: string) => ({
    [`on${name}Begin`]: (n: unknown) => void seen.push(`${name} begin ${typeof n === 'number' ? n : ''}`.trim()),
    [`on${name}End`]: (n: unknown) => void seen.push(`${name} end ${typeof n === 'number' ? n : ''}`.trim()),
  })
  return Object.assign({}, ...['Train', 'Epoch', 'TrainBatch', 'Test', 'TestBatch'].map(pair)) as Callback
}

describe('hooks', () => {
  test('come in the order of Keras', async () => {
    using model = await compiled()
    const seen: string[] = []
    await model.fit(data, { ...OPTIONS, callbacks: [recorder(seen)] })
    const batches = (name: string, count: number) =>
      Array.from({ length: count }, (_, i) => [`${name} begin ${i}`, `${name} end ${i}`]).flat()
    const epoch = (e: number) => [
      `Epoch begin ${e}`,
      ...batches('TrainBatch', 3),
      ...['Test begin', ...batches('TestBatch', 2), 'Test end'],
      `Epoch end ${e}`,
    ]
    expect(seen).toEqual(['Train begin', ...epoch(0), ...epoch(1), 'Train end'])
  })

  test('may each ask for the state of the training, for weights and scores', async () => {
    using model = await compiled()
    const asked = new Set<string>()
    const hooks = ['Train', 'Epoch', 'TrainBatch', 'Test', 'TestBatch'].flatMap((what) => [`on${what}Begin`, `on${what}End`])
    const ask = async (hook: string) => {
      const state = await model.trainerState()
      expect((await model.getWeights()).map((w) => w.data)).toEqual(Object.values(state.weights))
      expect((await model.evaluate(data)).loss).toBeGreaterThan(0)
      asked.add(hook)
    }
    const callback = Object.fromEntries(hooks.map((hook) => [hook, () => ask(hook)])) as Callback
    await model.fit(data, { ...OPTIONS, callbacks: [callback] })
    expect([...asked].sort()).toEqual([...hooks].sort())
  })

  test('hear of the same training as it is without them; what they add to the logs is in the history', async () => {
    using plain = await compiled()
    const { epochs } = await plain.fit(data, OPTIONS)
    using model = await compiled()
    const lasts: EpochLogs[] = []
    const history = await model.fit(data, {
      ...OPTIONS,
      callbacks: [
        {
          async onTrainBatchEnd(batch, logs, { params }) {
            expect(params).toEqual({ epochs: 2, steps: 3, batchSize: BATCH })
            if (batch === params.steps - 1) lasts.push(await logs())
          },
          onEpochEnd: (epoch, logs) => void (logs['mine'] = epoch * 7),
        },
      ],
    })
    expect(history.epochs.map((e) => e.logs)).toEqual(epochs.map((e, i) => ({ ...e.logs, mine: i * 7 })))
    expect(lasts, 'means so far, after the last batch').toEqual(epochs.map(({ logs }) => ({ loss: logs.loss, accuracy: logs['accuracy'] })))
    expect(await model.trainerState()).toEqual(await plain.trainerState())
  })

  test('stopTraining in a batch ends the epoch there, with its validation', async () => {
    using model = await compiled()
    const seen: string[] = []
    const stop: Callback = { onTrainBatchEnd: (batch, _, training) => void (training.stopTraining = batch === 1) }
    const { epochs } = await model.fit(data, { ...OPTIONS, callbacks: [stop, recorder(seen)] })
    expect(epochs).toHaveLength(1)
    expect(epochs[0]!.logs).toHaveProperty('val_loss')
    expect(seen.filter((s) => s.startsWith('TrainBatch end'))).toEqual(['TrainBatch end 0', 'TrainBatch end 1'])
    expect(seen.at(-1)).toBe('Train end')
    expect(await model.trainerState()).toMatchObject({ epoch: 1, step: 2, position: 0 })
  })

  test.each<keyof Callback>([
    'onTrainBegin',
    'onEpochBegin',
    'onTrainBatchBegin',
    'onTrainBatchEnd',
    'onTestBegin',
    'onTestBatchBegin',
    'onTestBatchEnd',
    'onTestEnd',
    'onEpochEnd',
    'onTrainEnd',
  ])('what %s throws reaches the caller, with the weights as of the last step', async (hook) => {
    using model = await compiled()
    const steps: number[] = []
    const onProgress: FitOptions['onProgress'] = ({ phase }) => void (phase === 'train' && steps.push(steps.length))
    const callback = { [hook]: () => Promise.reject(new Error('a mistake of the page')) } as Callback
    await expect(model.fit(data, { ...OPTIONS, onProgress, callbacks: [callback] })).rejects.toThrow('a mistake of the page')
    expect((await model.trainerState()).step).toBe(steps.length)
    expect((await model.fit(data, OPTIONS)).epochs).toHaveLength(2)
  })

  test('are refused where they are none', async () => {
    using model = await compiled()
    const refused = async (callbacks: unknown) => model.fit(data, { callbacks } as FitOptions).catch((e: unknown) => e)
    for (const [given, message] of [
      [7, '[fit] callbacks must be a list, got 7'],
      [[7], '[fit] a callback must be an object of functions, got 7'],
      [[{ onEpochEnd: 7 }], "[fit] a callback's onEpochEnd must be a function, got 7"],
    ] as const) {
      const error = await refused(given)
      expect(error).toBeInstanceOf(ArgumentError)
      expect((error as Error).message).toBe(message)
    }
    expect(((await refused([{ onBatchEnd() {} }])) as Error).message).toMatch(/hooks must be among .*, got onBatchEnd$/)
  })
})

describe('built in', () => {
  /** Makes the loss that is logged what a list says. */
  const scripted = (losses: readonly number[]): Callback => ({ onEpochEnd: (epoch, logs) => void (logs['val_loss'] = losses[epoch]!) })

  test('earlyStopping puts the weights of the best epoch', async () => {
    using model = await compiled()
    const states: Promise<unknown>[] = []
    const { epochs } = await model.fit(data, {
      ...OPTIONS,
      epochs: 9,
      callbacks: [scripted([3, 2, 2.5, 2.4, 0]), earlyStopping({ patience: 2, restoreBestWeights: true })],
      onEpochEnd: () => void states.push(model.trainerState().then(({ weights }) => weights)),
    })
    expect(epochs).toHaveLength(4)
    expect((await model.trainerState()).weights).toEqual(await states[1])
  })

  test('reduceLROnPlateau and learningRateScheduler set the rate, and log it', async () => {
    using model = await compiled(0.5)
    const plateau = reduceLROnPlateau({ patience: 1, factor: 0.5, minLr: 0.2, cooldown: 0 })
    const { epochs } = await model.fit(data, { ...OPTIONS, epochs: 5, callbacks: [scripted([1, 1, 1, 1, 1]), plateau] })
    expect(epochs.map((e) => e.logs['learning_rate'])).toEqual([0.5, 0.5, 0.25, 0.2, 0.2])
    const schedule = learningRateScheduler((epoch, rate) => (epoch < 1 ? 0.4 : rate / 2))
    const second = await model.fit(data, { ...OPTIONS, epochs: 3, callbacks: [schedule] })
    expect(second.epochs.map((e) => e.logs['learning_rate'])).toEqual([0.4, 0.2, 0.1])
    expect(model.optimizer.learningRate).toBe(0.1)
  })

  test('what is counted before the training has begun is what its state had', async () => {
    using model = await compiled()
    const stopping = earlyStopping({ patience: 9 })
    const asking = (found: unknown[]): Callback => ({ onTrainBegin: async () => void found.push((await model.trainerState()).callbacks) })
    const found: unknown[] = []
    await model.fit(data, { ...OPTIONS, callbacks: [asking(found), stopping] })
    const state = await model.trainerState()
    await model.fit(data, { ...OPTIONS, callbacks: [asking(found), stopping] })
    await model.fit(data, { ...OPTIONS, epochs: 3, state, callbacks: [asking(found), stopping] })
    expect(found).toEqual([undefined, undefined, state.callbacks])
    expect(state.callbacks).toHaveProperty('earlyStopping.best')
  })

  test('the state at the end of an epoch has what callbacks have counted of it, in whatever order they take their time', async () => {
    using model = await compiled()
    const slow: Callback = { onEpochEnd: () => new Promise((resolve) => setTimeout(resolve, 5)) }
    const bests: unknown[] = []
    const seen: number[] = []
    await model.fit(data, {
      ...OPTIONS,
      callbacks: [slow, scripted([3, 2]), earlyStopping({ patience: 9 })],
      onEpochEnd({ logs }) {
        seen.push(logs['val_loss']!)
        bests.push(model.trainerState().then(({ callbacks }) => (callbacks!['earlyStopping'] as { best: number }).best))
      },
    })
    expect(await Promise.all(bests)).toEqual([3, 2])
    expect(seen).toEqual([3, 2])
  })

  test('csvLogger writes what is logged, sorted, with places for a validation', async () => {
    using model = await compiled()
    let text = ''
    const logger = csvLogger({ filename: (piece) => void (text += piece), separator: ';' })
    const { epochs } = await model.fit(data, { epochs: 2, batchSize: BATCH, callbacks: [logger] })
    const lines = epochs.map(({ epoch, logs }) => `${epoch};${logs['accuracy']};${logs.loss};NA;NA\r\n`)
    expect(text).toBe(`epoch;accuracy;loss;val_accuracy;val_loss\r\n${lines.join('')}`)
  })

  test('a monitor that is not logged, or says not which way is better, is refused', async () => {
    using model = await compiled()
    const error = async (callback: Callback) => (await model.fit(data, { callbacks: [callback] }).catch((e: unknown) => e)) as Error
    expect((await error(earlyStopping())).message).toBe(
      '[earlyStopping] monitor must be among what is logged, loss, accuracy, got val_loss',
    )
    const mine: Callback = { ...earlyStopping({ monitor: 'mine' }) }
    const both: Callback = { ...mine, onEpochEnd: (e, logs, t) => ((logs['mine'] = 1), mine.onEpochEnd!(e, logs, t)) }
    expect((await error(both)).message).toContain('mode must be min or max where a metric does not say which is better')
    expect(() => earlyStopping({ patience: -1 })).toThrow('[earlyStopping] patience must be a whole number from 0, got -1')
    expect(() => reduceLROnPlateau({ factor: 1 })).toThrow('[reduceLROnPlateau] factor must be between 0 and 1, got 1')
  })
})

describe('a loss that is not finite', () => {
  /** From this sample on the data are no numbers, in the order in which they are. */
  const bad = (from: number, count: number) => {
    const { x, y } = tinyData(count)
    const values = Float32Array.from(x.data)
    values.fill(NaN, from * 6)
    return { x: { shape: x.shape, data: values }, y }
  }

  test('is found within a few steps, not at the end of the epoch, and the last good weights are put back', async () => {
    using model = await compiled()
    const initial = (await model.trainerState()).weights
    let steps = 0
    const onProgress = () => void steps++
    const error = await model.fit(bad(20, 400), { batchSize: 2, shuffle: false, onProgress }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DataError)
    expect((error as Error).message).toMatch(/the loss must be finite, got NaN .*the weights are those of step \d+/)
    expect(steps, '10 good steps, a look every 4, 3 under way').toBeLessThanOrEqual(10 + 2 * 4 + 2 * 3)
    const state = await model.trainerState()
    expect(state.step).toBeLessThanOrEqual(10)
    for (const values of Object.values(state.weights)) expect(values.every(Number.isFinite)).toBe(true)
    if (state.step === 0) expect(state.weights).toEqual(initial)
  })

  test('with terminateOnNaN ends the training in order; the history has what was logged', async () => {
    using model = await compiled()
    const seen: string[] = []
    const { epochs } = await model.fit(bad(8, 12), { ...OPTIONS, epochs: 5, shuffle: false, callbacks: [terminateOnNaN(), recorder(seen)] })
    expect(epochs).toHaveLength(1)
    expect(epochs[0]!.logs.loss).toBeNaN()
    expect(epochs[0]!.logs['val_loss']).toBeGreaterThan(0)
    expect(seen.slice(-2)).toEqual(['Epoch end 0', 'Train end'])
    const raised = model.fit(bad(8, 12), { ...OPTIONS, callbacks: [terminateOnNaN({ raiseError: true })] })
    await expect(raised).rejects.toBeInstanceOf(DataError)
    const unheard = model.fit(bad(8, 12), { ...OPTIONS, callbacks: [{ onNotFinite: undefined }] })
    await expect(unheard).rejects.toBeInstanceOf(DataError)
  })

  test('of a validation is logged as it is, and training goes on, as in Keras', async () => {
    using plain = await compiled()
    const { epochs: expected } = await plain.fit(data, OPTIONS)
    using model = await compiled()
    const heard: (number | undefined)[] = []
    const hearing: Callback = { onTestEnd: ({ loss }) => void heard.push(loss), onEpochEnd: (_, logs) => void heard.push(logs['val_loss']) }
    const { epochs } = await model.fit(data, { ...OPTIONS, validationData: bad(3, 5), callbacks: [terminateOnNaN(), hearing] })
    expect(heard).toEqual([NaN, NaN, NaN, NaN])
    expect(epochs.map(({ logs }) => logs.loss)).toEqual(expected.map(({ logs }) => logs.loss))
    expect((await model.getWeights()).map((w) => w.data)).toEqual((await plain.getWeights()).map((w) => w.data))
  })
})
