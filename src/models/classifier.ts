/** From a file and a picture to names of classes, without knowing anything of tensors. A page loads it when it first makes a classifier. */
import { checkClassNames, checkPictureOptions, classCount, PICTURE_OPTIONS, pictureOptionsIn, pictureSpec } from '../about.ts'
import type { PictureOptions, PictureSpec } from '../about.ts'
import { openDevice, type Device } from '../device/device.ts'
import { disposeKey } from '../dispose.ts'
import { ArgumentError, ShapeError } from '../errors.ts'
import { lazy } from '../lazy.ts'
import { classIndexOf, decodePredictions, loadClassIndex } from '../loaders/images/class_names.ts'
import type { ClassIndex, ClassIndexInput, ClassIndexOptions } from '../loaders/images/class_names.ts'
import type { PictureSource } from '../loaders/images/picture_source.ts'
import { checkNames } from '../options.ts'
import { formatShape } from '../shape.ts'
import { listOf } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import type { WeightsInput } from '../loaders/keras/load_weights.ts'
import type { CompileOptions, MoveOptions } from '../training/compile_options.ts'
import { engineOf, Model, type AnyModel } from '../training/model.ts'
import { modelFromFile, type LoadModelOptions } from './from_file.ts'
import { onPictures } from './on_pictures.ts'

/** Options of {@link createClassifier}: what the classes are called, how pictures become samples, and where it runs. */
export interface ClassifierOptions extends PictureOptions, Pick<LoadModelOptions, 'customObjects' | 'replaceLayers' | 'fetch' | 'headers'> {
  /**
   * What the classes are called: a list, a file or its URL (`labels.txt` with a name a line, as Teachable Machine has it, or JSON; in Node also a path),
   * or `imagenet`. Default: what the model's file says, else their numbers.
   */
  labels?: ClassIndexInput
  /** Height and width of the pictures, where the file leaves them open or others are wanted: one number, or [height, width]. */
  size?: number | readonly [height: number, width: number]
  /** Default: one of its own, which is disposed with the classifier. */
  device?: Device
  /** For the loading alone. */
  signal?: AbortSignal
  /** How far the weights are on the device. */
  onProgress?: CompileOptions['onProgress']
}

const OPTIONS = [
  ...['labels', 'size', 'device', 'customObjects', 'replaceLayers', 'fetch', 'headers', 'signal', 'onProgress'],
  ...PICTURE_OPTIONS,
]

/** Options of `classify`. See {@link Classifier}. */
export interface ClassifyOptions {
  /** How many of the classes. Default 3, or all where there are fewer. */
  top?: number
  /** Ends the classification with its reason. */
  signal?: AbortSignal
}

/** A class that a picture may be of. See {@link createClassifier}. */
export interface Classification {
  /** What the class is called; its number where it has no name. */
  readonly className: string
  /** Its number, from 0. */
  readonly classIndex: number
  /** What the model gave; of a model with one score p, p for class 1 and 1 - p for class 0. */
  readonly probability: number
}

/** What differs between pages and Node. */
export interface Surroundings {
  openDevice(): Promise<Device>
  loadClassIndex(source: ClassIndexInput | undefined, options: ClassIndexOptions): Promise<ClassIndex>
}

/** A page. */
export const inPage: Surroundings = { openDevice, loadClassIndex }

interface Owned {
  dispose(): void
}

/**
 * See `createClassifier`.
 * @example
 * using classifier = await createClassifier(model, { labels: ['cat', 'dog', 'bird'] })
 * const [first, second] = await classifier.classify(['animals/cat/1.png', 'animals/dog/1.png'], { top: 1 })
 * classifier.classNames // ["cat", "dog", "bird"]
 */
export class Classifier {
  /** The model, compiled. */
  readonly model: AnyModel
  /** What the classes are called, by their numbers. */
  readonly classNames: readonly string[]
  /** How pictures become samples here; a model that was given keeps its own. */
  readonly pictures: PictureSpec
  readonly #owned: readonly Owned[]

  constructor(model: AnyModel, classNames: readonly string[], pictures: PictureSpec, owned: readonly Owned[]) {
    this.model = model
    this.classNames = classNames
    this.pictures = pictures
    this.#owned = owned
  }

  /**
   * The classes that a picture fits best, the most probable first, as `decodePredictions` orders them.
   * @param source an image or video element, a canvas, ImageBitmap, ImageData or VideoFrame, a file or its bytes, a URL, in Node also a path
   * @throws FileError for a picture that cannot be read; ArgumentError for `top`; DataError for a NaN; DeviceError; the signal's reason
   */
  async classify(source: PictureSource, options?: ClassifyOptions): Promise<Classification[]>
  /** Those of each of several pictures. */
  async classify(sources: readonly PictureSource[], options?: ClassifyOptions): Promise<Classification[][]>
  async classify(source: PictureSource | readonly PictureSource[], options: ClassifyOptions = {}): Promise<unknown> {
    checkNames('classify', options, ['top', 'signal'])
    const { top = Math.min(3, this.classNames.length), signal } = options
    const several = Array.isArray(source)
    if (several && !source.length) return []
    const { pictureSamples } = await lazy(import('../training/pictures.ts'))
    const samples = await pictureSamples(engineOf(this.model, 'classify'), source, this.pictures, signal)
    const [scores] = listOf(await this.model.predict(samples, signal ? { signal } : {}))
    const best = decodePredictions(ofAll(scores!), { top, classIndex: classIndexOf(this.classNames) })
    const all = best.map((row) => row.map(({ label, index, score }) => ({ className: label, classIndex: index, probability: score })))
    return several ? all : all[0]!
  }

  /** Frees what the classifier has made: what it compiled, and its device. */
  dispose(): void {
    this.#owned.forEach((one) => one.dispose())
  }

  [disposeKey](): void {
    this.dispose()
  }
}

/** A score for each class, of a model that gives one for two of them. */
function ofAll({ shape, data }: Tensor): Tensor {
  if (shape[1] !== 1) return { shape, data }
  return {
    shape: [shape[0]!, 2],
    data: Float32Array.from({ length: 2 * data.length }, (_, i) => (i % 2 ? data[i >> 1]! : 1 - data[i >> 1]!)),
  }
}

/** @throws ShapeError for a model that takes no pictures, or gives no class scores */
function checkModel({ name, inputs, outputs, pictures }: AnyModel): void {
  const inputShapes = inputs.map(({ shape }) => formatShape(shape)).join(' and ')
  if (!pictures) throw new ShapeError(name, `the input must be pictures [height,width,3] or [height,width,1], got ${inputShapes}`)
  const { shape } = outputs[0]!
  if (shape.length !== 2) throw new ShapeError(name, `the output must be class scores [classes], got ${formatShape(shape)}`)
}

/** The model of a file, for pictures of the size, channels last. */
async function modelOf(
  file: WeightsInput,
  { size, signal, customObjects, replaceLayers, fetch, headers }: ClassifierOptions,
): Promise<AnyModel> {
  void import('../training/compile.ts').catch(() => undefined) // comes with the file; compile tells if it does not
  const model = await modelFromFile(file, {
    ...(size !== undefined && { inputShape: typeof size === 'number' ? [size, size] : size }),
    ...(signal && { signal }),
    ...(customObjects && { customObjects }),
    ...(replaceLayers && { replaceLayers }),
    ...(fetch && { fetch }),
    ...(headers && { headers }),
  })
  return onPictures(model)
}

/** Brings a model to the device that is given, or it has, or else one of its own. @returns what is to be disposed with the classifier */
async function bring(model: AnyModel, given: Device | undefined, around: Surroundings, upload: MoveOptions): Promise<Owned[]> {
  const before = model.device
  const device = given ?? (before && !before.isLost ? before : await around.openDevice())
  if (device === before) return []
  const compiled = {
    dispose: () => {
      if (model.device === device) model.dispose()
    },
  }
  const owned = given ? (before ? [] : [compiled]) : [compiled, device]
  try {
    await (before ? model.moveTo(device, upload) : model.compile({ device, warmUpBatch: 1, ...upload }))
    return owned
  } catch (error) {
    owned.forEach((one) => one.dispose())
    throw error
  }
}

/** As `createClassifier`, where `around` says. */
export async function classifierOf(around: Surroundings, file: WeightsInput | AnyModel, options: ClassifierOptions): Promise<Classifier> {
  checkNames('createClassifier', options, OPTIONS)
  const { labels, size, device, signal, onProgress, fetch } = options
  const mine = !(file instanceof Model)
  if (!mine && size !== undefined) throw new ArgumentError('createClassifier', `size must not be given with a model, got ${String(size)}`)
  const asked = { ...(signal && { signal }), ...(fetch && { fetch }) }
  const index = labels === undefined ? undefined : await around.loadClassIndex(labels === 'imagenet' ? undefined : labels, asked)
  const model: AnyModel = mine ? await modelOf(file, options) : file
  checkModel(model)
  const named =
    index?.map(([, label]) => label) ?? model.classNames ?? Array.from({ length: classCount(model.outputs) }, (_, i) => String(i))
  const classNames = checkClassNames('createClassifier', named, model.outputs)
  const said = checkPictureOptions('createClassifier', pictureOptionsIn(options), model.inputs)
  const pictures = pictureSpec(model.inputs, { ...model.pictures, ...said })!
  if (mine && Object.keys(said).length) model.pictures = pictures
  const owned = await bring(model, device, around, { ...(signal && { signal }), ...(onProgress && { onProgress }) })
  return new Classifier(model, classNames, pictures, owned)
}
