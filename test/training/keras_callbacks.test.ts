/** Callbacks that watch a number do as those of real Keras do (test/golden/make_callbacks.py). */
import { expect, test } from 'vitest'
import {
  earlyStopping,
  reduceLROnPlateau,
  type Callback,
  type EarlyStoppingOptions,
  type ReduceLROnPlateauOptions,
  type Training,
} from '../../src/training/callbacks/index.ts'
import { fileName } from '../../src/training/callbacks/file_name.ts'
import golden from '../golden/callbacks.json' with { type: 'json' }

interface Case {
  readonly series: readonly number[]
  readonly stopping: EarlyStoppingOptions
  readonly stopped: { readonly epochs: number; readonly weights: number }
  readonly plateau: ReduceLROnPlateauOptions
  readonly rates: readonly number[]
}

/** As much of a training as the callbacks need; its weights are the number of the epoch. */
async function train(callback: Callback, series: readonly number[], onEpoch?: (rate: number) => void) {
  const now = { epoch: 0 }
  const training = {
    optimizer: { learningRate: 1 },
    metrics: [],
    stopTraining: false,
    readWeights: () => Promise.resolve({ epoch: Float32Array.of(now.epoch) }),
    writeWeights: (values: Record<string, Float32Array>) => Promise.resolve(void (now.epoch = values['epoch']![0]!)),
  } as unknown as Training
  await callback.onTrainBegin!(training)
  let epochs = 0
  for (const value of series) {
    now.epoch = epochs++
    await callback.onEpochEnd!(now.epoch, { loss: 0, val_loss: value }, training)
    onEpoch?.(training.optimizer.learningRate)
    if (training.stopTraining) break
  }
  await callback.onTrainEnd?.(undefined, training)
  return { epochs, weights: now.epoch }
}

test.each((golden as Case[]).map((c, i) => [i, c] as const))('case %i', async (_, { series, stopping, stopped, plateau, rates }) => {
  expect(await train(earlyStopping({ ...stopping, restoreBestWeights: true }), series)).toEqual(stopped)
  const seen: number[] = []
  await train(reduceLROnPlateau(plateau), series, (rate) => seen.push(rate))
  expect(seen).toEqual(rates)
})

test.each([
  ['{v:g}', 1e-5, '1e-05'],
  ['{v:g}', 0.1, '0.1'],
  ['{v:g}', 123456789, '1.23457e+08'],
  ['{v:.3g}', 1234.5, '1.23e+03'],
  ['{v:.3}', 0.25, '0.25'],
  ['{v}', 1e-5, '1e-05'],
  ['{v}', 3, '3'],
  ['{v:06.2f}', -0.5, '-00.50'],
  ['{v:8.1e}', -12345, '-1.2e+04'],
  ['{v:05d}', -3, '-0003'],
  ['{v:4d}', 7, '   7'],
  ['{v:.2f}', 0.625, '0.62'],
  ['{v:.2f}', 0.375, '0.38'],
  ['{v:.0f}', 2.5, '2'],
  ['{v:.1f}', 4.35, '4.3'],
])('%s of %d is %s in a name, as Python formats it', (template, v, text) => {
  expect(fileName('test', `a${template}b`, { v })).toBe(`a${text}b`)
})
