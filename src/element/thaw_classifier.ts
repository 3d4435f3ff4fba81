/**
 * `<thaw-classifier src="model.keras">`: a classifier as an element of a page. A picture is slotted, chosen, dropped or pasted, a video slotted, or the camera
 * seen; what it shows is told by events, and shown with names and bars.
 */
import { ArgumentError, ThawError } from '../errors.ts'
import type { PictureSource } from '../loaders/images/picture_source.ts'
import type { WeightsInput } from '../loaders/keras/load_weights.ts'
import type { Classification, Classifier } from '../models/classifier.ts'
import { OF_MODEL, OF_SOURCE, oneOf, optionsOf, topOf } from './attributes.ts'
import { closeCamera, eachFrame, openCamera } from './camera.ts'
import { Loading, type ElementOptions } from './loading.ts'
import { Properties, upgrade } from './properties.ts'
import { mediaIn, watchMedia, type Media } from './slotted.ts'
import { Stops } from './stops.ts'
import { sentenceOf, textOf, type Texts } from './texts.ts'
import { View } from './view.ts'

/** Devices that may be lost one after the other before it is said, when not one picture has been seen in between. */
const LOSSES = 3

/** Properties that a page may have set before the element was defined. */
const SETTABLE = [...OF_MODEL, ...OF_SOURCE, 'top', 'file', 'options', 'texts']

/**
 * See docs/embed.md for its attributes, events, parts and texts.
 * @example
 * // in a page
 * const element = document.querySelector('thaw-classifier')!
 * element.options = { preprocess: 'unit' }
 * element.addEventListener('classify', ({ detail }) => console.log(detail.label, detail.probability))
 * await element.classify(document.querySelector('img')!)
 */
export class ThawClassifier extends Properties {
  /** Attributes that the element follows. */
  static readonly observedAttributes: readonly string[] = [...OF_MODEL, ...OF_SOURCE, 'top']

  readonly #internals = this.attachInternals()
  readonly #view = new View(this.attachShadow({ mode: 'open', delegatesFocus: true }), {
    onFile: (file) => void this.#take(file),
    onCamera: () => (this.#stream ? this.stopCamera() : void this.startCamera().catch(() => undefined)),
    onSlot: () => {
      if (this.#slotted() !== this.#media) this.#changed('source')
    },
  })
  readonly #model = new Loading({
    onProgress: (loaded, total) => this.#progress(loaded, total),
    onReady: (classifier) => this.#ready(classifier),
    onError: (error) => this.#fail(error),
    onLost: () => this.#lost(),
  })
  #options: ElementOptions = {}
  #texts: Texts = {}
  #file: WeightsInput | undefined
  /** What is slotted. */
  #media: Media | undefined
  /** What is looked at. */
  #subject: PictureSource | undefined
  #stream: MediaStream | undefined
  readonly #stops = new Stops()
  /** What has changed and is looked after when the script that changes it has ended. */
  readonly #due = new Set<'model' | 'source'>()
  /** Whether it is in a page, and has begun. */
  #live = false
  #losses = 0

  /** A model that has no address: a file that was picked, its bytes, or what else `createClassifier` takes. Goes before `src`. */
  get file(): WeightsInput | undefined {
    return this.#file
  }
  set file(file: WeightsInput | undefined) {
    this.#file = file
    this.#changed('model')
  }

  /** What attributes cannot say: options of `createClassifier`. @throws ArgumentError for those that the element has the say of */
  get options(): ElementOptions {
    return this.#options
  }
  set options(options: ElementOptions) {
    for (const name of ['device', 'signal', 'onProgress'])
      if (name in options) throw new ArgumentError('thaw-classifier', `options must leave ${name} to the element, got ${name}`)
    this.#options = options
    this.#changed('model')
  }

  /** The page's own words by the names of ours, and by the codes of errors. */
  get texts(): Texts {
    return this.#texts
  }
  set texts(texts: Texts) {
    this.#texts = texts
    this.#view.texts = texts
    this.#internals.ariaLabel = textOf(texts, 'name')
  }

  /** The classifier, once it is ready. */
  get classifier(): Classifier | undefined {
    return this.#model.classifier
  }

  /** Called by the browser: loads the model, and begins with what the page shows. */
  connectedCallback(): void {
    if (this.#live) return // moved within the page
    this.#live = true
    upgrade(this, SETTABLE)
    this.#internals.role = 'group'
    this.#internals.ariaLabel = textOf(this.#texts, 'name')
    this.#changed('model')
    this.#changed('source')
  }

  /** Stops the camera and frees the device, unless it has only been moved. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected || !this.#live) return
      this.#live = false
      this.stopCamera()
      this.#stops.end('slot')
      this.#forget()
      this.#subject = undefined
      this.#view.picture(undefined)
    })
  }

  /** Called by the browser: of what has changed, the model or the picture is loaded anew. */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return
    if (name === 'top') this.#look()
    else this.#changed((OF_MODEL as readonly string[]).includes(name) ? 'model' : 'source')
  }

  /**
   * Classifies a picture, and shows what it is; a later picture takes its place.
   * @throws as `createClassifier` and its `classify`; ArgumentError where it is in no page or has no model; AbortError for a later picture
   */
  async classify(source: PictureSource): Promise<Classification[]> {
    if (!this.#live) throw new ArgumentError('thaw-classifier', 'the element must be in a page to classify, got one that is not')
    this.#subject = source
    this.#view.picture(undefined) // which is of an earlier one
    const signal = this.#stops.begin('look')
    try {
      return await this.#see(source, signal)
    } catch (error) {
      if (!signal.aborted) this.#say(error)
      throw error
    }
  }

  /** Starts the camera. @throws ThawError `camera-refused` and the like, which is an `error` event too; AbortError where it is stopped meanwhile */
  async startCamera(): Promise<void> {
    this.stopCamera()
    const signal = this.#stops.begin('camera')
    try {
      const facing = oneOf(this, 'facing', ['user', 'environment'])
      const { video } = this.#view
      const stream = await openCamera(video, facing, signal)
      this.#stream = stream
      signal.addEventListener('abort', () => closeCamera(video, stream), { once: true })
      const gone = () => {
        this.stopCamera()
        this.#fail(new ThawError('camera-lost', '[camera] the camera must stay connected, got none: connect it, then start it again'))
      }
      stream.getVideoTracks().forEach((track) => track.addEventListener('ended', gone, { signal }))
      this.#view.camera(true, facing === 'user')
      this.#subject = video
      this.#look()
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
      throw error
    }
  }

  /** Stops the camera; the last classes stay where they are. */
  stopCamera(): void {
    this.#stops.end('camera')
    if (!this.#stream) return
    this.#stream = undefined
    this.#lookAway()
    this.#view.camera(false, false)
  }

  #lookAway(): void {
    this.#stops.end('look')
    this.#subject = undefined
  }

  /** Looks after it once the script has said all that it has to say. */
  #changed(what: 'model' | 'source'): void {
    if (!this.#live) return
    if (what === 'model') this.#forget()
    if (!this.#due.size) queueMicrotask(() => this.#update())
    this.#due.add(what)
  }

  #update(): void {
    const due = new Set(this.#due)
    this.#due.clear()
    if (!this.#live) return
    try {
      if (due.has('source')) this.#bindSource()
      const eager = oneOf(this, 'loading', ['eager', 'lazy']) === 'eager'
      if (!this.#model.loaded && this.#given !== undefined && (eager || this.#subject)) this.#load()
      else if (!this.#model.loaded && due.has('model')) this.#waiting()
      if (!this.#stops.has('look') && this.#given !== undefined) this.#look()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The model that was, and what it has seen. */
  #forget(): void {
    this.#model.stop()
    this.#stops.end('look')
    this.#view.clear()
    this.#internals.ariaBusy = null
    this.#losses = 0
  }

  #slotted(): Media | undefined {
    return this.source === 'webcam' ? undefined : mediaIn(this.#view.slot)
  }

  /** What is looked at, as the attribute and what is slotted say. */
  #bindSource(): void {
    const webcam = oneOf(this, 'source', ['picture', 'webcam']) === 'webcam'
    const media = this.#slotted()
    const running = this.#stream !== undefined
    this.#view.controls(webcam ? 'webcam' : media ? 'slotted' : 'picture')
    this.stopCamera()
    if (media !== this.#media && this.#subject === this.#media) this.#lookAway()
    this.#media = media
    const signal = this.#stops.begin('slot')
    const show = () => {
      this.#view.picture(undefined)
      this.#subject = media
      if (this.#given !== undefined) this.#look()
    }
    if (media) watchMedia(media, signal, show, (error) => this.#fail(error))
    else if (!this.#subject) this.#waiting()
    if (webcam && running) void this.startCamera().catch(() => undefined) // the other one
  }

  /** The model that the page has named. */
  get #given(): WeightsInput | undefined {
    return this.#file ?? (this.src === null ? undefined : new URL(this.src, this.ownerDocument.baseURI).href)
  }

  /** Begins to load the model. @throws ArgumentError */
  #load(): void {
    const file = this.#given
    if (file === undefined) throw new ArgumentError('thaw-classifier', 'a model must be named by src or file, got neither')
    this.#model.start(file, optionsOf(this, this.#options, this.ownerDocument.baseURI))
    this.#internals.ariaBusy = 'true'
    this.#view.state('loading')
  }

  /** Looks at what there is to see, in place of what it looked at before. */
  #look(): void {
    const subject = this.#subject
    if (!subject || !this.#live) return
    const signal = this.#stops.begin('look')
    const see = async () => {
      if (!this.#model.loaded) this.#load()
      // Of a model that does not load its own error tells.
      const loaded = await this.#model.loaded!.catch(() => undefined)
      if (loaded && !signal.aborted) await this.#see(subject, signal)
    }
    const seen = subject instanceof HTMLVideoElement ? eachFrame(subject, signal, see) : see()
    seen.catch((error: unknown) => {
      if (!signal.aborted && described(error).code !== 'lost') this.#fail(error)
    })
  }

  async #see(source: PictureSource, signal: AbortSignal): Promise<Classification[]> {
    const top = topOf(this)
    if (!this.#model.loaded) this.#load()
    const { classifier } = await this.#model.loaded!
    signal.throwIfAborted()
    const classes = await classifier.classify(source, { top: Math.min(top, classifier.classNames.length), signal })
    signal.throwIfAborted()
    this.#losses = 0
    this.#view.show(classes, source instanceof HTMLVideoElement)
    const { className: label, probability } = classes[0]!
    this.dispatchEvent(new CustomEvent('classify', { detail: { label, probability, classes } }))
    return classes
  }

  /** A picture that a user has chosen. */
  async #take(file: Blob): Promise<void> {
    this.stopCamera()
    this.#subject = file
    this.#view.state('looking')
    this.#look()
    const bitmap = await createImageBitmap(file).catch(() => undefined) // what is no picture, the classifier says
    if (this.#subject === file) this.#view.picture(bitmap)
    bitmap?.close()
  }

  #ready(classifier: Classifier): void {
    this.#internals.ariaBusy = null
    this.#waiting()
    this.dispatchEvent(new CustomEvent('ready', { detail: { classNames: classifier.classNames, classifier } }))
  }

  /** Says what a user does next; nothing where a picture is there and no model is named. */
  #waiting(): void {
    if (this.#subject && this.#given === undefined) this.#view.say('state', '')
    else if (this.#subject) this.#view.state('looking')
    else if (this.#model.classifier || !this.#model.loaded) this.#view.state(this.source === 'webcam' ? 'camera' : 'empty')
  }

  #progress(loaded: number, total: number): void {
    const tenths = Math.floor((10 * loaded) / total)
    this.#view.state('loading', `: ${10 * tenths}%`)
    this.dispatchEvent(new ProgressEvent('progress', { lengthComputable: true, loaded, total }))
  }

  /** Goes on with another device by itself, unless one after the other is lost. */
  #lost(): void {
    if (++this.#losses > LOSSES) {
      this.#model.stop()
      const rule = `a device must last for one picture, got ${this.#losses} that were lost: load the page again`
      return this.#fail(new ThawError('lost', `[device] ${rule}`))
    }
    try {
      this.#load()
      this.#look()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Says it, and tells the page. */
  #fail(error: unknown): void {
    this.#internals.ariaBusy = null
    this.#say(error)
    const { code, message } = described(error)
    this.dispatchEvent(new CustomEvent('error', { detail: { code, message, error } }))
  }

  #say(error: unknown): void {
    this.#view.clear()
    this.#view.say('error', sentenceOf(this.#texts, described(error)))
  }
}

/** An error's code and message; `internal` for what is none of Thaw's. */
function described(error: unknown): { code: string; message: string } {
  return error instanceof ThawError ? error : { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}
