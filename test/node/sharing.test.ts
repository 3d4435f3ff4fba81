/** Light kernels have one text for all shapes and options, so that the layers of a network share a pipeline. Needs no GPU. */
import { describe, expect, test } from 'vitest'
import { BASE_CAPS, type Caps } from '../../src/caps.ts'
import * as kernels from '../../src/kernels/index.ts'
import { variantOf, type Op } from '../../src/kernels/kernel.ts'
import { googlenet } from '../../src/models/googlenet.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { predictGraph } from '../../src/training/predict_graph.ts'
import { shadersOf } from '../../tools/shaders.ts'
import { fixed, uses, type Use } from './kernel_uses.ts'

const software: Caps = { ...BASE_CAPS, software: true }

/** The texts of both uses, each once. */
function texts(name: string, both: readonly Use[], caps: Caps): Set<string> {
  const op = kernels[name as keyof typeof kernels] as unknown as Op
  return new Set(
    both.map(([inputs, attrs]) => {
      const all = op.inputs.map((_, i) => inputs[i])
      const io = { inputs: all, attrs, output: op.shape(all, attrs) }
      return variantOf(op, io, caps).kernel(io, caps).wgsl
    }),
  )
}

test.each(Object.entries({ ...uses, ...fixed }))('%s has one text on a GPU', (name, both) => {
  expect(texts(name, both, BASE_CAPS).size).toBe(1)
})

test.each(Object.entries(uses))('%s has one text on a software adapter', (name, both) => {
  expect(texts(name, both, software).size).toBe(1)
})

test.each(Object.entries(fixed))('%s has a text for each use on a software adapter', (name, both) => {
  expect(texts(name, both, software).size).toBe(2)
})

describe.each([
  ['inceptionV3', inceptionV3, ['maxPool', 'avgPool', 'globalAvgPool', 'softmax']],
  ['googlenet', googlenet, ['maxPool', 'globalAvgPool', 'lrn', 'softmax']],
] as const)('%s', (_, build, light) => {
  test.each([
    ['GPU', BASE_CAPS],
    ['software adapter', software],
  ])('uses each light kernel with one text on a %s', async (_, caps) => {
    const shaders = shadersOf(predictGraph(await build(), 1), { caps, maxTensorBytes: Infinity })
    const counts = light.map((name) => [name, new Set(shaders.filter((s) => s.op === name).map((s) => s.wgsl)).size])
    expect(counts).toEqual(light.map((name) => [name, 1]))
  })
})
