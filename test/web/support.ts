/** What tests of the site share: pictures to drop, and a page that notes what must not happen. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PNG } from 'pngjs'
import type { Page } from 'playwright-core'
import type { Site } from '../../tools/web-page.ts'
import { DEMO, drawFigure } from '../../web/src/demo/pictures.ts'

export interface Upload {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

/** Pictures of 64 pixels, which the small network takes as they are. */
export function drawn(kind: keyof typeof DEMO, count: number, first = 1000): Upload[] {
  return Array.from({ length: count }, (_, i) => {
    const png = new PNG({ width: 64, height: 64 })
    png.data = Buffer.from(drawFigure(DEMO[kind], first + i, 64).data)
    return { name: `${kind}-${i}.png`, mimeType: 'image/png', buffer: PNG.sync.write(png) }
  })
}

/** What the page has seen, by its own clock. */
interface Noted {
  readonly violations: string[]
  readonly statuses: Set<string>
}

declare global {
  var noted: Noted
}

/** A new page in a context of its own, nothing kept from others. @param errors what was thrown or complained of by the browser */
export async function openPage(
  site: Site,
  options: Parameters<Site['browser']['newContext']>[0] = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await site.browser.newContext({ acceptDownloads: true, ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.addInitScript(() => {
    globalThis.noted = { violations: [], statuses: new Set() }
    document.addEventListener('securitypolicyviolation', (e) => noted.violations.push(`${e.violatedDirective} ${e.blockedURI}`))
  })
  return { page, errors }
}

/** Notes all that is said of what is under way, from now on. */
export const noteStatuses = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const note = () => document.querySelectorAll('.status').forEach((p) => noted.statuses.add(p.textContent))
    new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true })
  })

/** Adds a class with pictures. */
export async function addClass(page: Page, name: string, pictures: Upload[]): Promise<void> {
  await page.getByRole('button', { name: 'Add a class' }).click()
  const field = page.getByLabel('Name of the class').last()
  await field.fill(name)
  await field.press('Tab')
  const card = page.getByRole('article', { name })
  await card.locator('input[type=file]').setInputFiles(pictures)
  await card.getByText(`${pictures.length} pictures`).waitFor()
}

/** What the bars say, by class. */
export const barsOf = (page: Page): Promise<Record<string, number>> =>
  page
    .locator('.bars meter')
    .evaluateAll((all) => Object.fromEntries((all as HTMLMeterElement[]).map((meter) => [meter.getAttribute('aria-label')!, meter.value])))

/** Shows the page a picture to tell what it is. */
export async function tryPicture(page: Page, picture: Upload): Promise<Record<string, number>> {
  await page.locator('section', { hasText: '5 Try' }).locator('input[type=file]').setInputFiles(picture)
  await page.locator('.bars').waitFor()
  return barsOf(page)
}

/** One task of a thread, in microseconds, as Chrome traces it. */
interface Traced {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/**
 * Milliseconds of the processor that the page's main thread took for each task while something was done, the longest first. By the thread's own
 * clock: what else the machine does is not counted.
 */
export async function tasksWhile(site: Site, page: Page, action: () => Promise<void>): Promise<number[]> {
  await site.browser.startTracing(page, { categories: ['toplevel'] })
  await action()
  const { traceEvents } = JSON.parse((await site.browser.stopTracing()).toString()) as { traceEvents: Traced[] }
  const threadOf = ({ pid, tid }: Traced) => `${pid} ${tid}`
  const main = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf)
  const tasks = traceEvents.filter((event) => event.name === 'ThreadControllerImpl::RunTask' && main.includes(threadOf(event)))
  return tasks.map(({ tdur }) => tdur! / 1000).sort((a, b) => b - a)
}

/** What the browser keeps of the project under a name. */
export const keptAs = <T>(page: Page, name: string): Promise<T | undefined> =>
  page.evaluate(
    (key) =>
      new Promise<T | undefined>((resolve) => {
        indexedDB.open('thaw-teach').onsuccess = (event) => {
          const { result } = event.target as IDBOpenDBRequest
          const found = result.transaction('values').objectStore('values').get(key) as IDBRequest<T | undefined>
          found.onsuccess = () => resolve(found.result)
        }
      }),
    name,
  )

/** What axe-core finds in the page as it is. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
  })
}

/** Two classes of three pictures each, taught for two epochs. */
export async function teach(page: Page): Promise<void> {
  await addClass(page, 'star', drawn('stars', 3))
  await addClass(page, 'heart', drawn('hearts', 3))
  await page.getByLabel('Epochs').fill('2')
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await taught(page)
}

export const taught = (page: Page): Promise<void> => page.getByRole('heading', { name: '5 Try' }).waitFor({ timeout: 60_000 })

/** The file that a button gives. */
export async function downloadBy(page: Page, button: string): Promise<{ path: string; name: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  if (await download.failure()) throw new Error(`${button}: ${await download.failure()}`)
  return { path: await download.path(), name: download.suggestedFilename() }
}
