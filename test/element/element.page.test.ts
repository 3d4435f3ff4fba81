/** `<thaw-classifier>`: pictures of every origin, its attributes and events, and what it shows. */
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { ClassifyDetail } from '../../src/element/index.ts'
import '../../src/element/index.ts'
import { canvas, made, modelFile, next, pictureFile, rows, shown, status } from './support.ts'

let file: Blob
beforeAll(async () => {
  file = await modelFile()
})
afterEach(() => document.body.replaceChildren())

async function image(): Promise<HTMLImageElement> {
  const picture = new Image()
  picture.src = canvas().toDataURL()
  await picture.decode()
  return picture
}

const sum = ({ classes }: ClassifyDetail) => classes.reduce((n, c) => n + c.probability, 0)

test('a slotted picture: ready, then classes, the best first, shown with names and bars', async () => {
  const element = Object.assign(made({}, await image()), { file })
  const [ready, found] = [next(element, 'ready'), next(element, 'classify')]
  document.body.append(element)
  expect((await ready).classNames).toEqual(['cat', 'dog'])
  const detail = await found
  expect(detail).toMatchObject({ label: detail.classes[0]!.className, probability: detail.classes[0]!.probability })
  expect(detail.classes.length).toBe(2)
  expect(sum(detail)).toBeCloseTo(1, 6)
  const percents = detail.classes.map((c) => c.probability.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: 1 }))
  expect(rows(element)).toEqual(detail.classes.map((c, i) => `${c.className} ${percents[i]}`))
  expect(status(element)).toBe(`${detail.label}: ${percents[0]}`)
  expect(shown(element, 'meter')).toMatchObject({ value: detail.probability, ariaHidden: 'true' })
  expect([shown(element, 'choose').hidden, shown(element, 'camera').hidden]).toEqual([true, true])
})

test('another picture in the image element is seen, too; one in a <picture>; one that does not load is told', async () => {
  const [img, around] = [await image(), document.createElement('picture')]
  around.append(img)
  const element = Object.assign(made({}, around), { file })
  const first = next(element, 'classify')
  document.body.append(element)
  await first
  const second = next(element, 'classify')
  img.src = canvas('maroon').toDataURL()
  expect((await second).classes).not.toEqual((await first).classes)
  const failed = next(element, 'error')
  img.src = 'data:image/png;base64,none'
  expect((await failed).code).toBe('not-found')
  expect(status(element)).toMatch(/^The picture must load, got none from data:/)
  expect(shown(element, 'results').hidden).toBe(true)
})

const GIVEN = {
  chosen: (element: HTMLElement, picture: DataTransfer) => {
    const input = element.shadowRoot!.querySelector('input')!
    input.files = picture.files
    input.dispatchEvent(new Event('change'))
  },
  dropped: (element: HTMLElement, picture: DataTransfer) => {
    const event = new DragEvent('drop', { dataTransfer: picture, bubbles: true, cancelable: true })
    element.shadowRoot!.querySelector('p')!.dispatchEvent(event)
    expect(event.defaultPrevented).toBe(true)
  },
  pasted: (element: HTMLElement, picture: DataTransfer) => {
    element.shadowRoot!.querySelector('button')!.dispatchEvent(new ClipboardEvent('paste', { clipboardData: picture, bubbles: true }))
  },
}

test.each(Object.entries(GIVEN))('a picture that is %s', async (_, give) => {
  const element = Object.assign(made(), { file })
  const ready = next(element, 'ready')
  document.body.append(element)
  await ready
  expect(status(element)).toBe('Choose, drop or paste a picture.')
  const picture = new DataTransfer()
  picture.items.add(await pictureFile())
  const found = next(element, 'classify')
  give(element, picture)
  expect(sum(await found)).toBeCloseTo(1, 6)
  await expect.poll(() => shown(element, 'picture').hidden).toBe(false)
  const drawn = shown(element, 'picture') as HTMLCanvasElement
  expect([...drawn.getContext('2d')!.getImageData(5, 5, 1, 1).data]).toEqual([0, 128, 128, 255])
})

test('what is no picture is told in a sentence, and the next one is seen', async () => {
  const element = Object.assign(made(), { file })
  document.body.append(element)
  const broken = new DataTransfer()
  broken.items.add(new File(['not a picture'], 'a.png', { type: 'image/png' }))
  const failed = next(element, 'error')
  GIVEN.dropped(element, broken)
  expect(await failed).toMatchObject({ code: 'unsupported', error: { name: 'FileError' } })
  expect(status(element)).not.toMatch(/^\[/)
  expect((await element.classify(canvas())).length).toBe(2)
})

test('a later picture takes the place of an earlier one', async () => {
  const element = Object.assign(made(), { file })
  const ready = next(element, 'ready')
  document.body.append(element)
  await ready
  let seen = 0
  element.addEventListener('classify', () => seen++)
  const earlier = element.classify(canvas())
  const later = element.classify(canvas('maroon'))
  await expect(earlier).rejects.toMatchObject({ name: 'AbortError' })
  expect((await later).length).toBe(2)
  expect(seen).toBe(1)
})

test('of pictures that follow each other at once each is said, and one of the same class with its own number', async () => {
  const element = Object.assign(made(), { file })
  document.body.append(element)
  const said = []
  for (const colour of ['maroon', 'red', 'teal']) {
    const [best] = await element.classify(canvas(colour))
    expect(status(element)).toBe(rows(element)[0]!.replace(' ', ': '))
    said.push(best!.className, status(element))
  }
  expect([said[0], said[2], said[4]]).toEqual(['cat', 'cat', 'dog'])
  expect(said[3]).not.toBe(said[1])
})

test('a picture that was dropped goes when a page has another one classified', async () => {
  const element = Object.assign(made(), { file })
  document.body.append(element)
  const picture = new DataTransfer()
  picture.items.add(await pictureFile())
  const found = next(element, 'classify')
  GIVEN.dropped(element, picture)
  await found
  await expect.poll(() => shown(element, 'picture').hidden).toBe(false)
  await element.classify(canvas('maroon'))
  expect(shown(element, 'picture').hidden).toBe(true)
})

test('a picture that is given before anything has loaded', async () => {
  const element = Object.assign(made(), { file })
  document.body.append(element)
  expect((await element.classify(canvas())).length).toBe(2)
})

test('a slotted picture that goes leaves the element waiting for another', async () => {
  const img = await image()
  const element = Object.assign(made({}, img), { file })
  const found = next(element, 'classify')
  document.body.append(element)
  await found
  img.remove()
  await expect.poll(() => status(element)).toBe('Choose, drop or paste a picture.')
  expect(shown(element, 'choose').hidden).toBe(false)
  await element.classify(canvas())
  const said = status(element)
  element.facing = 'environment'
  await new Promise((done) => setTimeout(done, 50))
  expect(status(element)).toBe(said)
})

test('lazy: nothing is loaded before there is something to see', async () => {
  const element = Object.assign(made({ loading: 'lazy' }), { file })
  document.body.append(element)
  let ready = 0
  element.addEventListener('ready', () => ready++)
  await new Promise((done) => setTimeout(done, 300))
  expect(ready).toBe(0)
  expect((await element.classify(canvas())).length).toBe(2)
  expect(ready).toBe(1)
})

test('attributes are properties, also those set before the element was defined', async () => {
  const elsewhere = document.implementation.createHTMLDocument().createElement('thaw-classifier')
  expect('classify' in elsewhere).toBe(false)
  Object.assign(elsewhere, { file, top: 1, labels: 'labels.txt', options: { labels: ['no', 'yes'] } })
  elsewhere.labels = null
  const ready = new Promise<Event>((done) => elsewhere.addEventListener('ready', done))
  document.body.append(elsewhere)
  expect([elsewhere.getAttribute('top'), elsewhere.hasAttribute('labels'), elsewhere.top]).toEqual(['1', false, 1])
  await ready
  expect((await elsewhere.classify(canvas())).length).toBe(1)
  expect(['no', 'yes']).toContain(rows(elsewhere)[0]!.split(' ')[0])
  const all = next(elsewhere, 'classify')
  elsewhere.top = 9
  expect((await all).classes.length).toBe(2)
  for (const name of ['src', 'labels', 'preprocess', 'size', 'source', 'facing', 'loading'] as const) {
    const plain = made()
    expect(plain[name]).toBe(null)
    plain[name] = 'text'
    expect(plain.getAttribute(name)).toBe('text')
    plain[name] = null
    expect(plain.hasAttribute(name)).toBe(false)
  }
})

test.each([
  [{ top: '0' }, 'top must be a whole number from 1 on, got "0"'],
  [{ size: '4by4' }, 'size must be one number, or height x width as in "224x160", got "4by4"'],
  [{ source: 'tv' }, 'source must be one of picture, webcam, got "tv"'],
  [{ loading: 'later' }, 'loading must be one of eager, lazy, got "later"'],
  [{ preprocess: 'vgg' }, 'preprocess must be'],
])('%j is refused by a typed error', async (attributes, message) => {
  const element = Object.assign(made(attributes as Record<string, string>, canvas()), { file })
  const failed = next(element, 'error')
  document.body.append(element)
  expect(await failed).toMatchObject({ code: 'argument', message: expect.stringContaining(message) as string })
  expect(status(element).toLowerCase()).toContain(message.toLowerCase())
})

test('size and preprocess reach the model', async () => {
  const element = Object.assign(made({ preprocess: 'tf', size: '4x4' }), { file })
  const ready = next(element, 'ready')
  document.body.append(element)
  expect((await ready).classifier.pictures).toMatchObject({ preprocess: 'tf', size: [4, 4] })
})

test("a page's own words, for errors too; options that are the element's are refused", async () => {
  const texts = { choose: 'Bild wählen', empty: 'Wähle ein Bild.', 'not-keras': 'Das ist kein Modell.', corrupt: 'Das ist kein Modell.' }
  const element = Object.assign(made(), { file: new Blob(['PK no model']), texts })
  expect(shown(element, 'choose').textContent).toBe('Bild wählen')
  const failed = next(element, 'error')
  document.body.append(element)
  const { code } = await failed
  Object.assign(element, { texts: { ...texts, [code]: 'Das ist kein Modell.' } })
  const again = next(element, 'error')
  element.file = new Blob(['PK no model'])
  await again
  expect(status(element)).toBe('Das ist kein Modell.')
  expect(() => (element.options = { device: undefined } as never)).toThrow('options must leave device to the element')
})

test('without a model: said when a picture comes, and not before', async () => {
  const element = made({}, canvas())
  let errors = 0
  element.addEventListener('error', () => errors++)
  document.body.append(element)
  await new Promise((done) => setTimeout(done, 50))
  expect(errors).toBe(0)
  await expect(element.classify(canvas())).rejects.toThrow('a model must be named by src or file, got neither')
  await expect(made().classify(canvas())).rejects.toThrow('the element must be in a page to classify')
})

test('keys reach it: the first button has the focus that the element is given', () => {
  const element = made()
  document.body.append(element)
  element.focus()
  expect(document.activeElement).toBe(element)
  expect(element.shadowRoot!.activeElement).toBe(shown(element, 'choose'))
  expect(shown(element, 'status').getAttribute('aria-live')).toBe('polite')
  expect(element.shadowRoot!.querySelector('[style]')).toBe(null)
})
