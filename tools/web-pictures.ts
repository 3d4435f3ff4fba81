/**
 * Takes pictures of the site: `node tools/run.mjs tools/web-pictures.ts FOLDER`, wide and narrow, light and dark; without a folder the one that
 * README begins with, `docs/web.png`.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { openSite, ready } from './web-page.ts'

const README = fileURLToPath(new URL('../docs/web.png', import.meta.url))
const [folder] = process.argv.slice(2)

/** The demo set taught, and one picture of it looked at. */
async function teach(page: Page): Promise<void> {
  await ready(page)
  await page.getByRole('button', { name: 'Demo set' }).click()
  await page.getByText('30 pictures').nth(1).waitFor()
  await page.getByText(/An epoch of/).waitFor({ timeout: 60_000 })
  await page.getByLabel('Epochs').fill('12')
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await page.getByRole('heading', { name: '5 Try' }).waitFor({ timeout: 120_000 })
  const src = await page.locator('.thumbnails img').first().getAttribute('src')
  const bytes = await page.evaluate(async (url) => [...new Uint8Array(await (await fetch(url)).arrayBuffer())], src!)
  const file = { name: 'star.png', mimeType: 'image/png', buffer: Buffer.from(bytes) }
  await page.locator('section', { hasText: '5 Try' }).locator('input[type=file]').setInputFiles(file)
  await page.locator('.bars').waitFor({ timeout: 60_000 })
}

const site = await openSite()
const page = await site.browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
page.on('console', (message) => console.log(message.type(), message.text()))
page.on('pageerror', (error) => console.log('page error', error.message))
await page.goto(site.url)
try {
  await teach(page)
} finally {
  if (!folder) {
    await page.setViewportSize({ width: 1000, height: 900 })
    await page.evaluate(() => scrollTo(0, 0)) // boxes are of what is seen
    const [first, last] = await Promise.all(['3 Ice line', '5 Try'].map((hasText) => page.locator('section', { hasText }).boundingBox()))
    const clip = { x: 0, y: first!.y - 10, width: 1000, height: last!.y + last!.height - first!.y + 20 }
    await page.screenshot({ path: README, fullPage: true, clip })
  } else {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 900 })
        await page.screenshot({ path: join(folder, `teach-${width}-${colorScheme}.png`), fullPage: true })
      }
    }
  }
  await site.close()
}
