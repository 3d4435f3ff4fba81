/** Look, the room where a Keras file is looked at, in its page. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { cloneModel, layers, loadModel, Model, openDevice, sequential } from '../../src/node.ts'
import { axeViolations, barsOf, downloadBy, drawn, hold, letGo, openPage, useSite } from './support.ts'

const golden = (file: string) => fileURLToPath(new URL(`../golden/keras_files/${file}`, import.meta.url))
const NOTES = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no network') }

const site = useSite({ lasting: true })
let page: Page
let errors: string[]

beforeAll(async () => {
  ;({ page, errors } = await openPage(site, { serviceWorkers: 'block', viewport: { width: 1280, height: 900 } }))
  await page.goto(`${site.url}#look`)
})

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

test('shows the layers as a graph and as a table, and of the one that is chosen config, shapes and weights', async () => {
  await open('keras3_nested.h5')
  await page.getByRole('button', { name: 'conv1 Conv2D 6×6×3, 81 parameters, trunk/conv1' }).click()
  const layer = page.getByRole('article', { name: 'Layer trunk/conv1' })
  await layer.getByText('Config, as Keras has it').click()
  await layer.getByText('kernel_size', { exact: true }).waitFor()
  await layer.getByRole('button', { name: 'Histogram of kernel' }).click()
  await layer.getByRole('img', { name: /^Histogram of kernel, from .* to .*, mean / }).waitFor()
  await page.getByRole('button', { name: 'Table' }).click()
  await expect.poll(() => region('Table of layers').locator('tbody tr').count()).toBe(9)
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
  await expect.poll(() => page.evaluate(() => document.activeElement!.getAttribute('data-id'))).toBe('pool')
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
    const { path, name } = await downloadBy(page, button)
    expect(name).toBe(`${openings}.${ending}`)
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
    await hold(page, 'look', 0)
    await field().setInputFiles(first)
    await field().setInputFiles(golden('keras1_model.h5'))
    await opened('keras1_model.h5').waitFor()
    await letGo(page)
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
  await hold(page, 'histogram', 1) // the second comes after the third
  await histograms().first().click()
  const first = (await bars().getAttribute('aria-label'))!
  await histograms().first().click() // the second weight
  await histograms().last().click()
  await expect.poll(() => bars().getAttribute('aria-label')).not.toBe(first)
  const last = await bars().getAttribute('aria-label')
  await letGo(page)
  expect(await bars().count()).toBe(1)
  expect(await bars().getAttribute('aria-label')).toBe(last)
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
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeViolations(page)).toEqual([])
  }
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(360)
  await page.setViewportSize({ width: 1280, height: 900 })
  expect(errors.join('\n')).toBe('')
})
