/** The site where something is missing or wrong: a sentence that says what to do, and nothing lost. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { serveSite } from '../../tools/site.ts'
import { ready } from '../../tools/web-page.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { pageBytes } from '../../tools/web.mjs'
import { archive } from '../support/zip.ts'
import { addClass, drawn, hold, letGo, openPage, openReady, useSite } from './support.ts'

const golden = (file: string) => fileURLToPath(new URL(`../golden/keras_files/${file}`, import.meta.url))

const site = useSite()

const notice = (of: Page) => of.getByRole('status')

test('the page itself takes at most 90 kB, gzipped', () => {
  const bytes = (pageBytes as (folder: string) => number)(site.folder)
  console.log(`the page's own: ${bytes} bytes gzipped`)
  expect(bytes).toBeLessThanOrEqual(90_000)
})

test.each([
  ['no WebGPU', 'delete WorkerNavigator.prototype.gpu;', /take a current Chrome, Edge, Safari or Firefox/],
  ['no adapter', 'GPU.prototype.requestAdapter = async () => null;', /switch on graphics acceleration/],
])('%s: says what to do, and keeps pictures all the same', async (_, worker, sentence) => {
  const page = await openReady(site, { worker })
  await notice(page).getByText(sentence).waitFor()
  await addClass(page, 'star', drawn('stars', 3))
  expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true)
})

/** Presses the button that records, until something is so. */
async function record(own: Page, until: () => Promise<unknown>): Promise<void> {
  await own.waitForFunction(() => document.querySelector<HTMLVideoElement>('.recorder video')?.videoWidth)
  await own.getByRole('button', { name: 'Hold to record' }).focus()
  await own.keyboard.down(' ')
  await until()
  await own.keyboard.up(' ')
  await own.getByRole('button', { name: 'Hold to record' }).waitFor()
}

test('a camera that is refused: says what to do; one that is there is recorded, and one press takes it all back', async () => {
  const own = await openReady(site)
  await own.getByRole('button', { name: 'Add a class' }).click()
  await own.evaluate(() => {
    const media = navigator.mediaDevices
    const ask = media.getUserMedia.bind(media)
    let asked = 0
    media.getUserMedia = (wanted) => (asked++ ? ask(wanted) : Promise.reject(new DOMException('refused', 'NotAllowedError')))
  })
  const camera = own.getByRole('article').getByRole('button', { name: 'Camera' })
  await camera.click()
  await notice(own)
    .getByText(/Allow the camera in the address bar/)
    .waitFor()
  await camera.click()
  await record(own, () => own.waitForFunction(() => document.querySelectorAll('.thumbnails img').length >= 3))
  await own.getByRole('button', { name: /^Undo adding \d+ pictures$/ }).click()
  await own.getByText('0 pictures').waitFor()
})

declare global {
  /** Frames that were taken of the camera. */
  var filmed: number
}

test('what is recorded while an archive comes in is all there behind it, and one press takes it back', async () => {
  const own = await openReady(site)
  await addClass(own, 'me', drawn('stars', 2))
  await own.getByRole('article').getByRole('button', { name: 'Camera' }).click()
  await own.evaluate(() => {
    const encode = OffscreenCanvas.prototype.convertToBlob // eslint-disable-line @typescript-eslint/unbound-method -- it is called upon each canvas
    globalThis.filmed = 0
    OffscreenCanvas.prototype.convertToBlob = function (...options) {
      filmed++
      return encode.apply(this, options)
    }
  })
  await hold(own, 'take')
  const entries = drawn('hearts', 3).map(({ name, buffer }) => ({ name: `heart/${name}`, data: buffer }))
  await own.getByLabel('Zip…').setInputFiles({ name: 'hearts.zip', mimeType: 'application/zip', buffer: Buffer.from(archive(entries)) })
  await record(own, () => own.waitForFunction(() => filmed >= 4))
  await letGo(own)
  await own.getByRole('button', { name: /^Undo adding \d+ pictures$/ }).click() // when all is there
  const counts = () => own.locator('.cards footer span').allTextContents()
  await expect.poll(counts).toEqual([expect.stringMatching(/^2 pictures/), expect.stringMatching(/^3 pictures/)])
  await own.getByRole('button', { name: 'Undo adding 3 pictures' }).click()
  await expect.poll(counts).toEqual([expect.stringMatching(/^2 pictures/)])
})

test('files that are no network, cut off, or no picture: says what to do, and all stays', async () => {
  const own = await openReady(site)
  const network = own.locator('section', { hasText: '1 Network' }).locator('input[type=file]')
  const whole = readFileSync(golden('keras3.keras'))
  await network.setInputFiles({ name: 'cut.keras', mimeType: '', buffer: whole.subarray(0, whole.length >> 1) })
  await notice(own)
    .getByText(/Opening the network did not work\..*Nothing was changed\./)
    .waitFor()
  await network.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no network') })
  await notice(own)
    .getByText(/notes\.txt.*Nothing was changed\./)
    .waitFor()
  await own.getByText(/^small: 53,236 parameters/).waitFor()
  await addClass(own, 'star', drawn('stars', 3))
  const field = own.getByRole('article', { name: 'star' }).locator('input[type=file]')
  await field.setInputFiles([{ name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') }, ...drawn('stars', 1)])
  await notice(own).getByText('broken.png: the browser cannot read it as a picture').waitFor()
  await own.getByText('4 pictures').waitFor()
  await own.getByText('One picture is there twice').waitFor()
})

test('the ice line, by keyboard: what trains, and which of the four cases it is', async () => {
  const own = await openReady(site)
  const line = own.getByRole('slider', { name: 'Ice line' })
  await own.getByText('Case 1.').waitFor()
  await line.focus()
  await own.keyboard.press('ArrowLeft')
  await own.getByText('Case 3.').waitFor()
  expect(await line.getAttribute('aria-valuetext')).toBe('4 of 5 blocks are frozen')
  await own.getByText('27,842 of 52,586 parameters train').waitFor() // conv5: 3 x 3 x 48 x 64 + 64, and the new layer's 64 x 2 + 2
  await own.getByLabel('Use').selectOption('up to pool3')
  await own.getByText('Case 2.').waitFor()
  await own.getByLabel('random weights').check()
  await own.getByText('Case 4.').waitFor()
})

test('works offline, once it was loaded', async () => {
  const { page } = await openPage(site)
  await page.goto(site.url)
  await ready(page)
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await page.context().setOffline(true)
  await page.reload()
  await ready(page)
})

/** Puts a next version into the site's folder, where each chunk has another name. @returns a chunk's old name and new one */
function deploy(folder: string): [string, string] {
  const chunks = readdirSync(join(folder, 'chunks'))
  const next = (name: string) => name.replace('.js', '-next.js')
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))) {
    const text = chunks.reduce((code, name) => code.replaceAll(name, next(name)), readFileSync(join(folder, file), 'utf8'))
    writeFileSync(join(folder, file), file === 'sw.js' ? text.replace(/(?<=version:")\w+/, 'next') : text)
  }
  for (const name of chunks) renameSync(join(folder, 'chunks', name), join(folder, 'chunks', next(name)))
  return [chunks[0]!, next(chunks[0]!)]
}

test('a version that is deployed while a tab is open: the tab keeps its own chunks, and the next one has the new ones alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thaw-deployed-'))
  cpSync(site.folder, folder, { recursive: true })
  const served = await serveSite(folder, { headers: {} })
  const status = (of: Page, chunk: string) => of.evaluate(async (name) => (await fetch(`./chunks/${name}`)).status, chunk)
  try {
    let { page } = await openPage(site)
    await page.goto(served.url)
    await page.waitForFunction(() => navigator.serviceWorker.controller)
    const [before, after] = deploy(folder)
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready
      await registration.update()
      await registration.update() // whose turn comes when the new one is installed, and where it does not wait, is active
    })
    await notice(page).getByText('A new version of this page is there.').waitFor()
    expect(await status(page, before)).toBe(200)
    const context = page.context()
    await page.close()
    page = await context.newPage()
    await expect.poll(async () => (await page.goto(served.url), page.evaluate(() => caches.keys()))).toEqual(['thaw-site-next'])
    await ready(page)
    expect([await status(page, before), await status(page, after)]).toEqual([404, 200])
  } finally {
    served.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
