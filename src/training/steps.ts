/** Optimizer steps: the plans that a training needs, and one step after the other. */
import { DataError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Plan, PlanInputs, Started } from '../plan/plan.ts'
import { Filler, type Batch } from './batches.ts'
import { nthSeed } from '../random.ts'
import { once, type Engine } from './engine.ts'
import { usesBatchStatistics } from './graphs.ts'

export interface StepsOptions {
  /** Makes the graph of a step for a number of rows. */
  readonly graph: (rows: number) => Graph
  readonly batchSize: number
  /** Further inputs of a step of so many rows, of which `count` are samples. */
  readonly draw?: ((rows: number, count: number, seed: number) => PlanInputs) | undefined
  /** The numbers of a step. */
  readonly hyper: (step: number) => Float32Array
}

interface Step {
  readonly plan: Plan
  readonly filler: Filler
}

/**
 * The steps of one training. A last, smaller batch is filled up with rows of weight 0; where batch statistics train, it has a plan of its exact
 * size. Plans are taken from the engine when they are needed, and given back by `close`.
 */
export class Steps {
  readonly #engine: Engine
  readonly #graph: (rows: number) => Graph
  readonly #batchSize: number
  readonly #exact: boolean
  readonly #draw: StepsOptions['draw']
  readonly #hyper: StepsOptions['hyper']
  readonly #steps = once((rows) => this.#open(rows))
  readonly #uses: Promise<unknown>[] = []
  #release: () => void = () => undefined
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve))

  constructor(engine: Engine, { graph, batchSize, hyper, draw }: StepsOptions) {
    this.#engine = engine
    this.#graph = once(graph)
    this.#batchSize = batchSize
    this.#hyper = hyper
    this.#draw = draw
    this.#exact = usesBatchStatistics(this.#graph(batchSize))
  }

  #open(rows: number): Promise<Step> {
    return new Promise((resolve, reject) => {
      const use = this.#engine.planned(this.#graph(rows), (plan) => {
        resolve({ plan, filler: new Filler(plan, rows) })
        return this.#released
      })
      this.#uses.push(use.catch(reject))
    })
  }

  #rows(samples: number): number {
    return this.#exact || samples > this.#batchSize ? samples : this.#batchSize
  }

  /** Makes the plans for so many samples in an epoch. @throws as Plan.compile */
  async prepare(count: number): Promise<void> {
    const rest = count % this.#batchSize
    if (count >= this.#batchSize) await this.#steps(this.#batchSize)
    if (rest) await this.#steps(this.#rows(rest))
  }

  /** Begins one step of the optimizer, between others; the engine's progress says so then. @throws DataError, DeviceError */
  async start(batch: Batch): Promise<Started> {
    const count = batch.end - batch.begin
    const { plan, filler } = await this.#steps(this.#rows(count))
    return this.#engine.betweenSteps(async () => {
      const { progress } = this.#engine
      const step = progress.step + 1
      if (step > 2 ** 31) throw new DataError('fit', `optimizer steps must be fewer than 2^31, got ${step}`)
      const seed = nthSeed(progress.seed, step)
      const draws = { ...(plan.inputTypes.has('seed') && { seed: Uint32Array.of(seed) }), ...this.#draw?.(this.#rows(count), count, seed) }
      const started = await plan.start({ ...filler.inputs(batch), hyper: this.#hyper(step), ...draws }, [])
      Object.assign(progress, { step, position: batch.done })
      return started
    })
  }

  /** Gives the plans back. */
  async close(): Promise<void> {
    this.#release()
    await Promise.all(this.#uses)
  }
}
