/** The site as somebody uses it: two classes taught from pictures, seen, tried, taken away, and there again after a reload. */
import { execFile, spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { PNG } from 'pngjs'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createClassifier, loadModel } from '../../src/node.ts'
import { ready } from '../../tools/web-page.ts'
import {
  addClass,
  answered,
  axeViolations,
  downloadBy,
  drawn,
  keptTaught,
  noteStatuses,
  openPage,
  taught,
  tasksWhile,
  tryPicture,
  useSite,
} from './support.ts'

/** Milliseconds of a task that is felt. */
const LONG = 50
const EPOCHS = 12
/** Pictures that the network has not been taught. */
const STAR = drawn('stars', 1, 5000)[0]!
const HEART = drawn('hearts', 1, 5000)[0]!

const site = useSite({ lasting: true })
let page: Page
let errors: string[]
/** What was taken away, by its ending. */
const taken = new Map<string, string>()
let probabilities: Record<string, number>

beforeAll(async () => {
  ;({ page, errors } = await openPage(site, { viewport: { width: 1280, height: 900 } }))
  await page.goto(site.url)
  await ready(page)
})

async function takeAway(button: string): Promise<string> {
  const { path, name } = await downloadBy(page, button)
  taken.set(name.split('.').at(-1)!, path)
  return path
}

test('says what is missing before it can be trained', async () => {
  expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true)
  await page.getByText('Make at least two classes').waitFor()
  await addClass(page, 'star', drawn('stars', 12))
  await page.getByRole('button', { name: 'Add a class' }).click()
  await page.getByText('“Class 2” has no pictures').waitFor()
  await page.getByRole('button', { name: 'Undo adding a class' }).click()
  await addClass(page, 'heart', drawn('hearts', 12))
  await page.getByText(/An epoch of 20 pictures takes about/).waitFor()
})

test('trains in view: curves of training and validation, confusion matrix, and no task on the main thread that is felt', async () => {
  await page.getByLabel('Epochs').fill(String(EPOCHS))
  await noteStatuses(page)
  const [longest] = await tasksWhile(site, page, async () => {
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    await taught(page)
  })
  console.log(`longest task of the main thread while training: ${longest!.toFixed(1)} ms`)
  expect(longest).toBeLessThan(LONG)
  const statuses = await page.evaluate(() => [...noted.statuses])
  expect(statuses.some((text) => new RegExp(`^Training, epoch \\d+ of ${EPOCHS}: \\d+ pictures/s, \\d+ s left$`).test(text))).toBe(true)
  const points = await page.locator('polyline').evaluateAll((lines) => lines.map((line) => line.getAttribute('points')!.split(' ').length))
  expect(points).toEqual([EPOCHS, EPOCHS, EPOCHS, EPOCHS])
  const cells = await page.locator('.matrix td').allTextContents()
  expect(cells.map(Number).reduce((a, b) => a + b)).toBe(4) // every fifth of twelve, of both classes
})

test('tells new pictures apart, and shows where it looks', async () => {
  const heart = await tryPicture(page, HEART)
  expect(heart['heart']).toBeGreaterThan(0.5)
  const pixels = () => page.locator('canvas').evaluate((c: HTMLCanvasElement) => c.toDataURL())
  const withHeat = await pixels()
  await answered(page, 'see', () => page.getByLabel(/show where it looks/).uncheck())
  expect((await pixels()) === withHeat).toBe(false)
  await answered(page, 'see', () => page.getByLabel(/show where it looks/).check())
  expect((await pixels()) === withHeat).toBe(true)
  probabilities = await tryPicture(page, STAR)
  expect(probabilities['star']).toBeGreaterThan(0.5)
})

test('shows the training pictures that are nearest to the tried one, by what the last layer is given of them', async () => {
  await page.getByLabel('nearest training pictures').check()
  const shown = page.locator('section', { hasText: '5 Try' }).locator('.mistakes li')
  const of = (name: string) => expect.poll(() => shown.allInnerTexts()).toEqual(Array(3).fill(expect.stringMatching(new RegExp(`^${name} \\(\\d+ % alike\\)$`)))) // prettier-ignore
  await of('star')
  const alike = (await shown.allInnerTexts()).map((text) => Number(/\d+/.exec(text)![0]))
  expect(alike).toEqual([...alike].sort((a, b) => b - a))
  expect(alike[0]).toBeLessThanOrEqual(100)
  await tryPicture(page, HEART)
  await of('heart')
  await page.getByLabel('nearest training pictures').uncheck()
  await expect.poll(() => shown.count()).toBe(0)
  await tryPicture(page, STAR)
})

test('gives files that say the same in Node: .keras and .h5, with classes, and with one set of weights', async () => {
  const keras = await takeAway('Keras 3 file (.keras)')
  const h5 = await takeAway('Older Keras (.h5)')
  using classifier = await createClassifier(keras)
  const said = await classifier.classify(STAR.buffer, { top: 2 })
  for (const { className, probability } of said) expect(probability).toBeCloseTo(probabilities[className]!, 5)
  expect([...classifier.classNames]).toEqual(['star', 'heart'])
  const [one, other] = [await loadModel(keras), await loadModel(h5)]
  expect(await one.getWeights()).toEqual(await other.getWeights())
  expect(other.classNames).toEqual(['star', 'heart'])
})

const python = process.env['THAW_PYTHON'] ?? 'python3'
const env = { ...process.env, KERAS_BACKEND: process.env['KERAS_BACKEND'] ?? 'jax' }
const keras = spawnSync(python, ['-c', 'import keras, h5py; assert int(keras.__version__[0]) >= 3'], { env }).status === 0
if (!keras) console.warn('SKIPPED: files of the site in real Keras, for want of Python with Keras 3 (THAW_PYTHON)')

test.skipIf(!keras)('gives files that say the same in real Keras, .keras and .h5', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thaw-taught-'))
  try {
    const files = await Promise.all(
      ['keras', 'h5'].map(async (ending) => {
        const file = join(folder, `taught.${ending}`)
        await copyFile(taken.get(ending)!, file)
        return file
      }),
    )
    const { width, data } = PNG.sync.read(STAR.buffer)
    await writeFile(
      join(folder, 'pixels'),
      data.filter((_, i) => i % 4 < 3),
    )
    const script = fileURLToPath(new URL('predict.py', import.meta.url))
    const { stdout } = await promisify(execFile)(python, [script, String(width), join(folder, 'pixels'), ...files], { env })
    const said = JSON.parse(stdout) as number[][]
    expect(said.length).toBe(2)
    for (const [star, heart] of said) {
      expect(star).toBeCloseTo(probabilities['star']!, 5)
      expect(heart).toBeCloseTo(probabilities['heart']!, 5)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('gives a page that works alone, from a disk', async () => {
  const path = await takeAway('Web page (.html)')
  const alone = await site.browser.newPage()
  await alone.goto(pathToFileURL(path).href)
  await alone.setContent(await readFile(path, 'utf8'))
  await alone.locator('input').setInputFiles(STAR)
  await alone.getByText(/star \d/).waitFor()
  expect(await alone.locator('output').textContent()).toContain(`star ${(100 * probabilities['star']!).toFixed(1)} %`)
  await alone.close()
})

test('keeps the project: after a reload there are the pictures, and what was learned', async () => {
  await keptTaught(page, ['star', 'heart'])
  await page.reload()
  await taught(page)
  expect(await page.getByLabel('Name of the class').evaluateAll((all) => all.map((i) => (i as HTMLInputElement).value))).toEqual([
    'star',
    'heart',
  ])
  expect(await page.locator('.thumbnails img').count()).toBe(24)
  expect(await page.locator('polyline').count()).toBe(4)
  await page.getByText(/An epoch of 20 pictures takes about/).waitFor()
  const again = await tryPicture(page, STAR)
  expect(again['star']).toBeCloseTo(probabilities['star']!, 5)
})

test('is accessible, light and dark, and fits 360 pixels', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeViolations(page)).toEqual([])
  }
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(360)
})

test('breaks no rule of its own policy, and throws nothing', async () => {
  expect(await page.evaluate(() => noted.violations)).toEqual([])
  expect(errors.join('\n')).toBe('')
})
