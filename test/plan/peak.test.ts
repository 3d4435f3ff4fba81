/** How much memory networks need, found without a GPU. */
import { describe, expect, test } from 'vitest'
import { BASE_CAPS } from '../../src/caps.ts'
import { bytesOf } from '../../src/dtype.ts'
import { storageOf, type Graph, type Node, type OpNode } from '../../src/graph/graph.ts'
import { lower } from '../../src/graph/lower.ts'
import { layers } from '../../src/layers/index.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { layOut, programOf } from '../../src/plan/layout.ts'
import { sizeOf } from '../../src/shape.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { predictGraph } from '../../src/training/predict_graph.ts'
import { stepBytes, stepWithin } from '../../src/training/memory.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { trainingGraph } from '../../src/training/step_graphs.ts'
import { classification, updatingBy } from '../support/objective.ts'

const BATCH = 32
const MiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`
const sum = (bytes: readonly number[]) => bytes.reduce((a, b) => a + b, 0)

/** Bytes of the slots for several plans, laid out one after the other. */
function arenaOf(graphs: readonly Graph[]): number {
  let slots: readonly number[] = []
  for (const g of graphs) {
    const { slotBytes } = layOut(programOf(g, { maxTensorBytes: Infinity }), slots)
    slots = slotBytes.map((b, i) => Math.max(b, slots[i] ?? 0))
  }
  return sum(slots)
}

test('InceptionV3 and the training of its head, 32 pictures at a time, share memory: at most 1.1 times what the larger needs', async () => {
  const trunk = await inceptionV3({ includeTop: false, weights: null })
  trunk.trainable = false
  let x = layers.globalAveragePooling2d().apply(trunk.outputs[0]!)
  x = layers.dense({ units: 512, activation: 'relu' }).apply(x)
  const model = new Model({ inputs: trunk.input, outputs: layers.dense({ units: 10, activation: 'softmax' }).apply(x) })
  const predict = predictGraph(await inceptionV3({ weights: null }), BATCH)
  const optimizer = adam()
  const train = trainingGraph(lossGraph(model, classification(10), BATCH, true), updatingBy(optimizer))
  const larger = Math.max(arenaOf([predict]), arenaOf([train]))
  for (const [order, graphs] of Object.entries({ 'prediction first': [predict, train], 'training first': [train, predict] })) {
    const together = arenaOf(graphs)
    console.log(`${order}: ${MiB(arenaOf([graphs[0]!]))} and ${MiB(arenaOf([graphs[1]!]))}, together ${MiB(together)}`)
    expect(together / larger).toBeLessThanOrEqual(1.1)
  }
})

/** The most bytes of inputs and intermediates that are alive at one op, where nothing waits to be updated with others. */
function liveBytes(graph: Graph): number {
  const { steps, inputs, slotOf } = layOut(programOf(graph, { maxTensorBytes: 0 }))
  const join = new Map(graph.nodes.flatMap((n) => (n.kind === 'join' ? n.inputs.map((i) => [i, n] as const) : [])))
  const tensorOf = (n: Node) => join.get(storageOf(n) as OpNode) ?? storageOf(n)
  const lives = new Map<Node, { from: number; until: number }>(inputs.map((n) => [n, { from: 0, until: 0 }]))
  steps.forEach((op, at) => {
    for (const n of [op, ...op.inputs]) {
      const tensor = n && tensorOf(n as Node) // nothing is packed
      if (!tensor || !slotOf.has(tensor.id)) continue
      lives.set(tensor, { from: lives.get(tensor)?.from ?? at, until: at })
    }
  })
  return Math.max(...steps.map((_, at) => sum([...lives].map(([n, { from, until }]) => (from <= at && at <= until ? bytesOf(n) : 0)))))
}

describe('InceptionV3 at 139x139, all of it thawed, 8 pictures a step', async () => {
  const trunk = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3], weights: null })
  const x = layers.globalAveragePooling2d().apply(trunk.outputs[0]!)
  const model = new Model({ inputs: trunk.input, outputs: layers.dense({ units: 10, activation: 'softmax' }).apply(x) })
  const optimizer = adam()
  const limits = { maxTensorBytes: 128 * 2 ** 20, caps: BASE_CAPS }
  const build = (partBytes?: number) => trainingGraph(lossGraph(model, classification(10), 8, true), updatingBy(optimizer), partBytes)

  test('takes at most 1.15 times its weights, moments and what is alive at once, in bindings of 128 MiB', () => {
    const step = build()
    const kept = 3 * sum(model.weights.map((w) => 4 * sizeOf(w.shape)))
    const [planned, live] = [kept + stepBytes(step, limits), kept + liveBytes(lower(step, limits.maxTensorBytes, limits.caps))]
    console.log(`weights and moments ${MiB(kept)}; planned ${MiB(planned)}, alive at once ${MiB(live)}`)
    expect(planned / live).toBeLessThanOrEqual(1.15)
  })

  test('takes two thirds of that for its tensors where parts are computed again', () => {
    const whole = stepBytes(build(), limits)
    expect(stepBytes(stepWithin((2 / 3) * whole, limits, build), limits)).toBeLessThanOrEqual((2 / 3) * whole)
  })
})
