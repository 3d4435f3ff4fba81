/** A network with a device: compile, predict, evaluate, fit. */
import { parameterStoreOf, type ParameterStore } from '../plan/parameter_store.ts'
import type { UploadProgress } from '../tensor_source.ts'
import type { Device } from '../device/device.ts'
import { disposeKey } from '../dispose.ts'
import { ArgumentError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { largestTensorBytes } from '../plan/layout.ts'
import { slicesOf, type Parameter } from '../parameter.ts'
import { Plan } from '../plan/plan.ts'
import { warmPipelines } from '../plan/dispatches.ts'
import { Network } from '../layers/network.ts'
import { loadKerasWeights, type LoadWeightsOptions } from '../loaders/keras/load_weights.ts'
import type { WeightsInput, LoadReport } from '../loaders/keras/load_weights.ts'
import { sampleSize, type Tensor } from '../tensor.ts'
import { checkData, checkSamples, gather, inOrder, type LabelledData, type Loss } from './data.ts'
import { plainFeed, runPass, type Scores } from './pass.ts'
import { fit, type FitOptions, type History } from './fit.ts'
import { evaluationGraph, lossGraph, metricSums, predictGraph } from './graphs.ts'
import type { Optimizer } from './optimizers.ts'
import { modelToFile, weightsToFile, type KerasFile, type ModelFormat, type ReadWeight, type WeightsFormat } from '../loaders/keras/save.ts'

export interface CompileOptions {
  device: Device
  /** Needed for fit. */
  optimizer?: Optimizer
  /** Needed for fit and evaluate. */
  loss?: Loss
  /** Only `accuracy` is known, and it is always computed. */
  metrics?: readonly ['accuracy']
  /** Compiles the kernels of a prediction with this batch size, a positive whole number, while the weights stream in. Default: none. */
  warmUpBatch?: number
  signal?: AbortSignal
  onProgress?: (progress: UploadProgress) => void
}

export interface PredictOptions {
  /** Samples per run. Default 32, fewer for few samples or where 32 would exceed the adapter's limits. */
  batchSize?: number
  signal?: AbortSignal
  /** Samples done so far. */
  onProgress?: (done: number, total: number) => void
}

/** What compile sets up. */
export interface Engine {
  readonly device: Device
  readonly store: ParameterStore
  readonly optimizer: Optimizer | undefined
  readonly loss: Loss | undefined
  /** Every weight and metric sum that this model keeps on the device. */
  readonly parameters: Set<Parameter>
  readonly sums: Parameter
  /** Optimizer moments by weight; kept over several calls of fit. */
  readonly states: Map<Parameter, Parameter[]>
  /** Optimizer steps done. */
  step: number
}

export class Model extends Network {
  #engine: Engine | undefined
  readonly #plans = new Map<string, Plan>()
  /** Those that are being compiled. */
  readonly #coming = new Map<string, Promise<Plan>>()

  /** The same layers up to a named one: a new model whose output is that layer's. Weights are shared. */
  until(layer: string): Model {
    return new Model({
      inputs: this.input,
      outputs: this.outputOf(layer),
      name: `${this.name}_until_${layer}`,
      automaticNames: this.automaticNames,
    })
  }

  /**
   * Reads a Keras weight file into the network: `.h5` by content, whatever its name. Values are streamed when the model is
   * compiled; names and shapes are checked now.
   * @throws FileError, WeightsError listing every mismatch; the model is unchanged then.
   */
  async loadWeights(file: WeightsInput, options: LoadWeightsOptions = {}): Promise<LoadReport> {
    const before = this.weights.map((w) => w.source)
    const report = await loadKerasWeights(this, file, options)
    try {
      await this.#engine?.store.reload(this.weights, options.signal ? { signal: options.signal } : {})
    } catch (error) {
      this.weights.forEach((w, i) => (w.source = before[i]!))
      throw error
    }
    return report
  }

  /**
   * Brings the weights to the device. Compile again after changing `trainable`, as in Keras.
   * @throws ArgumentError; WeightsError `not-finite` naming layer and index, DeviceError, the signal's reason; nothing of this call stays on
   * the device then.
   */
  async compile({ device, optimizer, loss, metrics = ['accuracy'], warmUpBatch, signal, onProgress }: CompileOptions): Promise<void> {
    if (loss && loss !== 'categoricalCrossentropy' && loss !== 'sparseCategoricalCrossentropy') {
      throw new ArgumentError('compile', `loss must be categoricalCrossentropy or sparseCategoricalCrossentropy, got ${String(loss)}`)
    }
    if (metrics.length !== 1 || metrics[0] !== 'accuracy') {
      throw new ArgumentError('compile', `metrics must be accuracy alone, which is always measured, got [${metrics.join(', ')}]`)
    }
    if (warmUpBatch !== undefined) this.#checkBatch('warmUpBatch', warmUpBatch)
    const warmUp = warmUpBatch === undefined ? undefined : predictGraph(this, warmUpBatch)
    const store = parameterStoreOf(device)
    const sums = metricSums()
    const parameters = new Set([...this.weights, sums])
    const upload = store.load(parameters, { ...(signal && { signal }), ...(onProgress && { onProgress }) })
    try {
      await Promise.all([upload, warmUp && warmPipelines(device, warmUp)])
    } catch (error) {
      await upload.then(
        () => store.release(parameters), // it was the kernels
        () => undefined,
      )
      throw error
    }
    this.dispose()
    this.#engine = { device, store, optimizer, loss, parameters, sums, states: new Map(), step: 0 }
  }

  #compiled(what: string): Engine {
    if (!this.#engine) throw new ArgumentError(what, `a model must be compiled before ${what}, got a model that is not (or was disposed)`)
    return this.#engine
  }

  #withLoss(what: string): Engine & { loss: Loss } {
    const engine = this.#compiled(what)
    if (!engine.loss) throw new ArgumentError(what, `${what} needs a loss, got none in compile`)
    return engine as Engine & { loss: Loss }
  }

  /** A plan that is kept until dispose. Whoever asks for one that is being compiled gets the same. */
  async #plan(key: string, engine: Engine, build: () => Graph): Promise<Plan> {
    const known = this.#plans.get(key) ?? this.#coming.get(key)
    if (known) return known
    const coming = this.#newPlan(key, engine, build)
    this.#coming.set(key, coming)
    try {
      return await coming
    } finally {
      if (this.#coming.get(key) === coming) this.#coming.delete(key)
    }
  }

  async #newPlan(key: string, engine: Engine, build: () => Graph): Promise<Plan> {
    const plan = await Plan.compile(engine.store, build())
    if (this.#engine === engine) this.#plans.set(key, plan)
    else plan.dispose() // so that running it says what has happened
    return plan
  }

  #checkBatch(option: string, given: number): void {
    if (!Number.isInteger(given) || given < 1) throw new ArgumentError(this.name, `${option} must be a positive whole number, got ${given}`)
  }

  /** Halves a default batch until every tensor fits one binding. An explicit batch size is taken as it is, and may be refused. */
  fittingBatch(given: number | undefined, count: number, build: (batch: number) => Graph): number {
    if (given !== undefined) {
      this.#checkBatch('batchSize', given)
      return given
    }
    const { maxTensorBytes } = this.#compiled('predict').device
    let batch = Math.min(32, 2 ** Math.ceil(Math.log2(count)))
    while (batch > 1 && largestTensorBytes(build(batch)) > maxTensorBytes) batch /= 2
    return batch
  }

  /**
   * Runs the network over samples [N,...].
   * @returns one tensor [N,...] per output; a single one where the model has a single output.
   * @throws ShapeError for samples that are not of the input's shape, DataError for none, DeviceError, the signal's reason.
   */
  async predict(x: Tensor, options: PredictOptions = {}): Promise<Tensor> {
    return (await this.predictAll(x, options))[0]!
  }

  /** As predict, for models with several outputs. */
  async predictAll(x: Tensor, { batchSize, signal, onProgress }: PredictOptions = {}): Promise<Tensor[]> {
    const engine = this.#compiled('predict')
    const count = checkSamples('predict', x, this.input.shape)
    const batch = this.fittingBatch(batchSize, count, (n) => predictGraph(this, n))
    const plan = await this.#plan(`predict ${batch}`, engine, () => predictGraph(this, batch))
    const results = this.outputs.map(({ shape }) => {
      const sample = shape.slice(1) as number[]
      return { shape: [count, ...sample], data: new Float32Array(count * sampleSize(shape as number[])) }
    })
    for (let begin = 0; begin < count; begin += batch) {
      signal?.throwIfAborted()
      const end = Math.min(count, begin + batch)
      const out = await plan.run({ x: gather(x.data, sampleSize(x.shape), inOrder(count), begin, end, batch) })
      results.forEach(({ shape, data }, i) => {
        const row = sampleSize(shape)
        data.set(out[`y${i}`]!.subarray(0, (end - begin) * row), begin * row)
      })
      onProgress?.(end, count)
    }
    return results
  }

  /** Mean loss and accuracy over labelled data. @throws as fit */
  async evaluate(data: LabelledData, { batchSize, signal, onProgress }: PredictOptions = {}): Promise<Scores> {
    const engine = this.#withLoss('evaluate')
    const samples = checkData('evaluate', data, engine.loss, this.input.shape, this.outputs[0]!.shape)
    const build = (n: number) => lossGraph(this, n, false)
    const batch = this.fittingBatch(batchSize, samples.count, build)
    const plan = await this.#plan(`evaluate ${batch}`, engine, () => evaluationGraph(build(batch), engine.sums))
    const { store, sums } = engine
    const onBatch = (done: number) => onProgress?.(done, samples.count)
    return runPass({ plan, store, sums, feed: plainFeed(samples), batchSize: batch, order: inOrder(samples.count), signal, onBatch })
  }

  /**
   * Trains every trainable weight. A frozen trunk runs once per sample; its features are kept for all later epochs.
   * @throws ShapeError, DataError, ArgumentError before any GPU work; the signal's reason; DataError when the loss is not finite.
   * Weights keep the values of the last finished step; no buffer of the training stays allocated.
   */
  async fit(data: LabelledData, options: FitOptions = {}): Promise<History> {
    const engine = this.#withLoss('fit')
    const { optimizer } = engine
    if (!optimizer) throw new ArgumentError('fit', 'fit needs an optimizer, got none in compile')
    return fit(this, { ...engine, optimizer, advance: () => ++engine.step }, data, options)
  }

  /** Reads the current values of all weights back, in the order of `weights`. */
  async getWeights(): Promise<Tensor[]> {
    const { store } = this.#compiled('getWeights')
    const values: Tensor[] = []
    for (const w of this.weights) values.push({ shape: w.shape, data: await store.read(w) })
    return values
  }

  /**
   * The whole model as a file for Keras, to be read by `blob()` or piece by piece; with current values where it is compiled, else those it was
   * made with. Do not train while it is read.
   * @param format `keras` (default): the archive of Keras 3; `h5`: legacy HDF5
   * @throws ArgumentError for an unknown format, and naming a layer that Keras does not have, or whose name it refuses (a slash)
   */
  save(format: ModelFormat = 'keras'): KerasFile {
    return modelToFile(this, format, this.#reader())
  }

  /**
   * The weights as a file for Keras, as `save`.
   * @param format `weights.h5` (default): of Keras 3; `h5`: legacy, for Keras 1, 2 and 3
   * @throws ArgumentError for an unknown format
   */
  saveWeights(format: WeightsFormat = 'weights.h5'): KerasFile {
    return weightsToFile(this, format, this.#reader())
  }

  /** Reads a weight from the device, or where it came from. */
  #reader(): ReadWeight {
    return (p) => () => (this.#engine ? this.#engine.store.read(p) : slicesOf(p))
  }

  /** Frees everything this model keeps on the device. It can be compiled again, from the weights it was made with. */
  dispose(): void {
    for (const plan of this.#plans.values()) plan.dispose()
    this.#plans.clear()
    this.#coming.clear()
    const engine = this.#engine
    if (!engine) return
    this.#engine = undefined
    engine.store.release(engine.parameters)
  }

  [disposeKey](): void {
    this.dispose()
  }
}
