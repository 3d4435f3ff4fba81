/** What functions do, the same whatever Python compiled them: made into layers, or refused with their instructions. */
import { describe, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { Network } from '../../../src/layers/network.ts'
import { lambdaConstants, lambdaLayer } from '../../../src/loaders/python/lambda.ts'
import { compiled } from './files.ts'

const SHAPE = [null, 4, 6, 5] as const

function made(name: string, { code, defaults, closure }: (typeof compiled)[number]['functions'][string], count = 1): string {
  const layer = lambdaLayer(
    name,
    { function: [code, defaults, closure] },
    Array.from({ length: count }, () => SHAPE),
  )
  const inner =
    layer instanceof Network ? layer.layers.filter((l) => l.className !== 'InputLayer').map((l) => l.className) : [layer.className]
  return `${inner.join(' ')} [${layer.outputShapes(Array.from({ length: count }, () => SHAPE))[0]!.join()}]`
}

/** By the functions' names in make_python_code.py: the layers in their order, and the shape that they give. */
const LAYERS: Readonly<Record<string, string>> = {
  scaled: 'Rescaling [,4,6,5]',
  centred: 'Rescaling [,4,6,5]',
  negative: 'Rescaling [,4,6,5]',
  mean: 'Mean [,1,1,5]',
  resized: 'Resize [,66,200,5]',
  slices: 'GetItem [,4,5,3]',
  default: 'Rescaling [,4,6,5]',
  either: 'Rescaling [,4,6,5]',
  locals: 'Rescaling Subtract Multiply Add [,4,6,5]',
  closure: 'Rescaling [,4,6,5]',
  member: 'Rescaling [,4,6,5]',
  rest: 'Identity [,4,6,5]',
}

/** What is refused, and the reason. */
const REFUSED: Readonly<Record<string, string | RegExp>> = {
  cell: 'is not arithmetic',
  noise: 'the function K.random_normal must be known',
  loop: /the function range must be known|SETUP_LOOP is not arithmetic/,
  with: 'the function tf.name_scope must be known',
  range: 'the samples, which are along the first axis, must be taken as they are',
  list: 'a shape must have the samples first and 120 values for each, got [-1,2,3,4]',
  text: /% must be between numbers|there must be a list/,
}

describe.each(compiled)('Python $python', ({ functions }) => {
  test.each(Object.entries(LAYERS))('%s', (name, expected) => expect(made(name, functions[name]!)).toBe(expected))

  test('a function of two tensors', () => {
    expect(made('pair', functions['pair']!, 2)).toBe('Subtract Absolute Exp Multiply Rescaling [,4,6,5]')
  })

  test.each(Object.entries(REFUSED))('%s is refused with its instructions', (name, reason) => {
    let error: unknown
    try {
      made(name, functions[name]!)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(FileError)
    const { message, code } = error as FileError
    expect(code).toBe('unsupported')
    expect(message).toContain(`[${name} (Lambda)] the function of a Lambda must be arithmetic that is known`)
    expect(message).toContain(`replaceLayers: { "${name}": layer }, or --replace ${name}=rescaling:SCALE,OFFSET`)
    expect(message).toMatch(reason)
    expect(message).toMatch(/\nPython \d\.\d+:\n/)
    expect(message.split('\n').filter((line) => line.startsWith('-->'))).toHaveLength(1)
  })

  test('the constants of a function', () => {
    expect(lambdaConstants({ function: [functions['scaled']!.code, null, null] }).slice(1)).toEqual([127.5, 1])
  })
})

test('code that early versions wrote as text is read', () => {
  const { code } = compiled.find((c) => c.python === '3.6')!.functions['scaled']!
  expect(lambdaConstants({ function: [atob(code), null, null], function_type: 'lambda' })).toEqual([null, 127.5, 1])
  expect(lambdaConstants({ function: { class_name: '__lambda__', config: { code } } })).toEqual([null, 127.5, 1])
})

test('whole numbers that JSON may have made of floats are not divided as Python 2 divides whole numbers', () => {
  const two = compiled.find((c) => c.python === '2.7')!.functions
  // (x - low) / high with 1.5 and 7: a tensor is divided, no whole number.
  expect(made('closure', two['closure']!)).toBe('Rescaling [,4,6,5]')
})

test.each([
  [{ function: 'sampling', function_type: 'function', module: '__main__' }, 'the function __main__.sampling must be known'],
  [
    { function: { class_name: 'function', config: 'Custom>sampling', module: 'builtins' } },
    'the function builtins.Custom>sampling must be known',
  ],
  [{ function: ['AAAA', null, null] }, 'a value must be of a type that is known'],
  [{}, 'the code of a function must be text'],
])('%o is refused', (config, reason) => {
  expect(() => lambdaLayer('lambda_1', config, [SHAPE])).toThrow(reason)
  expect(() => lambdaLayer('lambda_1', config, [SHAPE])).toThrow(FileError)
})

test('a function of Keras 3 by its name', () => {
  const config = { function: { module: 'keras.ops', class_name: 'function', config: 'relu', registered_name: 'relu' } }
  expect(lambdaLayer('lambda_1', config, [SHAPE]).className).toBe('Relu')
})
