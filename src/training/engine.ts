/**
 * A network on a device: what `compile` sets up and `predict`, `evaluate` and `fit` work with. It owns all that is kept on the device between
 * them, plans, moments and running sums, and frees it when the model is disposed, whoever is at work then.
 */
import type { Device } from '../device/device.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Network } from '../layers/network.ts'
import type { Parameter } from '../parameter.ts'
import { warmPipelines } from '../plan/dispatches.ts'
import { largestTensorBytes } from '../plan/layout.ts'
import { parameterStoreOf, type ParameterStore, type UploadOptions } from '../plan/parameter_store.ts'
import { Plan } from '../plan/plan.ts'
import { Turns } from '../turns.ts'
import type { Loss } from './losses.ts'
import { Tally, type Metric } from './metrics.ts'
import type { Optimizer } from './optimizers.ts'

/** Where training is. */
export interface Progress {
  /** Epochs done since compile. */
  epoch: number
  /** Optimizer steps done since compile. */
  step: number
  /** Samples of the current epoch done. */
  position: number
  /** Of shuffling and dropout. */
  seed: number
}

export interface EngineOptions {
  readonly device: Device
  readonly optimizer: Optimizer | undefined
  readonly loss: Loss | undefined
  readonly metrics: readonly Metric[]
}

/** A plan with sums of its own: passes through it take turns. */
export interface Evaluation {
  readonly plan: Plan
  readonly tally: Tally
  readonly turns: Turns
}

export class Engine {
  readonly network: Network
  readonly device: Device
  readonly store: ParameterStore
  readonly optimizer: Optimizer | undefined
  readonly loss: Loss | undefined
  readonly metrics: readonly Metric[]
  /** Sums of the epoch that is being trained. */
  readonly tally: Tally
  readonly progress: Progress = { epoch: 0, step: 0, position: 0, seed: 0 }
  readonly #moments = new Map<Parameter, readonly Parameter[]>()
  /** All that this model keeps on the device. */
  readonly #owned = new Set<Parameter>()
  readonly #plans = new Set<Plan>()
  readonly #predictions = new Map<string, Promise<Plan>>()
  readonly #evaluations = new Map<string, Promise<Evaluation>>()
  readonly #turns = new Turns()
  #training = false
  #closed = false

  constructor(network: Network, { device, optimizer, loss, metrics }: EngineOptions) {
    this.network = network
    this.device = device
    this.store = parameterStoreOf(device)
    this.optimizer = optimizer
    this.loss = loss
    this.metrics = metrics
    this.tally = new Tally(metrics)
  }

  /**
   * Brings the weights to the device, and meanwhile compiles the kernels of `warmUp`.
   * @throws WeightsError `not-finite`, DeviceError, the signal's reason; nothing stays on the device then
   */
  async open(warmUp: Graph | undefined, options: UploadOptions): Promise<void> {
    const upload = this.adopt([...this.network.weights, ...this.tally.parameters], options)
    try {
      await Promise.all([upload, warmUp && warmPipelines(this.device, warmUp)])
    } catch (error) {
      await upload.catch(() => undefined)
      this.close()
      throw error
    }
  }

  /** Loads parameters that stay until the model is disposed. @throws as `ParameterStore.load`; DeviceError `disposed` where that is meanwhile */
  async adopt(parameters: readonly Parameter[], options: UploadOptions = {}): Promise<void> {
    const fresh = new Set(parameters.filter((p) => !this.#owned.has(p)))
    await this.store.load(fresh, options)
    if (this.#closed) this.store.release(fresh)
    this.#checkOpen()
    fresh.forEach((p) => this.#owned.add(p))
  }

  /** The optimizer's state for a weight, made when it is first asked for. */
  momentsOf(weight: Parameter): readonly Parameter[] {
    let moments = this.#moments.get(weight)
    if (!moments) this.#moments.set(weight, (moments = this.optimizer?.state(weight) ?? []))
    return moments
  }

  /** Brings the optimizer's state that there is so far to the device. */
  adoptMoments(options: UploadOptions = {}): Promise<void> {
    return this.adopt([...this.#moments.values()].flat(), options)
  }

  #release(parameters: ReadonlySet<Parameter>): void {
    const own = new Set([...parameters].filter((p) => this.#owned.delete(p)))
    this.store.release(own)
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new DeviceError('disposed', `[${this.network.name}] a model must not be disposed while it is used, got one that was`)
  }

  /** A plan that lives until `free`, or until the model is disposed. @throws as Plan.compile; DeviceError `disposed` */
  async compile(graph: Graph): Promise<Plan> {
    this.#checkOpen()
    const plan = await Plan.compile(this.store, graph)
    if (this.#closed) plan.dispose()
    this.#checkOpen()
    this.#plans.add(plan)
    return plan
  }

  free(plan: Plan): void {
    this.#plans.delete(plan)
    plan.dispose()
  }

  /** A plan that is kept. Whoever asks for one that is being compiled gets the same. */
  prediction(key: string, build: () => Graph): Promise<Plan> {
    return kept(this.#predictions, key, () => this.compile(build()))
  }

  /** As `prediction`, with sums of its own. @param build makes a graph that adds to the sums */
  evaluation(key: string, build: (tally: Tally) => Graph): Promise<Evaluation> {
    return kept(this.#evaluations, key, async () => {
      const tally = new Tally(this.metrics)
      return this.openEvaluation(tally, build(tally))
    })
  }

  /** An evaluation that lives until `closeEvaluation`, or until the model is disposed. @param graph adds to the sums of `tally` */
  async openEvaluation(tally: Tally, graph: Graph): Promise<Evaluation> {
    await this.adopt([...tally.parameters])
    try {
      return { tally, plan: await this.compile(graph), turns: new Turns() }
    } catch (error) {
      this.#release(tally.parameters)
      throw error
    }
  }

  closeEvaluation({ plan, tally }: Evaluation): void {
    this.free(plan)
    this.#release(tally.parameters)
  }

  /** Halves a default batch until every tensor fits one binding. An explicit batch size is taken as it is, and may be refused. */
  fittingBatch(given: number | undefined, count: number, build: (batch: number) => Graph): number {
    if (given !== undefined) return given
    let batch = Math.min(32, 2 ** Math.ceil(Math.log2(count)))
    while (batch > 1 && largestTensorBytes(build(batch)) > this.device.maxTensorBytes) batch /= 2
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
    for (const plan of this.#plans) plan.dispose()
    this.store.release(this.#owned)
    this.#owned.clear()
  }
}

/** What a key stands for, made when it is first asked for, and again where that failed. */
function kept<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let made = map.get(key)
  if (!made) {
    map.set(key, (made = make()))
    made.catch(() => map.delete(key))
  }
  return made
}
