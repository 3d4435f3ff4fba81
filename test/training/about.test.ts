/** What the classes of a model are called, and which pictures it takes: said, learned from data, kept in files. */
import { expect, test } from 'vitest'
import { ArgumentError, FileError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { bytesSource } from '../../src/loaders/bytes/bytes.ts'
import { openMember, zipMembers } from '../../src/loaders/bytes/zip.ts'
import { loadModel } from '../../src/models/load_model.ts'
import { resnet50 } from '../../src/models/resnet.ts'
import { Model, type ModelOptions } from '../../src/training/model.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const NAMES = ['cat', 'dog \u{1F415}', 'owl']

function small(units = 3, about: Pick<ModelOptions<SymbolicTensor>, 'classNames' | 'pictures'> = {}, channels = 3): Model {
  const input = layers.input({ shape: [4, 5, channels] })
  const x = layers.flatten({ name: 'flat' }).apply(input)
  return new Model({ inputs: input, outputs: layers.dense({ units, activation: 'softmax', name: 'last' }).apply(x), ...about })
}

const reload = async (model: Model, format: 'keras' | 'h5') => loadModel(await model.save(format).blob())

test.each(['keras', 'h5'] as const)('a %s file keeps what is said, and nothing where nothing is', async (format) => {
  const before = small(3, { classNames: NAMES, pictures: { interpolation: 'bilinear', preprocess: 'caffe' } })
  const model = await reload(before, format)
  expect(model.classNames).toEqual(NAMES)
  expect(model.pictures).toEqual({ size: [4, 5], colorMode: 'rgb', interpolation: 'bilinear', preprocess: 'caffe' })
  expect(await (await reload(model, format)).save(format).size()).toBe(await before.save(format).size())
  const plain = await reload(small(3, {}, 1), format)
  expect([plain.classNames, plain.pictures]).toEqual([
    undefined,
    { size: [4, 5], colorMode: 'grayscale', interpolation: 'nearest', preprocess: 'none' },
  ])
})

test('files of an unpacked archive keep it, too', async () => {
  const source = bytesSource(new Uint8Array(await (await small(3, { classNames: NAMES }).save().blob()).arrayBuffer()))
  const members = await zipMembers(source)
  const files = await Promise.all(members.map((m) => openMember(source, m)))
  expect((await loadModel(files)).classNames).toEqual(NAMES)
})

test('as many names as classes, at once; of one score two', () => {
  expect(() => small(3, { classNames: ['cat'] })).toThrow('classNames must name the 3 classes of the model, got 1')
  const model = small()
  expect(() => (model.classNames = ['a', 'b', 'c', 'd'])).toThrow(ArgumentError)
  expect(() => (model.classNames = [1, 2, 3] as never)).toThrow('classNames must be a list of names, got an array of 3')
  expect(small(1, { classNames: ['no', 'yes'] }).classNames).toEqual(['no', 'yes'])
})

test('pictures that a model cannot take are refused', () => {
  const model = small()
  expect(() => (model.pictures = { preprocess: 'bgr' as never })).toThrow(
    'preprocess must be none or caffe or tf or torch or unit or bvlc, got "bgr"',
  )
  expect(() => (model.pictures = { aspectRatio: 'cut' as never })).toThrow('aspectRatio must be stretch or crop or pad, got "cut"')
  expect(() => small(3, { pictures: { preprocess: 'caffe' } }, 1)).toThrow('one channel, got caffe, which takes three')
  expect(() => (model.pictures = { interpolate: 'nearest' } as never)).toThrow('got interpolate (did you mean interpolation?)')
  expect(() => (model.pictures = { ...model.pictures!, size: [9, 9] } as never)).toThrow('size must be 4,5, got [9,9]')
  model.pictures = small(3, { pictures: { preprocess: 'tf' } }).pictures
  expect(model.pictures?.preprocess).toBe('tf')
  expect(small(3, {}, 2).pictures).toBeUndefined()
  expect(() => small(3, { pictures: {} }, 2)).toThrow(
    'pictures can be said of a model with one input, [height,width,3] or [height,width,1]',
  )
})

test('a file that names other classes than its model has is refused', async () => {
  const bytes = new Uint8Array(
    await (
      await small(3, { classNames: ['a', 'b', 'c'] })
        .save('h5')
        .blob()
    ).arrayBuffer(),
  )
  const text = new TextDecoder('latin1').decode(bytes)
  const broken = (from: string, to: string) => {
    const copy = bytes.slice()
    copy.set(new TextEncoder().encode(to), text.indexOf(from))
    return loadModel(copy)
  }
  await expect(broken('["a","b","c"]', '["a","b"]    ')).rejects.toThrow('classNames must name the 3 classes of the model, got 2')
  await expect(broken('["a","b","c"]', '["a",  2,"c"]')).rejects.toThrow(FileError)
  await expect(broken('"class_names":["a","b","c"]', '"class_names":7            ')).rejects.toThrow(
    'classNames must be a list of names, got 7',
  )
})

test('a dataset tells the model that is fitted to it; not what the user has said, nor what does not fit', async () => {
  const x = values([3, 4, 5, 3], 1, 0, 1)
  const data = { classNames: NAMES, pictures: { interpolation: 'bilinear' } as const, batches: () => [[x, [0, 1, 2]] as const] }
  const fitted = async (model: Model, classNames = data.classNames) => {
    await model.compile({ device: device(), optimizer: sgd(), loss: 'sparseCategoricalCrossentropy' })
    await model.fit({ ...data, classNames })
    model.dispose()
    return model
  }
  const model = await fitted(small())
  expect([model.classNames, model.pictures?.interpolation]).toEqual([NAMES, 'bilinear'])
  expect((await fitted(await reload(model, 'keras'), ['x', 'y', 'z'])).classNames).toEqual(['x', 'y', 'z'])
  expect((await fitted(small(3, { classNames: ['a', 'b', 'c'] }))).classNames).toEqual(['a', 'b', 'c'])
  expect((await fitted(small(5))).classNames).toBeUndefined()
})

test('networks by name know how their pictures are preprocessed; so does what is cut off', async () => {
  const model = await resnet50({ inputShape: [32, 32, 3], classes: 4 })
  expect(model.pictures).toEqual({ size: [32, 32], colorMode: 'rgb', interpolation: 'nearest', preprocess: 'caffe' })
  const cut = model.until('avg_pool')
  expect([cut.pictures?.preprocess, cut.classNames]).toEqual(['caffe', undefined])
})
