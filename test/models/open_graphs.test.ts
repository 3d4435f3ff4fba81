/**
 * Every layer and model that real Keras has given numbers for (layers.test.ts, load_model.test.ts), with the sizes of its input left open: at the size of
 * the samples it is the graph of the same model of known size, op by op. No GPU.
 */
import { describe, expect, test } from 'vitest'
import type { KerasVersion } from '../../src/layers/config.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { Network } from '../../src/layers/network.ts'
import type { Structure } from '../../src/structure.ts'
import { predictGraph } from '../../src/training/predict_graph.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import operations from '../golden/models/operations.json' with { type: 'json' }
import layerCases from '../golden/models/layers.json' with { type: 'json' }
import '../support/all_classes.ts'

type Shapes = readonly (readonly number[])[]

interface Case {
  readonly name: string
  readonly config: unknown
  readonly keras: KerasVersion
}

const cases: readonly Case[] = [
  ...layerCases.map(({ name, config }) => ({ name, config, keras: 3 as const })),
  ...(dialects as readonly { name: string; configs: Readonly<Record<string, { config: unknown }>> }[]).flatMap(({ name, configs }) =>
    Object.entries(configs).map(([version, { config }]) => ({
      name: `${name}, Keras ${version}`,
      config,
      keras: Number(version[0]) as KerasVersion,
    })),
  ),
  ...Object.entries(operations as Readonly<Record<string, readonly { name: string; config: unknown }[]>>).flatMap(([version, list]) =>
    list.map(({ name, config }) => ({ name: `${name}, ${version}`, config, keras: Number(/\d/.exec(version)![0]) as KerasVersion })),
  ),
]

/** What a graph computes, without the identity of its parameters. */
const described = ({ nodes, outputs }: Graph) => [
  nodes.map((n) => [
    n.kind,
    n.name,
    n.shape,
    n.inputs.map((i) => i?.id),
    n.kind === 'op' ? [n.op.name, n.attrs] : n.kind === 'parameter' ? [n.parameter.path, n.parameter.shape] : [],
  ]),
  [...outputs].map(([name, n]) => [name, n.id]),
]

const opened = ({ inputs, inputNames }: Network) => {
  const shapes = inputs.map(({ shape }) => (shape.length > 2 ? [...shape.slice(1, -1).map(() => null), shape.at(-1)!] : shape.slice(1)))
  return inputs.length === 1 ? shapes[0]! : Object.fromEntries(inputNames.map((n, i) => [n, shapes[i]!]))
}

const read = ({ config, keras }: Case, inputShape?: ReturnType<typeof opened>) =>
  modelFromConfig<Structure<SymbolicTensor>>(config, keras, inputShape ? { inputShape } : {})

/** What cannot be of an open size, by what is said then. */
const KNOWN = new RegExp(
  [
    'the last size of the input must be known',
    'the size of axis 1 of the input must be known',
    'axes of an open size must be shared',
    'of the tensors must be of the same known size',
    'attention takes query, value and key, or fewer, of rank 3 or more and known sizes',
    'axes must be the last, of known sizes', // of a scale
    'sizes that (are normalised over|have statistics of their own) must be known',
    // Operations with numbers that are for one size.
    'concatenate takes tensors that differ in axis', // along an open one
    'a shape must have the samples first and',
    'size must be a multiple of that of x',
    'a and b must have axes that are equal or 1',
  ].join('|'),
)

const tried = cases.map((c) => {
  const fixed = read(c)
  const shapes: Shapes = fixed.inputs.map(({ shape }) => [2, ...(shape.slice(1) as number[])])
  try {
    return { ...c, fixed, shapes, open: read(c, opened(fixed)), message: '' }
  } catch (error) {
    return { ...c, fixed, shapes, open: undefined, message: (error as Error).message }
  }
})

describe('at the size of the samples', () => {
  test.each(tried.filter((c) => c.open))('$name', ({ fixed, open, shapes }) => {
    const at = open!.at(shapes)
    expect(at.outputs.map((t) => t.shape)).toEqual(fixed.outputs.map((t) => t.shape))
    expect([at.outputNames, at.inputNames]).toEqual([open!.outputNames, open!.inputNames])
    expect(at.weights.map((w) => w.path)).toEqual(fixed.weights.map((w) => w.path))
    expect(described(predictGraph(at, 2))).toEqual(described(predictGraph(fixed, 2)))
    expect(open!.at(shapes)).toBe(at)
  })
})

test('what needs a known size says so; all else may be open', () => {
  const others = tried.filter((c) => !c.open && !KNOWN.test(c.message))
  expect(others.map(({ name, message }) => [name, message])).toEqual([])
  const count = tried.filter((c) => c.open && c.fixed.inputs.some((t) => t.shape.length > 2)).length
  expect(count).toBeGreaterThan(100)
})
