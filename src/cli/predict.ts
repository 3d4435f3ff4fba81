/** `thaw predict`: what a network sees in a picture. */
import { adapterLabel } from '../device/adapter.ts'
import { ArgumentError, DataError, FileError, ShapeError, ThawError } from '../errors.ts'
import type { PictureSpec } from '../about.ts'
import { classIndexFile, resolveFile } from '../loaders/weights/weight_store.ts'
import type { ApplicationOptions } from '../models/application.ts'
import { classIndexOf, highest, named, type ClassIndex } from '../loaders/images/class_names.ts'
import { loadClassIndex } from '../node/class_names.ts'
import { loadImage } from '../node/image.ts'
import { openDevice } from '../node.ts'
import { readModelConfig } from '../loaders/keras/model_config.ts'
import { loadModel } from '../models/load_model.ts'
import { onPictures } from '../models/on_pictures.ts'
import { isOpen } from '../layers/open_sizes.ts'
import { formatShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { listOf } from '../structure.ts'
import type { AnyModel } from '../training/model.ts'
import { onHost } from '../training/pictures.ts'
import { openFile, type OpenedFile } from './input.ts'
import { byteProgress, type CliIo } from './io.ts'
import { classesIn, NETWORKS, type KnownName } from '../models/networks.ts'
import type { PredictOptions } from './options.ts'
import { replacements } from './replace.ts'

/** One class, and its names where it has any. */
export interface Guess {
  readonly index: number
  readonly score: number
  readonly wnid?: string
  readonly label?: string
}

/** What `--json` writes. */
export interface PredictReport {
  readonly adapter: string
  /** The network's name, or the model's file. */
  readonly model: string
  /** `imagenet`, a file, or null for a model file. */
  readonly weights: string | null
  readonly input: readonly number[]
  readonly preprocess: string
  readonly classes: number
  /** Highest score first. */
  readonly top: readonly Guess[]
}

/** A failed fetch of names is tried again this often; a prediction does without them. */
const NAME_RETRIES = 1

/** A network by its name. @returns the file to keep open until the weights are on the device, if it is the user's */
async function namedModel(
  { network, weights }: { network: KnownName; weights: string },
  { size, said }: PredictOptions,
  io: CliIo,
): Promise<{ model: AnyModel; file?: OpenedFile }> {
  const { build } = NETWORKS[network]
  const { signal } = io
  const inputShape = size === undefined ? {} : ({ inputShape: [size, size, 3] } as const)
  if (weights === 'imagenet') {
    let onProgress: ApplicationOptions['onProgress'] = byteProgress(io, 'Fetching weights')
    const model = await build({
      weights,
      ...inputShape,
      signal,
      store: { onNote: (note) => io.err(note) },
      onProgress: (p) => onProgress?.(p),
    })
    onProgress = undefined // compile tells for itself
    return { model }
  }
  const file = await openFile(weights, signal, said)
  try {
    const classes = classesIn(file.keras, network)
    return { model: await build({ weights: file.sources, classes, loading: said, ...inputShape, signal }), file }
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

/** A whole model from its file. */
async function fileModel(name: string, options: PredictOptions, io: CliIo): Promise<{ model: AnyModel; file: OpenedFile }> {
  const { signal } = io
  const replaceLayers = replacements(options.replace)
  const file = await openFile(name, signal, options.said)
  try {
    if (!(await readModelConfig(file.source, signal))) {
      const rule = 'a model file must hold its config (for weights only: --model NAME --weights FILE)'
      throw new FileError('not-keras', `[${file.source.name}] ${rule}, got none`)
    }
    const { size } = options
    const sized = size === undefined ? {} : { inputShape: [size, size] }
    const model: AnyModel = await loadModel(file.sources, { ...options.said, ...sized, signal, replaceLayers })
    const open = model.inputs.find((t) => isOpen(t.shape))
    if (!open) return { model, file }
    const got = `${formatShape(open.shape)} in the model's config`
    throw new ArgumentError(file.source.name, `the input's size must be given (--size N), got ${got}`)
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

/** @throws ShapeError unless the input is one of pictures with 1 or 3 channels */
function picturesOf({ pictures, input, name }: AnyModel, { preprocess }: PredictOptions): PictureSpec {
  if (pictures) return { ...pictures, ...(preprocess && { preprocess }) }
  throw new ShapeError(name, `the input must be pictures [height,width,3] or [height,width,1], got ${formatShape(input.shape)}`)
}

/** The best classes, with names where there are any. @throws DataError for a NaN */
function best({ data }: Tensor, top: number, names: ClassIndex | undefined): Guess[] {
  const nan = data.findIndex(Number.isNaN)
  if (nan >= 0) throw new DataError('predict', `scores must be numbers, got NaN for class ${nan}`)
  return highest(data, top).map((index) => (names ? named(names, index, data[index]!) : { index, score: data[index]! }))
}

/** Keras's names of the ImageNet classes; undefined, after a word about it, where these cannot be had. */
async function imagenetNames(io: CliIo): Promise<ClassIndex | undefined> {
  const { signal } = io
  try {
    const source = await resolveFile(classIndexFile, { signal, retries: NAME_RETRIES, onNote: (note) => io.err(note) })
    return await loadClassIndex(await source.read(0, source.size, signal))
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ThawError)) throw error
    io.err(`No class names, numbers instead: ${error.message}`)
    return undefined
  }
}

/** @throws ShapeError unless the output is class scores; ArgumentError unless there are as many as names that the user gave */
function classesOf({ outputs, name }: AnyModel, given: ClassIndex | undefined): number {
  const shape = outputs[0]!.shape
  if (shape.length !== 2) throw new ShapeError(name, `the output must be class scores [classes], got ${formatShape(shape)}`)
  const classes = shape[1]!
  if (given && given.length !== classes)
    throw new ArgumentError('class index', `the model must have the ${given.length} classes that it names, got ${classes}`)
  return classes
}

/**
 * Loads a network and predicts one picture. What is small is looked at first, so that a mistake costs no download.
 * @throws FileError, WeightsError, ShapeError, ArgumentError, DataError, DeviceError; the signal's reason
 */
export async function predict(options: PredictOptions, io: CliIo): Promise<PredictReport> {
  const { signal } = io
  const { model: wanted, top, adapter } = options
  await loadImage(options.image, { signal }) // that it is a picture
  const given = options.classIndex === undefined ? undefined : await loadClassIndex(options.classIndex, { signal })
  using device = await openDevice({ ...(adapter && { adapter }) })
  const byName = 'network' in wanted
  const { model: found, file } = byName ? await namedModel(wanted, options, io) : await fileModel(wanted.file, options, io)
  try {
    const model = onPictures(found)
    const classes = classesOf(model, given)
    const pictures = picturesOf(model, options)
    const x = await onHost(pictures, signal)(options.image)
    const names = given ?? (model.classNames && classIndexOf(model.classNames)) ?? (classes === 1000 ? await imagenetNames(io) : undefined)
    await model.compile({ device, warmUpBatch: 1, signal, onProgress: byteProgress(io, 'Loading weights') })
    io.progress?.('Predicting')
    const [scores] = listOf(await model.predict(x, { signal })) // further outputs are those of auxiliary heads
    model.dispose()
    signal.throwIfAborted()
    return {
      adapter: adapterLabel(device.info),
      model: byName ? wanted.network : wanted.file,
      weights: byName ? wanted.weights : null,
      input: x.shape,
      preprocess: pictures.preprocess,
      classes,
      top: best(scores!, top, names),
    }
  } finally {
    await file?.[Symbol.asyncDispose]()
    io.progress?.('')
  }
}
