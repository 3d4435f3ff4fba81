/** Networks that come from the web: bytes that are counted, a connection that is cut, a file that is kept, and what is none. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { officialWeights } from '../../src/loaders/weights/manifest.ts'
import { vgg16 } from '../../src/node.ts'
import { ready } from '../../tools/web-page.ts'
import { answered, keptAs, noteStatuses, openPage, useSite } from './support.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

const site = useSite()
let server: Server
let page: Page
let address: string
/** What was asked for of the network: the range, or the whole of it. */
let asked: (string | undefined)[] = []
/** Answers to cut in their middle. */
let cuts = 0
let tag = '"first"'
/** What it answers instead, as long as there is something. */
let instead: ((request: string | undefined) => number | 'nothing') | undefined = undefined
/** By their addresses on this server. */
const networks = new Map<string, Buffer>()

beforeAll(async () => {
  networks.set('/models/mine.keras', readFileSync(join(site.folder, 'small.keras')))
  server = createServer(({ url, headers: { range } }, response) => {
    const network = networks.get(url!)
    if (!network) {
      const path = url === '/' ? 'index.html' : url!.slice(1)
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream')
      createReadStream(join(site.folder, path)).on('error', () => response.writeHead(404).end()).pipe(response) // prettier-ignore
      return
    }
    asked.push(range)
    const status = instead?.(range) ?? 200
    if (status === 'nothing') return
    if (status !== 200) return void response.writeHead(status).end()
    const [, first = '0', last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
    const body = network.subarray(Number(first), last ? Number(last) + 1 : network.length)
    response.setHeader('ETag', tag)
    response.setHeader('Content-Length', body.length)
    if (range) response.setHeader('Content-Range', `bytes ${first}-${Number(first) + body.length - 1}/${network.length}`)
    response.writeHead(range ? 206 : 200)
    if (body.length === 1 || !cuts) return void response.end(body)
    cuts--
    const half = body.length >> 1
    response.write(body.subarray(0, half))
    const come = page.getByText(`Loading: ${(half / 1e6).toFixed(1)} MB`).waitFor()
    void come.finally(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

beforeEach(async () => {
  ;({ page } = await openPage(site, { serviceWorkers: 'block' }))
  await page.goto(address)
  await ready(page)
})

afterAll(() => {
  server?.closeAllConnections()
  server?.close()
})

const notice = () => page.locator('.notice')

async function openUrl(url: string): Promise<void> {
  await page.getByLabel('URL').fill(url)
  await answered(page, 'openTrunk', () => page.getByRole('button', { name: 'Open', exact: true }).click())
}

const opened = () => page.getByText(/It is http.*mine\.keras/).waitFor()
/** Waits until the browser keeps this network as the one that is chosen. */
const keptChoice = (url: string) => expect.poll(() => keptAs(page, 'choice')).toEqual({ kind: 'url', url })

test('from an address: bytes are counted, a connection that is cut goes on, and the file is kept until it changes', async () => {
  const { length } = readFileSync(join(site.folder, 'small.keras'))
  await noteStatuses(page)
  cuts = 1
  await openUrl(`${address}models/mine.keras`)
  await opened()
  const seen = await page.evaluate(() => [...noted.statuses])
  expect(seen).toContain(`Loading: ${(length / 2e6).toFixed(1)} MB of ${(length / 1e6).toFixed(1)} MB`)
  expect(asked).toEqual(['bytes=0-0', undefined, `bytes=${length >> 1}-`])
  const reopen = async () => {
    asked = []
    await keptChoice(`${address}models/mine.keras`)
    await page.reload()
    await opened()
    return asked
  }
  expect(await reopen()).toEqual(['bytes=0-0'])
  tag = '"second"'
  expect(await reopen()).toEqual(['bytes=0-0', undefined])
  await page.route('**/models/mine.keras', (route) => route.abort())
  expect(await reopen()).toEqual([])
  expect(await notice().textContent()).toBe('')
})

/** The files in the cache, by the names of their addresses. */
const inCache = () =>
  page.evaluate(async () => {
    const keys = await (await caches.open('thaw-networks')).keys()
    return keys.map(({ url }) => url.split('/').slice(4).join('/')).filter((name) => name.endsWith('/whole'))
  })

test('a file that has changed, and does not come: what there was stays, also where its server is broken or does not answer', async () => {
  await openUrl(`${address}models/mine.keras`)
  await opened()
  tag = '"changed"'
  instead = (range) => (range === 'bytes=0-0' ? 200 : 404)
  await page.getByRole('button', { name: 'Start over' }).click()
  await notice()
    .getByText(/got HTTP 404/)
    .waitFor()
  await opened()
  await keptChoice(`${address}models/mine.keras`)
  for (const answer of [503, 'nothing'] as const) {
    instead = () => answer
    asked = []
    await page.reload()
    await opened()
    expect(asked).toEqual(['bytes=0-0'])
    expect(await notice().textContent()).toBe('')
  }
  instead = undefined
  await openUrl(`${address}models/mine.keras`)
  await opened()
  expect(await inCache()).toEqual(['mine.keras/whole'])
})

test('a server that is busy is asked again; of several addresses the last file is kept, and none when the project is forgotten', async () => {
  networks.set('/models/mine.keras?token=1', networks.get('/models/mine.keras')!)
  networks.set('/models/other.keras', networks.get('/models/mine.keras')!)
  let refusals = 1
  instead = () => (refusals-- > 0 ? 503 : 200)
  await openUrl(`${address}models/mine.keras`)
  await opened()
  instead = undefined
  await openUrl(`${address}models/mine.keras?token=1`)
  await page.getByText(/It is http.*token=1/).waitFor()
  await openUrl(`${address}models/none.keras`)
  await notice()
    .getByText(/got HTTP 404/)
    .waitFor()
  expect(await inCache()).toEqual(['mine.keras/whole'])
  await openUrl(`${address}models/other.keras`)
  await page.getByText(/It is http.*other\.keras/).waitFor()
  expect(await inCache()).toEqual(['other.keras/whole'])
  page.on('dialog', (dialog) => void dialog.accept())
  const reloaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Forget it' }).click()
  await reloaded // when all is gone
  await page.getByText(/^small: 53,236 parameters/).waitFor()
  expect(await page.evaluate(() => caches.has('thaw-networks'))).toBe(false)
})

test('an address that is wrong, of a server that lets no other page read, or of a web page: says what to do, and the network stays', async () => {
  await page.route('https://refuses.example/**', (route) =>
    route.fulfill({ headers: { 'access-control-allow-origin': 'https://other.example' }, body: 'not for you' }),
  )
  for (const [url, sentence] of [
    [`${address}models/none.keras`, /got HTTP 404.*Look whether the address is right/],
    ['https://refuses.example/mine.keras', /the server must answer, got .*lets other pages read the file \(CORS\)/],
    [`${address}index.html`, /must give a weight file, got a web page.*Choose a file that Keras saved/],
  ] as const) {
    await openUrl(url)
    await notice().getByText(sentence).waitFor()
    await page.getByText(/^small: 53,236 parameters/).waitFor()
  }
})

test('official weights from a stand-in for their server: one with another file is found out, and the network stays', async () => {
  const body = Buffer.alloc(58_889_256) // as large as VGG16 without its top
  const headers = { 'access-control-allow-origin': '*' }
  await page.route(/vgg16_weights/, (route) => route.fulfill({ headers, contentType: 'application/octet-stream', body }))
  await page.getByRole('button', { name: /^VGG16/ }).click()
  await notice()
    .getByText(/the file must have the MD5 hash \w{32}, got \w{32}\. It is not the file that was expected/)
    .waitFor()
  await page.getByText(/^small: 53,236 parameters/).waitFor()
})

/** A file as large as VGG16 without its top, whose weights are all zeros. */
async function zeros(): Promise<Buffer> {
  const network = await vgg16({ includeTop: false })
  for (const w of network.weights) w.source = { shape: w.shape, read: (begin, end) => Promise.resolve(new Float32Array(end - begin)) }
  return Buffer.from(await (await network.saveWeights('h5').blob()).arrayBuffer())
}

test('official weights from a stand-in: bytes are counted, a connection that is cut goes on, and the second time they are there', async () => {
  const { url, bytes, md5, file } = officialWeights('vgg16', 'withoutTop')
  const stand = await zeros()
  networks.set(`/official/${file}`, stand)
  /** What the site knows of the file, as it would be if the official one were this. */
  const known = [
    [url, `${address}official/${file}`],
    [String(bytes), String(stand.length)],
    [md5, createHash('md5').update(stand).digest('hex')],
  ] as const
  await page.route(/\.js$/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: known.reduce((text, [from, to]) => text.replaceAll(from, to), await response.text()) })
  })
  await page.reload()
  await ready(page)
  await noteStatuses(page)
  asked = []
  cuts = 1
  await page.getByRole('button', { name: /^VGG16/ }).click()
  const opened = page.getByText(/^vgg16.*: 14,714,688 parameters, pictures of 160×160\. It is official weights/)
  await opened.waitFor()
  expect(asked).toEqual([undefined, `bytes=${stand.length >> 1}-`])
  const whole = (stand.length / 1e6).toFixed(1)
  const loading = (await page.evaluate(() => [...noted.statuses])).filter((text) => text.startsWith('Loading: '))
  expect(loading).toContain(`Loading: ${(stand.length / 2e6).toFixed(1)} MB of ${whole} MB`)
  expect(loading.at(-1)).toBe(`Loading: ${whole} MB of ${whole} MB`)
  asked = []
  await page.getByRole('button', { name: 'Small, built in' }).click()
  await page.getByText(/^small: 53,236 parameters/).waitFor()
  await page.getByRole('button', { name: /^VGG16/ }).click()
  await opened.waitFor()
  expect(asked).toEqual([])
})
