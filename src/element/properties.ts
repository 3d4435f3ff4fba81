/** The properties of `<thaw-classifier>` that are its attributes, and its events as TypeScript knows them. */
import { OF_MODEL, OF_SOURCE, topOf } from './attributes.ts'
import type { ThawClassifierEventMap } from './events.ts'

/** Where a page is made on a server there are no elements; the module can be imported there all the same. */
const Base = (globalThis as { readonly HTMLElement?: typeof HTMLElement }).HTMLElement ?? (class {} as typeof HTMLElement)

/** Every property but `top` is its attribute's text, and null where there is no such attribute. */
export abstract class Properties extends Base {
  /** The model's address: a Keras file, or a TensorFlow.js `model.json`. */
  declare src: string | null
  /** Address of the class names, or `imagenet`; empty: `labels.txt` beside the model; null: what the file says. */
  declare labels: string | null
  /** As `createClassifier` has it. */
  declare preprocess: string | null
  /** Of pictures: `224` or `224x160`, height first. */
  declare size: string | null
  /** `picture` (the default) or `webcam`. */
  declare source: string | null
  /** Which camera: `user` (the default) or `environment`. */
  declare facing: string | null
  /** `eager` (the default), or `lazy`: the engine and the model load with the first picture. */
  declare loading: string | null

  /** How many classes are shown. Default 3. @throws ArgumentError for an attribute that is no whole number above 0 */
  get top(): number {
    return topOf(this)
  }
  set top(top: number) {
    this.setAttribute('top', String(top))
  }

  override addEventListener<K extends keyof ThawClassifierEventMap>(
    type: K,
    listener: (this: this, event: ThawClassifierEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener, options)
  }
}

/** Takes over what a page has set as properties before the element was defined. */
export function upgrade(element: HTMLElement, names: readonly string[]): void {
  for (const name of names) {
    if (!Object.hasOwn(element, name)) continue
    const value = (element as unknown as Record<string, unknown>)[name]
    delete (element as unknown as Record<string, unknown>)[name]
    Object.assign(element, { [name]: value })
  }
}

for (const name of [...OF_MODEL, ...OF_SOURCE]) {
  Object.defineProperty(Properties.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: Element) {
      return this.getAttribute(name)
    },
    set(this: Element, value: string | null | undefined) {
      if (value === null || value === undefined) this.removeAttribute(name)
      else this.setAttribute(name, value)
    },
  })
}
