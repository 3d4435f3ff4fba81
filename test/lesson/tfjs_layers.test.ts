import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { convert } from '../../examples/lesson/convert.ts'
import { dequantise, layersOf, parseModule, parseShard, type TfjsJson, type TfjsModel } from '../../examples/lesson/tfjs_layers.ts'
import { FileError } from '../../src/errors.ts'
import { openKerasWeights } from '../../src/loaders/keras/keras.ts'
import { fileSource } from '../../src/node.ts'

/** As browserify and a minifier wrap a module, with the exports of the loader before the module's own. */
const wrapped = (body: string) =>
  `!function(a){"object"==typeof exports&&(module.exports=a())}(function(){return i[o]={exports:{}},t}({1:[function(a,n,i){n.exports=${body}},{}]},{},[1])(1)});`

const quantization = { dtype: 'uint8', min: -0.5, scale: 0.1 }
const spec = (name: string, shape: number[]) => ({ name, shape, dtype: 'float32', quantization })

/** Two layers with weights, and one without; the manifest has them in no order that Keras would know. */
function tinyModel(): TfjsModel {
  const specs = [
    spec('norm/moving_variance', [2]),
    spec('norm/beta', [2]),
    spec('norm/moving_mean', [2]),
    spec('dense/bias', [2]),
    spec('dense/kernel', [3, 2]),
  ]
  const layers = [
    ['norm', 'BatchNormalization'],
    ['relu', 'Activation'],
    ['dense', 'Dense'],
  ].map(([name, class_name]) => ({ name: name!, class_name: class_name! }))
  const json: TfjsJson = {
    modelTopology: { model_config: { config: { layers } } },
    weightsManifest: [{ paths: ['shard'], weights: specs }],
  }
  return { json, specs, bytes: Uint8Array.from({ length: 14 }, (_, i) => i) }
}

describe('a module', () => {
  test('is read without being run: every kind of value', () => {
    const text = wrapped('{a:!0,b:!1,c:null,d:.5,e:-.25,f:16788238754359384e-30,g:"x{}:\\"y",h:[1,[],{i:-2}],$_1:8e-7}')
    const found = { a: true, b: false, c: null, d: 0.5, e: -0.25, f: 16788238754359384e-30, g: 'x{}:"y', h: [1, [], { i: -2 }], $_1: 8e-7 }
    expect(parseModule(text)).toEqual(found)
  })

  test.each([
    ['a call', '{a:steal()}', 'steal()'],
    ['void 0', '{a:void 0}', 'void 0'],
    ['a template', '{a:`x`}', '`x`'],
    ['what never ends', '{a:[1', '""'],
  ])('%s is refused with its offset', (_name, body, shown) => {
    const text = body === '{a:[1' ? `n.exports=${body}` : wrapped(body)
    const error = (() => {
      try {
        parseModule(text, 'm.js')
      } catch (e) {
        return e as FileError
      }
      return undefined
    })()
    expect(error).toBeInstanceOf(FileError)
    expect(error!.code).toBe('corrupt')
    expect(error!.message).toContain('[m.js]')
    expect(error!.message).toContain(shown)
    expect(error!.message).toMatch(/at \d+$/)
  })

  test('brackets that do not match, and no export at all, are refused', () => {
    expect(() => parseModule(wrapped('{a:[1}]'))).toThrow(FileError)
    expect(() => parseModule('n.exports=f()')).toThrow('[module] a module must export an object, got none')
  })
})

test('a shard is the bytes of its base64 text', () => {
  expect([...parseShard(wrapped('"AAEC/w=="'))]).toEqual([0, 1, 2, 255])
  expect(() => parseShard(wrapped('"not base64!"'), 'group1')).toThrow('[group1] a shard must export base64 text')
})

describe('weights', () => {
  test('are min + scale * q in doubles, rounded once', () => {
    const values = dequantise(
      { ...spec('w', [3]), quantization: { dtype: 'uint8', min: -1.4470329237919228, scale: 0.022262044981414198 } },
      Uint8Array.of(0, 65, 255),
    )
    expect([...values]).toEqual(
      [-1.4470329237919228, 65 * 0.022262044981414198 - 1.4470329237919228, 255 * 0.022262044981414198 - 1.4470329237919228].map(
        Math.fround,
      ),
    )
  })

  test('of another kind are refused', () => {
    expect(() => dequantise({ name: 'w', shape: [1], dtype: 'float32' }, Uint8Array.of(1))).toThrow(
      '[w] weights must be float32 quantised to uint8, got float32 and no quantisation',
    )
    expect(() => dequantise({ ...spec('w', [1]), dtype: 'int32' }, Uint8Array.of(1))).toThrow('got int32 and uint8')
  })

  test('go to their layers in the order of Keras', () => {
    const found = layersOf(tinyModel()).map(({ name, className, weights }) => [
      name,
      className,
      weights.map((w) => [w.name, w.shape, [...w.values()][0]]),
    ])
    const value = (q: number) => Math.fround(q * 0.1 - 0.5)
    expect(found).toEqual([
      [
        'norm',
        'BatchNormalization',
        [
          ['beta', [2], value(2)],
          ['moving_mean', [2], value(4)],
          ['moving_variance', [2], value(0)],
        ],
      ],
      ['relu', 'Activation', []],
      [
        'dense',
        'Dense',
        [
          ['kernel', [3, 2], value(8)],
          ['bias', [2], value(6)],
        ],
      ],
    ])
  })

  test('must be all the bytes there are', () => {
    expect(() => layersOf({ ...tinyModel(), bytes: new Uint8Array(15) })).toThrow('[shards] weights must take 14 bytes, got 15')
    expect(() => layersOf({ ...tinyModel(), bytes: new Uint8Array(13) })).toThrow('[shards] weights must take 14 bytes, got 13')
  })
})

describe('the converter', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thaw-convert-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('writes what our reader reads back, bit by bit', async () => {
    const model = tinyModel()
    const path = join(folder, 'made', 'tiny.h5')
    await convert(model, path)
    const file = await fileSource(path)
    const { layers } = await openKerasWeights(file)
    const read = []
    for (const l of layers) {
      for (const { name, source } of l.weights)
        read.push([
          l.name,
          name,
          [...source.shape],
          [
            ...(await source.read(
              0,
              source.shape.reduce((a, b) => a * b, 1),
            )),
          ],
        ])
    }
    await file.close()
    expect(read).toEqual(layersOf(model).flatMap((l) => l.weights.map((w) => [l.name, w.name, w.shape, [...w.values()]])))
    expect(await readdir(join(folder, 'made'))).toEqual(['tiny.h5'])
  })

  test('leaves nothing when it is aborted, or when a weight cannot be read', async () => {
    const aborted = AbortSignal.abort(new Error('enough'))
    await expect(convert(tinyModel(), join(folder, 'aborted.h5'), aborted)).rejects.toThrow('enough')
    const model = tinyModel()
    const specs = model.specs.map((s) => ({ ...s, dtype: 'int32' }))
    await expect(convert({ ...model, specs }, join(folder, 'broken.h5'))).rejects.toThrow('quantised to uint8, got int32')
    expect(await readdir(folder)).toEqual(['made'])
  })
})
