/** `--replace`: layers in place of a file's, and rules that are none. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/cli/io.ts'
import { replacements } from '../../src/cli/replace.ts'
import { wholeModel } from '../support/model_files.ts'
import { thaw, useFolder } from './run.ts'

const made = useFolder()

const input = { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 2, 2, 3] } }
/** A function that no module has here. */
const lambda = { class_name: 'Lambda', config: { name: 'lambda_1', function: 'sampling', function_type: 'function' } }
const flatten = { class_name: 'Flatten', config: { name: 'flat' } }

describe('a rule', () => {
  test.each([
    ['a=identity', 'Identity'],
    ['a=rescaling:0.5', 'Rescaling'],
    ['a=rescaling:0.00784,-1', 'Rescaling'],
    ['a=resizing:66,200', 'Resizing'],
    ['a=reshape:4,-1', 'Reshape'],
    ['a=activation:relu', 'Activation'],
    ['a=preprocess:caffe', 'Rescaling'],
  ])('%s', (rule, className) => {
    const layer = replacements([rule])['a']!
    expect([layer.name, layer.className]).toEqual(['a', className])
  })

  test('numbers are those that were said', () => {
    expect(replacements(['a=rescaling:0.00784,-1'])['a']).toMatchObject({ scale: 0.00784, offset: -1 })
  })

  test.each([
    ['a', '--replace must be NAME=CLASS, of identity, rescaling:SCALE[,OFFSET], '],
    ['a=constructor:1', '--replace must be NAME=CLASS, of identity, '],
    ['a=rescaling', '--replace a must be rescaling:SCALE[,OFFSET], got a=rescaling'],
    ['a=rescaling:x', '--replace a must be rescaling:SCALE[,OFFSET], got a=rescaling:x'],
    ['a=rescaling:1,2,3', '--replace a must be rescaling:SCALE[,OFFSET], got a=rescaling:1,2,3'],
    ['a=identity:1', '--replace a must be identity, got a=identity:1'],
  ])('%s is refused', (rule, message) => {
    expect(() => replacements([rule])).toThrow(UsageError)
    expect(() => replacements([rule])).toThrow(message)
  })

  test('a layer is named once', () => {
    expect(() => replacements(['a=identity', 'a=identity'])).toThrow('--replace must name a layer once, got a twice')
  })
})

test('inspect says what stands in the way, and what is there when a rule takes its place', async () => {
  const file = await wholeModel(made('lambda.h5'), [input, lambda, flatten])
  const refused = await thaw(['inspect', file])
  expect(refused.out).toContain('or --replace lambda_1=rescaling:SCALE,OFFSET), got: the function sampling must be known')
  const replaced = await thaw(['inspect', file, '--replace', 'lambda_1=rescaling:0.5'])
  expect(replaced.out).toContain('input [null,2,2,3], 3 layers')
  const stray = await thaw(['inspect', file, '--replace', 'lambda_2=identity', '--replace', 'lambda_1=identity'])
  expect(stray.out).toContain('replaceLayers must name layers of the file, got lambda_2')
})

test('a network by its name has no layers to be replaced', async () => {
  const { code, err } = await thaw(['predict', 'x.png', '--model', 'vgg16', '--replace', 'a=identity'])
  expect({ code, err: err.split('\n')[0] }).toEqual({ code: 2, err: '--replace is for a model file, got it with a network' })
})
