/** What tests of the site share: pictures to drop, and a page that notes what must not happen. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PNG } from 'pngjs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { openSite, ready, type Site, type SiteOptions } from '../../tools/web-page.ts'
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

/** Milliseconds in which a state must come that a test waits for: far more than any machine needs. */
const PATIENCE = 90_000

/** The site for the tests of a file: opened before them and closed after them. @param lasting whether pages outlive the test that opens them */
export function useSite({ lasting = false, ...options }: SiteOptions & { readonly lasting?: boolean } = {}): Site {
  const site = {} as Site
  beforeAll(async () => void Object.assign(site, await openSite(options)))
  afterEach(async () => {
    if (!lasting) await Promise.all(site.browser.contexts().map((context) => context.close()))
  })
  afterAll(() => (site.browser as Site['browser'] | undefined) && site.close())
  return site
}

/** What the page has seen, and what of the worker's answers it does not see yet. */
interface Noted {
  readonly violations: string[]
  readonly statuses: Set<string>
  /** What a worker was asked, and how many answers have come, by its methods. */
  readonly asked: Record<string, number>
  readonly answers: Record<string, number>
  /** Which answers are kept back: by their method, and how many of it have come before. */
  holds: (method: string, before: number) => boolean
  /** Gives the page what was kept back. */
  held: (() => void)[]
}

declare global {
  var noted: Noted
}

/** In the page, before all else. */
function note(): void {
  globalThis.noted = { violations: [], statuses: new Set(), asked: {}, answers: {}, holds: () => false, held: [] }
  document.addEventListener('securitypolicyviolation', (e) => noted.violations.push(`${e.violatedDirective} ${e.blockedURI}`))
  const methods = new WeakMap<Worker, Map<number, string>>()
  const worker = Worker.prototype as { postMessage(this: Worker, ...args: unknown[]): void; addEventListener(this: Worker, ...args: unknown[]): void } // prettier-ignore
  const { postMessage, addEventListener } = worker // eslint-disable-line @typescript-eslint/unbound-method -- they are called upon each worker
  worker.postMessage = function (...args) {
    const { id, method } = args[0] as { id: number; method: string }
    if (!methods.has(this)) methods.set(this, new Map())
    methods.get(this)!.set(id, method)
    noted.asked[method] = (noted.asked[method] ?? 0) + 1
    postMessage.apply(this, args)
  }
  worker.addEventListener = function (type, hear, ...rest) {
    const heard = (event: MessageEvent<{ id?: number }>) => {
      const method = methods.get(this)?.get(event.data.id ?? NaN)
      const give = () => (hear as (event: MessageEvent) => void)(event)
      if (method === undefined) return give()
      const before = noted.answers[method] ?? 0
      noted.answers[method] = before + 1
      if (noted.holds(method, before)) noted.held.push(give)
      else give()
    }
    addEventListener.call(this, type, type === 'message' ? heard : hear, ...rest)
  }
}

/** How often the worker was asked for something. */
export const asked = (page: Page, method: string): Promise<number> => page.evaluate((name) => noted.asked[name] ?? 0, method)

/** Waits until the worker has answered what an action makes the page ask for, and the page has done with it what waits for nothing more. */
export async function answered(page: Page, method: string, action: () => Promise<unknown>): Promise<void> {
  const before = await asked(page, method)
  await action()
  await page.waitForFunction(([name, count]) => (noted.asked[name] ?? 0) > count && noted.answers[name] === noted.asked[name], [
    method,
    before,
  ] as const)
}

/** Keeps answers of the worker back, from now on, until they are let go. @param place which of the method's next answers; default all */
export const hold = (page: Page, method: string, place?: number): Promise<void> =>
  page.evaluate(
    ([name, at]) => {
      const first = noted.answers[name] ?? 0
      noted.holds = (method, before) => method === name && (at === undefined || before === first + at)
    },
    [method, place] as const,
  )

/** Waits for an answer that is kept back, and gives the page all that are. */
export async function letGo(page: Page): Promise<void> {
  await page.waitForFunction(() => noted.held.length > 0)
  await page.evaluate(() => {
    noted.holds = () => false
    noted.held.splice(0).forEach((give) => give())
  })
}

/** A new page in a context of its own, nothing kept from others. @param errors what was thrown or complained of by the browser */
export async function openPage(
  site: Site,
  options: Parameters<Site['browser']['newContext']>[0] = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await site.browser.newContext({ acceptDownloads: true, ...options })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.addInitScript(note)
  return { page, errors }
}

/** A page where the site is ready. @param init runs in the page before anything; @param worker JavaScript that runs in the worker before anything */
export async function openReady(site: Site, { init, worker }: { init?: () => void; worker?: string } = {}): Promise<Page> {
  const { page } = await openPage(site, { serviceWorkers: 'block' })
  if (init) await page.addInitScript(init)
  if (worker) {
    await page.route('**/worker.js', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: worker + (await response.text()) })
    })
  }
  await page.goto(site.url)
  await ready(page)
  return page
}

/** Notes all that is said of what is under way, and of what went wrong, from now on. */
export const noteStatuses = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const note = () => document.querySelectorAll('.status, .notice').forEach((p) => noted.statuses.add(p.textContent))
    new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true })
  })

/** Adds a class with pictures. */
export async function addClass(page: Page, name: string, pictures: Upload[]): Promise<void> {
  const fields = page.getByLabel('Name of the class')
  const field = fields.nth(await fields.count())
  await page.getByRole('button', { name: 'Add a class' }).click()
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
  await answered(page, 'see', () => page.locator('section', { hasText: '5 Try' }).locator('input[type=file]').setInputFiles(picture))
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

/** The project as the browser keeps it, as far as tests ask for it. */
export interface KeptProject {
  readonly cards: readonly { readonly name: string; readonly pictures: readonly unknown[] }[]
  readonly curve: readonly { readonly epoch: number; readonly loss: number; readonly valLoss?: number; readonly accuracy: number }[]
  readonly augment: readonly string[]
  readonly trainedOn?: readonly string[]
}

/** Waits until the browser keeps classes with so many pictures, by their names. */
export const keptCards = (page: Page, cards: Record<string, number>): Promise<void> =>
  expect
    .poll(async () => (await keptAs<KeptProject>(page, 'project'))?.cards.map(({ name, pictures }) => [name, pictures.length]))
    .toEqual(Object.entries(cards))

/** Waits until the browser keeps what was learned about the classes, and that no training is under way. */
export async function keptTaught(page: Page, classNames: readonly string[]): Promise<void> {
  await expect.poll(async () => (await keptAs<KeptProject>(page, 'project'))?.trainedOn).toEqual(classNames)
  await expect.poll(() => keptAs(page, 'interrupted')).toBe(undefined)
}

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

export const taught = (page: Page): Promise<void> => page.getByRole('heading', { name: '5 Try' }).waitFor()

/** The file that a button gives. */
export async function downloadBy(page: Page, button: string): Promise<{ path: string; name: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  if (await download.failure()) throw new Error(`${button}: ${await download.failure()}`)
  return { path: await download.path(), name: download.suggestedFilename() }
}
