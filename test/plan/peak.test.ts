/** How much memory networks need, found without a GPU. */
import { expect, test } from 'vitest'
import type { Graph } from '../../src/graph/graph.ts'
import { layers } from '../../src/layers/index.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { layOut } from '../../src/plan/layout.ts'
import { lossGraph, predictGraph, trainingGraph } from '../../src/training/graphs.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers.ts'
import { classification } from '../support/objective.ts'

const BATCH = 32
const MiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`
const sum = (bytes: readonly number[]) => bytes.reduce((a, b) => a + b, 0)

/** Bytes of the slots for several plans, laid out one after the other. */
function arenaOf(graphs: readonly Graph[]): number {
  let slots: readonly number[] = []
  for (const g of graphs) {
    const { slotBytes } = layOut(g, slots)
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
  const train = trainingGraph(lossGraph(model, classification(10), BATCH, true), optimizer, (w) => optimizer.state(w))
  const larger = Math.max(arenaOf([predict]), arenaOf([train]))
  for (const [order, graphs] of Object.entries({ 'prediction first': [predict, train], 'training first': [train, predict] })) {
    const together = arenaOf(graphs)
    console.log(`${order}: ${MiB(arenaOf([graphs[0]!]))} and ${MiB(arenaOf([graphs[1]!]))}, together ${MiB(together)}`)
    expect(together / larger).toBeLessThanOrEqual(1.1)
  }
})
