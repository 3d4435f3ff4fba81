/**
 * The README's table of what is supported, made from the cases that the tests run. THAW_UPDATE=1 writes it; otherwise a table that is not up
 * to date fails.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { trainingOps } from '../../src/kernels/training.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { knownOperations } from '../../src/layers/operations/table.ts'
import { knownFunctions } from '../../src/layers/operations/tensorflow.ts'
import { knownClasses } from '../../src/layers/registry.ts'
import { bytesSource, type ByteSource } from '../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../src/loaders/keras/keras.ts'
import { officialWeights } from '../../src/loaders/weights/manifest.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { loadModel } from '../../src/node.ts'
import type { Model } from '../../src/training/model.ts'
import families from '../golden/models/families.json' with { type: 'json' }
import layerCases from '../golden/models/layers.json' with { type: 'json' }
import { trunks, whole } from '../models/networks.ts'
import '../support/all_classes.ts'
import { variants } from '../support/variants.ts'

const golden = new URL('../golden/', import.meta.url)

function open(file: string): ByteSource {
  return bytesSource(new Uint8Array(readFileSync(new URL(file, golden))), file.split('/').at(-1))
}

describe.each(variants)('$title', ({ file, says }) => {
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  const sibling = (name: string) => Promise.resolve(open(folder + name))

  test('is known by its content, whatever its name', async () => {
    const source = { ...open(file), name: 'nameless' }
    const { variant } = await openKerasWeights(source, { sibling })
    expect(variant).toMatch(says)
  })
})

test.each(variants.filter((v) => v.model))('$title is a model that can be rebuilt', async ({ file }) => {
  expect((await loadModel(new URL(file, golden))).layers.length).toBeGreaterThan(1)
})

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((r) => row(...r))].join('\n')

function official(name: string): string {
  try {
    officialWeights(name, 'withTop')
    return "`weights: 'imagenet'`"
  } catch {
    return 'none exist, your file'
  }
}

async function networks(): Promise<string> {
  const rows = await Promise.all(
    whole.map(async ({ name, golden: { params, inputShape }, make }, i) => {
      const odd = trunks[i]!.golden.inputShape.slice(0, 2).join('x')
      return [
        name.replace(/^\w+/, '`$&`'),
        params.toLocaleString('en-US'),
        `${inputShape.slice(0, 2).join('x')}, ${odd}`,
        official((await make()).name),
      ]
    }),
  )
  return table(['network', 'parameters', 'equal to Keras in every layer at', 'weights'], rows)
}

/** Networks that are known by their configs only (test/models/applications.test.ts). */
function applications(): string {
  const cases = readdirSync(new URL('models/', golden)).flatMap((file) => [...file.matchAll(/^(\w+?)(?:_(\d+))?\.json$/g)])
  const known = ['mobilenet', 'mobilenet_v2', 'xception', 'densenet121', 'efficientnet_b0']
  const sizes = (name: string) => cases.filter((c) => c[1] === name).map((c) => (c[2] ? `${c[2]}x${c[2]}` : 'with top at its default size'))
  const list = known.map((name) => `${name} (${sizes(name).join(', ')})`)
  expect(known.filter((name) => !sizes(name).length)).toEqual([])
  const versions = Object.entries(families).map(
    ([version, all]) => `${version} (${all.map(({ name }) => name.replace(',', '')).join(', ')})`,
  )
  return [
    `By their own configs, as Keras saved them, and equal to Keras: ${list.join(', ')}.`,
    `Small networks of families of keras.applications, with every kind of block that they have, as each of these wrote them: ${versions.join('; ')}.`,
  ].join('\n')
}

function files(): string {
  const rows = variants.map(({ title, by, model, written }) => [
    title,
    model ? 'weights and model' : 'weights',
    written ? `\`${written}\`, proven in Keras` : 'no',
    { keras: 'Keras itself', tfjs: 'TensorFlow.js itself', h5py: 'a script, after the source of that version' }[by],
  ])
  return table(['file', 'read', 'written', 'test file from'], rows)
}

/** The graph of a model in training, or not, and what it gives. */
function emitted(model: Model, training: boolean): { graph: Graph; x: Node; ys: readonly Node[] } {
  const graph = new Graph()
  const x = graph.input('x', [2, ...(model.input.shape.slice(1) as number[])])
  let seed: Node | undefined
  const ys = model.emitAll(
    { graph, training: training && trainingOps, augment: training, seed: () => (seed ??= graph.input('seed', [2], 'u32')) },
    [x],
  )
  return { graph, x, ys }
}

/** Names of the layers that no gradient goes through. */
function opaqueLayers(model: Model): Set<string> {
  const { graph, x, ys } = emitted(model, true)
  return new Set(
    ys.flatMap((y) => {
      try {
        gradients(graph, y, graph.input('dy', y.shape), [x])
        return []
      } catch (error) {
        return [/^\[(.+?)\] training needs a gradient/.exec((error as Error).message)![1]!]
      }
    }),
  )
}

/** How many ops each layer class has at inference, in all cases together. */
function opsOfLayers(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { config } of layerCases) {
    const model = modelFromConfig(config, 3)
    model.serialize() // what is read here can be saved
    expect(opaqueLayers(model), 'every layer that loads also trains').toEqual(new Set())
    const ops = emitted(model, false).graph.nodes.filter((n) => n.kind === 'op')
    for (const l of model.layers) counts.set(l.className, (counts.get(l.className) ?? 0) + ops.filter((n) => n.name === l.name).length)
  }
  return counts
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

function layerLists(): string {
  const counts = opsOfLayers()
  const classes = knownClasses.filter((name) => name !== 'Merge') // Keras 1's, which becomes one of the others
  expect(classes.filter((name) => !counts.has(name))).toEqual([])
  const list = (passes: boolean) => classes.flatMap((n) => ((counts.get(n) === 0) === passes ? [`\`${n}\``] : [])).join(', ')
  const rows = [
    ['compute', list(false)],
    ['pass everything at inference', list(true)],
    ['operations of Keras 3 on tensors', code(knownOperations)],
    [
      'functions of TensorFlow (`TFOpLambda`, `SlicingOpLambda`), and the nodes of graphs that they are (`TensorFlowOpLayer`)',
      code(knownFunctions),
    ],
  ]
  return table(['layers that are read from a file, run, train and are saved', ''], rows)
}

const GAPS = `A \`Lambda\` is read where its function is arithmetic, slices, shapes, means, resizing and the like (the code that Python compiled is gone through with
symbols; nothing of it runs), and refused with its instructions otherwise. Classes of your own are read where you say what they do
([custom layers](docs/custom-layers.md)). Not read: recurrent layers, quantised weights. Not written: layers
that Keras does not have (local response normalisation, ceil-mode pools): save the weights instead.`

test('the README shows it as it is', async () => {
  const path = new URL('../../README.md', import.meta.url)
  const readme = readFileSync(path, 'utf8')
  const [begin, end] = ['<!-- support: made by test/node/support.test.ts -->\n', '<!-- end of support -->']
  expect(readme.split(begin).length).toBe(2)
  const [before, rest] = readme.split(begin) as [string, string]
  const after = rest.slice(rest.indexOf(end))
  const made = `\n${[await networks(), applications(), files(), layerLists(), GAPS].join('\n\n')}\n\n`
  if (process.env['THAW_UPDATE']) writeFileSync(path, before + begin + made + after)
  else expect(rest.slice(0, rest.indexOf(end))).toBe(made)
})
