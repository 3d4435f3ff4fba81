/**
 * A network on a device: what `compile` sets up and `predict`, `evaluate` and `fit` work with. It owns all that is kept on the device between
 * them, plans, moments and running sums, and frees it when the model is disposed, whoever is at work then.
 */
import type { Device } from '../device/device.ts'
import type { DType } from '../dtype.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Network } from '../layers/network.ts'
import { filled, Parameter } from '../parameter.ts'
import type { Shape } from '../shape.ts'
import { warmPipelines } from '../plan/dispatches.ts'
import { keyOfGraph } from '../plan/graph_key.ts'
import { largestTensorBytes } from '../plan/layout.ts'
import { parameterStoreOf, type ParameterStore, type UploadOptions } from '../plan/parameter_store.ts'
import { Plan } from '../plan/plan.ts'
import type { Kept } from '../plan/plan_cache.ts'
import { plansOf } from '../plan/shared.ts'
import { Turns } from '../turns.ts'
import type { Criteria } from './criteria.ts'
import type { Tally } from './metrics/index.ts'
import type { Optimizer } from './optimizers/optimizer.ts'
import type { Progress, TrainerState } from './trainer_state.ts'

/** What a model is trained and measured by. */
export interface Trainer {
  readonly optimizer: Optimizer | undefined
  readonly criteria: Criteria
  /** Sums of the epoch that is being trained. */
  readonly tally: Tally
  /** Sums of the validation in `fit`, which is one at a time. */
  readonly validationTally: Tally
}

/** A plan with sums of its own: passes through it take turns. */
export class Evaluation implements Kept {
  readonly plan: Plan
  readonly tally: Tally
  readonly turns = new Turns()
  readonly #release: () => void

  constructor(plan: Plan, tally: Tally, release: () => void) {
    this.plan = plan
    this.tally = tally
    this.#release = release
  }

  get ownBytes(): number {
    return this.plan.ownBytes
  }

  dispose(): void {
    this.plan.dispose()
    this.#release()
  }
}

/** What goes along to another device. */
export interface Luggage extends UploadOptions {
  /** Where training is then. Default: where it was. */
  readonly progress?: Progress
}

export class Engine {
  readonly network: Network
  #device: Device
  #store: ParameterStore
  readonly #trainer: Trainer | undefined
  readonly progress: Progress = { epoch: 0, step: 0, position: 0, seed: 0 }
  /** Those of the `fit` that is at work, or was last. */
  callbacks: { getState(): Record<string, unknown> } | undefined
  /** The last state that a `fit` kept, where it ended because the device was lost. */
  kept: TrainerState | undefined
  readonly #moments = new Map<Parameter, readonly Parameter[]>()
  readonly #sums = new Map<Parameter, Parameter>()
  readonly #rows = new Map<string, Parameter>()
  /** All that this model keeps on the device. */
  readonly #owned = new Set<Parameter>()
  readonly #fitting = new Map<string, number>()
  readonly #turns = new Turns()
  #training = false
  #closed = false

  /** @param trainer of a model that does not only predict */
  constructor(network: Network, device: Device, trainer: Trainer | undefined) {
    this.network = network
    this.#device = device
    this.#store = parameterStoreOf(device)
    this.#trainer = trainer
  }

  /** Whether there is a loss. Where there is not, nobody asks for `criteria` and tallies. */
  get hasLoss(): boolean {
    return this.#trainer?.criteria.outputs.some(({ loss }) => loss) ?? false
  }

  get optimizer(): Optimizer | undefined {
    return this.#trainer?.optimizer
  }

  get criteria(): Criteria {
    return this.#trainer!.criteria
  }

  get tally(): Tally {
    return this.#trainer!.tally
  }

  get validationTally(): Tally {
    return this.#trainer!.validationTally
  }

  get device(): Device {
    return this.#device
  }

  get store(): ParameterStore {
    return this.#store
  }

  /**
   * Brings the weights to the device, and meanwhile compiles the kernels of `warmUp`.
   * @throws WeightsError `not-finite`, DeviceError, the signal's reason; nothing stays on the device then
   */
  async open(warmUp: Graph | undefined, options: UploadOptions): Promise<void> {
    const upload = this.adopt(this.#lasting, options)
    try {
      await Promise.all([upload, warmUp && warmPipelines(this.device, warmUp)])
    } catch (error) {
      await upload.catch(() => undefined)
      this.close()
      throw error
    }
  }

  /**
   * Goes on with another device, whatever has become of the one before. Plans are made anew when they are needed.
   * @throws as `ParameterStore.load`; all is as it was then; DeviceError `disposed` where the model is meanwhile
   */
  async move(device: Device, { progress, ...options }: Luggage): Promise<void> {
    const store = parameterStoreOf(device)
    const moved = new Set([...this.#lasting, ...this.moments.filter((m) => options.values?.has(m))])
    await store.load(moved, options)
    if (this.#closed) store.release(moved)
    this.checkOpen()
    plansOf(this.#device).drop(this)
    this.#store.release(this.#owned)
    this.#owned.clear()
    moved.forEach((p) => this.#owned.add(p))
    this.#fitting.clear()
    this.#device = device
    this.#store = store
    Object.assign(this.progress, progress)
  }

  /** What is on the device as long as the model is. */
  get #lasting(): readonly Parameter[] {
    const { weights, constants } = this.network
    return [...weights, ...constants, ...(this.#trainer?.tally.parameters ?? [])]
  }

  /** Loads parameters that stay until the model is disposed. @throws as `ParameterStore.load`; DeviceError `disposed` where that is meanwhile */
  async adopt(parameters: readonly Parameter[], options: UploadOptions = {}): Promise<void> {
    const fresh = new Set(parameters.filter((p) => !this.#owned.has(p)))
    await this.store.load(fresh, options)
    if (this.#closed) this.store.release(fresh)
    this.checkOpen()
    fresh.forEach((p) => this.#owned.add(p))
  }

  /** The optimizer's state for a weight, made when it is first asked for. */
  momentsOf(weight: Parameter): readonly Parameter[] {
    let moments = this.#moments.get(weight)
    if (!moments) this.#moments.set(weight, (moments = this.optimizer?.state(weight) ?? []))
    return moments
  }

  /** Where the gradients of a weight are added up, where a step has parts: the same tensor each time, so that plans that are kept know it. */
  sumOf(weight: Parameter): Parameter {
    let sum = this.#sums.get(weight)
    if (!sum) this.#sums.set(weight, (sum = new Parameter(weight.layer, `${weight.name}/gradient`, filled(weight.shape, 0))))
    return sum
  }

  /** The optimizer's state that there is so far, of weights that are frozen now too. */
  get moments(): readonly Parameter[] {
    return [...this.#moments.values()].flat()
  }

  /** Brings the optimizer's state that there is so far to the device. */
  adoptMoments(options: UploadOptions = {}): Promise<void> {
    return this.adopt(this.moments, options)
  }

  /** The averages that the optimizer keeps, and the weights that train, of which they are. */
  get #averages(): [average: Parameter, weight: Parameter][] {
    const trainable = this.network.weights.filter((w) => w.trainable)
    return trainable.flatMap((w): [Parameter, Parameter][] => {
      const average = this.optimizer?.averageOf?.(this.momentsOf(w))
      return average ? [[average, w]] : []
    })
  }

  /** Lets averages begin as their weights are, before the first step: that of a weight which no loss depends on stays so. */
  async beginAverages(): Promise<void> {
    const pairs = this.progress.step ? [] : this.#averages
    if (!pairs.length) return
    await this.adoptMoments()
    this.store.copy(pairs.map(([average, w]) => [w, average]))
  }

  /** Puts the averages that the optimizer keeps in the place of the weights. */
  takeAverages(): void {
    const pairs = this.progress.step ? this.#averages.filter(([average]) => this.store.has(average)) : []
    if (pairs.length) this.store.copy(pairs)
  }

  /** A tensor for rows of samples, the same one each time it is asked for: plans that are kept know it. It is 0 when it is adopted. */
  rowsOf(name: string, shape: Shape, dtype: DType = 'f32'): Parameter {
    const key = `${name} ${dtype} ${shape.join()}`
    let rows = this.#rows.get(key)
    if (!rows) this.#rows.set(key, (rows = new Parameter('rows', name, filled(shape, 0), false, dtype)))
    return rows
  }

  /** Lets go of all of them. @returns whether there were any */
  releaseRows(): boolean {
    return this.release(this.#rows.values())
  }

  /** Lets go of what one `fit` alone needs. */
  releaseWork(): void {
    this.releaseRows()
    this.release(this.#sums.values())
  }

  /** Lets go of parameters before the model is disposed; of those that it does not have, nothing happens. @returns whether it had any */
  release(parameters: Iterable<Parameter>): boolean {
    const own = new Set([...parameters].filter((p) => this.#owned.delete(p)))
    this.store.release(own)
    return own.size > 0
  }

  /** @throws DeviceError `disposed` where the model has been */
  checkOpen(): void {
    if (this.#closed)
      throw new DeviceError('disposed', `[${this.network.name}] a model must not be disposed while it is used, got one that was`)
  }

  async #compile(graph: Graph): Promise<Plan> {
    this.checkOpen()
    await this.adopt(this.network.constants) // of layers whose input's size was open, some are made when it is known
    const plan = await Plan.compile(this.store, graph)
    if (this.#closed) plan.dispose()
    this.checkOpen()
    return plan
  }

  /**
   * Works with the plan of a graph, which is kept for the next time that an equal graph comes, as long as there is room: for what depends on
   * more than can be named, such as what is trainable. @throws as Plan.compile and `job` do; DeviceError `disposed`
   */
  planned<T>(graph: Graph, job: (plan: Plan) => Promise<T>): Promise<T> {
    return plansOf(this.device).use(this, keyOfGraph(graph), () => this.#compile(graph), job)
  }

  /** As `planned`, of a graph that need not be built where its plan is there. */
  prediction<T>(key: string, build: () => Graph, job: (plan: Plan) => Promise<T>): Promise<T> {
    return plansOf(this.device).use(this, `predict ${key}`, () => this.#compile(build()), job)
  }

  /** As `prediction`, with an evaluation. */
  evaluation<T>(key: string, open: () => Promise<Evaluation>, job: (evaluation: Evaluation) => Promise<T>): Promise<T> {
    return plansOf(this.device).use(this, key, open, job)
  }

  /** An evaluation that lives until it is disposed. @param graph adds to the sums of `tally` */
  async openEvaluation(tally: Tally, graph: Graph): Promise<Evaluation> {
    await this.adopt([...tally.parameters])
    try {
      const plan = await this.#compile(graph)
      return new Evaluation(plan, tally, () => this.release(tally.parameters))
    } catch (error) {
      this.release(tally.parameters)
      throw error
    }
  }

  /**
   * Halves a default batch until every tensor fits one binding. An explicit batch size is taken as it is, and may be refused.
   * @param kind what is built; found out once for each and every default batch
   */
  fittingBatch(kind: string, given: number | undefined, count: number, build: (batch: number) => Graph): number {
    if (given !== undefined) return given
    let batch = Math.min(32, 2 ** Math.ceil(Math.log2(count)))
    const key = `${kind} ${batch}`
    const known = this.#fitting.get(key)
    if (known !== undefined) return known
    while (batch > 1 && largestTensorBytes(build(batch)) > this.device.maxTensorBytes) batch /= 2
    this.#fitting.set(key, batch)
    return batch
  }

  /** Steps, and what reads or writes weights between two steps, run one after the other. */
  betweenSteps<T>(job: () => T | Promise<T>): Promise<T> {
    return this.#turns.take(job)
  }

  /** Trains, as the only one. @throws ArgumentError while another does */
  async whileTraining<T>(job: () => Promise<T>): Promise<T> {
    if (this.#training)
      throw new ArgumentError('fit', 'a model must be trained by one fit at a time, got a second one before the first has ended')
    this.#training = true
    try {
      return await job()
    } finally {
      this.#training = false
    }
  }

  /** Frees everything. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    plansOf(this.device).drop(this)
    this.store.release(this.#owned)
    this.#owned.clear()
  }
}

/** Builds what depends on a batch size once for each. */
export function once<T>(build: (batch: number) => T): (batch: number) => T {
  const built = new Map<number, T>()
  return (batch) => {
    if (!built.has(batch)) built.set(batch, build(batch))
    return built.get(batch)!
  }
}
