/**
 * Arithmetic on the tensors of a model, as Keras 3, tf.keras 2.13, 2.15, 2.3 and 1.15 wrote it into configs, against what they computed
 * (test/golden/make_operations.py); what is refused of it; that it trains and is saved.
 */
import { describe, expect, test } from 'vitest'
import { trainingOps } from '../../src/kernels/training.ts'
import { isRecord } from '../../src/described.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { layers } from '../../src/index.ts'
import { knownOperations } from '../../src/layers/operations/table.ts'
import { knownFunctions } from '../../src/layers/operations/tensorflow.ts'
import { sparsemax } from '../../src/layers/sparsemax.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { sizeOf } from '../../src/shape.ts'
import { listOf } from '../../src/structure.ts'
import type { Tensor } from '../../src/tensor.ts'
import type { Model } from '../../src/training/model.ts'
import golden from '../golden/models/operations.json' with { type: 'json' }
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { samples } from '../support/golden.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

interface Case {
  readonly name: string
  readonly config: unknown
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[]
}

const device = useDevice()
const SHAPE = [6, 4, 3]
const dialect = (version: string) => (version.startsWith('keras 3') ? 3 : 2)
const cases = Object.entries(golden as Record<string, readonly Case[]>).flatMap(([version, list]) =>
  list.map((c) => ({ ...c, version, title: `${version}: ${c.name}` })),
)

const SIGNED = 'places of zeros, of which some are below 0'

/** Two pictures of numbers from -2 to 2. */
function pixels(): Tensor {
  const { data } = recipeImage([2 * SHAPE[0]!, ...SHAPE.slice(1)], 1 / 64)
  return { shape: [2, ...SHAPE], data: data.map((v) => v - 2) }
}

async function predict(model: Model): Promise<Tensor[]> {
  useRecipe(model)
  await model.compile({ device: device() })
  return listOf<Tensor>(await model.predict(pixels()))
}

test.each(cases)('$title', async ({ config, version, outputs }) => {
  using model = modelFromConfig(config, dialect(version))
  const ys = await predict(model)
  expect(ys.map((y) => y.shape)).toEqual(outputs.map((o) => o.shape))
  outputs.forEach(({ values }, i) => {
    const ours = samples(ys[i]!.data, values.length)
    const far = ours.flatMap((v, k) => (Math.abs(v - values[k]!) <= 1e-5 * Math.max(1, Math.abs(values[k]!)) ? [] : [[v, values[k]]]))
    expect([i, far]).toEqual([i, []])
  })
})

describe('in HDF5, where Keras 3 keeps no modules', () => {
  const withoutModules = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutModules)
    if (!isRecord(value)) return value
    const kept = Object.entries(value).filter(([key]) => !['module', 'registered_name'].includes(key) || !('inbound_nodes' in value))
    return Object.fromEntries(kept.map(([key, inner]) => [key, withoutModules(inner)]))
  }

  test.each(cases.filter(({ version }) => dialect(version) === 3))('$title is the same', ({ config }) => {
    const layersOf = (c: unknown) => JSON.stringify(modelFromConfig(c, 3).serialize())
    expect(layersOf(withoutModules(config))).toBe(layersOf(config))
  })

  const own = {
    class_name: 'Square',
    name: 'own',
    config: { name: 'own' },
    inbound_nodes: [
      {
        args: [{ class_name: '__keras_tensor__', config: { shape: [null, ...SHAPE], dtype: 'float32', keras_history: ['x', 0, 0] } }],
        kwargs: {},
      },
    ],
  }
  const configOf = (className: string) => ({
    class_name: 'Functional',
    config: {
      name: 'model',
      layers: [
        { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_shape: [null, ...SHAPE] }, inbound_nodes: [] },
        { ...own, class_name: className },
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['own', 0, 0]],
    },
  })

  test('a class of the user goes before an operation of its name', () => {
    const model = modelFromConfig(configOf('Square'), 3, { customObjects: { Square: ({ name }) => layers.relu({ name: String(name) }) } })
    expect(model.getLayer('own').className).toBe('ReLU')
    expect(modelFromConfig(configOf('Square'), 3).getLayer('own').className).toBe('Square')
  })

  test('a class that is not known is refused as one of the user', () => {
    expect(() => modelFromConfig(configOf('Squared'), 3)).toThrow(
      '[own] a layer must be one that is known (say what makes it: customObjects: { "Squared"',
    )
  })
})

describe('is saved as Keras 3 has it', () => {
  // Keras 3 has no argmax for which -0 is 0: what is saved of TensorFlow's is its own.
  const kept = cases.filter(({ name, version }) => !name.includes('TensorFlow 1') && (name !== SIGNED || dialect(version) === 3))
  test.each(kept)('$title', async ({ config, version }) => {
    using model = modelFromConfig(config, dialect(version))
    using back = modelFromConfig(JSON.parse(JSON.stringify(model.serialize())), 3)
    const [before, after] = [await predict(model), await predict(back)]
    expect(after.map((y) => y.data)).toEqual(before.map((y) => y.data))
  })
})

test.each(cases.filter(({ name }) => name.includes('TensorFlow 1')))(
  '$title is not in Keras 3, which saving says',
  ({ config, version }) => {
    const model = modelFromConfig(config, dialect(version))
    expect(() => model.serialize()).toThrow('an interpolation must be one of Keras to be saved, got bilinearLegacy')
  },
)

test('every known operation and function has a case above', () => {
  const written = (key: string, part: unknown) =>
    [...JSON.stringify(part).matchAll(new RegExp(`"${key}":"([\\w.]+)"`, 'g'))].map(([, name]) => name)
  const keras3 = written('class_name', cases.filter((c) => dialect(c.version) === 3)) // prettier-ignore
  expect(knownOperations.filter((name) => !keras3.includes(name))).toEqual([])
  // Those of TensorFlow 1 are what nodes are: a TFOpLambda cannot have them.
  const functions = written('function', golden).map((name) => name!.replace(/^compat\.v1\./, ''))
  const own = knownFunctions.filter((name) => !name.startsWith('compat.v1.'))
  expect(own.filter((name) => !functions.includes(name))).toEqual([])
})

const all = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Outputs that jump, and have no slope: what is rounded, compared, a place. */
const JUMPING: Readonly<Record<2 | 3, Readonly<Record<string, readonly number[]>>>> = {
  2: {
    'functions of anything': [2, 3, 4, 5],
    comparisons: [0, 1, 2, 3],
    'true and false': all(7),
    chosen: [3],
    places: all(3),
    'in order': [1, 4],
    [SIGNED]: all(6),
    'rounded down': [0, 3, 4],
    'rounded down, of fractions': [0, 3],
    'whole numbers as they are': all(2),
    'whole numbers': all(5),
    'layers of what is true or false': all(3),
  },
  3: {
    'functions of anything': [3, 4, 5, 6],
    comparisons: [0, 1, 2, 3, 4, 5, 8],
    'true and false': all(7),
    chosen: [2],
    'of one number': [1],
    places: all(9),
    'in order': [1, 3, 6],
    [SIGNED]: all(6),
    'rounded down': [0, 3, 4, 5],
    copied: [1],
    'whole numbers': all(8),
    'layers of what is true or false': all(3),
  },
}

test.each(cases)('$title has a gradient, but for what jumps', ({ name, config, version }) => {
  const model = modelFromConfig(config, dialect(version))
  const graph = new Graph()
  const x = graph.input('x', [2, ...SHAPE])
  const ys = model.emitAll({ graph, training: trainingOps, augment: false, seed: () => graph.input('seed', [2], 'u32') }, [x])
  const none = ys.flatMap((y, i) => (gradients(graph, y, graph.input('dy', y.shape), [x]).has(x) ? [] : [i]))
  expect(none).toEqual(JUMPING[dialect(version)][name] ?? [])
})

test('what is true or false is cast before it is added', () => {
  const text = JSON.stringify(cases.find((c) => c.version.startsWith('keras 3') && c.name === 'true and false')!.config)
  const [logical] = /"class_name":"LogicalAnd"/.exec(text)!
  const model = modelFromConfig(JSON.parse(text.replace(logical, '"class_name":"Add"')), 3)
  const graph = new Graph()
  const emit = () =>
    model.emitAll({ graph, training: false, augment: false, seed: () => graph.input('seed', [2], 'u32') }, [
      graph.input('x', [2, ...SHAPE]),
    ])
  // True and true is true in Keras, and 2 in numbers.
  expect(emit).toThrow('Add: what is true or false must be cast to float32 first')
})

test('sparsemax of long rows needs no more than they have', () => {
  const graph = new Graph()
  sparsemax(graph, graph.input('x', [3, 1000]))
  expect(Math.max(...graph.nodes.map(({ shape }) => sizeOf(shape)))).toBe(3000)
})

describe('what cannot be is refused by name', () => {
  /** A model of one operation of one tensor of [6,4,3]. */
  const config = (layer: { readonly class_name: string }) => ({
    class_name: 'Functional',
    config: {
      name: 'model',
      layers: [
        { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, ...SHAPE] }, inbound_nodes: [] },
        { name: 'op', ...layer },
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['op', 0, 0]],
    },
  })
  const x = { class_name: '__keras_tensor__', config: { shape: [null, ...SHAPE], dtype: 'float32', keras_history: ['x', 0, 0] } }
  const operation = (name: string, options: object = {}, args: readonly unknown[] = [x], kwargs: object = {}) =>
    config({
      class_name: name,
      module: 'keras.src.ops.numpy',
      config: { name: 'op', ...options },
      inbound_nodes: [{ args, kwargs }],
    } as never)
  const older = (name: string, kwargs: object = {}) =>
    config({ class_name: 'TFOpLambda', config: { name: 'op', function: name }, inbound_nodes: [['x', 0, 0, kwargs]] } as never)
  const oldest = (op: string, attr: object = {}, constants: object = {}) =>
    config({
      class_name: 'TensorFlowOpLayer',
      config: { name: 'op', node_def: { op, attr }, constants },
      inbound_nodes: [[['x', 0, 0, {}]]],
    } as never)
  const slice = (start: number | null, stop: number | null, step: number | null) => ({
    class_name: '__slice__',
    config: { start, stop, step },
  })
  const hint = '(put a layer in its place: replaceLayers: { "op": layer })'

  test.each<[string, unknown, 2 | 3, string]>([
    ['an operation', operation('Cumsum', { axis: 1 }), 3, `Var, Where, ZerosLike ${hint}, got Cumsum`],
    ['a function', older('math.cumsum'), 2, `where, zeros_like ${hint}, got math.cumsum`],
    ['a node', oldest('Cumsum'), 2, `Unpack ${hint}, got Cumsum`],
    ['an argument', operation('Mean', { axis: 1, where: true }), 3, '[op] Mean: arguments must be x, axis, keepdims, each once, got where'],
    [
      'an argument of a function',
      older('math.reduce_mean', { over: 1 }),
      2,
      '[op] math.reduce_mean: arguments must be input_tensor, axis, keepdims, got over',
    ],
    [
      'a mean of all samples',
      operation('Mean'),
      3,
      `[op] Mean: axis must be given, since without it the samples are not kept apart ${hint}, got null`,
    ],
    [
      'a mean over the samples',
      operation('Mean', { axis: 0 }),
      3,
      '[op] Mean: an axis must be one of a sample, not the first, along which the samples are, got 0',
    ],
    [
      'samples in another order',
      operation('GetItem', {}, [x, [slice(null, null, -1)]]),
      3,
      '[op] GetItem: the samples, which are along the first axis, must be taken as they are',
    ],
    [
      'a sample',
      operation('GetItem', {}, [x, 0]),
      3,
      '[op] GetItem: the samples, which are along the first axis, must be taken as they are, got 0',
    ],
    [
      'nothing of a slice',
      operation('GetItem', {}, [x, [slice(null, null, null), slice(4, 2, null)]]),
      3,
      '[op] GetItem: a slice must leave something of 6, got {"start":4,"stop":2,"step":null}',
    ],
    [
      'samples cut up',
      operation('Reshape', { newshape: [-1, 3] }),
      3,
      '[op] Reshape: a shape must have the samples first and 72 values for each, got [-1,3]',
    ],
    [
      'samples turned round',
      operation('Transpose', { axes: [1, 0, 2, 3] }),
      3,
      '[op] Transpose: axes must be those of x, 4, the first in its place, got [1,0,2,3]',
    ],
    ['shapes that do not fit', operation('Add', {}, [x, [1, 2]]), 3, '[combine] a and b must have axes that are equal or 1'],
    [
      'a vector beside pictures',
      operation('Add', {}, [x, { class_name: '__numpy__', config: { value: [[[[1]]], [[[2]]]], dtype: 'float32' } }]),
      3,
      '[combine] a and b must have axes',
    ],
    [
      'the largest of all samples',
      operation('Argmax'),
      3,
      `[op] Argmax: axis must be given, since without it the samples are not kept apart ${hint}, got null`,
    ],
    ...['Sort', 'Argsort', 'Softmax', 'LogSoftmax', 'Sparsemax', 'Glu', 'Normalize'].map((name): [string, unknown, 3, string] => [
      `${name} of all axes as one`,
      operation(name, { axis: null }),
      3,
      `[op] ${name}: axis must be given, since without it the samples are not kept apart ${hint}, got null`,
    ]),
    ['the largest along two axes', operation('Argmax', { axis: [1, 2] }), 3, '[op] Argmax: axis must be one, got [1,2]'],
    ['more than there are', operation('TopK', { k: 4 }), 3, '[op] TopK: k must be from 1 to 3, what the last axis has, got 4'],
    [
      'places whose number depends on values',
      operation('Where'),
      3,
      '[op] Where: x1 and x2 must be given, since without them it depends on the values how many places there are, got null',
    ],
    ['whole numbers of zeros', operation('ZerosLike', { dtype: 'int32' }), 3, '[op] ZerosLike: dtype must be "float32"'],
    ['classes in another axis', operation('OneHot', { num_classes: 3, axis: 1 }), 3, '[op] OneHot: axis must be -1 or 4, got 1'],
    ['a descending order', older('sort', { direction: 'DESCENDING' }), 2, '[op] sort: direction must be ascending, got "descending"'],
    ['whole numbers', operation('Cast', { dtype: 'int32' }), 3, '[op] Cast: dtype must be "float32" or "float16"'],
    ['resizing that reflects', operation('Resize', { size: [3, 3], fill_mode: 'reflect' }), 3, '[op] Resize: fill_mode must be "constant"'],
    [
      'resizing that cuts and fills up',
      operation('Resize', { size: [3, 3], crop_to_aspect_ratio: true, pad_to_aspect_ratio: true }),
      3,
      '[op] only one of cropToAspectRatio and padToAspectRatio may be true, got both',
    ],
    ['a constant that is not finite', operation('Add', {}, [x, [1e39, 1, 1]]), 3, '[op] constants must be finite in f32, got 1e+39'],
  ])('%s', (_, model, keras, message) => {
    expect(() => modelFromConfig(model, keras)).toThrow(message)
  })
})
