import { expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { layerNorm, type LayerNormAttrs } from '../../src/kernels/layer_norm/layer_norm.ts'
import type { Shape } from '../../src/shape.ts'
import { layerNormalisedReference, layerNormReference } from '../reference/layer_norm.ts'
import { testGradient } from '../support/gradient.ts'
import { opNames } from '../support/graphs.ts'
import { layerNormCases, smallLayerNormCases } from '../support/layer_norm.ts'
import { testOp } from '../support/op-cases.ts'

testOp(
  layerNorm,
  layerNormCases.map(({ name, attrs, x, gamma, beta, moments }, i) => ({
    name,
    inputs: [x, i % 4 === 1 ? undefined : gamma, i % 5 === 1 ? undefined : beta, moments],
    attrs,
  })),
  layerNormReference,
)

testGradient(layerNorm, smallLayerNormCases, layerNormalisedReference, { constant: ['moments'] })

test('only what is needed is computed', () => {
  const g = new Graph()
  const x = g.input('x', [2, 8])
  const gamma = g.input('gamma', [8])
  const moments = g.input('moments', [2, 2])
  const y = g.add(layerNorm, [x, gamma, undefined, moments], { axes: [1], kind: 'standard', epsilon: 1e-3 })
  const dx = gradients(g, y, g.input('dy', [2, 8]), [x]).get(x)!
  g.outputs.set('dx', dx)
  expect(opNames(g)).toEqual(['layerNormSums', 'layerNormGradX'])
})

test('refuses what does not fit', () => {
  const attrs = (over: object) => ({ kind: 'standard', epsilon: 1e-3, ...over }) as LayerNormAttrs
  const shape =
    (x: Shape, over: object, gamma?: Shape, moments: Shape = [2, 2]) =>
    () =>
      layerNorm.shape([x, gamma, undefined, moments], attrs(over))
  expect(shape([2, 3], { groups: 2 })).toThrow('[layerNorm] groups must divide the last axis of x, got 2 groups and x [2,3]')
  const axes = '[layerNorm] axes must be ascending, of x, not the first, and in two runs at most'
  for (const some of [[], [0], [2], [1.5]]) expect(shape([2, 3], { axes: some })).toThrow(`${axes}, got axes [${some.join()}] and x [2,3]`)
  expect(shape([2, 3, 4], { axes: [2, 1] })).toThrow(`${axes}, got axes [2,1] and x [2,3,4]`)
  expect(shape([2, 3, 4, 5, 6, 7], { axes: [1, 3, 5] })).toThrow(`${axes}, got axes [1,3,5]`)
  expect(shape([2, 3], { axes: [1] }, [2])).toThrow('[layerNorm] gamma must be [3], got [2]')
  expect(shape([2, 3], { axes: [1] }, [3], [2, 3])).toThrow('[layerNorm] moments must be [2,2], got [2,3]')
  expect(shape([2, 3], { axes: [1], epsilon: 0 })).toThrow('[layerNorm] epsilon must be greater than 0, got 0')
})
