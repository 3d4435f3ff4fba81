/** A network that is thawed from a layer on. */
import { expect, test } from 'vitest'
import { inceptionV3, layers, Model } from '../../src/index.ts'

function chain(name: string): Model {
  const input = layers.input({ shape: [3] })
  const x = ['a', 'b', 'c'].reduce((y, n) => layers.dense({ units: 2, name: `${name}_${n}` }).apply(y), input)
  return new Model({ inputs: input, outputs: x, name })
}

const trained = (model: Model) => model.weights.filter((w) => w.trainable && w.name === 'kernel').map((w) => w.layer)

test('a layer and all behind it train, and nothing before it', () => {
  const model = chain('m')
  model.unfreezeFrom('m_b')
  expect(trained(model)).toEqual(['m_b', 'm_c'])
  model.unfreezeFrom('m_c')
  expect(trained(model)).toEqual(['m_c'])
  model.unfreezeFrom('m_a')
  expect(trained(model)).toEqual(['m_a', 'm_b', 'm_c'])
})

test('a layer of a network in the network', () => {
  const inner = chain('trunk')
  const input = layers.input({ shape: [3] })
  const first = layers.dense({ units: 3, name: 'first' }).apply(input)
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'last' }).apply(inner.apply(first)) })
  model.unfreezeFrom('trunk_b')
  expect(trained(model)).toEqual(['trunk_b', 'trunk_c', 'last'])
  model.unfreezeFrom('trunk')
  expect(trained(model)).toEqual(['trunk_a', 'trunk_b', 'trunk_c', 'last'])
})

test('InceptionV3 from mixed7 on: its last three blocks, statistics never', async () => {
  const model = await inceptionV3({ includeTop: false, inputShape: [75, 75, 3] })
  model.unfreezeFrom('mixed7')
  const at = model.layers.findIndex((l) => l.name === 'mixed7')
  const behind = new Set(model.layers.slice(at).flatMap((l) => l.weights))
  for (const w of model.weights) expect(w.trainable, w.path).toBe(behind.has(w) && !w.name.startsWith('moving'))
  expect(model.paramCounts().trainable).toBeGreaterThan(11_000_000)
  expect(model.paramCounts().nonTrainable).toBeGreaterThan(8_000_000)
})

test('a layer that is not there is refused, and nothing has changed', () => {
  const model = chain('m')
  model.trainable = false
  expect(() => model.unfreezeFrom('m_d')).toThrow('[m] a layer must be in the network, got m_d; there are 4 others')
  expect(trained(model)).toEqual([])
})
