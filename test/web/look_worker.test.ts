/** Look without its page: what its worker says of a file, by how few bytes, and where layers are drawn. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { alexnet, inceptionV3, loadModel, openDevice, vgg16 } from '../../src/node.ts'
import { BOX_HEIGHT, BOX_WIDTH, layOut, type Box } from '../../web/src/look/layout.ts'
import { Look } from '../../web/src/worker/look/look.ts'
import { nodesOf } from '../../web/src/worker/look/nodes.ts'

const golden = (file: string) => fileURLToPath(new URL(`../golden/keras_files/${file}`, import.meta.url))
const fileOf = (file: string) => new File([readFileSync(golden(file))], file)

/** Boxes must not cover each other, but for those in an opened one, which it holds. */
function overlaps(boxes: readonly Box[]): string[] {
  const within = (a: Box, b: Box) => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height
  const apart = (a: Box, b: Box) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
  return boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b) => {
      const inside = a.opened && b.path.startsWith(`${a.path}/`)
      return (inside ? within(b, a) : apart(a, b)) ? [] : [`${a.id} and ${b.id}`]
    }),
  )
}

test('draws InceptionV3: 313 layers in rows by depth, edges downwards, no box over another', async () => {
  const network = await inceptionV3()
  const { boxes, ways, width } = layOut(nodesOf(network))
  expect(boxes.length).toBe(313)
  expect(ways.length).toBe(network.calls.reduce((n, [t]) => n + t!.inputs.length, 0))
  expect(overlaps(boxes)).toEqual([])
  const byId = new Map(boxes.map((box) => [box.id, box]))
  for (const box of boxes) for (const id of box.below) expect(byId.get(id)!.y).toBeGreaterThanOrEqual(box.y + BOX_HEIGHT)
  expect(width).toBeLessThan(8 * BOX_WIDTH) // four branches, two of which fork
})

test('draws a network in a network as a box that holds its layers', async () => {
  const network = await loadModel(golden('keras3_nested.h5'))
  const { boxes } = layOut(nodesOf(network))
  expect(boxes.filter(({ opened }) => opened).map(({ id }) => id)).toEqual(['trunk'])
  expect(overlaps(boxes)).toEqual([])
  const trunk = boxes.find(({ id }) => id === 'trunk')!
  expect([trunk.above, trunk.below]).toEqual([['image'], ['trunk/inner_image']])
  expect(boxes.find(({ id }) => id === 'trunk/bn2')!.below).toEqual(['pool'])
})

/** A file of which nothing but its zeros is made up, and that counts the bytes that are read. */
class Counted extends File {
  read = 0
  readonly #pieces: { begin: number; bytes: Uint8Array<ArrayBuffer> }[] = []
  readonly #size: number

  constructor(name: string, chunks: readonly (Uint8Array<ArrayBuffer> | number)[]) {
    super([], name)
    let at = 0
    for (const chunk of chunks) {
      if (typeof chunk !== 'number') this.#pieces.push({ begin: at, bytes: chunk })
      at += typeof chunk === 'number' ? chunk : chunk.length
    }
    this.#size = at
  }
  override get size(): number {
    return this.#size
  }
  override slice(begin = 0, end = this.#size): Blob {
    const whole = new Uint8Array(end - begin)
    for (const { begin: at, bytes } of this.#pieces) {
      if (at >= end || at + bytes.length <= begin) continue
      const from = Math.max(at, begin)
      whole.set(bytes.subarray(from - at, Math.min(at + bytes.length, end) - at), from - begin)
    }
    this.read += whole.length
    return new Blob([whole])
  }
}

test('opens VGG16, 553 MB, by reading less than one of them, and a weight when it is looked at', async () => {
  const network = await vgg16()
  for (const w of network.weights) w.source = { shape: w.shape, read: (begin, end) => Promise.resolve(new Float32Array(end - begin)) }
  const chunks: (Uint8Array<ArrayBuffer> | number)[] = []
  for await (const chunk of network.save('h5')) chunks.push(chunks.length && chunk.length > 65_536 ? chunk.length : new Uint8Array(chunk)) // first comes what is no values
  const file = new Counted('vgg16.h5', chunks)
  expect(file.size).toBeGreaterThan(553e6)
  const look = new Look(() => openDevice())
  const { id, model, weights } = await look.look([file])
  expect(model!.total).toBe(138_357_544)
  expect(file.read).toBeLessThan(1_000_000)
  console.log(`VGG16: ${file.read} of ${file.size} bytes were read to open it`)
  const before = file.read
  const { least, most } = await look.histogram(id, weights.find(({ name }) => name === 'block1_conv1/bias')!.key)
  expect([least, most]).toEqual([0, 0])
  expect(file.read - before).toBeLessThan(300_000)
})

test.each([
  ['keras3.keras', { Keras: '3.15.1', 'Weights kept as': 'float32', 'Dtype policy': 'float32' }],
  ['../models/trained_adam.h5', { Keras: '3.15.1', Backend: 'jax', Optimizer: /^Adam, with its state \(\d+ variables\)/ }],
  ['keras1_model.h5', { Keras: /^1\./, Optimizer: 'none is kept' }],
  ['keras2_float16.h5', { 'Weights kept as': 'float16' }],
])('says where %s comes from', async (file, said) => {
  const { origin } = await new Look(() => openDevice()).look([fileOf(file)])
  const found = Object.fromEntries(origin)
  for (const [what, wanted] of Object.entries(said))
    expect(found[what], what).toEqual(typeof wanted === 'string' ? wanted : (expect.stringMatching(wanted) as string))
})

test.each([
  ['keras3.weights.h5', /weights alone, and fits no network that is known here\. Open its config together with it: .*model\.to_json/],
  ['../models/gated.h5', /classes of its own, whose Python code is in no file: .*mine>Swish.*customObjects/],
])('says of %s what to do, and lists its weights', async (file, sentence) => {
  const { model, refusal, weights } = await new Look(() => openDevice()).look([fileOf(file)])
  expect(model).toBeUndefined()
  expect(refusal).toMatch(sentence)
  expect(weights.length).toBeGreaterThan(0)
})

test('weights alone are shown in the network that they fit', async () => {
  const network = await alexnet({ includeTop: false })
  const blob = await network.saveWeights('h5').blob()
  const { model, note } = await new Look(() => openDevice()).look([new File([blob], 'weights.h5')])
  expect(note).toContain('they fit alexnet without its top')
  expect(model!.layers.slice(1).map(({ path }) => path)).toEqual(network.layers.slice(1).map(({ name }) => name)) // inputs are numbered
})
