/** Compares training with what real Keras computed in f64 (test/golden/make_training.py). */
import { expect } from 'vitest'
import './all_classes.ts'
import type { Device } from '../../src/device/device.ts'
import { reachable } from '../../src/graph/graph.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { PlanInputs } from '../../src/plan/plan.ts'
import type { ReadLogs } from '../../src/training/callbacks/callback.ts'
import type { TrainerState } from '../../src/training/trainer_state.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { toCategorical } from '../../src/training/losses/index.ts'
import type { Model } from '../../src/training/model.ts'
import { sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import { trainingGraph } from '../../src/training/step_graphs.ts'
import { runGraph } from './graphs.ts'
import { classification } from './objective.ts'
import { recipePictures, useRecipe } from './recipe.ts'

export interface GoldenTraining {
  readonly config: unknown
  readonly batch: number
  readonly count: number
  readonly rate: number
  readonly classes: number
  /** Of each step, before it. */
  readonly losses: readonly number[]
  /** Of the first step, and all weights after the last: f32 values by the path of the weight. */
  readonly gradients: Readonly<Record<string, string>>
  readonly weights: Readonly<Record<string, string>>
}

/** Values by `layer/weight`, whatever the models around the layer. */
type Values = ReadonlyMap<string, Float32Array>

function unpacked(packed: GoldenTraining['weights']): Values {
  const f32 = (text: string) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)
  return new Map(Object.entries(packed).map(([path, text]) => [path.split('/').slice(-2).join('/'), f32(text)]))
}

/** What of these tensors is off: by more than 1e-4 of a tensor's largest value, and a millionth of the largest of all, which sums that cancel keep. */
function expectValues(actual: Values, golden: Values): void {
  expect([...actual.keys()].sort()).toEqual([...golden.keys()].sort())
  const largest = (v: Float32Array) => v.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const floor = 1e-6 * Math.max(...[...golden.values()].map(largest))
  const wrong = [...golden].flatMap(([path, theirs]) => {
    const ours = actual.get(path)!
    const off = largest(theirs.map((v, i) => v - ours[i]!))
    return ours.length === theirs.length && off <= 1e-4 * largest(theirs) + floor ? [] : [`${path}: off by ${off} of ${largest(theirs)}`]
  })
  expect(wrong).toEqual([])
}

/** An optimizer that gives the gradients back instead of stepping. */
export const asking: Optimizer = {
  name: 'asking',
  learningRate: 0,
  hyperSize: 1,
  state: () => [],
  hyper: () => Float32Array.of(0),
  apply: (g, weights) => weights.forEach(({ weight, dw }) => g.outputs.set(weight.parameter.path, dw)),
}

/** The gradients of the mean loss of the first batch. */
async function gradientsOf(device: Device, model: Model, data: Data, { batch, classes }: GoldenTraining): Promise<Values> {
  const g = trainingGraph(lossGraph(model, classification(classes), batch, true), { optimizer: asking, momentsOf: () => [] })
  const all: PlanInputs = {
    x0: data.x.data.slice(0, (data.x.data.length * batch) / data.y.length),
    t0: toCategorical(data.y.slice(0, batch), classes).data,
    weight: new Float32Array(batch).fill(1),
    dLoss: new Float32Array(batch).fill(1 / batch),
    seed: Uint32Array.of(7, 0),
  }
  const alive = reachable(g)
  const wanted = g.nodes.filter((n) => n.kind === 'input' && alive.has(n.id)).map((n) => [n.name, all[n.name]!])
  return new Map(Object.entries(await runGraph(device, g, Object.fromEntries(wanted) as PlanInputs)))
}

interface Data {
  readonly x: { readonly shape: readonly number[]; readonly data: Float32Array }
  readonly y: Uint8Array
}

function dataOf(model: Model, { count, classes }: GoldenTraining): Data {
  const shape = [count, ...(model.input.shape.slice(1) as number[])]
  return { x: recipePictures(shape, [1 / 64, -2]), y: Uint8Array.from({ length: count }, (_, n) => (n * 5) % classes) }
}

/** The mean loss of all samples up to each step: to 5e-5 of it. */
function expectMeans(actual: readonly number[], { losses, batch, count }: GoldenTraining): void {
  const samples = losses.map((_, i) => Math.min(batch, count - i * batch))
  const upTo = (i: number) => samples.slice(0, i + 1)
  const means = losses.map((_, i) => upTo(i).reduce((sum, n, k) => sum + n * losses[k]!, 0) / upTo(i).reduce((sum, n) => sum + n, 0))
  expect(actual.length).toBe(losses.length)
  actual.forEach((mean, i) => expect(mean / means[i]!, `loss up to step ${i}`).toBeCloseTo(1, 4))
}

/** Loss of every step, gradients of the first, all weights after the last. @returns the state after it */
export async function expectTraining(device: Device, golden: GoldenTraining): Promise<TrainerState> {
  using model = modelFromConfig(golden.config, 3)
  useRecipe(model)
  const data = dataOf(model, golden)
  expectValues(await gradientsOf(device, model, data, golden), unpacked(golden.gradients))
  await model.compile({ device, optimizer: sgd({ learningRate: golden.rate }), loss: 'sparseCategoricalCrossentropy' })
  const means: number[] = []
  const onTrainBatchEnd = async (_: number, logs: ReadLogs) => void means.push((await logs()).loss)
  await model.fit(data, { batchSize: golden.batch, shuffle: false, callbacks: [{ onTrainBatchEnd }] })
  expectMeans(means, golden)
  const after = await model.getWeights()
  const real = model.weights.flatMap((w, i) => (w.name === 'count' ? [] : [[w.path, Float32Array.from(after[i]!.data)] as const]))
  expectValues(new Map(real), unpacked(golden.weights))
  return await model.trainerState()
}
