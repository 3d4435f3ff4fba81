/** What the lesson prints and writes. */
import type { EpochLog, History, LoadReport, ParamCounts } from '../../src/node.ts'
import { duration } from './progress.ts'

export interface LessonResult {
  readonly adapter: string
  readonly params: ParamCounts
  readonly history: History
}

const count = (n: number): string => n.toLocaleString('en-US')
const seconds = (s: number): string => (s < 10 ? `${s.toFixed(1)}s` : duration(s))
/** What every epoch is judged by, under Keras's names. */
const SCORES = ['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const

const score = (v: number | undefined): string => (v === undefined ? '-' : v.toFixed(4))

/** `282 weights loaded (weights only, Keras 2.15.0); unused in the file: dense_1, dense_2, dense_3` */
export function loadLine({ loaded, skipped, variant, unusedInFile }: LoadReport): string {
  const left = skipped.length ? `; skipped: ${skipped.map((s) => `${s.layer} (${s.reason})`).join(', ')}` : ''
  return `${loaded.length} weights loaded (${variant})${left}; unused in the file: ${unusedInFile.join(', ') || 'nothing'}`
}

export function paramsLine({ total, trainable, nonTrainable }: ParamCounts): string {
  return `Parameters: ${count(total)} total, ${count(trainable)} trainable, ${count(nonTrainable)} non-trainable`
}

/** As Keras prints an epoch. */
export function epochLine(log: EpochLog, epochs: number): string {
  const scores = SCORES.map((name) => `${name}: ${score(log.logs[name])}`).join(' - ')
  return `Epoch ${log.epoch + 1}/${epochs} - ${seconds(log.seconds)} - ${scores}`
}

/** Every epoch, and where the time went. */
export function resultTable({ adapter, history }: LessonResult): string {
  const head = ['epoch', 'seconds', ...SCORES]
  const rows = history.epochs.map((e) => [String(e.epoch + 1), e.seconds.toFixed(2), ...SCORES.map((name) => score(e.logs[name]))])
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)))
  const line = (cells: readonly string[]) => cells.map((c, i) => c.padStart(widths[i]!)).join('  ')
  const [first, ...later] = history.epochs.map((e) => e.seconds)
  const notes = [`Adapter: ${adapter}`, `Trunk: ${seconds(history.trunkSeconds)}, once for all epochs`]
  if (first && later.length) {
    const mean = later.reduce((a, b) => a + b, 0) / later.length
    notes.push(`Epochs after the first: ${mean.toFixed(2)}s each, ${((100 * mean) / first).toFixed(1)}% of the first`)
  }
  return [line(head), ...rows.map(line), '', ...notes].join('\n')
}

/** The text of `--json`. */
export function resultJson({ adapter, params, history }: LessonResult): string {
  const { total, trainable, nonTrainable } = params
  const epochs = history.epochs.map(({ logs, seconds }) => ({
    loss: logs.loss,
    accuracy: logs['accuracy'],
    valLoss: logs['val_loss'],
    valAccuracy: logs['val_accuracy'],
    seconds,
  }))
  return `${JSON.stringify({ adapter, params: { total, trainable, nonTrainable }, epochs, trunkSeconds: history.trunkSeconds }, null, 2)}\n`
}
