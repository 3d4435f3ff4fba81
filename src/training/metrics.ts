/** Metrics: numbers that tell how good a model is. A metric is an object that adds its nodes to the graph; anybody can write one. */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { accumulateMean } from '../kernels/accumulate_mean.ts'
import { sameArgmax } from '../kernels/same_argmax.ts'
import { filled, Parameter } from '../parameter.ts'
import type { ParameterStore } from '../plan/parameter_store.ts'
import { beforeSoftmax } from './losses.ts'

/** One batch, as a metric sees it. */
export interface MetricBatch {
  /** The model's output. */
  readonly y: Node
  /** The targets, a row for each row of y. */
  readonly t: Node
  /** [N]: 1 for a sample, 0 for a row that is padding and must not count. */
  readonly weight: Node
}

export interface Metric {
  /** Under which it is logged: `accuracy`, and `val_accuracy` for validation data. */
  readonly name: string
  /** How many running sums it keeps on the device. They are 0 when a pass over the data begins. */
  readonly sums: number
  /** Appends what adds a batch to the sums [sums]: ops that update them. */
  add(g: Graph, batch: MetricBatch, sums: Parameter): void
  /** The metric, from the sums after a pass. */
  result(sums: Float32Array): number
}

/** By name: `loss` and the metrics of `compile`; in `fit` also `val_loss` and so on, as in Keras. */
export interface Logs extends Readonly<Record<string, number>> {
  readonly loss: number
}

export type MetricName = 'accuracy'

/**
 * The mean over all samples of a value that each has.
 * @param values appends a node [N] with each sample's value
 */
export function meanMetric(name: string, values: (g: Graph, y: Node, t: Node) => Node): Metric {
  return {
    name,
    sums: 3,
    add: (g, { y, t, weight }, sums) => void g.update(accumulateMean, [values(g, y, t), weight], [sums], {}),
    result: ([sum, seen, notFinite]) => (notFinite ? NaN : sum! / seen!),
  }
}

/** Share of the samples whose largest score is at the place of the largest target; y and t [N,K]. */
export function accuracy(): Metric {
  return meanMetric('accuracy', (g, y, t) => g.add(sameArgmax, [beforeSoftmax(y) ?? y, t], {}))
}

const METRICS: Readonly<Record<MetricName, () => Metric>> = { accuracy }

function metricOf(given: unknown): Metric {
  if (typeof given === 'string' && Object.hasOwn(METRICS, given)) return METRICS[given as MetricName]()
  const methods = isRecord(given) && typeof given['add'] === 'function' && typeof given['result'] === 'function'
  if (methods && typeof given['name'] === 'string') return given as unknown as Metric
  const rule = 'a metric must be accuracy, or an object with name, sums, add(g, batch, sums) and result(sums)'
  throw new ArgumentError('compile', `${rule}, got ${described(given)}`)
}

/** Metrics by their names, or as they are. @throws ArgumentError for anything else, and for two of one name */
export function metricsOf(given: unknown): Metric[] {
  if (!Array.isArray(given)) throw new ArgumentError('compile', `metrics must be a list, got ${described(given)}`)
  const metrics = given.map(metricOf)
  const names = ['loss', ...metrics.map((m) => m.name)]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new ArgumentError('compile', `metrics must have names of their own, other than loss, got ${twice} twice`)
  return metrics
}

/** The running sums of the loss and the metrics in one plan. */
export class Tally {
  readonly #metrics: readonly { readonly metric: Metric; readonly sums: Parameter }[]

  constructor(metrics: readonly Metric[]) {
    this.#metrics = [meanMetric('loss', (_, loss) => loss), ...metrics].map((metric) => {
      if (!Number.isInteger(metric.sums) || metric.sums < 1)
        throw new ArgumentError(metric.name, `a metric must keep a positive whole number of sums, got ${metric.sums}`)
      return { metric, sums: new Parameter('metrics', metric.name, filled([metric.sums], 0)) }
    })
  }

  /** To be on the device while a plan with `add` runs. */
  get parameters(): ReadonlySet<Parameter> {
    return new Set(this.#metrics.map((m) => m.sums))
  }

  /** Number of sums by the metrics' names. */
  get sizes(): ReadonlyMap<string, number> {
    return new Map(this.#metrics.map(({ metric }) => [metric.name, metric.sums]))
  }

  /** Appends what adds a batch to the sums. @param loss [N] */
  add(g: Graph, loss: Node, batch: MetricBatch): void {
    this.#metrics.forEach(({ metric, sums }, i) => {
      g.scope = `metric ${metric.name}`
      metric.add(g, i === 0 ? { ...batch, y: loss } : batch, sums)
    })
    g.scope = ''
  }

  /** Sets the sums to 0, or to what `read` gave. */
  write(store: ParameterStore, values?: Readonly<Record<string, Float32Array>>): void {
    for (const { metric, sums } of this.#metrics) store.write(sums, values?.[metric.name] ?? new Float32Array(metric.sums))
  }

  /** The sums by the metrics' names. */
  async read(store: ParameterStore): Promise<Record<string, Float32Array>> {
    const values = await Promise.all(this.#metrics.map(async ({ metric, sums }) => [metric.name, await store.read(sums)] as const))
    return Object.fromEntries(values)
  }

  /** The loss and the metrics, from their sums. */
  logs(values: Readonly<Record<string, Float32Array>>): Logs {
    return Object.fromEntries(this.#metrics.map(({ metric }) => [metric.name, metric.result(values[metric.name]!)])) as unknown as Logs
  }
}
