/**
 * The pages of examples/embed in headless Chrome, under a policy that allows nothing but a site's own files: one without a bundler, one whose pictures
 * go to a worker. The app of the packed package is in tools/test-package.mjs.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build as viteBuild, type PluginOption } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromeLaunch, FAKE_CAMERA } from '../../tools/chrome.ts'
import { serveSite, type Site } from '../../tools/site.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { packageModules } from '../../tools/bundle.mjs'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { viteWgsl } from '../../tools/wgsl.mjs'
import { noisePng } from '../support/picture_folder.ts'

const MODEL = fileURLToPath(new URL('../golden/keras_files/keras3.keras', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples/embed/', import.meta.url))
const CLASSES = ['plane', 'car', 'bird', 'cat', 'deer']

const folder = mkdtempSync(join(tmpdir(), 'thaw-embed-'))
const picture = join(folder, 'picture.png')
let browser: Browser
const sites: Site[] = []

beforeAll(async () => {
  writeFileSync(picture, noisePng(9, 7, 1))
  const launch = chromeLaunch()
  browser = await chromium.launch({ ...launch, args: [...launch.args, ...FAKE_CAMERA] })
})
afterAll(async () => {
  await browser.close()
  sites.forEach((site) => site.close())
  rmSync(folder, { recursive: true, force: true })
})

/** The page of a folder, and what it or the browser has against it. */
async function open(path: string): Promise<{ page: Page; errors: string[] }> {
  const site = await serveSite(path, { files: { '/model.keras': MODEL } })
  sites.push(site)
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && !message.location().url.includes('favicon') && errors.push(message.text()))
  await page.goto(site.url)
  return { page, errors }
}

/** Has the page count the classes that its element tells. */
const listen = (page: Page) =>
  page.evaluate(() => {
    const seen: string[] = []
    Object.assign(globalThis, { seen })
    document.querySelector('thaw-classifier')!.addEventListener('classify', ({ detail }) => seen.push(detail.label))
  })
const seen = (page: Page) => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen.length)

test('one script element and no bundler: a picture, and the camera', async () => {
  const path = join(folder, 'plain')
  mkdirSync(path)
  await build({ ...(packageModules as BuildOptions), outdir: join(path, 'thaw') })
  copyFileSync(join(EXAMPLES, 'page.html'), join(path, 'index.html'))
  copyFileSync(join(EXAMPLES, 'page.css'), join(path, 'page.css'))
  writeFileSync(join(path, 'labels.txt'), CLASSES.map((name, i) => `${i} ${name}\n`).join(''))
  const { page, errors } = await open(path)
  await page.getByText('Choose, drop or paste a picture.').waitFor()
  await listen(page)
  await page.locator('thaw-classifier input').setInputFiles(picture)
  await page.getByRole('listitem').nth(2).waitFor()
  expect(await page.getByRole('listitem').count()).toBe(3)
  const shown = await page.locator('body').ariaSnapshot()
  const { nodes } = await (await page.context().newCDPSession(page)).send('Accessibility.getFullAXTree')
  expect(nodes.map(({ role, name }) => `${role?.value} ${name?.value}`)).toContain('group Picture classifier')
  expect(shown).toMatch(new RegExp(`- status: "(${CLASSES.join('|')}): [\\d.]+%"`))
  expect(shown).toContain('button "Choose a picture"')
  expect(
    await page.locator('thaw-classifier').evaluate((e) => getComputedStyle(e.shadowRoot!.querySelector('button')!).borderRadius),
  ).not.toBe('0px')
  const before = await seen(page)
  await page.locator('thaw-classifier').evaluate((element) => element.setAttribute('source', 'webcam'))
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect.poll(() => seen(page), { timeout: 60_000 }).toBeGreaterThan(before + 3)
  await page.getByRole('button', { name: 'Stop the camera' }).click()
  expect(errors).toEqual([])
})

test('in a worker', async () => {
  const path = join(folder, 'worker')
  mkdirSync(path)
  writeFileSync(join(path, 'index.html'), '<!doctype html><title>page</title><script type="module" src="./page.js"></script>')
  writeFileSync(
    join(path, 'page.js'),
    `import { classifierInWorker } from ${JSON.stringify(join(EXAMPLES, 'in_worker.ts'))}
    const classify = classifierInWorker()
    const pixels = (level) => new ImageData(new Uint8ClampedArray(4 * 64).fill(level), 8, 8)
    window.classes = Promise.all([classify(pixels(10)), classify(pixels(255)), classify(pixels(10))])`,
  )
  const plugins = () => [(viteWgsl as (options: object) => PluginOption)({ minified: true })]
  await viteBuild({
    configFile: false,
    root: path,
    logLevel: 'error',
    plugins: plugins(),
    worker: { format: 'es', plugins },
    build: { target: 'es2022' },
  })
  const { page, errors } = await open(join(path, 'dist'))
  const [dark, light, again] = await page.evaluate(
    () => (globalThis as unknown as { classes: Promise<{ probability: number }[][]> }).classes,
  )
  expect(dark!.length).toBe(3)
  expect(again).toEqual(dark)
  expect(light).not.toEqual(dark)
  expect(errors).toEqual([])
})
