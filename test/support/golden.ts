/** Compares networks with what real Keras computed (test/golden/make_networks.py). */
import { expect } from 'vitest'
import type { Device } from '../../src/device/device.ts'
import type { ApplicationOptions } from '../../src/models/application.ts'
import { listOf } from '../../src/structure.ts'
import type { Tensor } from '../../src/tensor.ts'
import { Model, type AnyModel } from '../../src/training/model.ts'
import { recipeImage, useRecipe } from './recipe.ts'

export interface GoldenLayer {
  readonly name: string
  readonly shape: readonly number[]
  readonly mean: number
  readonly absMean: number
  readonly samples: readonly number[]
}

export interface GoldenNetwork {
  readonly inputShape: readonly number[]
  readonly params: number
  readonly layers: readonly GoldenLayer[]
  /** [layer, [[weight, shape], ...]], as JSON has it. */
  readonly weights: readonly unknown[]
  readonly output: readonly number[]
  /** With top: of all classes, before the softmax. */
  readonly logits?: readonly number[]
}

/** `count` values from the first to the last, evenly spread, as numpy's linspace cast to int picks them. */
export function samples(data: ArrayLike<number>, count: number): number[] {
  const step = (data.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, i) => data[i === count - 1 ? data.length - 1 : Math.trunc(i * step)]!)
}

/**
 * End to end: rtol 1e-3, atol 1e-5, as for logits. Feature maps of deep networks hold values far above 1, of which small ones are differences:
 * there, 1e-5 of the mean size.
 */
export function expectOutput(actual: Tensor, golden: readonly number[]): void {
  const ours = samples(actual.data, golden.length)
  const atol = 1e-5 * Math.max(1, golden.reduce((sum, v) => sum + Math.abs(v), 0) / golden.length)
  const wrong = ours.flatMap((v, i) =>
    Math.abs(v - golden[i]!) <= 1e-3 * Math.abs(golden[i]!) + atol ? [] : [`${i}: ${v} instead of ${golden[i]}`],
  )
  expect(wrong.slice(0, 5), `${wrong.length} of ${golden.length} values differ from Keras`).toEqual([])
}

/** A layer's figures, relative to the size of its values: the first wrong layer is the first to fail. */
export function expectLayer(actual: Tensor, golden: GoldenLayer): void {
  const tolerance = 1e-3 * golden.absMean + 1e-5
  let sum = 0
  let absSum = 0
  for (const v of actual.data) {
    sum += v
    absSum += Math.abs(v)
  }
  const count = actual.data.length
  const ours = [sum / count, absSum / count, ...samples(actual.data, golden.samples.length)]
  const theirs = [golden.mean, golden.absMean, ...golden.samples]
  const wrong = ours.flatMap((v, i) =>
    Math.abs(v - theirs[i]!) <= tolerance + 1e-3 * Math.abs(theirs[i]!) ? [] : [`${i}: ${v} instead of ${theirs[i]}`],
  )
  expect([golden.name, ...wrong]).toEqual([golden.name])
}

/** Indices of the five largest values, the largest first. */
function topFive(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i)
    .sort((a, b) => values[b]! - values[a]!)
    .slice(0, 5)
}

interface Case {
  readonly golden: GoldenNetwork
  readonly make: (options?: ApplicationOptions) => Promise<AnyModel>
  readonly scale?: number
}

/** The prediction for the recipe's picture. */
export async function expectPrediction(device: Device, { golden, make, scale = 1 / 255 }: Case): Promise<void> {
  const { inputShape, output } = golden
  using model = await make()
  useRecipe(model)
  await model.compile({ device })
  const [y] = listOf<Tensor>(await model.predict(recipeImage(inputShape, scale)))
  expectOutput(y!, output)
}

/** The scores of all classes, before they become probabilities, and the five best. */
export async function expectLogits(device: Device, { golden, make, scale = 1 / 255 }: Case): Promise<void> {
  using model = await make({ classifierActivation: 'linear' })
  useRecipe(model)
  await model.compile({ device })
  const [y] = listOf<Tensor>(await model.predict(recipeImage(golden.inputShape, scale)))
  expectOutput(y!, golden.logits!)
  expect(topFive(y!.data)).toEqual(topFive(golden.logits!))
}

/** The figures of every layer that Keras has, each read back. */
export async function expectEveryLayer(device: Device, { golden, make, scale = 1 / 255 }: Case): Promise<void> {
  const { inputShape, layers } = golden
  const network = await make()
  useRecipe(network)
  const outputs = layers.map((l) => network.outputOf(l.name))
  using every = new Model({ inputs: network.input, outputs, name: 'every' })
  await every.compile({ device })
  const ys = await every.predict(recipeImage(inputShape, scale))
  expect(ys.length).toBe(layers.length)
  layers.forEach((layer, i) => expectLayer(ys[i]!, layer))
}
