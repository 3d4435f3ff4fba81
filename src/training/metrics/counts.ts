/** Metrics of counts: true and false positives at thresholds, and the confusion matrix (keras/src/metrics/confusion_metrics.py, f_score_metrics.py). */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Graph } from '../../graph/graph.ts'
import { activation } from '../../kernels/activation/activation.ts'
import { confusionCounts } from '../../kernels/confusion_counts.ts'
import { isLargest } from '../../kernels/is_largest.ts'
import { thresholdCounts, thresholdSums, type ThresholdCountsAttrs } from '../../kernels/threshold_counts.ts'
import type { Parameter } from '../../parameter.ts'
import { beforeSoftmax, byLastAxis, option, optionsOf } from '../losses/loss.ts'
import { goalsOf, type Metric, type MetricBatch } from './metric.ts'

/** What is told apart at one threshold. */
interface Counts {
  readonly tp: number
  readonly fp: number
  readonly tn: number
  readonly fn: number
}

/** A quotient, 0 where there is nothing to divide by. */
const share = (a: number, b: number) => (b ? a / b : 0)

/** Counts at every threshold from a histogram of one column: bucket b holds what is above b thresholds. */
function countsOf(sums: Float32Array, thresholds: number): Counts[] {
  const buckets = sums.length / 2
  const total = (which: number) => Array.from({ length: buckets }, (_, b) => sums[2 * b + which]!).reduce((a, b) => a + b, 0)
  const [positives, negatives] = [total(0), total(1)]
  const counts: Counts[] = []
  let [tp, fp] = [0, 0]
  for (let at = buckets - 1; at >= 0; at--) {
    tp += sums[2 * at]!
    fp += sums[2 * at + 1]!
    counts.unshift({ tp, fp, tn: negatives - fp, fn: positives - tp })
  }
  return counts.slice(buckets - thresholds)
}

function addCounts(name: string, g: Graph, { y, t, weight }: MetricBatch, sums: Parameter, attrs: ThresholdCountsAttrs): void {
  const K = y.shape.at(-1)!
  if (typeof attrs.columns === 'number' && attrs.columns >= K)
    throw new ArgumentError(name, `classId must be below the number of classes, ${K}, got ${attrs.columns}`)
  g.update(thresholdCounts, [byLastAxis(g, y), goalsOf(name, g, y, t), weight], [sums], attrs)
}

export interface ThresholdOptions {
  /** From 0 to 1: one, or several, of which there is a number each in the details. Default 0.5. */
  thresholds?: number | readonly number[]
  /** The class that is meant. Default: all values together. */
  classId?: number | undefined
  /** Default as Keras has it. */
  name?: string
}

/** @throws ArgumentError unless all are from 0 to 1 */
function thresholdList(where: string, given: unknown): readonly number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length && list.every((n) => typeof n === 'number' && n >= 0 && n <= 1)) return list as readonly number[]
  throw new ArgumentError(where, `thresholds must be numbers from 0 to 1, got ${Array.isArray(given) ? String(given) : described(given)}`)
}

function atThresholds(base: string, options: ThresholdOptions, of: (c: Counts) => number): Metric {
  const checks = { thresholds: ['numbers', () => true] as const, classId: option.index, name: option.text }
  const defaults = { thresholds: 0.5 as number | readonly number[], classId: undefined as number | undefined, name: base }
  const { thresholds, classId, name } = optionsOf(base, options, defaults, checks)
  const given = thresholdList(base, thresholds)
  const rising = [...given].sort((a, b) => a - b)
  const attrs: ThresholdCountsAttrs = { thresholds: rising, columns: classId ?? 'all', hard: true }
  const all = (sums: Float32Array) => {
    const counts = countsOf(sums, rising.length)
    return given.map((edge) => of(counts[rising.indexOf(edge)]!))
  }
  return {
    direction: 'up',
    name,
    sums: thresholdSums(attrs, 1),
    add: (g, batch, sums) => addCounts(name, g, batch, sums, attrs),
    ...(Array.isArray(thresholds) ? { details: all } : { result: (sums) => all(sums)[0]! }),
  }
}

/** Share of what is above the threshold that is positive; 0 where nothing is above it. */
export const precision = (options: ThresholdOptions = {}): Metric => atThresholds('precision', options, ({ tp, fp }) => share(tp, tp + fp))

/** Share of the positives that are above the threshold; 0 where there are none. */
export const recall = (options: ThresholdOptions = {}): Metric => atThresholds('recall', options, ({ tp, fn }) => share(tp, tp + fn))

const CURVES = ['ROC', 'PR'] as const
const METHODS = ['interpolation', 'minoring', 'majoring'] as const

export interface AucOptions {
  /** So many thresholds from 0 to 1, 2 or more. Default 200. */
  numThresholds?: number
  /** Receiver operating characteristic, or precision and recall. Default `ROC`. */
  curve?: (typeof CURVES)[number]
  /** How the curve goes between two thresholds. Default `interpolation`. */
  summationMethod?: (typeof METHODS)[number]
  /** The mean of an area for each column. Default false: one for all values. */
  multiLabel?: boolean
  /** Whether the model gives scores: their sigmoid is taken. Default false. */
  fromLogits?: boolean
  /** Default `auc`. */
  name?: string
}

/** Area under the precision-recall curve, interpolated as Davis and Goadrich (2006) do it. */
function interpolatedPr(counts: readonly Counts[]): number {
  let area = 0
  for (let i = 0; i + 1 < counts.length; i++) {
    const [a, b] = [counts[i]!, counts[i + 1]!]
    const [pa, pb] = [a.tp + a.fp, b.tp + b.fp]
    const slope = share(a.tp - b.tp, Math.max(pa - pb, 0))
    const intercept = b.tp - slope * pb
    const ratio = pa > 0 && pb > 0 ? pa / pb : 1
    area += share(slope * (a.tp - b.tp + intercept * Math.log(ratio)), Math.max(b.tp + b.fn, 0))
  }
  return area
}

function areaOf(counts: readonly Counts[], { curve, summationMethod }: Required<Pick<AucOptions, 'curve' | 'summationMethod'>>): number {
  if (curve === 'PR' && summationMethod === 'interpolation') return interpolatedPr(counts)
  const recalls = counts.map(({ tp, fn }) => share(tp, tp + fn))
  const x = curve === 'ROC' ? counts.map(({ fp, tn }) => share(fp, fp + tn)) : recalls
  const y = curve === 'ROC' ? recalls : counts.map(({ tp, fp }) => share(tp, tp + fp))
  const heights = { interpolation: (a: number, b: number) => (a + b) / 2, minoring: Math.min, majoring: Math.max }
  let area = 0
  for (let i = 0; i + 1 < x.length; i++) area += (x[i]! - x[i + 1]!) * heights[summationMethod](y[i]!, y[i + 1]!)
  return area
}

const oneOf = <T extends string>(known: readonly T[]) =>
  [`one of ${known.join(', ')}`, (v: unknown) => (known as readonly unknown[]).includes(v)] as const

/** Area under a curve of all thresholds. */
export function auc(options: AucOptions = {}): Metric {
  const defaults = {
    numThresholds: 200,
    curve: 'ROC',
    summationMethod: 'interpolation',
    multiLabel: false,
    fromLogits: false,
    name: 'auc',
  } as const
  const o = optionsOf<Required<AucOptions>>('auc', options, defaults, {
    numThresholds: ['a whole number from 2', (n) => Number.isInteger(n) && (n as number) > 1],
    curve: oneOf(CURVES),
    summationMethod: oneOf(METHODS),
    multiLabel: option.flag,
    fromLogits: option.flag,
    name: option.text,
  })
  const attrs: ThresholdCountsAttrs = { thresholds: o.numThresholds, columns: o.multiLabel ? 'each' : 'all', hard: true }
  return {
    direction: 'up',
    name: o.name,
    sums: (output) => thresholdSums(attrs, output.at(-1)!),
    add(g, batch, sums) {
      const y = o.fromLogits ? g.add(activation, [batch.y], { activation: 'sigmoid' }) : batch.y
      addCounts(o.name, g, { ...batch, y }, sums, attrs)
    },
    result(sums) {
      const each = 2 * o.numThresholds
      const areas = Array.from({ length: sums.length / each }, (_, k) =>
        areaOf(countsOf(sums.subarray(k * each, (k + 1) * each), o.numThresholds), o),
      )
      return areas.reduce((a, b) => a + b, 0) / areas.length
    },
  }
}

const AVERAGES = ['micro', 'macro', 'weighted'] as const

export interface F1Options {
  /** Over the classes: of the counts, of the scores, or of the scores by how often a class comes. Default null: a score of each class, in the details. */
  average?: (typeof AVERAGES)[number] | null
  /** Above 0 up to 1: what is above is positive. Default null: the largest of each vector is. */
  threshold?: number | null
  /** Default `f1_score`. */
  name?: string
}

export interface FBetaOptions extends F1Options {
  /** How much more recall counts than precision, above 0. Default 1. */
  beta?: number
}

/** Keras's epsilon. */
const EPSILON = 1e-7

/** (1 + beta^2) * precision * recall / (beta^2 * precision + recall). */
function score({ tp, fp, fn }: Counts, beta: number): number {
  const [p, r] = [tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)]
  return ((1 + beta ** 2) * p * r) / (beta ** 2 * p + r + EPSILON)
}

function average(counts: readonly Counts[], how: 'macro' | 'weighted', beta: number): number {
  const weights = counts.map(({ tp, fn }) => (how === 'macro' ? 1 / counts.length : tp + fn))
  const total = how === 'macro' ? 1 : weights.reduce((a, b) => a + b, EPSILON)
  return counts.reduce((sum, c, i) => sum + (score(c, beta) * weights[i]!) / total, 0)
}

function fScore(base: string, options: FBetaOptions, name: string): Metric {
  const defaults = { average: null, threshold: null, beta: 1, name }
  const o = optionsOf<Required<FBetaOptions>>(base, options, defaults, {
    average: ['one of micro, macro, weighted, or null', (v) => v === null || (AVERAGES as readonly unknown[]).includes(v)],
    threshold: ['a number above 0 up to 1, or null', (v) => v === null || (typeof v === 'number' && v > 0 && v <= 1)],
    beta: option.positive,
    name: option.text,
  })
  const { average: how, beta } = o
  const attrs: ThresholdCountsAttrs = { thresholds: [o.threshold ?? 0.5], columns: how === 'micro' ? 'all' : 'each', hard: false }
  const columns = (sums: Float32Array) =>
    Array.from({ length: sums.length / 4 }, (_, k) => countsOf(sums.subarray(4 * k, 4 * k + 4), 1)[0]!)
  return {
    direction: 'up',
    name: o.name,
    sums: (output) => thresholdSums(attrs, output.at(-1)!),
    add(g, batch, sums) {
      const rows = byLastAxis(g, batch.y)
      const y = o.threshold === null ? g.view(g.add(isLargest, [rows], {}), batch.y.shape) : batch.y
      addCounts(o.name, g, { ...batch, y }, sums, attrs)
    },
    ...(how === null
      ? { details: (sums) => columns(sums).map((c) => score(c, beta)) }
      : { result: (sums) => (how === 'micro' ? score(columns(sums)[0]!, beta) : average(columns(sums), how, beta)) }),
  }
}

/** The harmonic mean of precision and recall. */
export function f1Score(options: F1Options = {}): Metric {
  optionsOf('f1Score', options, {}, { average: ANY, threshold: ANY, name: ANY } as object) // beta is none of its options
  return fScore('f1Score', options, 'f1_score')
}

const ANY = ['anything', () => true] as const

/** The weighed harmonic mean of precision and recall. */
export const fBetaScore = (options: FBetaOptions = {}): Metric => fScore('fBetaScore', options, 'fbeta_score')

/** How often which class was taken for which: in the details, a row for each class of the targets. It is not logged. */
export function confusionMatrix(options: { name?: string } = {}): Metric {
  const { name } = optionsOf('confusionMatrix', options, { name: 'confusion_matrix' }, { name: option.text })
  return {
    name,
    sums: (output) => output.at(-1)! ** 2,
    add(g, { y, t, weight }, sums) {
      g.update(confusionCounts, [beforeSoftmax(y) ?? byLastAxis(g, y), goalsOf(name, g, y, t), weight], [sums], {})
    },
    details(sums) {
      const K = Math.sqrt(sums.length)
      return Array.from({ length: K }, (_, k) => Array.from(sums.subarray(k * K, (k + 1) * K)))
    },
  }
}
