/** A layer that is called with `training: false` predicts while the model around it trains: said in code, read from files, written to files. */
import { describe, expect, test } from 'vitest'
import { isOp } from '../../src/graph/graph.ts'
import { dropout } from '../../src/kernels/dropout.ts'
import { layers } from '../../src/layers/index.ts'
import type { CallOptions } from '../../src/layers/layer.ts'
import type { Network } from '../../src/layers/network.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { Model } from '../../src/training/model.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import '../support/all_classes.ts'
import { classification } from '../support/objective.ts'

/** A trunk with a dropout, called in a model that has one of its own. */
function model(call?: CallOptions): Model {
  const x = layers.input({ shape: [4] })
  const trunk = new Model({ inputs: x, outputs: layers.dropout({ rate: 0.5, name: 'inner' }).apply(x), name: 'trunk' })
  const input = layers.input({ shape: [4] })
  const outer = layers.dropout({ rate: 0.25, name: 'outer' }).apply(trunk.apply(input, call))
  return new Model({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(outer) })
}

function rates(network: Network): number[] {
  return lossGraph(network, classification(2), 3, true).nodes.flatMap((n) => (isOp(n, dropout) ? [n.attrs.rate] : []))
}

/** A Functional model as Keras 2 writes it: of one layer, with arguments of its call. */
const keras2 = (args: object) => ({
  class_name: 'Functional',
  config: {
    name: 'model',
    layers: [
      { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 4] } },
      { class_name: 'Dropout', name: 'drop', config: { name: 'drop', rate: 0.5 }, inbound_nodes: [[['x', 0, 0, args]]] },
      { class_name: 'Dense', name: 'd', config: { name: 'd', units: 2, activation: 'softmax' }, inbound_nodes: [[['drop', 0, 0, {}]]] },
    ],
    input_layers: [['x', 0, 0]],
    output_layers: [['d', 0, 0]],
  },
})

describe('training: false', () => {
  test('holds for all that a network is made of, and for that call alone', () => {
    expect(rates(model())).toEqual([0.5, 0.25])
    expect(rates(model({}))).toEqual([0.5, 0.25])
    expect(rates(model({ training: false }))).toEqual([0.25])
  })

  test('is kept in files of Keras 3', () => {
    const saved = model({ training: false }).serialize()
    expect(JSON.stringify(saved)).toContain('"kwargs":{"training":false}')
    expect(rates(modelFromConfig(saved, 3))).toEqual([0.25])
    expect(rates(modelFromConfig(model().serialize(), 3))).toEqual([0.5, 0.25])
  })

  test('is read from files of Keras 2', () => {
    expect(rates(modelFromConfig(keras2({ training: false }), 2))).toEqual([])
    expect(rates(modelFromConfig(keras2({}), 2))).toEqual([0.5])
  })

  test.each([
    [{ training: true }, 'training: true'],
    [{ training: null }, 'training: null'],
    [false, 'false'],
  ])('%j is refused', (call, got) => {
    const x = layers.input({ shape: [4] })
    expect(() => layers.dropout({ rate: 0.5, name: 'drop' }).apply(x, call as CallOptions)).toThrow(
      `[drop] a layer must be called with { training: false }, or nothing, got ${got}`,
    )
  })
})
