/** What goes wrong around a project takes nothing away that was kept, and is said for as long as it lasts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ready } from '../../tools/web-page.ts'
import { builtinNetwork } from '../../web/src/worker/builtin.ts'
import { TrainingRun } from '../../web/src/worker/training.ts'
import {
  addClass,
  barsOf,
  downloadBy,
  drawn,
  keptAs,
  keptCards,
  keptTaught,
  openPage,
  openReady,
  taught,
  teach,
  tryPicture,
  useSite,
  type KeptProject,
} from './support.ts'

const STAR = drawn('stars', 1, 5000)[0]!

const site = useSite()
let page: Page

const open = async (options?: Parameters<typeof openReady>[1]) => void (page = await openReady(site, options))

/** Makes the worker lose its devices when `lose` says so, and say when all that hears of it has heard. */
const LOSE = `{
  const ask = GPUAdapter.prototype.requestDevice
  const devices = []
  GPUAdapter.prototype.requestDevice = async function (...wanted) {
    const device = await ask.apply(this, wanted)
    devices.push(device)
    return device
  }
  const channel = new BroadcastChannel('lose')
  channel.onmessage = async () => {
    devices.forEach((device) => device.destroy())
    await Promise.all(devices.map(({ lost }) => lost))
    channel.postMessage('lost')
  }
}
`

const lose = () =>
  page.evaluate(async () => {
    const channel = new BroadcastChannel('lose')
    const lost = new Promise((resolve) => (channel.onmessage = resolve))
    channel.postMessage('')
    await lost
    channel.close()
  })

const notice = () => page.locator('.notice')

test('a kept network that does not open: the small one stands in, and what was learned is there again when it does', async () => {
  await open()
  const other = { contentType: 'application/octet-stream', body: readFileSync(join(site.folder, 'small.keras')) }
  await page.route('**/other.keras', (route) => route.fulfill(other))
  await page.getByLabel('URL').fill(`${site.url}other.keras`)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await page.getByText(/It is http.*other\.keras/).waitFor()
  await teach(page)
  const before = await tryPicture(page, STAR)
  await keptTaught(page, ['star', 'heart'])
  await page.unroute('**/other.keras')
  await page.route('**/other.keras', (route) => route.fulfill({ status: 404 }))
  await page.reload()
  await ready(page)
  await page.getByText(/which did not open: http.*other\.keras/).waitFor()
  expect(await notice().textContent()).toContain('Opening the network did not work.')
  await page.getByRole('button', { name: 'Start over' }).click()
  await addClass(page, 'heart more', drawn('hearts', 2, 3000))
  await keptCards(page, { star: 3, heart: 3, 'heart more': 2 })
  await page.getByRole('button', { name: 'Remove heart more' }).click()
  await keptCards(page, { star: 3, heart: 3 })
  await page.unroute('**/other.keras')
  await page.route('**/other.keras', (route) => route.fulfill(other))
  await page.reload()
  await taught(page)
  expect(await tryPicture(page, STAR)).toEqual(before)
})

test('a device that is lost: another takes its place, with what was learned', async () => {
  await open({ worker: LOSE })
  await teach(page)
  const before = await tryPicture(page, STAR)
  await lose()
  await downloadBy(page, '(.keras)')
  await lose()
  await tryPicture(page, drawn('hearts', 1, 5000)[0]!)
  await expect.poll(() => barsOf(page)).not.toEqual(before)
  await tryPicture(page, STAR)
  await expect.poll(() => barsOf(page)).toEqual(before)
  await lose()
  await page.getByRole('button', { name: 'Train on' }).click()
  await notice().getByText('Trained. Try it below').waitFor()
})

test('a training that is interrupted, by a device that is lost or a page that is closed, goes on to the same curve', async () => {
  const EPOCHS = 24
  await open({ worker: LOSE })
  await addClass(page, 'star', drawn('stars', 10))
  await addClass(page, 'heart', drawn('hearts', 10))
  const begin = async () => {
    await page.getByRole('spinbutton', { name: 'Epochs' }).fill(String(EPOCHS))
    await page.getByRole('button', { name: 'Train', exact: true }).click()
  }
  const keptEpochs = async () => (await keptAs<KeptProject>(page, 'project'))?.curve.length
  const curve = async () => {
    await expect.poll(keptEpochs).toBe(EPOCHS)
    return (await keptAs<KeptProject>(page, 'project'))!.curve.map(({ epoch, loss, valLoss, accuracy }) => [epoch, loss, valLoss, accuracy])
  }
  /** In the page, so that no epoch is missed: what is done as soon as it trains in the third one or later. */
  const inThird = (what: 'lose' | 'pause') =>
    page.evaluate((action) => {
      const watch = new MutationObserver(() => {
        const status = [...document.querySelectorAll('.status')].find((p) => /^Training, epoch ([3-9]|\d\d)/.test(p.textContent))
        if (!status) return
        watch.disconnect()
        if (action === 'lose') new BroadcastChannel('lose').postMessage('')
        else [...document.querySelectorAll('button')].find((b) => b.textContent === 'Pause')!.click()
      })
      watch.observe(document, { subtree: true, childList: true, characterData: true })
    }, what)
  await begin()
  const undisturbed = await curve()
  await expect.poll(() => keptAs(page, 'interrupted')).toBe(undefined)
  const afresh = async () => {
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.getByRole('button', { name: 'Train', exact: true }).waitFor()
    await expect.poll(keptEpochs).toBe(0)
  }
  await afresh()
  await inThird('lose')
  await begin()
  await taught(page)
  await page.getByText('Training went on by itself from the last step that was kept.').waitFor()
  expect(await curve()).toEqual(undisturbed)
  await afresh()
  await inThird('pause')
  await begin()
  await page.getByText(/^Paused\. Training/).waitFor()
  await expect.poll(async () => (await keptAs<KeptProject>(page, 'interrupted'))?.curve.length ?? 0).toBeGreaterThan(1)
  await page.reload()
  const offer = page.getByRole('button', { name: 'Go on with it' })
  await offer.waitFor()
  await page.getByRole('button', { name: 'Remove picture 1 of star' }).click()
  await expect.poll(() => offer.count()).toBe(0)
  await page.getByRole('button', { name: 'Undo removing a picture' }).click()
  await offer.click()
  await taught(page)
  expect(await curve()).toEqual(undisturbed)
  await expect.poll(() => keptAs(page, 'interrupted')).toBe(undefined)
})

test('a second tab says for as long as it is open that it keeps nothing, and does not forget what the first one keeps', async () => {
  await open()
  const first = page
  page = await first.context().newPage()
  await page.goto(site.url)
  await ready(page)
  await addClass(page, 'star', drawn('stars', 3))
  expect(await page.getByText('This project is open in another tab').isVisible()).toBe(true)
  expect(await page.getByRole('button', { name: 'Forget it' }).isDisabled()).toBe(true)
  expect(await first.getByRole('button', { name: 'Forget it' }).isDisabled()).toBe(false)
})

test('a browser that keeps nothing: says so, and all else works', async () => {
  await open({ init: () => (IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError') }) }) // prettier-ignore
  await teach(page)
  expect(await page.getByText('This browser does not let the page keep the project (denied)').isVisible()).toBe(true)
  await notice().getByText('Trained. Try it below').waitFor()
})

test('a full disk: says so, and what was trained is trained', async () => {
  await open({ init: () => (IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }) }) // prettier-ignore
  await teach(page)
  await notice()
    .getByText(/Saving the project did not work\. full\. The browser has no room left/)
    .waitFor()
})

declare global {
  /** Whether changes of pictures take as long as a slow disk needs, and how many such began. */
  var slow: boolean
  var slowed: number
  /** The first class of each project that was put down, in order. */
  var written: (string | undefined)[]
}

function slowDisk(): void {
  globalThis.slowed = 0
  globalThis.written = []
  for (const method of ['put', 'clear'] as const) {
    const change = IDBObjectStore.prototype[method] as (...args: unknown[]) => IDBRequest // eslint-disable-line @typescript-eslint/unbound-method -- it is called upon each store
    const slowly = function (this: IDBObjectStore, ...args: unknown[]) {
      const until = performance.now() + 1500
      const again = () => performance.now() < until && (this.count().onsuccess = again)
      if (globalThis.slow && this.name === 'pictures') {
        slowed++
        again()
      }
      const request = change.apply(this, args)
      if (args[1] === 'project') request.addEventListener('success', () => written.push((args[0] as KeptProject).cards[0]?.name))
      return request
    }
    Object.assign(IDBObjectStore.prototype, { [method]: slowly })
  }
}

test('a project that is forgotten right behind a change stays forgotten', async () => {
  await open({ init: slowDisk })
  await addClass(page, 'star', drawn('stars', 3))
  await keptCards(page, { star: 3 })
  await page.evaluate(() => void (globalThis.slow = true))
  await page.getByLabel('Name of the class').fill('comet')
  await page.keyboard.press('Tab')
  page.on('dialog', (dialog) => void dialog.accept())
  const reloaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Forget it' }).click()
  await reloaded
  await ready(page)
  expect(await page.locator('article').count()).toBe(0)
  await keptCards(page, {}) // the page that begins anew keeps that it has none
})

test('what is kept last is what was there last, though it was quicker', async () => {
  await open({ init: slowDisk })
  await addClass(page, 'star', drawn('stars', 3))
  const { path } = await downloadBy(page, 'Save as a file')
  await page.getByLabel('Name of the class').fill('comet')
  await page.keyboard.press('Tab')
  await keptCards(page, { comet: 3 })
  await page.evaluate(() => {
    globalThis.slow = true
    slowed = written.length = 0
  })
  page.on('dialog', (dialog) => void dialog.accept())
  await page.locator('section', { hasText: 'The project as a file' }).locator('input[type=file]').setInputFiles(path)
  await notice().getByText('Opened: ').waitFor()
  await page.waitForFunction(() => slowed > 0) // it is being written
  await page.getByRole('button', { name: 'Undo opening a project' }).click()
  await page.waitForFunction(() => written.includes('star') && written.includes('comet'))
  await keptCards(page, { comet: 3 })
})

test('pictures that come before the network is open are kept', async () => {
  ;({ page } = await openPage(site, { serviceWorkers: 'block' }))
  await page.route('**/small.keras', () => {}) // never comes
  await page.goto(site.url)
  await addClass(page, 'star', drawn('stars', 3))
  await keptCards(page, { star: 3 })
})

test('a picture that the browser has lost: says what to do', async () => {
  await open()
  await addClass(page, 'star', drawn('stars', 3))
  await keptCards(page, { star: 3 })
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open('thaw-teach').onsuccess = (event) => {
          const { result } = event.target as IDBOpenDBRequest
          result.transaction('pictures', 'readwrite').objectStore('pictures').clear().onsuccess = resolve
        }
      }),
  )
  await page.getByRole('button', { name: 'Save as a file' }).click()
  await notice()
    .getByText(/A picture is not kept any more: .*\. Reload the page to see what there is\./)
    .waitFor()
})

test('the best epoch is one of validation, and goes with the page', async () => {
  const fit = (...logs: Record<string, number>[]) => {
    const model = builtinNetwork(2)
    const compile = () => Promise.resolve()
    const fitted = async (_: unknown, { callbacks: [watch] }: { callbacks: [{ onEpochEnd(epoch: number, logs: unknown): unknown }] }) => {
      for (const [epoch, log] of logs.entries()) await watch.onEpochEnd(epoch, log)
    }
    const options = { train: [], validation: [], epochs: logs.length, batchSize: 1, learningRate: 1, augment: [] }
    const device = { lost: new Promise(() => {}) }
    const args = [Object.assign(model, { compile, fit: fitted }), device, {}, undefined, options] as unknown as Parameters<
      TrainingRun['run']
    >
    return new TrainingRun(() => {}).run(...args)
  }
  expect((await fit({ loss: 1 }, { loss: 2 })).best).toBe(0)
  expect((await fit({ loss: 2, val_loss: 1 }, { loss: 1, val_loss: 2 })).best).toBe(1)
  await open()
  await teach(page)
  await keptTaught(page, ['star', 'heart'])
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        indexedDB.open('thaw-teach').onsuccess = (event) => {
          const values = (event.target as IDBOpenDBRequest).result.transaction('values', 'readwrite').objectStore('values')
          values.get('project').onsuccess = (found) => {
            const project = (found.target as IDBRequest<object>).result
            values.put({ ...project, best: 1 }, 'project').onsuccess = () => resolve()
          }
        }
      }),
  )
  await page.reload()
  await taught(page)
  await page.getByText(/Loss/).first().waitFor()
  expect(await page.getByRole('button', { name: 'Go back to it' }).count()).toBe(0)
})
