/** `thaw inspect`: what it says of files, and which network it finds in them. */
import { describe, expect, test } from 'vitest'
import { NETWORKS, type KnownName } from '../../src/models/networks.ts'
import { googlenet } from '../../src/node.ts'
import { serveFile, type ServedFile } from '../support/file_server.ts'
import { fileHead, layersOf, sparseFile, theanoFile, weightFile, wholeModel } from '../support/model_files.ts'
import { fixture, inspected, thaw, useFolder } from './run.ts'

const made = useFolder()

describe('inspect', () => {
  test('what it prints', async () => {
    const { code, out, err } = await thaw(['inspect', fixture('keras2_weights.h5')])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(`keras2_weights.h5: 20,544 bytes
Kind:    weights only, Keras 2.15.0
Keras:   2.15.0
Config:  none (weights only)
Network: none known

Layer        Weight           Shape      Type
------------------------------------------------
conv1        kernel           [3,3,3,4]  float32
             bias             [4]        float32
bn1          beta             [4]        float32
             moving_mean      [4]        float32
             moving_variance  [4]        float32
predictions  kernel           [144,5]    float32
             bias             [5]        float32

Parameters: 849 in 7 weights of 3 layers, 3,396 bytes; 2 layers without weights
Next:       loadModel(['model.json', ${JSON.stringify(fixture('keras2_weights.h5'))}]) with the model's config, or build the network and call loadWeights(${JSON.stringify(fixture('keras2_weights.h5'))})
`)
  })

  const small = { className: 'Functional', name: 'small', inputShape: [null, 8, 8, 3], layers: 5, trainable: 841, nonTrainable: 8 }
  test.each([
    ['keras0.h5', 'weights only, Keras 0, layers without names', null, null, 853],
    ['keras0_graph.h5', 'weights only, Keras 0, a list without layers (Graph model)', null, null, 853],
    ['keras1_weights.h5', 'weights only, Keras 1 (no version in the file)', null, null, 849],
    ['keras2_gzip.h5', 'weights only, Keras 2.15.0', '2.15.0', null, 849],
    ['keras3.weights.h5', 'Keras 3 weights, with layer names', null, null, 849],
    ['keras3_0.weights.h5', 'Keras 3 weights, without layer names', null, null, 849],
    ['keras3_sharded.weights.json', 'Keras 3 weights, with layer names, in 3 shards', null, null, 849],
    ['keras3_model.h5', 'whole model, Keras 3.15.1', '3.15.1', small, 849],
    ['keras3.keras', '.keras archive, Keras 3 weights, with layer names', '3.15.1', small, 849],
    ['keras3_zipped_again.keras', '.keras archive, Keras 3 weights, with layer names', '3.15.1', small, 849],
  ])('%s', async (name, variant, kerasVersion, config, total) => {
    const { parameters, ...found } = await inspected(fixture(name))
    expect(found).toMatchObject({ file: name, variant, kerasVersion, config, fits: [] })
    expect(parameters.total).toBe(total)
    const { out } = await thaw(['inspect', fixture(name)])
    expect(out).toContain(`Network: ${config ? 'its own config' : 'none known'}\n`)
  })

  test.each([
    ['keras2_float16.h5', 'float16', 2],
    ['keras3_bfloat16.weights.h5', 'bfloat16', 2],
    ['keras2_float64_big_endian.h5', 'float64, big-endian', 8],
  ])('types of %s', async (name, dtype, size) => {
    const { layers, parameters } = await inspected(fixture(name))
    expect(new Set(layers.flatMap((l) => l.weights.map((w) => w.dtype)))).toEqual(new Set([dtype]))
    expect(parameters).toEqual({ total: 849, weights: 7, layers: 3, bytes: size * 849 })
  })

  test('the size counts the shards', async () => {
    const { bytes } = await inspected(fixture('keras3_sharded.weights.json'))
    expect(bytes).toBe(411 + 20280 + 7376 + 6544)
  })

  test('a config that cannot be built says why', async () => {
    const lambda = { class_name: 'Lambda', config: { name: 'magic', batch_input_shape: [null, 8, 8, 3] } }
    const { config } = await inspected(await wholeModel(made('lambda.h5'), [lambda]))
    expect(config).toEqual({
      className: 'Sequential',
      error: expect.stringContaining('[magic (Lambda)] the function of a Lambda must be arithmetic that is known') as string,
      missing: [],
    })
    const { out } = await thaw(['inspect', made('lambda.h5')])
    expect(out).toContain('Config:  Sequential, which cannot be built: [magic (Lambda)] the function of a Lambda must be')
    expect(out).toContain('Network: none known')
  })

  test('names in a file cannot steer the terminal', async () => {
    const weights = [{ name: 'kernel', shape: [1], data: () => new Float32Array(1) }]
    const { out } = await thaw(['inspect', await weightFile(made('evil.h5'), [{ name: 'a\x1b[2J\nb', weights }])])
    expect(out).toContain('a\\x1b[2J\\x0ab')
    expect(out).not.toContain('\x1b')
  })
})

describe('the network that a file fits', () => {
  const names = Object.keys(NETWORKS) as KnownName[]

  test.each(names.flatMap((name) => [[name, true] as const, [name, false] as const]))('%s, with top: %s', async (network, includeTop) => {
    const model = await NETWORKS[network].build({ includeTop })
    const { fits, parameters } = await inspected(await sparseFile(made(`${network}.h5`), layersOf(model)))
    const classes = includeTop ? 1000 : null
    expect(fits).toEqual([{ network, includeTop, classes, auxiliaryHeads: false, mustSay: null, unusedInFile: [] }])
    expect(parameters.total).toBe(model.countParams())
  })

  test('another number of classes', async () => {
    const model = await NETWORKS.vgg16.build({ classes: 10 })
    const { out } = await thaw(['inspect', await sparseFile(made('ten.h5'), layersOf(model))])
    expect(out).toContain('Network: vgg16 with top (10 classes)\n')
  })

  test('InceptionV3 by its automatic names, whatever their numbers', async () => {
    const renamed = (name: string) =>
      name.replace(/^(conv2d|batch_normalization)(?:_(\d+))?$/, (_, base: string, n?: string) => `${base}_${Number(n ?? 0) + 95}`)
    const model = await NETWORKS.inception_v3.build({ includeTop: false })
    const { fits } = await inspected(await sparseFile(made('numbers.h5'), layersOf(model, renamed)))
    expect(fits.map((f) => [f.network, f.includeTop])).toEqual([['inception_v3', false]])
  })

  test('a head of its own is left over', async () => {
    const head = [{ name: 'my_dense', weights: [{ name: 'kernel', shape: [512, 2], data: () => new Float32Array(1024) }] }]
    const model = await NETWORKS.vgg19.build({ includeTop: false })
    const { out } = await thaw(['inspect', await sparseFile(made('head.h5'), [...layersOf(model), ...head])])
    expect(out).toContain('Network: vgg19 without top; left over in the file: my_dense\n')
  })

  test('GoogLeNet with its auxiliary heads', async () => {
    const model = await googlenet({ auxiliaryHeads: true })
    const { fits } = await inspected(await sparseFile(made('heads.h5'), layersOf(model)))
    expect(fits).toEqual([{ network: 'googlenet', includeTop: true, classes: 1000, auxiliaryHeads: true, mustSay: null, unusedInFile: [] }])
  })

  test('a file that leaves something open', async () => {
    const { fits } = await inspected(await theanoFile(made('old.h5'), await NETWORKS.vgg16.build({ includeTop: false })))
    expect(fits.map((f) => [f.network, f.mustSay])).toEqual([['vgg16', 'kernels']])
    const { out } = await thaw(['inspect', made('old.h5')])
    expect(out).toContain('Network: vgg16 without top; loading it needs the option kernels, which the file leaves open\n')
    const said = await thaw(['inspect', made('old.h5'), '--kernels', 'theano'])
    expect(said.out).toContain('Network: vgg16 without top\n')
    expect(said.out).toContain(`weights: "${made('old.h5')}", loading: { kernels: 'theano' } })`)
  })

  test('a version of Keras that is none is refused', async () => {
    const { code, err } = await thaw(['inspect', fixture('keras1_weights.h5'), '--keras-version', 'two'])
    expect({ code, err }).toEqual({ code: 1, err: '[kerasVersion] a version of Keras must be one such as 2.2.4, got "two"\n' })
  })

  test('is found in little of a 553 MB file on a server', async () => {
    const { head, size } = await fileHead(layersOf(await NETWORKS.vgg16.build({})))
    const file: ServedFile = {
      size,
      read: (begin, end) => Uint8Array.from({ length: end - begin }, (_, i) => head[begin + i] ?? 0),
    }
    const server = await serveFile(file)
    const { fits, bytes } = await inspected(`${server.url}/vgg16.h5`)
    const { sent } = server
    await server.close()
    expect(bytes).toBeGreaterThan(553_000_000)
    expect(fits.map((f) => f.network)).toEqual(['vgg16'])
    expect(sent).toBeLessThan(1_000_000)
  })
})
