/** The site's bench: a small row against tfjs, its outputs compared, copied as `npm run bench -- --json` writes it; and Thaw alone. */
import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import type { Report } from '../../bench/report.ts'
import { openSite, type Site } from '../../tools/web-page.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { peersInstalled } from '../../tools/web.mjs'
import { axeViolations, openPage } from './support.ts'

const ROW = 'softmax 32x1000'

let site: Site | undefined

afterEach(async () => {
  await site?.close()
  site = undefined
})

/** The room, with no row wanted but one. */
async function openRoom(peers: boolean): Promise<{ page: Page; errors: string[] }> {
  site = await openSite({ peers })
  const opened = await openPage(site, { permissions: ['clipboard-read', 'clipboard-write'] })
  const { page } = opened
  await page.goto(`${site.url}#measure`)
  await page.getByText(/^Rows: 1\d of/).waitFor()
  await page.getByText(/^Rows: /).click()
  await page.evaluate((row) => {
    for (const box of document.querySelectorAll<HTMLInputElement>('details input')) {
      if (box.checked !== (box.closest('label')!.textContent.trim() === row)) box.click()
    }
  }, ROW)
  await page.getByText(/^Rows: 1 of/).waitFor()
  return opened
}

async function copied(page: Page): Promise<Report> {
  await page.getByRole('button', { name: 'Copy as JSON' }).click()
  await page.getByText(/^Copied/).waitFor()
  return JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Report
}

if (!peersInstalled) console.warn('SKIPPED: Measure against tfjs, for want of bench/node_modules (npm ci --prefix bench)')

test.skipIf(!peersInstalled)('compares with tfjs on WebGPU and WebAssembly, within its own policy; in a worker', async () => {
  const { page, errors } = await openRoom(true)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.evaluate(() => {
    GPU.prototype.requestAdapter = () => Promise.reject(new Error('the page measures nothing itself')) // a worker has its own
  })
  await page.getByRole('button', { name: 'Measure', exact: true }).click()
  const { adapter, peak, rows, failed } = await copied(page)
  expect(asked).toContain('/peers/tfjs.js')
  expect(failed).toEqual([])
  expect(adapter).toMatch(/, (software|hardware)$/)
  expect(Math.min(peak.gflops, peak.copyGBs)).toBeGreaterThan(0)
  expect(rows.map(({ name, flops }) => [name, flops])).toEqual([[ROW, 5 * 32 * 1000]])
  const { ours, peers, ratio, difference } = rows[0]!
  for (const peer of ['tfjs-webgpu', 'tfjs-wasm']) {
    expect(ratio[peer]).toBeCloseTo(peers[peer]!.medianMs / ours.medianMs, 6)
    expect(difference[peer]).toBeLessThan(1e-5)
  }
  const bars = page.getByRole('img', { name: /^Thaw [\d.]+ ms, tfjs-webgpu [\d.]+ ms, tfjs-wasm [\d.]+ ms$/ })
  await bars.waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeViolations(page)).toEqual([])
  }
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(360)
  expect(await page.evaluate(() => noted.violations)).toEqual([])
  expect(errors.join('\n')).toBe('')
})

test('without peers it says how to get them and measures Thaw alone; is stopped between rows', async () => {
  const { page } = await openRoom(false)
  await page.getByText('npm ci --prefix bench').waitFor()
  await page.getByRole('button', { name: 'Measure', exact: true }).click()
  const { rows, failed } = await copied(page)
  expect(rows.map(({ name, peers }) => [name, peers])).toEqual([[ROW, {}]])
  expect(failed).toEqual([])
  await page.evaluate(() => {
    const button = (text: string) => [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === text)!
    const stop = button('Stop')
    // As soon as it can be pressed, in the turn of the other press: before the worker has a device, however fast that is.
    new MutationObserver(() => stop.click()).observe(stop, { attributeFilter: ['disabled'] })
    button('Measure').click()
  })
  expect((await copied(page)).rows).toEqual([])
})
