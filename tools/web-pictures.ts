/**
 * Takes pictures of the site: `node tools/run.mjs tools/web-pictures.ts FOLDER`, wide and narrow, light and dark; without a folder the one that
 * README begins with, `docs/web.png`.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PNG } from 'pngjs'
import type { Page } from 'playwright-core'
import { DEMO, drawFigure } from '../web/src/demo/pictures.ts'
import { openSite, ready } from './web-page.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { peersInstalled } from './web.mjs'

/** A drawn star as a file. */
function starFile(): { name: string; mimeType: string; buffer: Buffer } {
  const { width, height, data } = drawFigure(DEMO.stars, 0, 96)
  const png = new PNG({ width, height })
  png.data = Buffer.from(data)
  return { name: 'star.png', mimeType: 'image/png', buffer: PNG.sync.write(png) }
}

const STAR = starFile()
/** What is measured. */
const ROWS = ['softmax 32x1000', 'dense 32x2048->512']
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
  await page.getByText('Trained. Try it below').waitFor()
  await page.getByRole('button', { name: 'Close the notice' }).click()
  await page.locator('section', { hasText: '5 Try' }).locator('input[type=file]').setInputFiles(STAR)
  await page.locator('.bars').waitFor({ timeout: 60_000 })
}

/** A network looked into, with a picture that went through, and a layer of it. */
async function look(page: Page, file: string): Promise<void> {
  await page.goto(`${page.url().replace(/#.*/, '')}#look`)
  await page.locator('section', { hasText: 'Look into a Keras file' }).locator('input[type=file]').first().setInputFiles(file)
  await page.locator('section', { hasText: 'Take a picture through it' }).locator('input[type=file]').setInputFiles(STAR)
  await page.getByText(/went through/).waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: /^conv3 Conv2D/ }).click()
  await page
    .getByRole('img', { name: /^Channel / })
    .first()
    .waitFor()
  await page.locator('section', { hasText: 'Compare it with' }).locator('input[type=file]').setInputFiles(file)
  await page.getByText(/weights differ/).waitFor()
}

/** Two rows measured. */
async function measure(page: Page): Promise<void> {
  await page.goto(`${page.url().replace(/#.*/, '')}#measure`)
  await page.getByText(/^Rows: /).click({ timeout: 60_000 })
  await page.evaluate((rows) => {
    for (const box of document.querySelectorAll<HTMLInputElement>('details input'))
      if (box.checked !== rows.includes(box.closest('label')!.textContent.trim())) box.click()
  }, ROWS)
  await page.getByRole('button', { name: 'Measure', exact: true }).click()
  await page.getByRole('button', { name: 'Copy as JSON' }).click({ timeout: 240_000 })
}

/** The page as it is: wide and narrow, light and dark. */
async function shoot(page: Page, folder: string, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 360]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 })
}

const site = await openSite({ peers: peersInstalled as boolean })
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
    await shoot(page, folder, 'teach')
    await look(page, join(site.folder, 'small.keras'))
    await shoot(page, folder, 'look')
    await measure(page)
    await shoot(page, folder, 'measure')
  }
  await site.close()
}
