/** Files that are none, too large or full of what is no number, and a disk that is full: a sentence that says what to do, and nothing lost. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { blobSource } from '../../src/loaders/bytes/blob.ts'
import { openMember, zipMembers } from '../../src/loaders/bytes/zip.ts'
import { loadModel } from '../../src/node.ts'
import { archive } from '../support/zip.ts'
import { addClass, downloadBy, drawn, keptCards, noteStatuses, openReady, teach, useSite, type Upload } from './support.ts'

const [STAR] = drawn('stars', 1, 5000)
const folder = mkdtempSync(join(tmpdir(), 'thaw-hostile-'))

const site = useSite()
let page: Page

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const open = async () => void (page = await openReady(site))

const notice = () => page.locator('.notice')
const field = (section: string) => page.locator('section', { hasText: section }).locator('input[type=file]').first()
const picture = (name: string, buffer: Buffer): Upload => ({ name, mimeType: '', buffer })

/** A file of 2 GB that is nothing but zeros, and takes no room. */
function huge(name: string): string {
  const path = join(folder, name)
  const file = openSync(path, 'w')
  ftruncateSync(file, 2 ** 31)
  closeSync(file)
  return path
}

test('pictures without pixels, with none that can be decoded, or of 2 GB: each is named with why, and the others are taken', async () => {
  await open()
  await addClass(page, 'star', drawn('stars', 2))
  const card = page.getByRole('article', { name: 'star' }).locator('input[type=file]')
  const flat = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>')
  await card.setInputFiles([
    picture('flat.svg', flat),
    { ...picture('head.png', STAR!.buffer.subarray(0, 33)), mimeType: 'image/png' }, // no more than its size
    { ...picture('empty.png', Buffer.alloc(0)), mimeType: 'image/png' },
    STAR!,
  ])
  for (const why of [
    /flat\.svg: /,
    /head\.png: the browser cannot read it as a picture/,
    /empty\.png: the file is empty/,
    /All others were/,
  ])
    await notice().getByText(why).waitFor()
  await page.getByText('3 pictures').waitFor()
  await card.setInputFiles(huge('huge.png'))
  await notice()
    .getByText(/huge\.png: a picture must have at most 67108864 bytes, got 2147483648/)
    .waitFor()
  await page.getByText('3 pictures').waitFor()
})

test('2 GB of zeros, as a network, an archive, a project and in Look: none is read whole, and each says what it is not', async () => {
  await open()
  await field('1 Network').setInputFiles(huge('huge.keras'))
  await notice()
    .getByText(/Opening the network did not work\..*huge\.keras.*Nothing was changed/)
    .waitFor()
  await page.getByLabel('Zip…').setInputFiles(huge('huge.zip'))
  await notice()
    .getByText(/huge\.zip: pictures must be a zip archive/)
    .waitFor()
  await field('The project as a file').setInputFiles(huge('huge.thaw.zip'))
  await notice()
    .getByText(/huge\.thaw\.zip: a project must be a zip archive/)
    .waitFor()
  await page.goto(`${site.url}#look`)
  await field('Look into a Keras file').setInputFiles(huge('looked.h5'))
  await notice()
    .getByText(/Opening the file did not work\..*Choose a file that Keras saved/)
    .waitFor()
})

/** The built-in network with one weight made otherwise. */
async function broken(layer: string, value: number): Promise<Upload> {
  const model = await loadModel(join(site.folder, 'small.keras'))
  const [kernel, ...rest] = await model.getLayer(layer).getWeights()
  await model.getLayer(layer).setWeights([{ ...kernel!, data: new Float32Array(kernel!.data.length).fill(value) }, ...rest])
  return picture(`${layer}.keras`, Buffer.from(await (await model.save('keras').blob()).arrayBuffer()))
}

test('a network with weights that are no numbers, or so large that what it says is none: what to do, and no bars', async () => {
  await open()
  await addClass(page, 'star', drawn('stars', 3))
  await addClass(page, 'heart', drawn('hearts', 3))
  const buffer = (await broken('conv1', 0.125)).buffer
  const eighths = Buffer.from(new Float32Array(8).fill(0.125).buffer)
  const at = buffer.indexOf(eighths)
  expect(at).toBeGreaterThan(0)
  buffer.fill(0xff, at, at + eighths.length) // NaN
  await field('1 Network').setInputFiles(picture('nan.keras', buffer))
  await notice()
    .getByText(/weights must be finite .*, got NaN.*Choose another file/)
    .waitFor()
  await field('1 Network').setInputFiles(await broken('conv5', 3e38))
  await page.getByText(/It is conv5\.keras/).waitFor()
  await noteStatuses(page)
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  // Noted, since what measuring says may come right behind it.
  await expect
    .poll(() => page.evaluate(() => [...noted.statuses]))
    .toContainEqual(expect.stringMatching(/Training did not work\..*the loss must be finite, got NaN.*Press Start over/))
  expect(await page.locator('.bars').count()).toBe(0)
  expect(await page.locator('.cards footer span').allTextContents()).toEqual(Array(2).fill('3 pictures, 1 of them for validation'))
})

test('what was learned says no numbers: what to do instead of broken bars', async () => {
  await open()
  await teach(page)
  const saved = readFileSync((await downloadBy(page, 'Save as a file')).path)
  const model = await loadModel((await downloadBy(page, '(.keras)')).path)
  const last = model.layers.at(-1)!
  const [kernel, bias] = await last.getWeights()
  await last.setWeights([{ ...kernel!, data: kernel!.data.map((_, i) => (i % 2 ? 3e38 : -3e38)) }, bias!])
  const source = blobSource(new Blob([saved]), 'project')
  const entries = await Promise.all(
    (await zipMembers(source)).map(async (member) => {
      const content = await openMember(source, member)
      return { name: member.name, data: await content.read(0, content.size) }
    }),
  )
  const learned = entries.find(({ name }) => name.startsWith('learned'))!
  learned.data = new Uint8Array(await (await model.saveWeights('weights.h5').blob()).arrayBuffer())
  page.on('dialog', (dialog) => void dialog.accept())
  await field('The project as a file').setInputFiles({
    name: 'large.thaw.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from(archive(entries)),
  })
  await notice().getByText('Measuring what an epoch costs did not work.').waitFor() // else it comes later, over what is waited for
  await field('5 Try').setInputFiles(STAR!)
  await notice()
    .getByText(/Looking at the picture did not work\. .*probabilities must be numbers, got NaN, NaN: .*too large\. Press Start over/)
    .waitFor()
  expect(await page.locator('.bars, .mistakes').count()).toBe(0)
})

declare global {
  var full: boolean
}

test('a disk that is full: says so, and all is kept as soon as there is room', async () => {
  await open()
  await addClass(page, 'star', drawn('stars', 3))
  await keptCards(page, { star: 3 })
  await page.evaluate(() => {
    const put = IDBObjectStore.prototype.put // eslint-disable-line @typescript-eslint/unbound-method -- it is called upon each store
    globalThis.full = true
    IDBObjectStore.prototype.put = function (...args) {
      if (globalThis.full) throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, args)
    }
  })
  await addClass(page, 'heart', drawn('hearts', 30))
  await notice()
    .getByText(/Saving the project did not work\..*The browser has no room left: take pictures away/)
    .waitFor()
  const thumbnail = page.getByRole('article', { name: 'heart' }).locator('img').first()
  await thumbnail.scrollIntoViewIfNeeded()
  await expect.poll(() => thumbnail.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(64)
  await page.evaluate(() => void (globalThis.full = false))
  await page.getByLabel('Name of the class').last().fill('hearts')
  await page.keyboard.press('Tab')
  await keptCards(page, { star: 3, hearts: 30 })
  await page.reload()
  await expect
    .poll(() => page.locator('.cards footer span').allTextContents())
    .toEqual([expect.stringMatching(/^3 /), expect.stringMatching(/^30 /)])
})
