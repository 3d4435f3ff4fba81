/** Layers that are made of others: what they say of what cannot be, and that they freeze, begin anew and are read from older files with their parts. */
import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { trainingOps } from '../../src/kernels/training.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { weightedLayers } from '../../src/layers/weighted_layers.ts'
import { matchWeights } from '../../src/loaders/keras/match.ts'
import type { FileLayer } from '../../src/loaders/keras/weights_file.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import cases from '../golden/models/layers.json' with { type: 'json' }
import '../support/all_classes.ts'
import { Model } from '../../src/training/model.ts'

const sequence = () => layers.input({ shape: [5, 4] })
const made = (className: string, config: object) => layerFromConfig(new LayerConfig(className, { name: 'own', ...config }, 3))

test('freezes with its parts', () => {
  const x = sequence()
  const attention = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, name: 'mha' })
  const model = new Model({ inputs: x, outputs: attention.apply(x) })
  expect(model.paramCounts().trainable).toBe(3 * (4 * 6 + 6) + 6 * 4 + 4)
  attention.trainable = false
  expect([model.paramCounts().trainable, attention.changing]).toEqual([0, []])
  const steps = layers.timeDistributed({ layer: layers.batchNormalization(), trainable: false })
  steps.apply(x)
  expect(steps.changing).toEqual([])
  steps.trainable = true
  expect(steps.changing.map((w) => w.name)).toEqual(['gamma', 'beta', 'moving_mean', 'moving_variance'])
})

test('a normalisation of each step is frozen to be trained with, since Keras takes another batch for each', () => {
  const x = sequence()
  const steps = layers.timeDistributed({ layer: layers.batchNormalization(), name: 'td' })
  const model = new Model({ inputs: x, outputs: steps.apply(x) })
  const emit = () => {
    const graph = new Graph()
    return model.emitAll({ graph, training: trainingOps, augment: false, seed: () => graph.input('seed', [2], 'u32') }, [
      graph.input('x', [2, 5, 4]),
    ])
  }
  expect(emit).toThrow('[td] a batchNormalization in timeDistributed must be frozen to be trained with')
  steps.trainable = false
  expect(emit()[0]!.shape).toEqual([2, 5, 4])
})

test('begins anew with its parts', async () => {
  const x = sequence()
  const attention = layers.multiHeadAttention({ numHeads: 1, keyDim: 2 })
  attention.apply(x)
  const before = await attention.getWeights()
  attention.reinitialize(7)
  const after = await attention.getWeights()
  expect(after.map((w, i) => w.data.join() === before[i]!.data.join())).toEqual([false, true, false, true, false, true, false, true])
})

test('what wraps one layer finds its weights under its own name, as older versions of Keras have them', () => {
  const x = sequence()
  const model = new Model({
    inputs: x,
    outputs: layers.timeDistributed({ layer: layers.dense({ units: 2, name: 'dense' }), name: 'td' }).apply(x),
  })
  const [{ layer, path, wrapper }] = weightedLayers(model) as [ReturnType<typeof weightedLayers>[0]]
  const weights = layer.weights.map(({ name, shape }) => ({
    name,
    source: { path: `/td/${name}`, shape, type: {}, read: () => Promise.reject(new Error()) },
  }))
  const file = {
    variant: 'of a test',
    fileName: 'f',
    era: 2,
    named: true,
    layers: [{ name: 'td', weights } as unknown as FileLayer],
  } as const
  const target = { layer: layer.name, path, className: 'Dense', parameters: layer.weights }
  expect(matchWeights(file, [{ ...target, wrapper: wrapper! }]).report.loaded.map((l) => l.path)).toEqual(['/td/kernel', '/td/bias'])
  expect(() => matchWeights(file, [target])).toThrow('must be in the file')
})

test.each<[string, () => unknown, string]>([
  [
    'an attention with an activity regularizer',
    () => layers.multiHeadAttention({ numHeads: 1, keyDim: 2, activityRegularizer: 'l2', name: 'mha' }),
    '[mha] an attention must have no activityRegularizer',
  ],
  [
    'no heads',
    () => layers.multiHeadAttention({ numHeads: 0, keyDim: 2, name: 'mha' }),
    '[mha] numHeads must be a positive whole number, got 0',
  ],
  [
    'attention without a sequence',
    () => layers.multiHeadAttention({ numHeads: 1, keyDim: 2, name: 'mha' }).apply(layers.input({ shape: [4] })),
    '[mha] attention takes query, value and key',
  ],
  ['a gate', () => made('MultiHeadAttention', { num_heads: 1, key_dim: 2, use_gate: true }), 'use_gate must be false, got true'],
  ['a window', () => made('MultiHeadAttention', { num_heads: 1, key_dim: 2, sliding_window: 3 }), 'sliding_window must be null, got 3'],
  [
    'some axes alone',
    () => made('MultiHeadAttention', { num_heads: 1, key_dim: 2, attention_axes: [1] })!.apply(layers.input({ shape: [3, 3, 2] })),
    'attention_axes must be all between batch and features',
  ],
  [
    'keys of another length',
    () =>
      layers.multiHeadAttention({ numHeads: 1, keyDim: 2, name: 'mha' }).apply([sequence(), sequence(), layers.input({ shape: [3, 4] })]),
    '[mha] value and key must be as long as each other',
  ],
  [
    'no equation',
    () => layers.einsumDense({ equation: 'abc', outputShape: 3, name: 'e' }),
    '[e] equation must be as abc,cd->abd, got "abc"',
  ],
  [
    'an equation that keeps what is summed',
    () => layers.einsumDense({ equation: 'abc,cd->abc', outputShape: [null, 4], name: 'e' }).apply(sequence()),
    '[e] equation must sum over all axes',
  ],
  [
    'a bias along an axis that is not there',
    () => layers.einsumDense({ equation: 'abc,cd->abd', outputShape: [null, 4], biasAxes: 'x', name: 'e' }).apply(sequence()),
    '[e] biasAxes must be axes of the output of known size, got x',
  ],
  [
    'attention to nothing',
    () => layers.attention({ name: 'a' }).apply(sequence()),
    '[a] attention takes a query [N,T,C], a value [N,S,D] and a key [N,S,C], which is the value where there is none, of known sizes, got [null,',
  ],
  [
    'attention to what has other features',
    () => layers.additiveAttention({ name: 'a' }).apply([sequence(), layers.input({ shape: [3, 7] })]),
    '[a] attention takes a query [N,T,C]',
  ],
  ['attention by another score', () => made('Attention', { score_mode: 'cosine' }), 'scoreMode must be dot or concat, got cosine'],
  ['attention that drops all', () => layers.attention({ dropout: 1, name: 'a' }), '[a/dropout] rate must be in [0, 1), got 1'],
  [
    'no size for a new axis',
    () => layers.einsumDense({ equation: 'abc,cd->abd', outputShape: [null, null], name: 'e' }).apply(sequence()),
    '[e] outputShape must say the size of axis d',
  ],
  [
    'steps of what has none',
    () => layers.timeDistributed({ layer: layers.dense({ units: 2 }), name: 'td' }).apply(layers.input({ shape: [4] })),
    '[td] timeDistributed takes rank 3 or more',
  ],
  [
    'steps of nothing',
    () => layers.timeDistributed({ layer: 'dense' as never, name: 'td' }),
    '[td] layer must be a layer or a model, got string',
  ],
  [
    'steps of what is not known',
    () => made('TimeDistributed', { layer: { class_name: 'LSTM', config: { name: 'lstm' } } }),
    'layer must be a layer or a model that is known, got "LSTM"',
  ],
])('refuses %s', (_, what, message) => {
  expect(what).toThrow(message)
})

test.each([
  [
    'attention_mask',
    '"use_causal_mask":true',
    '"attention_mask":[1]',
    'a layer must be called without arguments besides its inputs, got {"attention_mask":[1]}',
  ],
  [
    'return_attention_scores',
    '"use_causal_mask":true',
    '"return_attention_scores":true',
    'an attention must be called for its output alone',
  ],
])('refuses a call with %s', (_, from, to, message) => {
  const text = JSON.stringify(cases.find((c) => c.name === 'MultiHeadAttention')!.config)
  expect(text).toContain(from)
  expect(() => modelFromConfig(JSON.parse(text.replace(from, to)), 3)).toThrow(message)
})
