/** What a browser does behind the page's back: its graphics process ends, the tab is hidden, frozen, thawed. The page goes on by itself. */
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSite, type Site } from '../../tools/web-page.ts'
import { addClass, barsOf, drawn, openReady, taught, tryPicture } from './support.ts'

const EPOCHS = 24
const [STAR, HEART] = [drawn('stars', 1, 5000)[0]!, drawn('hearts', 1, 5000)[0]!]

let site: Site
let page: Page

beforeEach(async () => {
  // A browser for each: Chrome gives no adapter any more after a second crash.
  site = await openSite({ chrome: (args) => args.filter((arg) => arg !== '--in-process-gpu') })
})

afterEach(async () => {
  await site?.close()
})

/** Two classes, and the epochs that they are to be taught for. @param init runs in the page before anything */
async function open(epochs: number, init?: () => void): Promise<void> {
  page = await openReady(site, init ? { init } : {})
  await addClass(page, 'star', drawn('stars', 10))
  await addClass(page, 'heart', drawn('hearts', 10))
  await page.getByRole('spinbutton', { name: 'Epochs' }).fill(String(epochs))
}

const train = () => page.getByRole('button', { name: 'Train', exact: true }).click()

/** Waits for an epoch of the training. */
const inEpoch = (epoch: number) =>
  page.waitForFunction((from) => {
    const status = [...document.querySelectorAll('.status')].map((p) => /^Training, epoch (\d+)/.exec(p.textContent)).find(Boolean)
    return Number(status?.[1]) >= from
  }, epoch)

/** The curves as they are drawn: of two trainings that went the same way they are the same. */
const curves = () => page.locator('polyline').evaluateAll((lines) => lines.map((line) => line.getAttribute('points')))

/** Ends the process that Chrome has the GPU in. */
async function killGpuProcess(): Promise<void> {
  const cdp = await site.browser.newBrowserCDPSession()
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  await cdp.detach()
  process.kill(processInfo.find(({ type }) => type === 'GPU')!.id, 'SIGKILL')
}

test('the graphics process is killed: a training goes on by itself to the same curve', async () => {
  await open(EPOCHS)
  await train()
  await taught(page)
  const undisturbed = await curves()
  await page.getByRole('button', { name: 'Start over' }).click()
  await train()
  await inEpoch(3)
  await killGpuProcess()
  await taught(page)
  await page.getByText('Training went on by itself from the last step that was kept.').waitFor()
  expect(await curves()).toEqual(undisturbed)
})

test('the graphics process is killed: predictions are what they were', async () => {
  await open(2)
  await train()
  await taught(page)
  const before = await tryPicture(page, STAR)
  await killGpuProcess()
  const field = page.locator('section', { hasText: '5 Try' }).locator('input[type=file]')
  await field.setInputFiles(HEART)
  await expect.poll(() => barsOf(page)).not.toEqual(before)
  await field.setInputFiles(STAR)
  await expect.poll(() => barsOf(page)).toEqual(before)
  expect(await page.locator('.notice').textContent()).not.toContain('did not work')
})

declare global {
  var hide: (now: boolean) => void
}

test('the tab is hidden, which draws no frame and slows timers, and then frozen: training goes on', async () => {
  await open(EPOCHS, () => {
    let hidden = false
    const [frame, later] = [globalThis.requestAnimationFrame.bind(globalThis), globalThis.setTimeout.bind(globalThis)]
    globalThis.requestAnimationFrame = (callback) => (hidden ? 0 : frame(callback))
    globalThis.setTimeout = ((callback: () => void, ms = 0) => later(callback, hidden ? Math.max(1000, ms) : ms)) as typeof setTimeout
    Object.defineProperties(Document.prototype, {
      hidden: { get: () => hidden },
      visibilityState: { get: () => (hidden ? 'hidden' : 'visible') },
    })
    globalThis.hide = (now) => {
      hidden = now
      document.dispatchEvent(new Event('visibilitychange'))
    }
  })
  await train()
  await inEpoch(2)
  await page.evaluate(() => hide(true))
  await taught(page)
  expect((await curves()).map((points) => points!.split(' ').length)).toEqual(Array(4).fill(EPOCHS))
  await page.evaluate(() => hide(false))
  await page.getByRole('button', { name: 'Start over' }).click()
  await train()
  await inEpoch(2)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
  await new Promise((done) => setTimeout(done, 1500)) // how long it is frozen
  await cdp.send('Page.setWebLifecycleState', { state: 'active' })
  await taught(page)
  expect((await curves()).map((points) => points!.split(' ').length)).toEqual(Array(4).fill(EPOCHS))
})
