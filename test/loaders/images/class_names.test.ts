/** preprocess_input and decode_predictions against Keras; class index files good and bad. Needs no GPU. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, DataError, FileError, ShapeError } from '../../../src/errors.ts'
import { layers } from '../../../src/layers/index.ts'
import { CLASS_INDEX_URL, decodePredictions, loadClassIndex, type ClassIndex } from '../../../src/loaders/images/class_names.ts'
import { preprocessInput, preprocessModeOf, type NetworkName } from '../../../src/loaders/images/preprocess.ts'
import { tensor } from '../../../src/tensor.ts'
import decodeGolden from '../../golden/images/decode.json' with { type: 'json' }
import preprocessGolden from '../../golden/images/preprocess.json' with { type: 'json' }
import ops from '../../golden/ops.json' with { type: 'json' }
import { fnv, noise } from '../../support/pictures.ts'

const bytesOf = (data: Float32Array) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

describe('preprocessInput', () => {
  test.each(preprocessGolden)('$network has the bits of Keras', ({ network, shape, values, fnv: hash }) => {
    const pixels = tensor(noise(2 * 5 * 7 * 3, 5), [2, 5, 7, 3])
    const before = pixels.data.slice()
    const y = preprocessInput(pixels, network as NetworkName)
    expect(y.shape).toEqual(shape)
    expect([...y.data.subarray(0, 6)]).toEqual([...Float32Array.from(values)])
    expect(fnv(bytesOf(y.data))).toBe(hash)
    expect(pixels.data).toEqual(before)
  })

  test.each(ops.preprocess)('mode $name of floats has the bits of Keras', ({ inputs, attrs, outputs }) => {
    const x = tensor(inputs[0]!.data, inputs[0]!.shape)
    expect(preprocessInput(x, attrs.mode as 'caffe').data).toEqual(Float32Array.from(outputs[0]!.data))
  })

  test('BVLC networks: blue, green, red, less their means', () => {
    const pixel = tensor(new Uint8Array([10, 20, 250]), [1, 1, 1, 3])
    for (const network of ['googlenet', 'alexnet', 'bvlc'] as const) {
      expect([...preprocessInput(pixel, network).data]).toEqual([250 - 104, 20 - 117, 10 - 123])
    }
  })

  test('unit, and modes that take any number of channels', () => {
    const grey = tensor(new Uint8Array([0, 51, 255, 102]), [1, 2, 2, 1])
    expect(preprocessInput(grey, 'unit').data).toEqual(Float32Array.from([0, 0.2, 1, 0.4]))
    expect([...preprocessInput(grey, 'tf').data.subarray(0, 3)]).toEqual([-1, Math.fround(Math.fround(51 / 127.5) - 1), 1])
    expect(preprocessInput(grey, 'efficientnet_b0')).toEqual({ shape: [1, 2, 2, 1], data: Float32Array.from(grey.data) })
    expect(preprocessModeOf('efficientnet_b0')).toBeNull()
  })

  test('refuses what it cannot do', () => {
    const grey = tensor(new Uint8Array(4), [1, 2, 2, 1])
    for (const mode of ['vgg16', 'densenet121', 'googlenet'] as const) expect(() => preprocessInput(grey, mode)).toThrow(ShapeError)
    expect(() => preprocessInput(grey, 'caffe')).toThrow('[preprocess_input] mode caffe takes 3 channels (RGB), got 1 in x [1,2,2,1]')
    for (const name of ['vgg17', 'toString', '']) {
      expect(() => preprocessInput(grey, name as 'vgg16')).toThrow(ArgumentError)
      expect(() => preprocessInput(grey, name as 'vgg16')).toThrow(`got ${name}`)
    }
  })
})

test('the preprocess layer takes the same modes, and the same channels', () => {
  const pixels = (channels: number) => layers.input({ shape: [4, 5, channels] })
  for (const mode of ['caffe', 'torch', 'bvlc'] as const) {
    expect(layers.preprocess({ mode }).apply(pixels(3)).shape).toEqual([null, 4, 5, 3])
    const grey = () => layers.preprocess({ mode, name: 'p' }).apply(pixels(1))
    expect(grey).toThrow(`[p] mode ${mode} takes 3 channels (RGB), got 1 in x [null,4,5,1]`)
  }
  for (const mode of ['tf', 'unit'] as const) expect(layers.preprocess({ mode }).apply(pixels(1)).shape).toEqual([null, 4, 5, 1])
  const unknown = () => layers.preprocess({ mode: 'vgg' as 'tf', name: 'p' })
  expect(unknown).toThrow('[p] mode must be one of caffe, tf, torch, unit, bvlc, got vgg')
})

/** A class index file as Keras's, with names of the golden script. */
const file = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [String(i), [`n${String(i).padStart(8, '0')}`, `label_${i}`]]))
const classIndex: ClassIndex = await loadClassIndex(file)

describe('decodePredictions', () => {
  const bytes = noise(2 * 1000 * 3, 6)
  const scores = Float32Array.from(
    { length: 2000 },
    (_, i) => (bytes[i * 3]! * 65536 + bytes[i * 3 + 1]! * 256 + bytes[i * 3 + 2]!) / 2 ** 24,
  )
  const predictions = tensor(scores, [2, 1000])

  test.each(decodeGolden.filter((c) => 'top' in c))('top $top as Keras decodes it', ({ top, rows }) => {
    const decoded = decodePredictions(predictions, { top: top!, classIndex })
    expect(decoded.map((row) => row.map(({ wnid, label, score }) => [wnid, label, score]))).toEqual(rows)
    for (const { index, label } of decoded.flat()) expect(label).toBe(`label_${index}`)
  })

  test('five by default, all on request', () => {
    expect(decodePredictions(predictions, { classIndex }).map((row) => row.length)).toEqual([5, 5])
    const all = decodePredictions(predictions, { top: 1000, classIndex })[0]!
    expect(new Set(all.map((p) => p.index)).size).toBe(1000)
    expect(all.every((p, i) => i === 0 || p.score <= all[i - 1]!.score)).toBe(true)
  })

  test('equal scores come in the order of a stable argsort, reversed', () => {
    const ties = Float32Array.from(noise(1000, 7), (b) => b >> 5)
    const [row] = decodePredictions(tensor(ties, [1, 1000]), { top: 20, classIndex })
    expect(row!.map((p) => p.index)).toEqual(decodeGolden.at(-1)!.ties)
  })

  test('refuses shapes, counts and NaN', () => {
    for (const shape of [[1000], [1, 1001], [2, 500], [1, 1000, 1]]) {
      const wrong = tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
      expect(() => decodePredictions(wrong, { classIndex })).toThrow(ShapeError)
      expect(() => decodePredictions(wrong, { classIndex })).toThrow(
        `predictions must be [N,1000], as classIndex names 1000 classes, got [${shape.join(',')}]`,
      )
    }
    for (const top of [0, -1, 1001, 2.5, NaN]) expect(() => decodePredictions(predictions, { top, classIndex })).toThrow(ArgumentError)
    for (const wrong of [undefined, []]) {
      expect(() => decodePredictions(predictions, { classIndex: wrong as unknown as ClassIndex })).toThrow(
        'classIndex must name the classes',
      )
    }
    const fewer = () => decodePredictions(predictions, { classIndex: classIndex.slice(1) })
    expect(fewer).toThrow('predictions must be [N,999], as classIndex names 999 classes, got [2,1000]')
    const nan = scores.slice()
    nan[1007] = NaN
    const job = () => decodePredictions(tensor(nan, [2, 1000]), { classIndex })
    expect(job).toThrow(DataError)
    expect(job).toThrow('got NaN for class 7 of row 1')
    expect(decodePredictions(tensor(new Float32Array(0), [0, 1000]), { classIndex })).toEqual([])
  })
})

describe('loadClassIndex', () => {
  const text = JSON.stringify(file)
  const bytes = new TextEncoder().encode(text)
  const answering = (make: () => Response) => {
    const asked: string[] = []
    const fetch = ((url: string) => (asked.push(url), Promise.resolve(make()))) as typeof globalThis.fetch
    return { asked, fetch }
  }

  test('from Keras’s address, another URL, a Blob, bytes, and an object', async () => {
    const { asked, fetch } = answering(() => new Response(text))
    expect(await loadClassIndex(undefined, { fetch })).toEqual(classIndex)
    expect(await loadClassIndex('https://example.org/names.json', { fetch })).toEqual(classIndex)
    expect(await loadClassIndex(new URL('https://example.org/names.json'), { fetch })).toEqual(classIndex)
    expect(asked).toEqual([CLASS_INDEX_URL, 'https://example.org/names.json', 'https://example.org/names.json'])
    for (const source of [new Blob([bytes]), bytes, bytes.buffer, JSON.parse(text) as object]) {
      expect(await loadClassIndex(source)).toEqual(classIndex)
    }
    expect(classIndex[7]).toEqual(['n00000007', 'label_7'])
  })

  const utf8 = (text: string) => new TextEncoder().encode(text)
  const pets = [undefined, undefined, undefined].map((none, i) => [none, ['cat', 'dog', 'Zürich zebra'][i]!])
  test.each<[string, object | Uint8Array, ClassIndex]>([
    ['a name a line', utf8('cat\ndog\nZürich zebra'), pets as never],
    ['with a mark, other line ends, and an empty line at the end', utf8('\ufeffcat \r\ndog\r\n Zürich zebra\r\n\r\n'), pets as never],
    ['with their numbers, as Teachable Machine', utf8('0 cat\n1 dog\n2 Zürich zebra\n'), pets as never],
    ['with their numbers and colons', utf8('0: cat\n1: dog\n2: Zürich zebra\n'), pets as never],
    ['a JSON list', utf8(' ["cat", "dog", "Zürich zebra"]'), pets as never],
    ['a list', ['cat', 'dog', 'Zürich zebra'], pets as never],
    ['numbers to names', utf8('{"2": "Zürich zebra", "0": "cat", "1": "dog"}'), pets as never],
    ["names to numbers, Keras's class_indices", { dog: 1, cat: 0, 'Zürich zebra': 2 }, pets as never],
    ['names that are numbers to numbers', utf8('{"1": 0, "0": 1}'), [[undefined, '1'], [undefined, '0']]], // prettier-ignore
    ['numbers that only look so stay', utf8('0 cat\n2 dogs'), [[undefined, '0 cat'], [undefined, '2 dogs']]], // prettier-ignore
    ['both kinds in one list', [['n1', 'cat'], 'dog'], [['n1', 'cat'], [undefined, 'dog']]], // prettier-ignore
    ['one class', utf8('only'), [[undefined, 'only']]],
  ])('%s', async (_what, source, names) => {
    expect(await loadClassIndex(source)).toEqual(names)
  })

  test('any number of classes is decoded', async () => {
    const names = await loadClassIndex(utf8('cat\ndog\nowl'))
    const scores = tensor(Float32Array.of(0.2, 0.5, 0.3, 0.7, 0.1, 0.2), [2, 3])
    const rows = decodePredictions(scores, { classIndex: names })
    expect(rows.map((row) => row.map((p) => p.label))).toEqual([['dog', 'owl', 'cat'], ['cat', 'owl', 'dog']]) // prettier-ignore
    expect(rows[0]![0]).toEqual({ label: 'dog', score: 0.5, index: 1 })
    expect(() => decodePredictions(scores, { top: 4, classIndex: names })).toThrow('top must be a whole number from 1 to 3, got 4')
  })

  test.each<[string, object | Uint8Array, string]>([
    ['a web page', utf8('<!DOCTYPE html><html>'), 'class names must be text or JSON, got a web page'],
    ['broken JSON', utf8('{"0": '), 'class names that begin with a bracket must be JSON'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'class names must be text in UTF-8'],
    ['nothing', utf8(' \n'), 'class 0 must be a name or [wnid, name], got ""'],
    ['an empty list', utf8('[]'), 'there must be a class name at least, got none'],
    ['an empty line', utf8('cat\n\ndog'), 'class 1 must be a name or [wnid, name], got ""'],
    ['a number missing', { 0: 'a', 2: 'b' }, '2 classes must have the numbers 0 to 1, got no 1'],
    ['a number twice', { a: 0, b: 0 }, '2 classes must have the numbers 0 to 1, got no 1'],
    ['a number that is none', { a: 0, b: 1.5 }, '2 classes must have the numbers 0 to 1, got no 1'],
    ['a name that is none', { ...file, 5: ['n0', 5] }, 'class 5 must be a name or [wnid, name], got ["n0",5]'],
    ['an empty name', { ...file, 5: ['n0', ''] }, 'class 5 must be'],
    ['more than two', { ...file, 5: ['n0', 'a', 'b'] }, 'class 5 must be'],
    ['null', ['a', null], 'class 1 must be a name or [wnid, name], got null'],
  ])('refuses %s', async (_name, source, words) => {
    const error: unknown = await loadClassIndex(source).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({ code: 'corrupt' })
    expect((error as Error).message).toContain(words)
  })

  test('a server that has none, or does not answer', async () => {
    const { fetch } = answering(() => new Response('no', { status: 404 }))
    await expect(loadClassIndex(undefined, { fetch })).rejects.toThrow(/must answer with the file, got HTTP 404/)
    const away = () => Promise.reject(new TypeError('no route'))
    await expect(loadClassIndex(undefined, { fetch: away })).rejects.toMatchObject({ code: 'http' })
    const broken = () => {
      const body = new ReadableStream({ pull: (c) => c.error(new Error('cut')) })
      return Promise.resolve(new Response(body))
    }
    await expect(loadClassIndex(undefined, { fetch: broken })).rejects.toMatchObject({ code: 'truncated' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(loadClassIndex(undefined, { fetch, signal })).rejects.toThrow('enough')
  })
})
