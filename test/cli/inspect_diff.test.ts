/** `thaw inspect --size`, `--diff`, and what it says to type next. */
import { copyFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DiffReport } from '../../src/cli/inspect_diff.ts'
import type { SizeReport } from '../../src/cli/inspect_size.ts'
import { NETWORKS } from '../../src/models/networks.ts'
import type { LayerToWrite } from '../../src/loaders/keras/writer.ts'
import { layersOf, sparseFile, theanoFile, weightFile, wholeModel } from '../support/model_files.ts'
import { fixture, thaw, useFolder } from './run.ts'

const made = useFolder()

async function json<T>(...argv: string[]): Promise<T> {
  const { code, out, err } = await thaw(['inspect', ...argv, '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as T
}

/** A layer of one weight. */
const layer = (name: string, values: readonly number[], shape = [values.length]): LayerToWrite => ({
  name,
  weights: [{ name: 'kernel', shape, data: () => Float32Array.from(values) }],
})

describe('--size', () => {
  test('what it prints', async () => {
    const { code, out, err } = await thaw(['inspect', '--size', fixture('keras2_weights.h5')])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(`keras2_weights.h5: 20,544 bytes

Layer        Parameters  Bytes  Share
--------------------------------------
predictions  725         2,900  85.4 %
conv1        112         448    13.2 %
bn1          12          48     1.4 %

Parameters: 849 in 3 layers, 3,396 bytes
`)
  })

  test.each([
    ['keras2_float16.h5', 2],
    ['keras3.keras', 4],
    ['keras3_sharded.weights.json', 4],
  ])('bytes are those of the file (%s)', async (name, each) => {
    const { weights, layers } = await json<SizeReport>(fixture(name), '--size')
    expect(weights).toEqual({ parameters: 849, bytes: each * 849 })
    expect(layers.map((l) => l.parameters)).toEqual([725, 112, 12])
  })

  test('a file without weights', async () => {
    const file = await wholeModel(made('flat.h5'), [
      { class_name: 'Flatten', config: { name: 'flat', batch_input_shape: [null, 2, 2, 1] } },
    ])
    expect(await json<SizeReport>(file, '--size')).toMatchObject({ weights: { parameters: 0, bytes: 0 }, layers: [] })
    expect((await thaw(['inspect', file, '--size'])).out).toContain('Parameters: 0 in 0 layers, 0 bytes')
  })
})

describe('--diff', () => {
  test('a file and itself, and the same model in another format', async () => {
    const { out } = await thaw(['inspect', '--diff', fixture('keras3.keras'), fixture('keras3.keras')])
    expect(out).toBe('A: keras3.keras\nB: keras3.keras\n\nEqual: the same config, and 7 weights with the same values\n')
    const other = await json<DiffReport>('--diff', fixture('keras3.keras'), fixture('keras3_model.h5'))
    expect(other).toMatchObject({ a: 'keras3.keras', b: 'keras3_model.h5', layersBy: 'name', compared: 7, weights: [] })
    const weights = await json<DiffReport>('--diff', fixture('keras2_weights.h5'), fixture('keras2_gzip.h5'))
    expect(weights).toMatchObject({ equal: true, config: null, compared: 7, weights: [] })
  })

  test('weights: those that differ, by how much and where; shapes; what only one has; NaN', async () => {
    const a = await weightFile(made('a.h5'), [
      layer('same', [1, 2, NaN]),
      layer('moved', [1, 2, 3, 4]),
      layer('nan', [1, 2]),
      layer('shape', [1, 2, 3, 4], [2, 2]),
      layer('mine', [1]),
      layer('zero', [0]),
    ])
    const b = await weightFile(made('b.h5'), [
      layer('theirs', [1]),
      layer('zero', [-0]),
      layer('shape', [1, 2, 3, 4]),
      layer('nan', [1, NaN]),
      layer('moved', [1.25, 2, 2, 4]),
      layer('same', [1, 2, NaN]),
    ])
    const report = await json<DiffReport>('--diff', a, b)
    expect(report).toEqual({
      a: 'a.h5',
      b: 'b.h5',
      equal: false,
      layersBy: 'name',
      config: null,
      compared: 5,
      weights: [
        { weight: 'moved/kernel', a: [4], b: [4], different: 2, largest: 1, at: 2 },
        { weight: 'nan/kernel', a: [2], b: [2], different: 1, largest: null, at: 1 },
        { weight: 'shape/kernel', a: [2, 2], b: [4] },
        { weight: 'mine/kernel', a: [1], b: null },
        { weight: 'theirs/kernel', a: null, b: [1] },
      ],
    })
    const { out } = await thaw(['inspect', '--diff', a, b])
    expect(out).toContain('Config:  not compared, since not both files hold one\nWeights: 5 of 7 differ\n')
    expect(out).toMatch(/\nmoved\/kernel +\[4\] +\[4\] +2 of 4 +1\.000 at 2\n/)
    expect(out).toMatch(/\nnan\/kernel +\[2\] +\[2\] +1 of 2 +no number at 1\n/)
    expect(out).toMatch(/\nshape\/kernel +\[2,2\] +\[4\]\n/)
    expect(out).toMatch(/\ntheirs\/kernel +none +\[1\]\n/)
  })

  test('values far into a large weight', async () => {
    const values = (change: number) => Array.from({ length: 2_100_000 }, (_, i) => (i === 2_099_999 ? change : 0))
    const [a, b] = [await weightFile(made('la.h5'), [layer('l', values(0))]), await weightFile(made('lb.h5'), [layer('l', values(3))])]
    expect((await json<DiffReport>('--diff', a, b)).weights).toEqual([
      { weight: 'l/kernel', a: [2_100_000], b: [2_100_000], different: 1, largest: 3, at: 2_099_999 },
    ])
  })

  test('layers whose numbers are others are put together by their order', async () => {
    const a = await weightFile(made('one.h5'), [layer('conv2d', [1, 2]), layer('dense', [3])])
    const b = await weightFile(made('two.h5'), [layer('conv2d_7', [1, 2]), layer('dense_3', [5])])
    expect(await json<DiffReport>('--diff', a, b)).toMatchObject({
      layersBy: 'order',
      compared: 2,
      weights: [{ weight: '1/kernel', different: 1, largest: 2, at: 0 }],
    })
    expect((await thaw(['inspect', '--diff', a, b])).out).toContain('Layers:  put together by their order, since no name is in both')
  })

  test('configs: by the names of layers', async () => {
    const relu = (name: string, max: number) => ({ class_name: 'ReLU', config: { name, max_value: max, batch_input_shape: [null, 4] } })
    const a = await wholeModel(made('ca.h5'), [relu('one', 6), relu('two', 6)])
    const b = await wholeModel(made('cb.h5'), [relu('new', 1), relu('one', 6), relu('two', 5)])
    const { config, equal } = await json<DiffReport>('--diff', a, b)
    expect(equal).toBe(false)
    expect(config).toEqual([
      { path: 'config/layers/two/config/max_value', a: 6, b: 5 },
      { path: 'config/layers/new/class_name', b: 'ReLU' },
      { path: 'config/layers/new/config/name', b: 'new' },
      { path: 'config/layers/new/config/max_value', b: 1 },
      { path: 'config/layers/new/config/batch_input_shape/0', b: null },
      { path: 'config/layers/new/config/batch_input_shape/1', b: 4 },
    ])
    const { out } = await thaw(['inspect', '--diff', a, b])
    expect(out).toContain('Config:  6 differences\n  config/layers/two/config/max_value: 6 in A, 5 in B\n')
    expect(out).toContain('config/layers/new/config/max_value: nothing in A, 1 in B\n')
  })

  test.each([
    [['--diff', 'a.h5'], 'thaw inspect --diff must be given two FILEs, got a.h5'],
    [['--diff'], 'thaw inspect --diff must be given two FILEs, got none'],
    [['--diff', 'a', 'b', 'c'], 'thaw inspect --diff must be given two FILEs, got a b c'],
    [['--diff', '--size', 'a', 'b'], '--size must not go with --diff, got both'],
    [['a', 'b'], 'thaw inspect must be given one FILE, got a b'],
  ])('%j cannot be understood', async (argv, message) => {
    const { code, err } = await thaw(['inspect', ...argv])
    expect({ code, err }).toEqual({ code: 2, err: `${message}\nthaw inspect --help says what can be said.\n` })
  })
})

describe('what to type next', () => {
  const next = async (file: string) => /\nNext: +(.*)\n$/.exec((await thaw(['inspect', file])).out)?.[1]

  const nextLines = async (file: string) => {
    const { out } = await thaw(['inspect', file])
    const lines = out.slice(out.indexOf('Next:') + 'Next:'.length).trimEnd()
    return lines.split('\n').map((line) => line.trim())
  }

  test('a whole model, whatever its name', async () => {
    expect(await next(fixture('keras3.keras'))).toBe(`thaw predict PICTURE --model ${fixture('keras3.keras')}`)
    copyFileSync(fixture('keras3.keras'), made("it's a model.keras"))
    const quoted = made("it's a model.keras").replace("'", "'\\''")
    expect(await next(made("it's a model.keras"))).toBe(`thaw predict PICTURE --model '${quoted}'`)
  })

  test('weights of a network, with top, without, and of an old Keras', async () => {
    const file = await sparseFile(made('vgg.h5'), layersOf(await NETWORKS.vgg16.build({})))
    expect(await next(file)).toBe(`thaw predict PICTURE --model vgg16 --weights ${file}`)
    const trunk = await sparseFile(made('trunk.h5'), layersOf(await NETWORKS.resnet50_legacy.build({ includeTop: false })))
    expect(await next(trunk)).toBe(`resnet50Legacy({ includeTop: false, weights: ${JSON.stringify(trunk)} })`)
    const old = await theanoFile(made('theano.h5'), await NETWORKS.vgg16.build({}))
    expect(await next(old)).toBe(`thaw predict PICTURE --model vgg16 --weights ${old} --kernels theano|tensorflow`)
  })

  test('classes that are not known: what each is, by the keys of its config', async () => {
    const magic = { class_name: 'Magic', config: { name: 'magic', batch_input_shape: [null, 8, 8, 3], power: 2, spell: 'abc', 'a\nb': 1 } }
    const other = { class_name: 'my pack>2Fold', config: { name: 'fold' } }
    const file = await wholeModel(made('magic.h5'), [magic, other, magic])
    const name = JSON.stringify(file)
    expect(await nextLines(file)).toEqual([
      `loadModel(${name}, { customObjects: { "Magic": magic, "my pack>2Fold": layer2Fold } }), where (docs/custom-layers.md)`,
      'const magic = defineLayer({ name: "Magic", call: ({ ops, weights, config: { power, spell } }, x) => ... })',
      'const layer2Fold = defineLayer({ name: "my pack>2Fold", call: ({ ops, weights }, x) => ... })',
    ])
  })

  test('layers that are not run here, and a class that is a model: what to save instead', async () => {
    const lstm = { class_name: 'LSTM', config: { name: 'lstm', batch_input_shape: [null, 8, 3], units: 2 } }
    const save = [
      'in Keras, save what comes before the layers of recurrent networks:',
      'keras.Model(model.inputs, model.get_layer("lstm").input).save("part.keras")',
    ]
    expect(await nextLines(await wholeModel(made('lstm.h5'), [lstm]))).toEqual(save)
    const magic = { class_name: 'Magic', config: { name: 'magic', batch_input_shape: [null, 8, 3], power: 2 } }
    expect(await nextLines(await wholeModel(made('both.h5'), [magic, lstm]))).toEqual([
      ...save,
      'and say what is left of classes that are not known:',
      'loadModel("part.keras", { customObjects: { "Magic": magic } }), where (docs/custom-layers.md)',
      'const magic = defineLayer({ name: "Magic", call: ({ ops, weights, config: { power } }, x) => ... })',
    ])
    const file = await wholeModel(made('vae.h5'), [], 'VAE')
    expect(await next(file)).toBe(
      `in Keras, save the models that it is made of, or build the network and call loadWeights(${JSON.stringify(file)})`,
    )
  })

  test('a config that cannot be built', async () => {
    const conv = { class_name: 'Conv2D', config: { name: 'conv', batch_input_shape: [null, 8, 8, 3], filters: 2, kernel_size: [9, 9] } }
    const file = await wholeModel(made('large.h5'), [conv])
    expect(await next(file)).toBe(
      `loadModel(${JSON.stringify(file)}, { replaceLayers: { ... } }), or inputShape, as the error above has it`,
    )
  })
})
