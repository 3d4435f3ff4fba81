/** What a model is trained for: a loss for each output, and what is logged. As Keras's compile takes them (keras/src/trainers/compile_utils.py). */
import { ArgumentError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Network } from '../layers/network.ts'
import { lossOf, type Loss, type LossName } from './losses/index.ts'
import { metricOf, type Logged, type Metric, type MetricName } from './metrics/index.ts'
import { lossMean } from './metrics/tally.ts'

type LossLike = LossName | Loss
type MetricLike = MetricName | Metric

/** One for the only output; several in the order of the outputs, or by their names, null for none. */
type PerOutput<T> = T | readonly (T | null)[] | Readonly<Record<string, T | null>>

/** Losses and metrics, for one output or for several. See {@link losses}. */
export interface CriteriaOptions {
  /** Needed for fit and evaluate: the name of a loss, or an object that is one. With several outputs, one for all or one for each. */
  loss?: PerOutput<LossLike>
  /** By which the losses of several outputs are added up. Default 1. */
  lossWeights?: number | readonly number[] | Readonly<Record<string, number>>
  /** What fit and evaluate log besides the loss; with several outputs a list, or one, for each. Default: nothing, as in Keras. */
  metrics?: readonly (MetricLike | readonly MetricLike[] | null)[] | Readonly<Record<string, MetricLike | readonly MetricLike[] | null>>
  /** As `metrics`, by the samples' weights. */
  weightedMetrics?: CriteriaOptions['metrics']
}

/** What one output is trained for. */
export interface Criterion {
  /** Of the output. */
  readonly name: string
  /** Undefined: it is not trained by itself. */
  readonly loss: Loss | undefined
  readonly lossWeight: number
  /** Whether it has a loss or a metric, and so targets. */
  readonly labelled: boolean
}

export interface Criteria {
  /** For each output of the network, in order. */
  readonly outputs: readonly Criterion[]
  /** What is logged besides the loss. */
  readonly logged: readonly Logged[]
}

/** What is given for each output. @throws ArgumentError unless it is a list of one for each, or a record by their names */
function perOutput(what: string, given: unknown, names: readonly string[]): unknown[] {
  const known = `outputs ${names.join(', ')}`
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as unknown[]
    throw new ArgumentError('compile', `${what} must be one for each of the ${known}, got ${given.length}`)
  }
  const record = given as Readonly<Record<string, unknown>>
  const stray = Object.keys(record).find((name) => !names.includes(name))
  if (stray !== undefined) throw new ArgumentError('compile', `${what} must be by the names of the ${known}, got ${stray}`)
  return names.map((name) => record[name])
}

const isLoss = (value: unknown) => isRecord(value) && typeof value['loss'] === 'function'

/** What is given as the loss of each output, null for none. @throws ArgumentError as perOutput */
export function givenLosses(given: unknown, names: readonly string[]): unknown[] {
  if (given === undefined) return names.map(() => null)
  const several = Array.isArray(given) || (isRecord(given) && !isLoss(given))
  return (several ? perOutput('loss', given, names) : names.map(() => given)).map((one) => one ?? null)
}

function lossesOf(given: unknown, names: readonly string[]): (Loss | undefined)[] {
  return givenLosses(given, names).map((one) => (one === null ? undefined : lossOf(one)))
}

/** The weight of each output's loss. @throws ArgumentError for what are no numbers, or not one for each */
export function weightsOf(given: unknown, names: readonly string[]): number[] {
  if (given === undefined) return names.map(() => 1)
  const single = typeof given === 'number' && names.length === 1
  if (!single && !Array.isArray(given) && !isRecord(given))
    throw new ArgumentError('compile', `lossWeights must be a number for each output, got ${described(given)}`)
  return (single ? [given] : perOutput('lossWeights', given, names)).map((weight) => {
    if (weight === undefined) return 1
    if (typeof weight === 'number' && Number.isFinite(weight)) return weight
    throw new ArgumentError('compile', `a loss weight must be a finite number, got ${described(weight)}`)
  })
}

/** What is given as the metrics of each output. @throws ArgumentError unless it is a list, or as perOutput */
export function givenMetrics(what: string, given: unknown, names: readonly string[]): unknown[][] {
  if (given === undefined) return names.map(() => [])
  if (!Array.isArray(given) && (!isRecord(given) || typeof given['name'] === 'string'))
    throw new ArgumentError('compile', `${what} must be a list, got ${described(given)}`)
  const flat = names.length === 1 && Array.isArray(given) && !given.some(Array.isArray)
  return (flat ? [given] : perOutput(what, given, names)).map((one) => {
    if (one === undefined || one === null) return []
    return Array.isArray(one) ? (one as unknown[]) : [one]
  })
}

const metricsOf = (...given: Parameters<typeof givenMetrics>): Metric[][] => givenMetrics(...given).map((one) => one.map(metricOf))

/** What is logged, each under a name of its own. @throws ArgumentError for two of one name */
function loggedOf(network: Network, losses: readonly (Loss | undefined)[], metrics: Metric[][], weighted: Metric[][]): Logged[] {
  const names = network.outputNames
  const several = names.length > 1
  const logged: Logged[] = []
  const taken = new Set(['loss'])
  const add = (output: number, own: string, metric: Metric, of: Logged['of']) => {
    const prefix = several ? `${names[output]!}_` : ''
    const name = of === 'weighted predictions' && taken.has(prefix + own) ? `${prefix}weighted_${own}` : prefix + own
    if (taken.has(name)) throw new ArgumentError('compile', `metrics must have names of their own, other than loss, got ${name} twice`)
    taken.add(name)
    logged.push({ name, metric, output, shape: network.outputs[output]!.shape, of })
  }
  if (losses.filter(Boolean).length > 1) losses.forEach((loss, i) => loss && add(i, 'loss', lossMean('loss'), 'loss'))
  metrics.forEach((list, i) => list.forEach((metric) => add(i, metric.name, metric, 'predictions')))
  weighted.forEach((list, i) => list.forEach((metric) => add(i, metric.name, metric, 'weighted predictions')))
  return logged
}

/** Checks what compile was given for a network. @throws ArgumentError naming what is not known, or not for its outputs */
export function criteriaOf(network: Network, { loss, lossWeights, metrics, weightedMetrics }: CriteriaOptions): Criteria {
  const names = network.outputNames
  const losses = lossesOf(loss, names)
  const weights = weightsOf(lossWeights, names)
  const [plain, weighted] = [metricsOf('metrics', metrics, names), metricsOf('weightedMetrics', weightedMetrics, names)]
  const outputs = names.map((name, i) => {
    const labelled = losses[i] !== undefined || plain[i]!.length + weighted[i]!.length > 0
    return { name, loss: losses[i], lossWeight: weights[i]!, labelled }
  })
  return { outputs, logged: loggedOf(network, losses, plain, weighted) }
}
