/**
 * A page as it is delivered: bundled, from a server whose Content-Security-Policy allows nothing but its own files, in headless Chrome. The page
 * predicts, and so does a worker, which trains, too.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { build, type PluginOption } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromeLaunch } from '../../tools/chrome.ts'
import { serveSite, type Site } from '../../tools/site.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { viteWgsl } from '../../tools/wgsl.mjs'

const MODEL = fileURLToPath(new URL('../golden/keras_files/keras3.keras', import.meta.url))
const INDEX = fileURLToPath(new URL('../../src/index.ts', import.meta.url))

const SHARED = `
  import { loadModel, openDevice } from 'thaw-webgpu'
  const x = { shape: [2, 8, 8, 3], data: Float32Array.from({ length: 384 }, (_, i) => Math.sin(i)) }
  export async function run(train) {
    const device = await openDevice()
    const model = await loadModel(new URL('/model.keras', self.location.href).href)
    await model.compile({ device })
    const { data } = await model.predict(x)
    let epochs = 0
    if (train) {
      await model.compile({ device, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
      epochs = (await model.fit({ x, y: [0, 1] }, { epochs: 2 })).epochs.length
    }
    model.dispose()
    const { buffers } = device.live
    device.dispose()
    return { data: [...data], epochs, buffers }
  }`

const PAGE = `
  import { run } from './shared.js'
  window.violations = []
  document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI))
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  const answered = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data))
    worker.onerror = (e) => reject(new Error(e.message))
  })
  window.results = Promise.all([run(false), answered])`

const WORKER = `
  import { run } from './shared.js'
  run(true).then((result) => postMessage(result), (error) => postMessage({ error: String(error) }))`

const FILES = {
  'index.html': '<!doctype html><title>page</title><script type="module" src="./page.js"></script>',
  'page.js': PAGE,
  'shared.js': SHARED,
  'worker.js': WORKER,
}

let folder = ''
let site: Site
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thaw-strict-'))
  await Promise.all(Object.entries(FILES).map(([name, text]) => writeFile(join(folder, name), text)))
  const plugins = () => [(viteWgsl as (options: object) => PluginOption)({ minified: true })]
  await build({
    configFile: false,
    root: folder,
    logLevel: 'error',
    resolve: { alias: { 'thaw-webgpu': INDEX } },
    plugins: plugins(),
    worker: { format: 'es', plugins },
    build: { target: 'es2022' },
  })
  site = await serveSite(join(folder, 'dist'), { files: { '/model.keras': MODEL } })
  browser = await chromium.launch(chromeLaunch())
})

afterAll(async () => {
  await browser.close()
  site.close()
  await rm(folder, { recursive: true, force: true })
})

interface Result {
  readonly data: number[]
  readonly epochs: number
  readonly buffers: number
}

test("works under default-src 'self', in the page and in a worker", async () => {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(site.url)
  const results = await page.evaluate(() => (globalThis as unknown as { results: Promise<Result[]> }).results)
  const violations = await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)
  expect(violations).toEqual([])
  expect(errors.filter((text) => !text.includes('favicon'))).toEqual([])
  const [inPage, inWorker] = results as [Result, Result]
  expect(inPage.data.length).toBe(10)
  for (const row of [0, 5]) expect(inPage.data.slice(row, row + 5).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
  expect(inWorker.data).toEqual(inPage.data)
  expect([inPage.epochs, inWorker.epochs, inPage.buffers, inWorker.buffers]).toEqual([0, 2, 0, 0])
})

test('the policy is what holds: inline code does not run', async () => {
  const page = await browser.newPage()
  await page.goto(site.url)
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.inline = true'
    document.head.append(script)
  })
  expect(await page.evaluate(() => 'inline' in globalThis)).toBe(false)
  expect(readFileSync(join(folder, 'dist', 'index.html'), 'utf8')).not.toMatch(/<script[^>]*>[^<]/)
})
