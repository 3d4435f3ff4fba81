/** A project goes into a file and comes back, takes pictures from archives, and follows the names of its classes. */
import { readFileSync } from 'node:fs'
import { PNG } from 'pngjs'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { loadModel } from '../../src/node.ts'
import { pack } from '../../web/src/worker/zip.ts'
import { archive } from '../support/zip.ts'
import {
  addClass,
  answered,
  asked,
  axeViolations,
  downloadBy,
  drawn,
  hold,
  keptAs,
  keptTaught,
  letGo,
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

const open = async () => void (page = await openReady(site))

const notice = () => page.locator('.notice')
const names = () => page.getByLabel('Name of the class').evaluateAll((all) => all.map((input) => (input as HTMLInputElement).value))
const fileField = () => page.locator('section', { hasText: 'The project as a file' }).locator('input[type=file]')
const zip = (name: string, files: Record<string, Uint8Array>, method = 0) => ({
  name,
  mimeType: 'application/zip',
  buffer: Buffer.from(archive(Object.entries(files).map(([path, data]) => ({ name: path, data, method })))),
})

test('one file has all of a project; what is none, cut off, damaged or newer says so, and the project that is there stays', async () => {
  await open()
  await teach(page)
  const before = await tryPicture(page, STAR)
  const saved = await downloadBy(page, 'Save as a file')
  expect(saved.name).toBe('star-heart.thaw.zip')
  const whole = { name: saved.name, mimeType: 'application/zip', buffer: readFileSync(saved.path) }
  await page.context().close()
  await open()
  await fileField().setInputFiles(whole)
  await notice().getByText('Opened: star-heart.thaw.zip.').waitFor()
  const asBefore = async () => {
    await expect.poll(names).toEqual(['star', 'heart'])
    expect(await page.locator('.thumbnails img').count()).toBe(6)
    expect(await page.getByRole('spinbutton', { name: 'Epochs' }).inputValue()).toBe('2')
    expect(await page.getByRole('img', { name: /^Loss after 2 epochs/ }).count()).toBe(1)
    expect(await tryPicture(page, STAR)).toEqual(before)
  }
  await asBefore()
  const json = (about: object) => new TextEncoder().encode(JSON.stringify(about))
  const about = {
    format: 'thaw-project',
    version: 1,
    network: { kind: 'builtin' },
    classes: [{ name: 'a', pictures: [] }],
    line: { frozen: 0, cut: 1, fresh: false, pixels: 'none' },
    epochs: 3,
    curve: [],
  }
  const nets = { 'learned.weights.h5': new Uint8Array(3000) }
  page.on('dialog', (dialog) => void dialog.accept())
  for (const [file, sentence] of [
    [{ ...whole, buffer: whole.buffer.subarray(0, whole.buffer.length >> 1) }, /got none.*The file ends too early.*Nothing was changed/],
    [{ ...whole, name: 'notes.txt', buffer: Buffer.from('no project') }, /notes\.txt: a project must be a zip archive/],
    [zip('other.zip', { 'a.txt': json({}) }), /other\.zip: a project must have project\.json in it/],
    [zip('other.zip', { 'project.json': json({ format: 'other' }) }), /other\.zip is no project of this page/],
    [zip('newer.zip', { 'project.json': json({ ...about, version: 2 }) }), /saved by a newer version of this page \(2/],
    [
      zip('lost.zip', { 'project.json': json({ ...about, classes: [{ name: 'a', pictures: [{ file: 'a.png', hash: '' }] }] }) }),
      /lost\.zip lacks a\.png/,
    ],
    [zip('cut.zip', { 'project.json': json(about).subarray(0, 40) }), /cut\.zip: project\.json must be JSON, got/],
    [zip('bare.zip', { 'project.json': json({ ...about, curve: undefined }) }), /bare\.zip: curve must be epochs with loss.*got nothing/],
    [zip('bare.zip', { 'project.json': json({ ...about, classes: undefined }) }), /bare\.zip: classes must be .*got nothing/],
    [zip('many.zip', { 'project.json': json({ ...about, epochs: 1e9 }) }), /epochs must be a whole number from 1 to 1000, got 1000000000/],
    [zip('harm.zip', { 'project.json': json(about), ...nets }), /Opening the project did not work/],
  ] as const) {
    await fileField().setInputFiles(file)
    await notice().getByText(sentence).waitFor()
  }
  await asBefore()
})

test('a project of more than 2 GiB, which could not be opened again, is refused before it is saved', async () => {
  const picture = { size: 2 ** 31 + 1 } as Blob // of which no byte is read
  await expect(pack(new Map([['pictures/star/1.png', picture]]), 'a project')).rejects.toThrow(
    'a project must have at most 2147483648 bytes in it, got 2147483649',
  )
})

test('asks before another project takes its place', async () => {
  await open()
  await addClass(page, 'star', drawn('stars', 2))
  const saved = await downloadBy(page, 'Save as a file')
  await page.getByLabel('Name of the class').fill('stars of another name')
  await page.keyboard.press('Tab')
  page.once('dialog', (dialog) => void dialog.dismiss())
  await fileField().setInputFiles(saved.path)
  expect(await names()).toEqual(['stars of another name'])
  page.once('dialog', (dialog) => void dialog.accept())
  await fileField().setInputFiles(saved.path)
  await expect.poll(names).toEqual(['star'])
  await page.getByRole('button', { name: 'Undo opening a project' }).click()
  await expect.poll(names).toEqual(['stars of another name'])
})

test('classes that are called otherwise after training: so they are in bars, files and the page that is taken away', async () => {
  await open()
  await teach(page)
  await page.getByLabel('Name of the class').first().fill('comet')
  await page.keyboard.press('Tab')
  expect(Object.keys(await tryPicture(page, STAR))).toEqual(['comet', 'heart'])
  const [keras, html] = [await downloadBy(page, '(.keras)'), await downloadBy(page, '(.html)')]
  expect((await loadModel(keras.path)).classNames).toEqual(['comet', 'heart'])
  expect(readFileSync(html.path, 'utf8')).toContain('<title>comet or heart</title>')
  await page.getByRole('button', { name: 'Undo renaming “star”' }).click()
  expect((await loadModel((await downloadBy(page, '(.keras)')).path)).classNames).toEqual(['star', 'heart'])
})

test('what is pasted where there is no class makes one, and both go with one press; what is no picture makes none', async () => {
  await open()
  const paste = (bytes: readonly number[]) =>
    page.evaluate((content) => {
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([new Uint8Array(content)], 'pasted.png', { type: 'image/png' }))
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData }))
    }, bytes)
  await paste([1, 2, 3])
  await notice()
    .getByText(/Not taken: pasted\.png: /)
    .waitFor()
  expect(await names()).toEqual([])
  await paste([...STAR.buffer])
  await expect.poll(names).toEqual(['Class 1'])
  await page.getByRole('button', { name: 'Undo adding a picture' }).click()
  await expect.poll(names).toEqual([])
  expect(await page.getByRole('button', { name: 'Undo', exact: true }).isDisabled()).toBe(true)
})

test('an archive: folders become classes, loose pictures go where it was dropped, and what is broken, or promises too much, is named', async () => {
  await open()
  await page.getByRole('button', { name: 'Add a class' }).click()
  const [stars, hearts] = [drawn('stars', 3), drawn('hearts', 3)]
  const files = {
    'set/star/1.png': stars[0]!.buffer,
    'set/star/2.png': stars[1]!.buffer,
    'set/heart/1.png': hearts[0]!.buffer,
    'set/heart/broken.png': Buffer.from('no picture'),
    'set/heart/bomb.png': Buffer.alloc(30_000_000),
    '__MACOSX/set/heart/._1.png': Buffer.from('of a system'),
    'set/notes.txt': Buffer.from('no picture'),
    'loose.png': stars[2]!.buffer,
  }
  const card = (name: string) => page.getByRole('article', { name, exact: true })
  await card('Class 1')
    .locator('input[type=file]')
    .setInputFiles([zip('set.zip', files, 8), hearts[1]!])
  await notice().getByText('Not taken: set/heart/broken.png: the browser cannot read it as a picture').waitFor()
  await notice()
    .getByText(/; set\/heart\/bomb\.png: .*\. All others were\./)
    .waitFor()
  expect(await names()).toEqual(['Class 1', 'star', 'heart'])
  for (const [name, count] of [
    ['Class 1', '2 pictures'],
    ['star', '2 pictures'],
    ['heart', 'One picture'],
  ] as const)
    // prettier-ignore
    await card(name).getByText(count).waitFor()
  const field = page.getByLabel('Zip…')
  await field.setInputFiles(zip('comets.zip', { '1.png': stars[0]!.buffer, '2.png': stars[1]!.buffer }))
  await card('comets').getByText('2 pictures').waitFor()
  await page.getByRole('button', { name: 'Undo adding 2 pictures' }).click()
  await page.getByRole('button', { name: 'Undo adding 5 pictures' }).click() // of the archive, in three classes, and the one beside it
  await expect.poll(names).toEqual(['Class 1'])
  await card('Class 1').getByText('0 pictures').waitFor()
  const broken = Buffer.from('no picture')
  await field.setInputFiles([
    zip('one.zip', { 'star/1.png': stars[0]!.buffer, 'star/first.png': broken }),
    zip('none.zip', { 'notes.txt': broken }),
    zip('two.zip', { 'star/2.png': stars[1]!.buffer, 'moon/second.png': broken, 'heart/1.png': hearts[0]!.buffer }),
  ])
  const both = /none\.zip has no pictures.*star\/first\.png: .*moon\/second\.png: .*\. All others were/
  await notice().getByText(both).waitFor()
  expect(await names()).toEqual(['Class 1', 'star', 'heart'])
  const many = drawn('stars', 40).map(({ buffer }, i) => [`star/more ${i}.png`, buffer] as const)
  await hold(page, 'take')
  await field.setInputFiles(zip('third.zip', { ...Object.fromEntries(many), 'star/third.png': broken }))
  await field.setInputFiles(zip('last.zip', { 'star/last.png': broken }))
  await letGo(page)
  await notice()
    .getByText(/star\/third\.png: .*star\/last\.png: /)
    .waitFor()
  for (const [file, sentence] of [
    [zip('none.zip', { 'notes.txt': Buffer.from('no picture') }), /none\.zip has no pictures in it/],
    [{ ...zip('cut.zip', files), buffer: zip('cut.zip', files).buffer.subarray(0, 5000) }, /ends too early/],
    [{ name: 'no.zip', mimeType: 'application/zip', buffer: Buffer.from('no archive') }, /no\.zip: pictures must be a zip archive/],
  ] as const) {
    await field.setInputFiles(file)
    await notice().getByText(sentence).waitFor()
  }
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(360)
  expect(await axeViolations(page)).toEqual([])
})

test('pictures that are changed while it trains are shown as the network sees them, and the choice is kept', async () => {
  await open()
  const pictures = { stars: drawn('stars', 3), hearts: drawn('hearts', 3) }
  await addClass(page, 'star', pictures.stars)
  await addClass(page, 'heart', pictures.hearts)
  await page.getByLabel('mirrored').check()
  const seen = page.getByRole('img', { name: /^Changed picture/ })
  await expect.poll(() => seen.count()).toBe(4) // of each class one is kept for validation
  const pixels = () =>
    seen.evaluateAll((all) => (all as HTMLCanvasElement[]).map((c) => [...c.getContext('2d')!.getImageData(0, 0, c.width, c.height).data]))
  const as = [...pictures.stars.slice(0, 2), ...pictures.hearts.slice(0, 2)].map(({ buffer }) => [...PNG.sync.read(buffer).data])
  const mirrored = (data: number[]) => data.map((_, i) => data[4 * (64 * Math.floor(i / 256) + 63 - (Math.floor(i / 4) % 64)) + (i % 4)])
  const turns = new Set<boolean>()
  for (let i = 0; i < 12 && turns.size < 2; i++) {
    const before = await pixels()
    before.forEach((data, n) => {
      const flipped = String(data) === String(mirrored(as[n]!))
      expect(flipped || String(data) === String(as[n])).toBe(true)
      turns.add(flipped)
    })
    await answered(page, 'preview', () => page.getByRole('button', { name: 'Draw anew' }).click())
  }
  expect(turns.size).toBe(2)
  const before = await asked(page, 'preview')
  await hold(page, 'plan') // which waits for its turn where the engine has much to do
  for (let i = 0; i < 3; i++) {
    const plans = await asked(page, 'plan')
    await page.getByRole('button', { name: 'Draw anew' }).click()
    await expect.poll(() => asked(page, 'plan')).toBe(plans + 1)
  }
  await answered(page, 'preview', () => letGo(page))
  expect(await asked(page, 'preview')).toBe(before + 1) // the last one alone is drawn
  await page.getByLabel('nearer or further').check()
  await page.getByRole('spinbutton', { name: 'Epochs' }).fill('2')
  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await taught(page)
  await page.getByText(/^Learning rate: 0\.01$/).waitFor()
  expect(await axeViolations(page)).toEqual([])
  await keptTaught(page, ['star', 'heart'])
  expect((await keptAs<KeptProject>(page, 'project'))!.augment).toEqual(['flip', 'zoom'])
  await page.reload()
  await taught(page)
  await expect.poll(() => page.getByRole('checkbox', { checked: true }).count()).toBe(3) // mirrored, nearer or further, and Grad-CAM
})
