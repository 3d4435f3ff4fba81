/** The command line of `thaw`: help, what is refused and how, and the program itself. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Inspection } from '../../src/cli/inspect.ts'
import { NETWORKS } from '../../src/models/networks.ts'
import { HELP } from '../../src/cli/options.ts'
import { pictureFile } from '../support/model_files.ts'
import { fixture, inspected, thaw, useFolder } from './run.ts'

const made = useFolder()
const image = made('noise.png')
beforeAll(() => pictureFile(image))

describe('bad input ends with its message and exit code 1', () => {
  const model = () => ['--model', fixture('keras3.keras')]
  test.each<[string, () => string[], string]>([
    [
      'a weight file that is not there',
      () => ['inspect', made('nowhere.h5')],
      '[nowhere.h5] the path must be a readable file, got Error: ENOENT',
    ],
    ['a file of another kind', () => ['inspect', image], '[noise.png] the file must be HDF5, got '],
    ['HDF5 that is not from Keras', () => ['inspect', fixture('not_keras.h5')], '[not_keras.h5] an HDF5 file from Keras must have'],
    [
      'a picture that is not there',
      () => ['predict', made('no.png'), ...model()],
      '[no.png] the path must be a readable file, got Error: ENOENT',
    ],
    [
      'a picture that is none',
      () => ['predict', fixture('keras3.keras'), ...model()],
      '[keras3.keras] the file must be a PNG or JPEG picture',
    ],
    [
      'a model without a config',
      () => ['predict', image, '--model', fixture('keras2_weights.h5')],
      '[keras2_weights.h5] a model file must hold its config',
    ],
    [
      'weights that do not fit',
      () => ['predict', image, '--model', 'vgg16', '--weights', fixture('keras2_weights.h5')],
      '[block1_conv1] must be in the file, got 3 other layers',
    ],
    [
      'no official weights',
      () => ['predict', image, '--model', 'alexnet'],
      "[alexnet] weights 'imagenet' must be of a network with official weights",
    ],
    [
      'a size that the official weights are not for',
      () => ['predict', image, '--model', 'inception_v3', '--size', '74'],
      '[inception_v3] inputShape must be [299,299,3] for weights imagenet with top, got [74,74,3]',
    ],
    [
      'a class index that is none',
      () => ['predict', image, ...model(), '--class-index', image],
      '[class index] class names must be text in UTF-8',
    ],
  ])('%s', async (_what, argv, message) => {
    const { code, out, err } = await thaw(argv())
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.startsWith(message), err).toBe(true)
    expect(err).not.toMatch(/\n\s+at /)
  })

  test('a picture that is cut off', async () => {
    const bytes = readFileSync(image)
    writeFileSync(made('cut.png'), bytes.subarray(0, bytes.length / 2))
    const { code, err } = await thaw(['predict', made('cut.png'), ...model()])
    expect(code).toBe(1)
    expect(err).toMatch(/^\[cut\.png\] /)
  })

  test('a shard that is not there', async () => {
    writeFileSync(made('lonely.weights.json'), readFileSync(fixture('keras3_sharded.weights.json')))
    const { code, err } = await thaw(['inspect', made('lonely.weights.json')])
    expect(code).toBe(1)
    expect(err).toContain('[keras3_sharded_00000.weights.h5] the path must be a readable file')
  })
})

describe('a wrong command line ends with exit code 2', () => {
  const all = Object.keys(NETWORKS).join(', ')
  test.each([
    [[], 'a command must be inspect, predict or convert, got none', ''],
    [['train', 'a.h5'], 'a command must be inspect, predict or convert, got train', ''],
    [['inspect'], 'thaw inspect must be given one FILE, got none', 'inspect '],
    [['inspect', 'a.h5', 'b.h5'], 'thaw inspect must be given one FILE, got a.h5 b.h5', 'inspect '],
    [['inspect', 'a.h5', '--top', '3'], "Unknown option '--top'", 'inspect '],
    [['inspect', 'a.h5', '--size', '--kernels', 'th'], '--kernels must not go with --size or --diff, got both', 'inspect '],
    [['predict', '--model', 'vgg16'], 'thaw predict must be given one IMAGE, got none', 'predict '],
    [['predict', 'a.png'], `--model must be one of ${all}, or a .keras or .h5 file of a whole model, got none`, 'predict '],
    [
      ['predict', 'a.png', '--model', 'vgg'],
      `--model must be one of ${all}, or a .keras or .h5 file of a whole model, got vgg`,
      'predict ',
    ],
    [['predict', 'a.png', '--model', 'vgg16', '--modle', 'x'], "Unknown option '--modle'", 'predict '],
    [['predict', 'a.png', '--model'], "Option '--model <value>' argument missing", 'predict '],
    [
      ['predict', 'a.png', '--model', 'a.keras', '--weights', 'b.h5'],
      '--weights is for a network by its name, got it with the model file a.keras',
      'predict ',
    ],
    [['predict', 'a.png', '--model', 'vgg16', '--weights='], '--weights must not be empty', 'predict '],
    [['predict', 'a.png', '--model', 'vgg16', '--class-index='], '--class-index must not be empty', 'predict '],
    [
      ['predict', 'a.png', '--model', 'vgg16', '--kernels', 'theano'],
      "--kernels is for a file of one's own, got it without --weights FILE or --model FILE",
      'predict ',
    ],
    [['predict', 'a.png', '--model', 'vgg16', '--top', '0'], '--top must be a whole number from 1 to 1000000, got 0', 'predict '],
    [['predict', 'a.png', '--model', 'vgg16', '--size', '1e2'], '--size must be a whole number from 1 to 16384, got 1e2', 'predict '],
    [
      ['predict', 'a.png', '--model', 'vgg16', '--preprocess', 'keras'],
      '--preprocess must be one of none, caffe, tf, torch, unit, bvlc, got keras',
      'predict ',
    ],
    [
      ['predict', 'a.png', '--model', 'vgg16', '--adapter', 'cuda'],
      '--adapter must be one of auto, hardware, lavapipe, swiftshader, got cuda',
      'predict ',
    ],
    [
      ['predict', 'a.png', '--model', 'vgg16', '--weights', 'a.h5', '--dim-ordering', 'nchw'],
      '--dim-ordering must be one of th, tf, got nchw',
      'predict ',
    ],
  ])('%j', async (argv, message, command) => {
    const { code, out, err } = await thaw(argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    const [line, hint] = err.split('\n')
    expect(line!.startsWith(message), line).toBe(true)
    expect(hint).toBe(`thaw ${command}--help says what can be said.`)
  })
})

test('help for everything, and the version', async () => {
  expect(await thaw(['--help'])).toEqual({ code: 0, out: `${HELP.thaw}\n`, err: '' })
  expect(await thaw(['inspect', '--help'])).toEqual({ code: 0, out: `${HELP.inspect}\n`, err: '' })
  expect(await thaw(['predict', 'a.png', '-h'])).toEqual({ code: 0, out: `${HELP.predict}\n`, err: '' })
  for (const name of Object.keys(NETWORKS)) expect(HELP.predict).toMatch(new RegExp(`\\b${name}\\b`))
  for (const key of Object.keys(await inspected(fixture('keras3.keras')))) expect(HELP.inspect).toMatch(new RegExp(`\\b${key}\\b`))
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(await thaw(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

test('as a program of its own: npm run thaw', () => {
  const run = (...argv: string[]) => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/run.mjs', 'src/cli/cli.ts', ...argv], {
      cwd: root,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  const found = run('inspect', fixture('keras3.keras'), '--json')
  expect(found).toMatchObject({ status: 0, stderr: '' })
  expect((JSON.parse(found.stdout) as Inspection).parameters.total).toBe(849)
  expect(run('predict', image, '--model', fixture('keras3.keras'), '--adapter', process.env['THAW_ADAPTER'] || 'auto')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('1.0000  3') as string,
  })
  expect(run('inspect', made('nowhere.h5'))).toMatchObject({ status: 1, stdout: '' })
  expect(run('inspect')).toMatchObject({ status: 2, stdout: '' })
})
