/** Deep networks: nothing on the way from layers to a graph takes stack for each layer. */
import { expect, test } from 'vitest'
import { layers, Model } from '../../src/index.ts'
import { predictGraph } from '../../src/training/predict_graph.ts'

const DEPTH = 10_000

/** Flatten and Dense, then a chain of layers without weights, and Dense again. */
function chain(depth: number): Model {
  const input = layers.input({ shape: [2, 1, 2] })
  let x = layers.dense({ units: 4, name: 'first' }).apply(layers.flatten().apply(input))
  for (let i = 0; i < depth; i++) x = layers.elu().apply(x)
  return new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'last' }).apply(x) })
}

test(`a chain of ${DEPTH} layers is walked, given weights, and made a graph`, async () => {
  const deep = chain(DEPTH)
  const { layers: made } = deep
  expect([made.length, made[0]!.className, made[1]!.className, made[2]!.name, made.at(-1)!.name]).toEqual([
    DEPTH + 4,
    'InputLayer',
    'Flatten',
    'first',
    'last',
  ])
  const { loaded } = await deep.loadWeights(await chain(1).saveWeights('h5').blob())
  expect(loaded.length).toBe(4)
  // The first goes into the Dense before it.
  expect(predictGraph(deep, 1).nodes.filter((n) => n.kind === 'op' && n.op.name === 'activation').length).toBe(DEPTH - 1)
})
