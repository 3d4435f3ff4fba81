/** A small network that trains whole, with what draws and what remembers: convolutions, a batch normalisation, a dropout. And samples for it. */
import { layers } from '../../src/layers/index.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { values } from './values.ts'

export function thawedModel(): Model {
  const input = layers.input({ shape: [8, 7, 2] })
  let x = layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', useBias: false, name: 'conv' }).apply(input)
  x = layers.batchNormalization({ momentum: 0.9, name: 'bn' }).apply(x)
  x = layers.globalAveragePooling2d({ name: 'pool' }).apply(layers.relu({ name: 'relu' }).apply(x))
  x = layers.dropout({ rate: 0.3, name: 'dropout' }).apply(x)
  const outputs = layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }).apply(x)
  return new Model({ inputs: input, outputs, name: 'thawed' })
}

const COUNT = 25

export const thawedData = {
  x: values([COUNT, 8, 7, 2], 1),
  y: Uint8Array.from({ length: COUNT }, (_, i) => (i * 5) % 3),
}

/** 18 steps, the last of each epoch a smaller one; and a validation. */
export const THAWED_OPTIONS: FitOptions = { epochs: 3, batchSize: 4, seed: 7, validationSplit: 0.1 }
