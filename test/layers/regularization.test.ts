/** Layers that act while training only: what they draw, and that frozen ones do not. */
import { describe, expect, test } from 'vitest'
import { isOp, type Node } from '../../src/graph/graph.ts'
import { dropout, type DropoutAttrs } from '../../src/kernels/dropout.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { Network } from '../../src/layers/network.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { lossGraph, splitLoss } from '../../src/training/graphs.ts'
import { classification } from '../support/objective.ts'

const input = layers.input({ shape: [4, 4, 3] })

/** The network up to a tensor, with a classifier. */
function classifier(x: SymbolicTensor): Network {
  const pooled = layers.globalAveragePooling2d().apply(x)
  return new Network({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(pooled) })
}

function draws(nodes: readonly Node[]): DropoutAttrs[] {
  return nodes.flatMap((n) => (isOp(n, dropout) ? [n.attrs] : []))
}

describe('dropout', () => {
  test('two on one tensor, and one that is applied twice, draw masks of their own', () => {
    const [first, second] = [layers.dropout({ rate: 0.5 }), layers.dropout({ rate: 0.5 })]
    const network = () => classifier(layers.add().apply([first.apply(input), second.apply(input), second.apply(input)]))
    const salts = draws(lossGraph(network(), classification(2), 2, true).nodes).map((d) => d.salt)
    expect(new Set(salts).size).toBe(3)
    expect(
      draws(lossGraph(network(), classification(2), 2, true).nodes).map((d) => d.salt),
      'alike in every run',
    ).toEqual(salts)
  })
})

describe('frozen layers pass everything while a head is trained', () => {
  // EfficientNetV2B0 drops whole samples of a branch: its noise shape is [null,1,1,1].
  test.each([
    ['Dropout', { rate: 0.5 }],
    ['Dropout', { rate: 0.5, noise_shape: [null, 1, 1, 1] }],
    ['SpatialDropout2D', { rate: 0.5 }],
    ['GaussianNoise', { stddev: 1 }],
  ])('%s %o', (className, raw) => {
    const layer = layerFromConfig(new LayerConfig(className, { name: 'noise', ...raw }, 3))!
    const trunk = new Network({ inputs: input, outputs: layer.apply(layers.conv2d({ filters: 3, kernelSize: 1 }).apply(input)) })
    trunk.trainable = false
    const model = classifier(trunk.apply(input))
    const { trunk: features, head } = splitLoss(model, lossGraph(model, classification(2), 2, true))!
    expect(draws([...features.nodes, ...head.nodes])).toEqual([])
  })
})
