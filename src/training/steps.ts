/** Optimizer steps: the plans that a training needs, and one step after the other, in one run each or part by part. */
import { DataError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import type { Plan, PlanInputs, PlanOutputs, Started } from '../plan/plan.ts'
import { Filler, type Batch } from './batches.ts'
import { nthSeed } from '../random.ts'
import { once, type Engine } from './engine.ts'
import { batchStatistics } from './step_graphs.ts'

/** The graphs of a step. */
export interface StepGraphs {
  /** Rows that a run takes: those of a batch, or where there is an update of a part of one. */
  readonly size: number
  /** Of a run for a number of rows. */
  readonly graph: (rows: number) => Graph
  /** What follows the runs of a batch. Undefined: each batch is one run. */
  readonly update: Graph | undefined
  /** What runs add up for it. */
  readonly sums: readonly Parameter[]
}

export interface StepsOptions extends StepGraphs {
  /** Further inputs of a step of so many rows, of which `count` are samples. */
  readonly draw?: ((rows: number, count: number, seed: number) => PlanInputs) | undefined
  /** The numbers of a step. */
  readonly hyper: (step: number) => Float32Array
}

interface Run {
  readonly plan: Plan
  readonly filler: Filler
}

/**
 * The steps of one training. Where a batch or a part is smaller than the rest, it is filled up with rows of weight 0; where batch statistics train, it
 * has a plan of its exact size. Plans are taken from the engine when they are needed, and given back by `close`.
 */
export class Steps {
  readonly #engine: Engine
  readonly #options: StepsOptions
  readonly #exact: boolean
  readonly #runs = once(async (rows): Promise<Run> => {
    const plan = await this.#open(this.#options.graph(rows))
    return { plan, filler: new Filler(plan, rows) }
  })
  #update: Promise<Plan> | undefined
  readonly #uses: Promise<unknown>[] = []
  #release: () => void = () => undefined
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve))

  constructor(engine: Engine, options: StepsOptions) {
    this.#engine = engine
    this.#options = options
    this.#exact = batchStatistics(options.graph(options.size)) !== undefined
  }

  #open(graph: Graph): Promise<Plan> {
    return new Promise((resolve, reject) => {
      const use = this.#engine.planned(graph, (plan) => {
        resolve(plan)
        return this.#released
      })
      this.#uses.push(use.catch(reject))
    })
  }

  /** Rows of the plan for so many samples. */
  #rows(samples: number): number {
    const { size } = this.#options
    return this.#exact || samples > size ? samples : size
  }

  /** The plan that follows the runs of a batch. */
  #updating(): Promise<Plan> | undefined {
    const { update } = this.#options
    return update && (this.#update ??= this.#open(update))
  }

  /** Makes the plans for so many samples in an epoch, and room for sums. @throws as Plan.compile */
  async prepare(count: number): Promise<void> {
    const { size, sums } = this.#options
    await this.#engine.adopt(sums)
    const rest = count % size
    if (count >= size) await this.#runs(size)
    if (rest) await this.#runs(this.#rows(rest))
    await this.#updating()
  }

  /** Begins one step of the optimizer, between others; the engine's progress says so then. @throws DataError, DeviceError */
  async start(batch: Batch): Promise<Started> {
    const count = batch.end - batch.begin
    const each = this.#options.update ? this.#options.size : count
    const run = await this.#runs(this.#rows(Math.min(each, count)))
    const update = await this.#updating()
    return this.#engine.betweenSteps(async () => {
      const { progress } = this.#engine
      const step = progress.step + 1
      if (step > 2 ** 31) throw new DataError('fit', `optimizer steps must be fewer than 2^31, got ${step}`)
      const hyper = this.#options.hyper(step)
      const begun: Promise<PlanOutputs>[] = []
      for (let begin = batch.begin; begin < batch.end; begin += each) {
        const inputs = this.#inputs(run, batch, { begin, end: Math.min(batch.end, begin + each) }, nthSeed(progress.seed, step))
        begun.push((await run.plan.start({ ...inputs, ...(!update && { hyper }) }, [])).values)
      }
      if (update) begun.push((await update.start({ hyper }, [])).values)
      Object.assign(progress, { step, position: batch.done })
      const values = Promise.all(begun).then(([first]) => first!)
      values.catch(() => undefined) // heard of when it is waited for
      return { values }
    })
  }

  /** What a run takes of a part of a batch, or of all of it. What is drawn for a sample does not depend on the part that it is in. */
  #inputs({ plan, filler }: Run, batch: Batch, part: { readonly begin: number; readonly end: number }, seed: number): PlanInputs {
    const before = part.begin - batch.begin
    const count = part.end - part.begin
    return {
      ...filler.inputs(batch, part),
      ...(plan.inputTypes.has('seed') && { seed: Uint32Array.of(seed, before) }),
      ...(plan.inputTypes.has('before') && { before: Uint32Array.of(before) }),
      ...this.#options.draw?.(this.#rows(count), count, seed),
    }
  }

  /** Gives the plans back. */
  async close(): Promise<void> {
    this.#release()
    await Promise.all(this.#uses)
  }
}
