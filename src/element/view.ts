/** What `<thaw-classifier>` shows: its shadow tree, and nothing of what is behind it. */
import type { Classification } from '../models/classifier.ts'
import { styleSheet } from './style.ts'
import { percent, textOf, type TextName, type Texts } from './texts.ts'

/** What a user does. */
export interface Handlers {
  /** Has chosen, dropped or pasted a file. */
  readonly onFile: (file: Blob) => void
  /** Has pressed the camera's button. */
  readonly onCamera: () => void
  /** Has put other elements into the element, or taken them out. */
  readonly onSlot: () => void
}

/** Longest side of a picture that is shown, in pixels. */
const SHOWN = 1024

/** Time between two results of a video that are read aloud, in milliseconds. */
const PAUSE = 1500

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  part: string,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties)
  element.setAttribute('part', part)
  element.append(...children)
  return element
}

/** The first of a drop or the clipboard that is a picture, or of no known type. */
const pictureIn = (files: FileList | undefined): File | undefined =>
  [...(files ?? [])].find(({ type }) => !type || type.startsWith('image/'))

export class View {
  /** Where the camera's stream is played. */
  readonly video = make('video', 'video', { hidden: true, muted: true, playsInline: true })
  readonly slot = document.createElement('slot')
  readonly #picture = make('canvas', 'picture', { hidden: true })
  readonly #input = make('input', 'input', { type: 'file', accept: 'image/*', hidden: true })
  readonly #choose = make('button', 'button choose', { type: 'button' })
  readonly #camera = make('button', 'button camera', { type: 'button', hidden: true })
  readonly #status = make('p', 'status', { role: 'status' })
  readonly #results = make('ol', 'results', { hidden: true })
  readonly #frame = make(
    'div',
    'frame',
    {},
    this.slot,
    this.#picture,
    this.video,
    make('div', 'controls', {}, this.#choose, this.#input, this.#camera),
    this.#status,
    this.#results,
  )
  #texts: Texts = {}
  #running = false
  #said = { label: '', at: -Infinity }

  constructor(root: ShadowRoot, { onFile, onCamera, onSlot }: Handlers) {
    root.adoptedStyleSheets = [styleSheet()]
    this.#picture.setAttribute('role', 'img')
    this.#status.setAttribute('aria-live', 'polite')
    const take = (event: Event, files: FileList | undefined) => {
      const file = pictureIn(files)
      if (file) onFile(file)
      if (file || event.type === 'drop') event.preventDefault() // else the browser leaves the page to show what was dropped
    }
    this.#choose.addEventListener('click', () => this.#input.click())
    this.#camera.addEventListener('click', onCamera)
    this.#input.addEventListener('change', (event) => {
      take(event, this.#input.files ?? undefined)
      this.#input.value = '' // so that the same file can be chosen again
    })
    this.#frame.addEventListener('dragover', (event) => {
      event.preventDefault()
      this.#frame.toggleAttribute('data-over', true)
    })
    for (const type of ['dragleave', 'drop']) this.#frame.addEventListener(type, () => this.#frame.removeAttribute('data-over'))
    this.#frame.addEventListener('drop', (event) => take(event, event.dataTransfer?.files))
    this.#frame.addEventListener('paste', (event) => take(event, event.clipboardData?.files))
    this.slot.addEventListener('slotchange', onSlot)
    root.append(this.#frame)
    this.texts = {}
  }

  set texts(texts: Texts) {
    this.#texts = texts
    this.#choose.textContent = this.#text('choose')
    this.#camera.textContent = this.#text(this.#running ? 'stop' : 'start')
    this.#results.ariaLabel = this.#text('results')
    this.#picture.ariaLabel = this.#text('picture')
    this.video.ariaLabel = this.#text('video')
  }

  #text(name: TextName): string {
    return textOf(this.#texts, name)
  }

  /** Which buttons there are: that of a camera, or that for files; none beside a picture or video of the page's own. */
  controls(source: 'picture' | 'webcam' | 'slotted'): void {
    this.#choose.hidden = source !== 'picture'
    this.#camera.hidden = source !== 'webcam'
  }

  /** Whether the camera is on, and shows who sits before it as a mirror does. */
  camera(running: boolean, mirrored: boolean): void {
    this.#running = running
    this.video.hidden = !running
    this.video.toggleAttribute('data-mirrored', mirrored)
    this.#camera.textContent = this.#text(running ? 'stop' : 'start')
    if (running) this.#picture.hidden = true
  }

  /** Shows a picture, or none. Drawn, since a policy may forbid pictures at `blob:` addresses. */
  picture(bitmap: ImageBitmap | undefined): void {
    this.#picture.hidden = !bitmap
    this.slot.hidden = bitmap !== undefined
    if (!bitmap) return
    const scale = Math.min(1, SHOWN / Math.max(bitmap.width, bitmap.height))
    this.#picture.width = Math.max(1, Math.round(bitmap.width * scale))
    this.#picture.height = Math.max(1, Math.round(bitmap.height * scale))
    this.#picture.getContext('2d')!.drawImage(bitmap, 0, 0, this.#picture.width, this.#picture.height)
  }

  /** Says a sentence, to be seen and heard. */
  say(kind: 'state' | 'error', sentence: string): void {
    this.#status.dataset['kind'] = kind
    this.#said = { label: '', at: -Infinity }
    if (this.#status.textContent !== sentence) this.#status.textContent = sentence
  }

  /** As `say`, of a text by its name. */
  state(name: TextName, more = ''): void {
    this.say('state', this.#text(name) + more)
  }

  /** Shows classes, and has the first read aloud: of a video (`moving`) only when it is another one, and not too often. */
  show(classes: readonly Classification[], moving: boolean): void {
    const rows = this.#results
    while (rows.children.length > classes.length) rows.lastElementChild!.remove()
    while (rows.children.length < classes.length) rows.append(row())
    classes.forEach(({ className, probability }, i) => {
      const [label, number, meter] = rows.children[i]!.children as unknown as [HTMLElement, HTMLElement, HTMLMeterElement]
      label.textContent = className
      number.textContent = percent(probability)
      meter.value = probability
    })
    rows.hidden = !classes.length
    const now = performance.now()
    const [best] = classes
    this.#status.dataset['kind'] = 'result'
    if (!best || (moving && (best.className === this.#said.label || now - this.#said.at < PAUSE))) return
    this.#said = { label: best.className, at: now }
    this.#status.textContent = `${best.className}: ${percent(best.probability)}`
  }

  /** Takes the classes away that are of another model or picture. */
  clear(): void {
    this.#results.hidden = true
  }
}

/** A class, its probability in figures, and as a bar, which says nothing more. */
function row(): HTMLLIElement {
  const meter = make('meter', 'meter', { min: 0, max: 1 })
  meter.ariaHidden = 'true'
  return make('li', 'result', {}, make('span', 'label'), make('span', 'probability'), meter)
}
