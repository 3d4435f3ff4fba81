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
