/** Three thousand pictures: on disk and not in memory, there again after a reload, and a page that goes on while they come. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ready } from '../../tools/web-page.ts'
import { DEMO, drawFigure, TAUGHT } from '../../web/src/demo/pictures.ts'
import { archive } from '../support/zip.ts'
import { keptCards, openPage, tasksWhile, useSite } from './support.ts'

const FIGURES = { star: DEMO.stars, heart: DEMO.hearts, ring: TAUGHT.ring }
const SIDE = 32
/** What there may be more in memory for each picture: bytes of the page's heap, and of the process that page and worker are in. */
const [MOST_HEAP, MOST_RESIDENT] = [1000, 20_000]
/** Milliseconds of a task that is felt. */
const LONG = 50
/** Pictures of a class that are in the page. */
const SHOWN = 48

const folder = mkdtempSync(join(tmpdir(), 'thaw-many-'))
const site = useSite({ lasting: true, chrome: (args) => [...args, '--js-flags=--expose-gc'] })
let page: Page
let cdp: CDPSession

declare global {
  var urls: Set<string>
}

beforeAll(async () => {
  ;({ page } = await openPage(site, { serviceWorkers: 'block', viewport: { width: 1280, height: 900 } }))
  await page.addInitScript(() => {
    globalThis.urls = new Set()
    const [make, revoke] = [URL.createObjectURL.bind(URL), URL.revokeObjectURL.bind(URL)]
    URL.createObjectURL = (blob) => {
      const url = make(blob)
      urls.add(url)
      return url
    }
    URL.revokeObjectURL = (url) => {
      urls.delete(url)
      revoke(url)
    }
  })
  await page.goto(site.url)
  await ready(page)
  cdp = await page.context().newCDPSession(page)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A bitmap file of 24 bits for each pixel. */
function bitmap(rgba: Uint8ClampedArray, side: number): Buffer {
  const file = Buffer.alloc(54 + 3 * side * side)
  file.write('BM')
  file.writeUInt32LE(file.length, 2)
  file.writeUInt32LE(54, 10)
  for (const [at, value] of [[14, 40], [18, side], [22, side], [26, 1 + (24 << 16)]] as const) file.writeUInt32LE(value, at) // prettier-ignore
  for (let i = 0; i < side * side; i++) for (let c = 0; c < 3; c++) file[54 + 3 * i + c] = rgba[4 * i + 2 - c]!
  return file
}

/** An archive with a folder for each class, of which no picture is there twice, nor in one that begins elsewhere. */
function pictures(name: string, first: number, each: number): string {
  const entries = Object.entries(FIGURES).flatMap(([className, figure], k) => {
    const drawn = Array.from({ length: 10 }, (_, i) => bitmap(drawFigure(figure, i, SIDE).data, SIDE))
    return Array.from({ length: each }, (_, i) => {
      const data = Buffer.from(drawn[i % 10]!)
      data.writeUIntBE(first + 3 * i + k, 54, 3) // one pixel
      return { name: `${className}/${i}.bmp`, data }
    })
  })
  const path = join(folder, name)
  writeFileSync(path, archive(entries))
  return path
}

/**
 * What there is when all that can be freed is: bytes of the page's own heap, and of the process that page and worker are in; addresses of blobs.
 * What the browser keeps for them is in another process, since these contexts have no disk.
 */
async function held(): Promise<{ heap: number; resident: number; urls: number }> {
  for (const worker of page.workers()) await worker.evaluate(() => gc!()) // --expose-gc
  await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  const browser = await site.browser.newBrowserCDPSession()
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo')
  await browser.detach()
  const residentOf = ({ id }: { id: number }) => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))![1])
  const [renderer] = processInfo
    .filter(({ type }) => type === 'renderer')
    .map((one) => (process.platform === 'linux' ? residentOf(one) : NaN))
  return { heap: usedSize, resident: renderer!, urls: await page.evaluate(() => urls.size) }
}

/** How many pictures the classes say that they have. */
const counts = async () => (await page.locator('.cards footer span').allTextContents()).map((text) => parseInt(text))

async function give(path: string, each: number): Promise<void> {
  await page.getByLabel('Zip…').setInputFiles(path)
  await page.getByRole('article', { name: 'ring' }).getByText(`${each} pictures`).waitFor({ timeout: 200_000 })
}

test('3,000 pictures in three classes: memory does not grow with them, no task of the page is felt, and one press takes all of an archive back', async () => {
  await give(pictures('first.zip', 0, 333), 333)
  const before = await held()
  await give(pictures('more.zip', 999, 667), 1000)
  const after = await held()
  const each = { heap: (after.heap - before.heap) / 2001, resident: (after.resident - before.resident) / 2001 }
  console.log(`for each picture: ${each.heap.toFixed(0)} bytes of the page's heap, ${each.resident.toFixed(0)} of its process`)
  expect(await page.locator('.thumbnails img').count()).toBe(3 * SHOWN)
  expect(after.urls).toBeLessThanOrEqual(3 * SHOWN)
  expect(each.heap).toBeLessThan(MOST_HEAP)
  if (process.platform === 'linux') expect(each.resident).toBeLessThan(MOST_RESIDENT)
  const tasks = await tasksWhile(site, page, () => give(pictures('last.zip', 3000, 40), 1040))
  console.log(`longest task of the main thread while pictures came: ${tasks[0]!.toFixed(1)} ms`)
  expect(tasks[0]).toBeLessThan(LONG)
  await page.getByRole('button', { name: 'Undo adding 120 pictures' }).click()
  await expect.poll(counts).toEqual([1000, 1000, 1000])
})

test('they are there after a reload, shown as they come into view', async () => {
  await keptCards(page, { star: 1000, heart: 1000, ring: 1000 })
  const tasks = await tasksWhile(site, page, async () => {
    await page.reload()
    await expect.poll(counts).toEqual([1000, 1000, 1000])
    await ready(page)
  })
  console.log(`longest task of the main thread while the project opened: ${tasks[0]!.toFixed(1)} ms`)
  expect(tasks[0]).toBeLessThan(LONG)
  expect(await page.getByText(/there twice/).count()).toBe(0)
  const last = page.locator('.thumbnails img').last()
  await last.scrollIntoViewIfNeeded()
  await expect.poll(() => last.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(SIDE)
})
