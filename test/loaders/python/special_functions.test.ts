/** What functions that are no single operation take, and refuse: nothing that would be passed over. */
import { expect, test } from 'vitest'
import { list, Name, type Operations, type Value } from '../../../src/loaders/python/machine.ts'
import { special } from '../../../src/loaders/python/special_functions.ts'

const call = (path: string, args: readonly Value[], kwargs: Readonly<Record<string, Value>> = {}) =>
  special({} as Operations, path, args, kwargs)

test.each(['tf.constant', 'tf.convert_to_tensor', 'K.constant', 'np.array', 'np.asarray'])('%s of floats is its value', (path) => {
  const value = list([1.5, 2n])
  expect(call(path, [value])).toBe(value)
  expect(call(path, [value, 'float32'])).toBe(value)
  expect(call(path, [value], { dtype: new Name('tensorflow.float64') })).toBe(value)
  expect(call(path, [value], { dtype: null })).toBe(value)
})

test.each(['tf.constant', 'np.array'])('%s of another type is refused', (path) => {
  const rule = 'dtype must be float32 or float64'
  for (const dtype of ['int32', 'float16', 1n, new Name('numpy.uint8'), new Name('tensorflow.int32')])
    expect(() => call(path, [2.5], { dtype })).toThrow(rule)
})

test('a shape that a constant is to have is refused', () => {
  expect(call('tf.constant', [2.5], { shape: null })).toBe(2.5)
  expect(() => call('tf.constant', [2.5], { shape: list([3n]) })).toThrow('shape must be null')
})

// The first passes no gradient on, and the other divides by what the type of its pictures is: a graph says neither.
test.each(['tf.stop_gradient', 'tf.image.convert_image_dtype'])('%s is not known', (path) => {
  expect(call(path, [1])).toBeUndefined()
})
