/** The running sums of the loss and the metrics of a pass, and what they say. */
import { ArgumentError } from '../../errors.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import type { SymbolicShape } from '../../layers/layer.ts'
import { filled, Parameter } from '../../parameter.ts'
import type { ParameterStore } from '../../plan/parameter_store.ts'
import { meanMetric, type Detail, type Metric, type MetricBatch } from './metric.ts'

/** By name: `loss` and the metrics of `compile`; in `fit` also `val_loss` and so on, as in Keras. See {@link metrics}. */
export interface Logs extends Readonly<Record<string, number>> {
  /** With the penalties of regularizers, the mean over the samples. */
  readonly loss: number
}

/** What is no single number, by the metrics' names: confusion matrices, numbers of each class. See {@link metrics}. */
export type Details = Readonly<Record<string, Detail>>

/** A metric of one of the outputs. */
export interface Logged {
  /** Under which it is logged. */
  readonly name: string
  readonly metric: Metric
  /** Number of the output. */
  readonly output: number
  /** Shape of the output, with null for the batch. */
  readonly shape: SymbolicShape
  /** What it is of: the output's predictions, by the samples' weights or not, or its loss. */
  readonly of: 'predictions' | 'weighted predictions' | 'loss'
}

/** One batch of one output. */
export interface OutputBatch {
  readonly y: Node
  readonly t: Node | undefined
  /** The samples' weights [N], where they have any. */
  readonly sampleWeight: Node | undefined
  /** [N], where it has a loss. */
  readonly loss: Node | undefined
  /** Where it has a mask: its steps, each a sample of its own. */
  readonly steps: MetricBatch | undefined
}

interface Batch {
  /** The loss of every sample [N]. */
  readonly loss: Node
  /** [N]: 1, 0 for padding. */
  readonly weight: Node
  readonly outputs: readonly OutputBatch[]
  /** Appends a * b. */
  readonly times: (a: Node, b: Node) => Node
}

/** The mean of what a loss gives. */
export const lossMean = (name: string): Metric => ({ ...meanMetric(name, (_, loss) => loss), direction: 'down' })

const TOTAL = { name: 'loss', metric: lossMean('loss'), shape: [null] }

function countOf({ metric, shape }: Pick<Logged, 'metric' | 'shape'>): number {
  const count = typeof metric.sums === 'function' ? metric.sums(shape) : metric.sums
  if (Number.isInteger(count) && count > 0) return count
  throw new ArgumentError(metric.name, `a metric must keep a positive whole number of sums, got ${count}`)
}

/** The running sums of the loss and the metrics in one plan. */
export class Tally {
  readonly #logged: readonly Logged[]
  /** Of the loss, and of each metric. */
  readonly #sums: ReadonlyMap<string, Parameter>
  readonly #metrics: readonly Pick<Logged, 'name' | 'metric'>[]

  constructor(logged: readonly Logged[]) {
    this.#logged = logged
    const all = [TOTAL, ...logged]
    this.#metrics = all
    this.#sums = new Map(all.map((m) => [m.name, new Parameter('metrics', m.name, filled([countOf(m)], 0))]))
  }

  /** To be on the device while a plan with `add` runs. */
  get parameters(): ReadonlySet<Parameter> {
    return new Set(this.#sums.values())
  }

  /** Number of sums by the metrics' names. */
  get sizes(): ReadonlyMap<string, number> {
    return new Map([...this.#sums].map(([name, { shape }]) => [name, shape[0]!]))
  }

  /** What `read` gives, of values in the order of `parameters`. */
  named(values: readonly Float32Array[]): Record<string, Float32Array> {
    return Object.fromEntries([...this.#sums.keys()].map((name, i) => [name, values[i]!]))
  }

  /** Appends what adds a batch to the sums. */
  add(g: Graph, { loss, weight, outputs, times }: Batch): void {
    g.scope = 'metric loss'
    TOTAL.metric.add(g, { y: loss, t: loss, weight }, this.#sums.get('loss')!)
    for (const { name, metric, output, of } of this.#logged) {
      g.scope = `metric ${name}`
      const { y, t, sampleWeight, loss: own, steps } = outputs[output]!
      const by = of === 'weighted predictions' && sampleWeight ? times(weight, sampleWeight) : weight
      const whole = of === 'loss' ? { y: own!, t: own!, weight } : { y, t: t!, weight: by }
      metric.add(g, of !== 'loss' && metric.bySteps && steps ? steps : whole, this.#sums.get(name)!)
    }
    g.scope = ''
  }

  /** Sets the sums to 0, or to what `read` gave. */
  write(store: ParameterStore, values?: Readonly<Record<string, Float32Array>>): void {
    for (const [name, sums] of this.#sums) store.write(sums, values?.[name] ?? new Float32Array(sums.shape[0]!))
  }

  /** The sums by the metrics' names. */
  async read(store: ParameterStore): Promise<Record<string, Float32Array>> {
    const values = await Promise.all([...this.#sums].map(async ([name, sums]) => [name, await store.read(sums)] as const))
    return Object.fromEntries(values)
  }

  /** The loss and the metrics, from their sums. */
  logs(values: Readonly<Record<string, Float32Array>>): Logs {
    return Object.fromEntries(
      this.#metrics.flatMap(({ name, metric }) => (metric.result ? [[name, metric.result(values[name]!)]] : [])),
    ) as unknown as Logs
  }

  /** What is no single number, from the sums. */
  details(values: Readonly<Record<string, Float32Array>>): Details {
    return Object.fromEntries(this.#metrics.flatMap(({ name, metric }) => (metric.details ? [[name, metric.details(values[name]!)]] : [])))
  }
}
