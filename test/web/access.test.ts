/** The site by keyboard alone, on a phone's width, in the dark, with less motion: its parts as they are when they have something to show. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { ready } from '../../tools/web-page.ts'
import { axeViolations, drawn, keptAs, keptCards, openPage, taught, useSite } from './support.ts'

const golden = (file: string) => fileURLToPath(new URL(`../golden/keras_files/${file}`, import.meta.url))

const site = useSite({ lasting: true })
let page: Page

beforeAll(async () => {
  ;({ page } = await openPage(site, { serviceWorkers: 'block', reducedMotion: 'reduce', viewport: { width: 360, height: 800 } }))
  await page.goto(site.url)
  await ready(page)
})

/** Goes on with Tab to what has a name, which must be where Tab stops, and at least in part seen. */
async function tabTo(name: RegExp): Promise<void> {
  const focused = () =>
    page.evaluate(() => {
      const at = document.activeElement as HTMLInputElement
      return [at.labels?.[0]?.textContent, at.getAttribute('aria-label'), at.textContent].find((text) => text?.trim())?.trim() ?? ''
    })
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab')
    if (!name.test(await focused())) continue
    const seen = () =>
      page.evaluate(() => {
        const at = document.activeElement!
        const { left, right, top, bottom } = (at.matches('input[type=file]') ? at.closest('label')! : at).getBoundingClientRect()
        return left < innerWidth && right > 0 && bottom > 0 && top < innerHeight ? 'seen' : [at.outerHTML, left, right, top, bottom].join()
      })
    await expect.poll(seen).toBe('seen')
    return
  }
  throw new Error(`Tab never came to ${name}`)
}

async function press(name: RegExp, key = 'Enter'): Promise<void> {
  await tabTo(name)
  await page.keyboard.press(key)
}

/** Nothing that axe finds, in both colours, and nothing wider than the phone. */
async function isWell(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await axeViolations(page)).toEqual([])
  }
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter((e) => !e.closest('.scroll, .unseen, pre') && e.getBoundingClientRect().right > 360)
      .map((e) => e.outerHTML.slice(0, 200)),
  )
  expect(wide).toEqual([])
  expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(360)
  expect(await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)).toBe(0)
}

test('teaches by keyboard alone: changed pictures, rate, pause, a training that goes on after a reload, nearest pictures', async () => {
  await press(/^Demo set$/)
  await page.getByText('30 pictures').nth(1).waitFor()
  await press(/^mirrored$/, ' ')
  await page.getByRole('img', { name: 'Changed picture 6' }).waitFor()
  await press(/^Draw anew$/)
  await isWell()
  await tabTo(/^Epochs/)
  await page.keyboard.press('Control+a')
  await page.keyboard.type('1000')
  await press(/^Learning rate/, 'ArrowDown')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter') // Train, the one before
  await page.getByText(/^Training, epoch ([2-9]|\d\d)/).waitFor()
  await press(/^Pause$/)
  await page.getByText(/^Paused\. /).waitFor()
  await isWell()
  await keptCards(page, { stars: 30, hearts: 30 })
  await expect.poll(() => keptAs(page, 'interrupted')).toBeDefined()
  await page.reload()
  await page.getByRole('button', { name: 'Go on with it' }).waitFor()
  await isWell()
  await press(/^Go on with it$/)
  await page.getByText(/^Training, epoch/).waitFor()
  await press(/^Stop$/)
  await taught(page)
  await press(/nearest training pictures$/, ' ')
  await page
    .locator('section', { hasText: '5 Try' })
    .locator('input[type=file]')
    .setInputFiles(drawn('stars', 1, 5000))
  await page.getByRole('heading', { name: 'Nearest training pictures' }).waitFor()
  await isWell()
})

test('looks by keyboard alone: table, histogram, comparison, another kind of file; Measure is as well', async () => {
  await press(/^Look$/)
  const field = (section: string) => page.locator('section', { hasText: section }).locator('input[type=file]').first()
  await tabTo(/^Keras file…/)
  await field('Look into a Keras file').setInputFiles(golden('keras3_nested.h5'))
  await page.getByText(/^keras3_nested\.h5: /).waitFor()
  await press(/^Table$/)
  await press(/^predictions$/)
  await press(/^Histogram of/)
  await page.getByRole('img', { name: /^Histogram of/ }).waitFor()
  await tabTo(/^Other Keras file…/)
  await field('Compare it with another file').setInputFiles(golden('keras3_model.h5'))
  await page.getByText(/of \d+ weights differ$/).waitFor()
  await isWell()
  const [away] = await Promise.all([page.waitForEvent('download'), press(/^Older Keras/)])
  expect(away.suggestedFilename()).toBe('keras3_nested.h5')
  await page.keyboard.press('Control+Home')
  await press(/^Measure$/)
  await page.getByText(/^Rows: \d+ of/).waitFor()
  await press(/^Rows: /)
  await isWell()
})
