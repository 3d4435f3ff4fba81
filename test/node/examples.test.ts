/** The small examples, run as a user runs them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { googlenet } from '../../src/node.ts'
import { classIndexFile, layersOf, pictureFile, weightFile } from '../support/model_files.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function run(example: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/run.mjs', `examples/${example}/main.ts`, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, lines: stdout.split('\n'), stderr }
}

let folder: string
const made = (name: string) => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thaw-examples-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('network', () => {
  test('without weights: the layers of VGG16', () => {
    const { status, lines } = run('network')
    expect(status).toBe(0)
    expect(lines[0]).toBe('Model: "vgg16"')
    expect(lines.find((l) => l.startsWith('block5_conv3'))).toMatch(/^block5_conv3 \(Conv2D\) +\[null,14,14,512\] +2,359,808$/)
    expect(lines).toContain('Total params: 138,357,544 (527.79 MB)')
  })

  test.each(['vgg19', 'inception_v3', 'resnet50', 'resnet50_legacy', 'resnet101', 'resnet152', 'alexnet', 'googlenet'])(
    '%s too',
    (name) => {
      const { status, lines } = run('network', '--', '--network', name)
      expect([status, lines[0]]).toEqual([0, `Model: "${name}"`])
    },
  )

  test('with weights from a file: three names for a picture', async () => {
    const weights = await weightFile(made('googlenet.h5'), layersOf(await googlenet()))
    const names = await classIndexFile(made('names.json'))
    const args = ['--network', 'googlenet', '--size', '32', '--weights', weights, '--class-index', names]
    const drawn = run('network', ...args)
    expect(drawn).toMatchObject({ status: 0, stderr: expect.not.stringContaining('Error') as string })
    const [adapter, ...best] = drawn.lines
    expect(adapter).toMatch(/^Adapter: ./)
    expect(best).toHaveLength(4)
    for (const line of best.slice(0, 3)) expect(line).toMatch(/^ *\d+\.\d\d% {2}thing_\d+$/)
    const noise = run('network', ...args, '--image', await pictureFile(made('noise.png')))
    expect(noise.status).toBe(0)
    expect(noise.lines).not.toEqual(drawn.lines)
  })

  test.each([
    [['--network', 'vgg'], '[network] --network must be one of vgg16, vgg19, '],
    [['--weights', '/nowhere.h5'], '[nowhere.h5] the path must be a readable file'],
    [['--network', 'alexnet', '--weights', 'imagenet'], "[alexnet] weights 'imagenet' must be of a network with official weights"],
    [['--wieghts', 'a.h5'], "Unknown option '--wieghts'"],
    [
      ['--size', 'small'],
      "[input_layer] an input's shape must be positive whole numbers, or null where it is open, without the batch, got [NaN,NaN,3]",
    ],
  ])('%j is refused', (args, message) => {
    const { status, stderr } = run('network', ...args)
    expect(status).toBe(1)
    expect(stderr.startsWith(message), stderr).toBe(true)
  })
})

describe('cut', () => {
  const table = (...args: string[]) => {
    const { status, lines, stderr } = run('cut', ...args)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return lines.slice(1, -1).map((l) => l.split(/ {2,}/))
  }

  test('VGG16 until block4_pool', () => {
    expect(table()).toEqual([
      ['vgg16', '138,357,544', '138,357,544', '0'],
      ['without top', '14,714,688', '14,714,688', '0'],
      ['until block4_pool', '7,635,264', '7,635,264', '0'],
      ['with a new head', '7,769,162', '7,769,162', '0'],
      ['with the trunk frozen', '7,769,162', '133,898', '7,635,264'],
    ])
  })

  test("the table in the examples' README is what it prints", () => {
    const shown = readFileSync(join(root, 'examples/README.md'), 'utf8')
    expect(shown).toContain(`\n    ${run('cut').lines.slice(0, -1).join('\n    ')}\n`)
  })

  test('another cut and another number of classes', () => {
    const [, , cut, , frozen] = table('--cut', 'block1_pool', '--classes', '2')
    expect(cut).toEqual(['until block1_pool', '38,720', '38,720', '0'])
    expect(frozen).toEqual(['with the trunk frozen', '55,874', '17,154', '38,720'])
  })

  // Trunks by Keras 3.15.1 (count_params); the heads are 1024 x 256 + 256 + 256 x 10 + 10, and the same with 768.
  test.each([
    ['resnet50', '8,589,184', '264,970'],
    ['inception_v3', '8,975,264', '199,434'],
  ])('%s', (name, trunk, head) => {
    const [whole, , cut, , frozen] = table('--network', name)
    expect([whole![0], cut![1], frozen![2], frozen![3]]).toEqual([name, trunk, head, trunk])
  })

  test.each([
    [['--network', 'vgg19'], '[cut] --network must be one of vgg16, resnet50, inception_v3, got vgg19'],
    [['--cut', 'block9_pool'], '[vgg16] a layer must be in the network, got block9_pool'],
    [['--classes', 'ten'], '[predictions] units must be '],
  ])('%j is refused', (args, message) => {
    const { status, stderr } = run('cut', ...args)
    expect(status).toBe(1)
    expect(stderr.startsWith(message), stderr).toBe(true)
  })
})

describe('predict', () => {
  const model = fileURLToPath(new URL('../golden/keras_files/keras3.keras', import.meta.url))

  test('the model in a .keras file', async () => {
    const image = await pictureFile(made('noise.png'))
    const { status, lines } = run('predict', model, '--image', image, '--preprocess', 'unit')
    expect(status).toBe(0)
    expect(lines[0]).toBe('7 weights from keras3.keras (.keras archive, Keras 3 weights, with layer names)')
    expect(lines).toContain('Total params: 849 (3.32 KB)')
    // By Keras 3.15.1: load_img with target_size (8, 8), divided by 255, model.predict.
    expect(lines.slice(-4)).toEqual(['class 3: 0.3532', 'class 4: 0.2609', 'class 1: 0.1382', ''])
  })

  test('a drawn picture, pixels as they are', () => {
    const { status, lines } = run('predict', '--', model)
    expect(status).toBe(0)
    const scores = lines.slice(-4, -1).map((l) => Number(/^class \d: (\d\.\d{4})$/.exec(l)![1]))
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
  })

  test.each([
    [[], '[predict] there must be one FILE, got 0'],
    [['/nowhere.keras'], '[nowhere.keras] the path must be a readable file'],
    [[model, '--preprocess', 'keras'], '[preprocess_input] network must be one of '],
  ])('%j is refused', (args, message) => {
    const { status, stderr } = run('predict', ...args)
    expect(status).toBe(1)
    expect(stderr).toContain(message)
  })
})
