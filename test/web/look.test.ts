/** Look, the room where a Keras file is looked at. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { alexnet, cloneModel, inceptionV3, layers, loadModel, Model, openDevice, sequential, vgg16 } from '../../src/node.ts'
import { openSite, type Site } from '../../tools/web-page.ts'
import { BOX_HEIGHT, BOX_WIDTH, layOut, type Box } from '../../web/src/look/layout.ts'
import { Look } from '../../web/src/worker/look/look.ts'
import { nodesOf } from '../../web/src/worker/look/nodes.ts'
import { barsOf, drawn, openPage } from './support.ts'

const golden = (file: string) => fileURLToPath(new URL(`../golden/keras_files/${file}`, import.meta.url))
const fileOf = (file: string) => new File([readFileSync(golden(file))], file)
const NOTES = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no network') }

let site: Site
let page: Page
let errors: string[]

beforeAll(async () => {
  site = await openSite()
  ;({ page, errors } = await openPage(site, { serviceWorkers: 'block', viewport: { width: 1280, height: 900 } }))
  await page.addInitScript(() => {
    // Answers that a test asks for come late.
    globalThis.late = () => 0
    const { prototype } = Worker as unknown as { prototype: { addEventListener: (this: Worker, type: string, hear: unknown) => void } }
    const listen = prototype.addEventListener
    prototype.addEventListener = function (type, hear) {
      const heard = (event: MessageEvent<Answer>) => {
        const wait = late(event.data)
        if (wait) setTimeout(() => (hear as (event: MessageEvent) => void)(event), wait)
        else (hear as (event: MessageEvent) => void)(event)
      }
      listen.call(this, type, type === 'message' ? heard : hear)
    }
  })
  await page.goto(`${site.url}#look`)
})

beforeEach(async () => {
  await page.evaluate(() => void (globalThis.late = () => 0))
})

afterAll(async () => {
  await site?.close()
})

/** What the worker answers. */
interface Answer {
  readonly value?: { readonly counts?: unknown; readonly origin?: unknown }
  readonly failure?: unknown
}

declare global {
  var late: (answer: Answer) => number
}

const notice = () => page.getByRole('status')
const field = () => page.locator('section', { hasText: 'Look into a Keras file' }).locator('input[type=file]').first()
const opened = (name: string): Locator => page.getByText(new RegExp(`^${name.replaceAll('.', '\\.')}: [\\d,]+ bytes$`))
const region = (name: string): Locator => page.getByRole('region', { name, exact: true })
const histograms = () => page.getByRole('button', { name: /^Histogram of/ })
const bars = () => page.getByRole('img', { name: /^Histogram of/ })

let openings = 0

/** Opens a file under a name that none before had. */
async function open(file: string | Buffer): Promise<void> {
  const name = `${++openings}.h5`
  await field().setInputFiles({ name, mimeType: '', buffer: typeof file === 'string' ? readFileSync(golden(file)) : file })
  await opened(name).waitFor()
}

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

test('shows the layers as a graph and as a table, and of the one that is chosen config, shapes and weights', async () => {
  await open('keras3_nested.h5')
  await page.getByRole('button', { name: 'conv1 Conv2D 6×6×3, 81 parameters, trunk/conv1' }).click()
  const layer = page.getByRole('article', { name: 'Layer trunk/conv1' })
  await layer.getByText('Config, as Keras has it').click()
  await layer.getByText('kernel_size', { exact: true }).waitFor()
  await layer.getByRole('button', { name: 'Histogram of kernel' }).click()
  await layer.getByRole('img', { name: /^Histogram of kernel, from .* to .*, mean / }).waitFor()
  await page.getByRole('button', { name: 'Table' }).click()
  const rows = await region('Table of layers').locator('tbody tr').allTextContents()
  expect(rows.length).toBe(9)
  await region('Table of layers').getByRole('button', { name: 'predictions' }).click()
  await page.getByRole('article', { name: 'Layer predictions' }).getByText('Dense, output [null,5], 25 parameters').waitFor()
})

test('the graph by keyboard: arrows along the edges and into a network, Enter selects, one stop for Tab', async () => {
  await open('keras3_nested.h5')
  const graph = region('Graph')
  expect(await graph.locator('[tabindex="0"]').count()).toBe(1)
  await graph.locator('[tabindex="0"]').focus()
  for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
  await page.getByRole('article', { name: 'Layer trunk/conv1' }).waitFor()
  await page.keyboard.press('End')
  await page.keyboard.press(' ')
  await page.getByRole('article', { name: 'Layer predictions' }).waitFor()
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate(() => document.activeElement!.getAttribute('data-id'))).toBe('pool')
  expect(await graph.locator('[tabindex="0"]').count()).toBe(1)
})

test('takes a picture through the network: classes, feature maps of the layer that is chosen, and their values as Node has them; away as each kind of file', async () => {
  const model = sequential(
    [
      layers.input({ shape: [16, 16, 3] }),
      layers.rescaling({ scale: 1 / 127.5, offset: -1, name: 'pixels' }),
      layers.conv2d({ filters: 40, kernelSize: 3, activation: 'relu', name: 'conv' }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
    ],
    { classNames: ['ant', 'bee', 'cat'] },
  )
  await open(Buffer.from(await (await model.save('keras').blob()).arrayBuffer()))
  const [picture] = drawn('stars', 1)
  await page.locator('section', { hasText: 'Take a picture through it' }).locator('input[type=file]').setInputFiles(picture!)
  const went = page.getByText(`${picture!.name} went through, 16×16`)
  await went.waitFor()
  await page.locator('section', { hasText: 'Take a picture through it' }).locator('input[type=file]').setInputFiles(NOTES)
  await notice().getByText('Taking the picture through the network did not work').waitFor()
  await went.waitFor() // and not the file that did not
  using device = await openDevice()
  const part = new Model({ inputs: model.inputs[0]!, outputs: [model.outputOf('conv'), model.outputOf('out')] })
  await part.compile({ device })
  const [conv, out] = await part.predict(picture!.buffer)
  part.dispose()
  for (const [name, p] of Object.entries(await barsOf(page))) expect(p).toBeCloseTo(out!.data[model.classNames!.indexOf(name)]!, 4)
  await page.getByRole('button', { name: /^conv Conv2D/ }).click()
  const channels = page.getByRole('img', { name: /^Channel / })
  await channels.first().waitFor()
  expect(await channels.count()).toBe(32)
  await page.getByRole('button', { name: 'More of 40 channels' }).click()
  await expect.poll(() => channels.count()).toBe(40)
  const last = conv!.data.filter((_, i) => i % 40 === 39)
  const label = `Channel 39, from ${Math.min(...last).toPrecision(3)} to ${Math.max(...last).toPrecision(3)}`
  expect(await channels.last().getAttribute('aria-label')).toBe(label)
  await page.getByRole('button', { name: /^out Dense/ }).click()
  await page.getByRole('img', { name: /^Histogram of what out gives, from 0\.\d+ to 0\.\d+/ }).waitFor()
  for (const [button, ending] of Object.entries({ 'Keras 3 file': 'keras', 'Older Keras': 'h5', 'Weights alone': 'weights.h5' })) {
    const [away] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
    expect(away.suggestedFilename()).toBe(`${openings}.${ending}`)
    const path = await away.path()
    const again = ending === 'weights.h5' ? await cloneModel(model) : await loadModel(path)
    if (ending === 'weights.h5') await again.loadWeights(path)
    expect(await again.getWeights()).toEqual(await model.getWeights())
  }
})

test('compares two files: layers added, removed and changed, and by how much weights differ', async () => {
  const made = async (parts: { units: number; more?: boolean }, first: number) => {
    const rest = parts.more ? [layers.dropout({ rate: 0.5, name: 'drop' })] : [layers.flatten({ name: 'flat' })]
    const { units } = parts
    const list = [layers.dense({ units: 4, name: 'one' }), ...rest, layers.dense({ units, name: 'two' })]
    const model = sequential([layers.input({ shape: [3], name: 'in' }), ...list], { name: 'm' })
    await model.getLayer('one').setWeights([
      { shape: [3, 4], data: new Float32Array(12).fill(first) },
      { shape: [4], data: new Float32Array(4) },
    ])
    return Buffer.from(await (await model.save('h5').blob()).arrayBuffer())
  }
  await open(await made({ units: 2 }, 1))
  const section = page.locator('section', { hasText: 'Compare it with another file' })
  const buffer = await made({ units: 3, more: true }, 1.25)
  await section.locator('input[type=file]').setInputFiles({ name: 'other.h5', mimeType: '', buffer })
  await section.getByText('other.h5: 3 of 4 weights differ').waitFor()
  await section.getByText('Added: drop').waitFor()
  await section.getByText('Removed: flat').waitFor()
  expect(await section.getByText(/^Changed: two/).textContent()).toContain('config/units: 2, then 3')
  const rows = await region('Weights that differ').locator('tbody tr').allInnerTexts()
  expect(rows.map((row) => row.split('\t'))).toEqual([
    ['one/kernel', '[3, 4]', '[3, 4]', '12', '0.2500'],
    ['two/kernel', '[4, 2]', '[4, 3]', '', ''],
    ['two/bias', '[2]', '[3]', '', ''],
  ])
})

test('two files that are opened at once: the last one is shown, and what comes late of the first is dropped, an error too', async () => {
  for (const first of [golden('keras3_nested.h5'), NOTES]) {
    await open('keras3.keras')
    await page.evaluate(() => {
      let answers = 0
      globalThis.late = ({ value, failure }) => ((value?.origin || failure) && answers++ === 0 ? 400 : 0)
    })
    await field().setInputFiles(first)
    await field().setInputFiles(golden('keras1_model.h5'))
    await opened('keras1_model.h5').waitFor()
    await page.waitForTimeout(600)
    expect(await opened('keras1_model.h5').count()).toBe(1)
    expect(await notice().textContent()).toBe('')
  }
})

test('two files of one architecture are two, a weight without finite values says so, and of two that are asked for each has its own bars', async () => {
  const [weight] = await (await loadModel(golden('keras3_model.h5'))).getWeights()
  const buffer = readFileSync(golden('keras3_model.h5'))
  const choose = async () => {
    await open(buffer)
    await page.locator('summary', { hasText: /^All/ }).click()
  }
  await choose()
  await page.evaluate(() => {
    let answers = 0
    globalThis.late = ({ value }) => (value?.counts && answers++ === 1 ? 400 : 0) // the second histogram comes after the third
  })
  await histograms().first().click()
  const first = (await bars().getAttribute('aria-label'))!
  await histograms().first().click() // the second weight
  await histograms().last().click()
  await page.waitForTimeout(800)
  expect(await bars().count()).toBe(1)
  const last = await bars().getAttribute('aria-label')
  await choose()
  expect(await bars().count()).toBe(0)
  await histograms().last().click()
  expect(await bars().getAttribute('aria-label')).toBe(last)
  const { data } = weight!
  const at = buffer.indexOf(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  expect(at).toBeGreaterThan(0)
  buffer.fill(0xff, at, at + data.byteLength) // NaN
  await choose()
  await histograms().first().click()
  const name = first.slice(0, first.indexOf(', from'))
  expect(await bars().getAttribute('aria-label')).toBe(`${name}, no finite values, ${data.length} not finite`)
})

test('what is no Keras file: says what to do, and the file before stays', async () => {
  await open('keras3.keras')
  await field().setInputFiles(NOTES)
  await notice()
    .getByText(/Opening the file did not work\..*Choose a file that Keras saved/)
    .waitFor()
  expect(await opened(`${openings}.h5`).count()).toBe(1)
})

test('is accessible, light and dark, and fits 360 pixels', async () => {
  await open('keras3_nested.h5')
  await page.getByRole('button', { name: /trunk\/conv1$/ }).click()
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
    })
    expect(found).toEqual([])
  }
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(360)
  await page.setViewportSize({ width: 1280, height: 900 })
  expect(errors.join('\n')).toBe('')
})
