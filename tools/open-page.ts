/**
 * Opens a folder's page in Chrome, gives its `<thaw-classifier>` a picture, and prints the title that the page then has:
 * `node tools/run.mjs tools/open-page.ts FOLDER MODEL PICTURE`. Ends with exit code 1 for an error or a violation of the policy.
 */
import { chromium } from 'playwright-core'
import { chromeLaunch } from './chrome.ts'
import { serveSite } from './site.ts'

const [folder, model, picture] = process.argv.slice(2)
if (!folder || !model || !picture) throw new Error('usage: open-page.ts FOLDER MODEL PICTURE')
const site = await serveSite(folder, { files: { '/model.keras': model } })
const browser = await chromium.launch(chromeLaunch())
try {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(site.url)
  await page.locator('thaw-classifier input').setInputFiles(picture)
  await page.waitForFunction(() => document.title !== '', undefined, { timeout: 60_000 })
  console.log(await page.title())
  const wrong = errors.filter((text) => !text.includes('favicon') && !text.includes('404'))
  if (wrong.length) throw new Error(wrong.join('\n'))
} finally {
  await browser.close()
  site.close()
}
