/** A network with a device: compile, predict, evaluate, fit. */
import { asOfNow } from '../as_of_now.ts'
import { aboutToWrite } from '../about.ts'
import { isDataset, type Batches } from '../dataset.ts'
import type { Device } from '../device/device.ts'
import { disposeKey } from '../dispose.ts'
import { ArgumentError } from '../errors.ts'
import { lazy } from '../lazy.ts'
import { checkOptions } from '../options.ts'
import { slicesOf, valuesOf } from '../parameter.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { topOf } from '../layers/top.ts'
import { topology } from '../layers/topology.ts'
import type { LoadReport, LoadWeightsOptions, WeightsInput } from '../loaders/keras/load_weights.ts'
import {
  modelToFile,
  weightsToFile,
  type KerasFile,
  type ModelFormat,
  type ReadWeight,
  type WeightsFormat,
} from '../loaders/keras/keras_file.ts'
import { arePictures, type PictureSource } from '../loaders/images/picture_source.ts'
import { listOf, structured, type Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { AboutNetwork, learn, type AboutOptions } from './about_network.ts'
import { checkDevice, type CompileOptions, type MoveOptions } from './compile_options.ts'
import type { Compiled } from './compile.ts'
import type { Engine } from './engine.ts'
import type { EvaluateOptions, Scores } from './evaluate.ts'
import type { FitOptions, History, TestOnBatchOptions, TrainingEngine, TrainOnBatchOptions } from './fit_options.ts'
import type { LabelledData } from './inputs.ts'
import type { Labelling } from './labels.ts'
import type { Logs } from './metrics/index.ts'
import type { KerasOptimizer } from './optimizers/optimizer.ts'
import type { SavedOptimizer } from '../loaders/keras/saved_optimizer.ts'
import type { TrainingToWrite } from '../loaders/keras/writer.ts'
import type { AugmentedPredictOptions } from './predict.ts'
import type { TrainerState } from './trainer_state.ts'

/** Samples of a batch; whoever trains on it says what is wrong with others. */
const sampleCount = (x: Structure<Tensor>): number => Math.max(1, listOf(x)[0]?.shape?.[0] ?? 1)

/** All but prediction, in a chunk of its own. */
const training = () => lazy(import('./trainer.ts'))

/** Options of `save`. See {@link Model}. */
export interface SaveModelOptions {
  /**
   * With class, config and state of the optimizer, so that training goes on from the file. Default: where the model is compiled with an optimizer that Keras has.
   */
  includeOptimizer?: boolean
}

/** What a model is made of: its ends, and what is said of classes and pictures. See {@link Model}. */
export interface ModelOptions<Y extends Structure<SymbolicTensor>> extends AboutOptions {
  outputs: Y
}

/** What a model gives: a tensor where it was made with one output, else an array or a record as its outputs were. See {@link Model}. */
export type Predictions<Y> = Y extends SymbolicTensor ? Tensor : Y extends readonly SymbolicTensor[] ? Tensor[] : { [K in keyof Y]: Tensor }

/** A model of whatever inputs and outputs. See {@link Model}. */
export type AnyModel = Model<Structure<SymbolicTensor>>

/** A model's side on the device, for what works beside it. @throws ArgumentError saying what must come after compile */
export let engineOf: (model: AnyModel, what: string) => Engine

/**
 * A network that predicts, is evaluated and trained, as `keras.Model`.
 * @typeParam Y its outputs, as they were given: one, an array, or a record
 * @example
 * const map = layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }).apply(input)
 * const outputs = layers.dense({ units: 3, activation: 'softmax' }).apply(layers.globalAveragePooling2d().apply(map))
 * using model = new Model({ inputs: input, outputs })
 * await model.compile({ device, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
 * const { epochs } = await model.fit({ x, y }, { epochs: 2, batchSize: 3, validationSplit: 0.5 })
 * const file = await model.save().blob() // for Keras, and for loadModel
 */
export class Model<Y extends Structure<SymbolicTensor> = SymbolicTensor> extends AboutNetwork {
  #running: Compiled | undefined
  /** What the file that the model was loaded from keeps of an optimizer; `compile({ optimizer: 'saved' })` goes on with it. */
  savedOptimizer: SavedOptimizer | undefined

  static {
    engineOf = (model, what) => model.#compiled(what).engine
  }

  constructor(options: ModelOptions<Y>) {
    super(options)
  }

  /** The same layers up to a named one: a new model whose output is that layer's, with the inputs that lead there. Weights are shared. */
  until(layer: string): Model {
    const outputs = this.outputOf(layer)
    const { calls } = topology([outputs])
    const inputs = this.inputs.filter((t) => calls.includes(t.siblings))
    const { automaticNames } = this
    const name = `${this.name}_until_${layer}`
    const model = new Model({ inputs: inputs.length === 1 ? inputs[0]! : inputs, outputs, name, automaticNames })
    learn(model, { pictures: this.about.pictures })
    return model
  }

  /**
   * The model without its classifier: up to what goes into the last global pooling or Flatten, Keras's `include_top=False`; where there is neither, what
   * goes into the last layer with weights. Weights are shared.
   * @throws ArgumentError for a model with several outputs, or whose end is not one layer after the other
   */
  withoutTop(): Model {
    return this.until(topOf(this))
  }

  /**
   * Reads a Keras weight file into the network: `.h5` by content, whatever its name. Values are streamed when the model is
   * compiled; names and shapes are checked now.
   * @throws FileError, WeightsError listing every mismatch; the model is unchanged then.
   */
  async loadWeights(file: WeightsInput, options: LoadWeightsOptions = {}): Promise<LoadReport> {
    const before = this.weights.map((w) => w.source)
    const given = asOfNow(file)
    const { loadKerasWeights } = await lazy(import('../loaders/keras/load_weights.ts'))
    const report = await loadKerasWeights(this, given, options)
    try {
      await this.#engine?.store.reload(this.weights, options.signal ? { signal: options.signal } : {})
    } catch (error) {
      this.weights.forEach((w, i) => (w.source = before[i]!))
      throw error
    }
    return report
  }

  /**
   * Brings the weights to the device. After a change of `trainable` it need not be called again, other than in Keras: each `fit` trains what is
   * trainable then, and the optimizer goes on with the state that it has. Called again, weights stay as they are,
   * on another device too, and the optimizer begins anew.
   * @throws ArgumentError; WeightsError `not-finite` naming layer and index, DeviceError (`lost` where values are gone with the device before), the
   * signal's reason; nothing of this call stays on the device then.
   */
  async compile(options: CompileOptions): Promise<void> {
    const of = { saved: this.savedOptimizer, outputs: this.structure.outputs }
    // What trains comes at the same time; compile tells if it does not.
    if ((options as CompileOptions | undefined)?.loss !== undefined) void import('./trainer.ts').catch(() => undefined)
    const { compiled } = await lazy(import('./compile.ts'))
    const running = await compiled(this, options, of, () => this.#engine)
    this.dispose()
    this.#running = running
  }

  /**
   * Where the model is compiled; undefined where it is not. Another device than `compile` was given where that was lost in `fit`, which opened
   * another; the two are disposed together.
   */
  get device(): Device | undefined {
    return this.#engine?.device
  }

  get #engine(): Engine | undefined {
    return this.#running?.engine
  }

  #compiled(what: string): Compiled {
    if (this.#running) return this.#running
    throw new ArgumentError(what, `a model must be compiled before ${what}, got a model that is not (or was disposed)`)
  }

  #withLoss(what: string): Compiled {
    const running = this.#compiled(what)
    if (running.engine.hasLoss) return running
    throw new ArgumentError(what, `${what} needs a loss, got none in compile`)
  }

  /**
   * Runs the network over samples, or pictures; with `{ augment }` several times over what Random* layers make of them, and gives the mean.
   * @param x a tensor [N,...], of whatever sizes the input leaves open; for a model with several inputs an array in their order, or a record by their
   * names; for a model that takes pictures also a picture (a file, its bytes, a URL, in Node a path, what a page shows), or an array of them, made
   * samples as `pictures` says
   * @returns [N,...] of each output: one tensor, or an array or a record where the model was made with that (a model from a file with several
   * outputs: an array)
   * @throws ArgumentError for what are no samples for the inputs, ShapeError for samples that are not of an input's shape, DataError for none,
   * DeviceError, of pictures FileError, the signal's reason.
   */
  async predict(x: Structure<Tensor> | Batches, options?: AugmentedPredictOptions): Promise<Predictions<Y>>
  async predict(x: PictureSource | readonly PictureSource[], options?: AugmentedPredictOptions): Promise<Predictions<Y>>
  async predict(x: unknown, options: AugmentedPredictOptions = {}): Promise<Predictions<Y>> {
    const { engine, predict } = this.#compiled('predict')
    const { pictures } = this
    const given =
      pictures && arePictures(x) ? await (await lazy(import('./pictures.ts'))).pictureSamples(engine, x, pictures, options.signal) : x
    const outputs = await predict(engine, given, options)
    return structured(this.structure.outputs, outputs) as Predictions<Y>
  }

  /**
   * Loss and metrics over labelled data: `{ loss, accuracy }`, with `{ augment }` those of averaged predictions, as `predict` has them; with
   * `details: true` also what is no single number, such as a confusion matrix: `{ logs, details }`.
   * @throws as fit
   */
  async evaluate(data: LabelledData<Structure<Tensor>> | Batches, options: EvaluateOptions & { details: true }): Promise<Scores>
  async evaluate(data: LabelledData<Structure<Tensor>> | Batches, options?: EvaluateOptions): Promise<Logs>
  async evaluate(data: LabelledData<Structure<Tensor>> | Batches, options: EvaluateOptions = {}): Promise<Logs | Scores> {
    const { engine, trainer } = this.#withLoss('evaluate')
    const scores = await trainer!.evaluate(engine, data, options)
    return options.details ? scores : scores.logs
  }

  /**
   * Trains every trainable weight. A frozen trunk runs once per sample; its features are kept for all later epochs.
   * @throws ShapeError, DataError, ArgumentError before any GPU work; the signal's reason; DataError when the loss is not finite; DeviceError
   * `disposed` when the model is disposed meanwhile. Weights keep the values of the last finished step. Of the training stay the optimizer's state
   * and, as of a prediction, the plans, for the next call.
   */
  async fit(data: LabelledData<Structure<Tensor>> | Batches, options: FitOptions = {}): Promise<History> {
    if (isDataset(data) && this.#engine?.optimizer) learn(this, data)
    return this.#fit('fit', data, options)
  }

  async #fit(what: string, data: LabelledData<Structure<Tensor>> | Batches, options: FitOptions, byHand = false): Promise<History> {
    const { engine, trainer } = this.#withLoss(what)
    if (!engine.optimizer) throw new ArgumentError(what, `${what} needs an optimizer, got none in compile`)
    return trainer!.fit(engine as TrainingEngine, data, options, byHand)
  }

  /**
   * The state of training, after the last step that was begun: a plain object from which `fit(data, { state })` goes on to the bit, here, in
   * another model made alike, or on another device. May be asked for at any time, in `onProgress` and `onEpochEnd` too.
   */
  async trainerState(): Promise<TrainerState> {
    const { engine, trainer } = this.#compiled('trainerState')
    const { takeState } = trainer ?? (await training()) // at once where it trains: there are steps meanwhile
    return takeState(engine)
  }

  /** As a layer's, between two steps where the model is trained. @throws DeviceError `disposed` where it is meanwhile, too */
  override getWeights(): Promise<Tensor[]> {
    const engine = this.#engine
    if (!engine) return super.getWeights()
    const check = this.#stillHasWeights()
    return engine.betweenSteps(async () => {
      check()
      const values = await valuesOf(this.weights, engine.store)
      check()
      return values
    })
  }

  /** As a layer's, between two steps where the model is trained. */
  override setWeights(values: readonly Tensor[]): Promise<void> {
    return this.#engine ? this.#engine.betweenSteps(() => super.setWeights(values)) : super.setWeights(values)
  }

  /**
   * One step of training with these samples as its batch: Keras's train_on_batch. As in Keras, averages of weights (`useEma`) stay beside them, and a loss
   * that is not finite leaves the weights as the step made them: no state is read back, which would cost more than the step.
   * @returns loss and metrics of this batch, by the weights before the step
   * @throws as fit
   */
  async trainOnBatch(x: Structure<Tensor>, y: Labelling, options: TrainOnBatchOptions = {}): Promise<Logs> {
    checkOptions('trainOnBatch', options, { sampleWeight: 'any', classWeight: 'any', signal: 'AbortSignal' })
    const { sampleWeight, ...rest } = options
    const whole = { epochs: 1, batchSize: sampleCount(x), shuffle: false, cacheFeatures: false, recover: false } as const
    const { epochs } = await this.#fit('trainOnBatch', { x, y, ...(sampleWeight && { sampleWeight }) }, { ...whole, ...rest }, true)
    return epochs[0]!.logs
  }

  /** Loss and metrics of one batch: Keras's test_on_batch. @throws as evaluate */
  async testOnBatch(x: Structure<Tensor>, y: Labelling, options: TestOnBatchOptions = {}): Promise<Logs> {
    checkOptions('testOnBatch', options, { sampleWeight: 'any', signal: 'AbortSignal' })
    const { sampleWeight, ...rest } = options
    return this.evaluate({ x, y, ...(sampleWeight && { sampleWeight }) }, { batchSize: sampleCount(x), ...rest })
  }

  /**
   * Goes on with another device: weights, the optimizer's state and where training is come along; what the model kept on the device before is freed.
   * Not while it is trained. Where the old device is lost, weights that training has not changed come from where they came from.
   * @param options signal and onProgress: as of compile
   * @throws ArgumentError while it is trained; DeviceError; `lost` where values are gone with the old device; the signal's reason. All is as it was then
   */
  async moveTo(device: Device, options: MoveOptions = {}): Promise<void> {
    checkDevice('moveTo', device)
    checkOptions('moveTo', options, { signal: 'AbortSignal', onProgress: 'function' })
    const { engine } = this.#compiled('moveTo')
    await (await training()).moveTo(engine, device, options)
  }

  /**
   * The whole model as a file for Keras, to be read by `blob()` or piece by piece; with current values where it is compiled, else those it was
   * made with. Do not train while it is read.
   * @param format `keras` (default): the archive of Keras 3; `h5`: legacy HDF5
   * @param options includeOptimizer: with the optimizer and its state, and losses and metrics that were given by name. Default: where the model is
   * compiled with an optimizer, and a schedule if it has one, of Keras. Names of classes, and what is said of pictures, are kept where Keras passes them over
   * @throws ArgumentError for an unknown format, and naming a layer that Keras does not have, or whose name it refuses (a slash)
   */
  save(format: ModelFormat = 'keras', { includeOptimizer = this.#kerasOptimizer?.hasConfig ?? false }: SaveModelOptions = {}): KerasFile {
    const kept = includeOptimizer ? this.#training() : undefined
    return modelToFile(this, format, this.#reader(), kept, aboutToWrite(this.about, this.inputs))
  }

  /**
   * The weights as a file for Keras, as `save`.
   * @param format `weights.h5` (default): of Keras 3, with the state of the optimizer where the model is compiled with one of Keras's; `h5`: legacy, for Keras 1, 2 and 3
   * @throws ArgumentError for an unknown format
   */
  saveWeights(format: WeightsFormat = 'weights.h5'): KerasFile {
    const kept = this.#kerasOptimizer && format === 'weights.h5' ? this.#training() : undefined
    return weightsToFile(this, format, this.#reader(), kept)
  }

  get #kerasOptimizer(): KerasOptimizer | undefined {
    return this.#running?.trainer?.keras
  }

  /** What files keep of the optimizer. */
  #training(): TrainingToWrite {
    const { engine, trainer } = this.#compiled('save')
    if (trainer?.keras)
      return trainer.toWrite(
        engine,
        this.#reader(() => engine.checkOpen()),
      )
    throw new ArgumentError('save', `an optimizer must be one of Keras's to be saved, got ${engine.optimizer?.name ?? 'none'}`)
  }

  /** What throws DeviceError `disposed` where the model has weights on a device now, and none any more when it is called. */
  #stillHasWeights(): () => void {
    const before = this.#engine
    return () => (this.#engine ?? before)?.checkOpen()
  }

  /** Reads a weight from the device, or where it came from. @param check throws where it has lost its values */
  #reader(check = this.#stillHasWeights()): ReadWeight {
    return (p) => () => {
      check()
      return this.#engine?.store.has(p) ? this.#engine.store.read(p) : slicesOf(p)
    }
  }

  /** Frees everything this model keeps on the device. It can be compiled again, from the weights it was made with. */
  dispose(): void {
    const running = this.#running
    this.#running = undefined
    running?.engine.close()
  }

  [disposeKey](): void {
    this.dispose()
  }
}
