/** Runs a plan over all samples and keeps what comes out. */
import { checkOptions } from '../options.ts'
import type { Plan } from '../plan/plan.ts'
import { sizeOf, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { AugmentOptions, Averaging } from './augment.ts'
import { Filler, firstOf, within, type BatchStream } from './batches.ts'
import { once, type Engine } from './engine.ts'
import { kindOf } from './inputs.ts'
import { samplesGiven } from './given.ts'
import { runPass } from './pass.ts'
import { predictGraph } from './predict_graph.ts'
import { countOf, inOrderBy } from './sources.ts'
import { lazy } from '../lazy.ts'

/** What belongs to every run over samples. */
export interface RunOptions {
  /**
   * Samples per run. Default 32, fewer for few samples or where 32 would exceed the adapter's limits; of a dataset its own; of other batches as
   * many as the first has.
   */
  batchSize?: number
  /** Ends the pass with its reason, between two batches. */
  signal?: AbortSignal
  /** Samples done so far, and in all: Infinity where nobody knows. */
  onProgress?: (done: number, total: number) => void
}

/** Options of `predict`. See {@link isOutOfMemory}. */
export interface PredictOptions extends RunOptions {
  /** Batches of the pass; data that does not end needs it. Default: all that there are. */
  steps?: number
}

/** What `predict` takes besides. See {@link Model}. */
export interface AugmentedPredictOptions extends PredictOptions, AugmentOptions {}

/** What `checkOptions` takes for RunOptions. */
export const RUN_OPTIONS = { batchSize: 'positive whole number', signal: 'AbortSignal', onProgress: 'function' } as const

/** What `checkOptions` takes for PredictOptions. */
export const PREDICT_OPTIONS = { ...RUN_OPTIONS, steps: 'positive whole number' } as const

/** What `checkOptions` takes for AugmentOptions. */
export const AUGMENT_OPTIONS = { augment: 'any', times: 'positive whole number', seed: 'any' } as const

const isAugmented = (options: AugmentOptions) =>
  Object.keys(AUGMENT_OPTIONS).some((key) => options[key as keyof AugmentOptions] !== undefined)

/** Rows as they come, of whatever number. */
class Growing {
  #data: Float32Array
  #length = 0

  /** @param values that are expected */
  constructor(values: number) {
    this.#data = new Float32Array(values)
  }

  push(rows: Float32Array): void {
    const length = this.#length + rows.length
    if (length > this.#data.length) {
      const larger = new Float32Array(Math.max(length, 2 * this.#data.length))
      larger.set(this.#data)
      this.#data = larger
    }
    this.#data.set(rows, this.#length)
    this.#length = length
  }

  /** All of them, once there are no more. */
  get values(): Float32Array {
    return this.#length === this.#data.length ? this.#data : this.#data.slice(0, this.#length)
  }
}

export interface PredictPass {
  readonly batches: BatchStream
  /** Samples that there will be; Infinity where nobody knows. */
  readonly count: number
  /** Rows that the plan takes. */
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** Samples done so far. */
  readonly onBatch: (done: number) => void
  /** Of plans that draw. */
  readonly averaging?: Averaging | undefined
}

/**
 * @param outputs the plan's outputs that are wanted, with the shape of one sample
 * @returns each output of all samples, [N,...]
 * @throws the signal's reason between batches; DeviceError; what the batches throw
 */
export async function outputsOf(
  plan: Plan,
  outputs: Readonly<Record<string, Shape>>,
  { batches, count, batchSize, signal, onBatch, averaging }: PredictPass,
): Promise<Record<string, Tensor>> {
  const names = Object.keys(outputs)
  const expected = Number.isFinite(count) ? count : 0
  const results = names.map((name) => {
    const row = sizeOf(outputs[name]!)
    return { name, row, rows: new Growing(expected * row) }
  })
  const filler = new Filler(plan, batchSize)
  let total = 0
  await runPass({
    batches: within(batchSize, batches),
    signal,
    start: (batch) => {
      const inputs = filler.inputs(batch)
      return averaging ? averaging.start(plan, inputs, names, firstOf(batch)) : plan.start(inputs, names)
    },
    onBatch: ({ begin, end, done }, values) => {
      for (const { name, row, rows } of results) rows.push(values[name]!.subarray(0, (end - begin) * row))
      total += end - begin
      onBatch(done)
    },
  })
  return Object.fromEntries(results.map(({ name, rows }) => [name, { shape: [total, ...outputs[name]!], data: rows.values }]))
}

/** A tensor for each output of the network, in order; see Model.predict. */
export async function predict(engine: Engine, x: unknown, options: AugmentedPredictOptions): Promise<Tensor[]> {
  checkOptions('predict', options, { ...PREDICT_OPTIONS, ...AUGMENT_OPTIONS })
  const averaging = isAugmented(options) ? (await lazy(import('./augment.ts'))).averagingOf('predict', options) : undefined
  const { signal, steps, onProgress } = options
  const given = await samplesGiven('predict', x, engine.network, { ...inOrderBy(0, signal, steps), batchSize: options.batchSize })
  try {
    const { network, types, source, stream } = given
    const of = kindOf(given)
    const build = once((n) => (averaging ? averaging.graph(network, n, types) : predictGraph(network, n, types)))
    const kind = averaging ? 'predict augmented' : 'predict'
    const batchSize = stream ? given.batchSize : engine.fittingBatch(`${kind} ${of}`, options.batchSize, source.count, build)
    const shapes = Object.fromEntries(network.outputs.map(({ shape }, i) => [`y${i}`, shape.slice(1) as number[]]))
    const count = countOf(source, batchSize, steps)
    const times = averaging?.times ?? 1
    const onBatch = (done: number) => onProgress?.(done * times, count * times)
    const run = (plan: Plan) => {
      averaging?.checkDraws('predict', plan)
      const batches = source.batches(inOrderBy(batchSize, signal, steps))
      return outputsOf(plan, shapes, { batches, count, batchSize, signal, onBatch, averaging })
    }
    const outputs = averaging
      ? await engine.planned(build(batchSize), run)
      : await engine.prediction(`${of} by ${batchSize}`, () => build(batchSize), run)
    return Object.values(outputs)
  } finally {
    await given.stream?.close()
  }
}
