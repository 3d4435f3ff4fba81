/** What the lesson prints and writes. */
import type { EpochLog, LoadReport } from '../../src/node.ts'
import { duration } from './progress.ts'
import type { Result } from './train.ts'

const seconds = (s: number): string => (s < 10 ? `${s.toFixed(1)}s` : duration(s))
/** What every epoch is judged by, under Keras's names. */
const SCORES = ['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const

const score = (v: number | undefined): string => (v === undefined ? '-' : v.toFixed(4))

/** `282 weights loaded (weights only, Keras 2.15.0); unused in the file: dense_1, dense_2, dense_3` */
export function loadLine({ loaded, skipped, variant, unusedInFile }: LoadReport): string {
  const left = skipped.length ? `; skipped: ${skipped.map((s) => `${s.layer} (${s.reason})`).join(', ')}` : ''
  return `${loaded.length} weights loaded (${variant})${left}; unused in the file: ${unusedInFile.join(', ') || 'nothing'}`
}

/** As Keras prints an epoch. */
export function epochLine(log: EpochLog, epochs: number): string {
  const scores = SCORES.map((name) => `${name}: ${score(log.logs[name])}`).join(' - ')
  return `Epoch ${log.epoch + 1}/${epochs} - ${seconds(log.seconds)} - ${scores}`
}

/** Every epoch, and where the time went. */
export function resultTable(adapter: string, { history, testTime }: Pick<Result, 'history' | 'testTime'>): string {
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
  if (testTime !== undefined)
    notes.push(`Validation accuracy by changed copies of each picture: ${score(testTime)}, as they are: ${score(last(history))}`)
  return [line(head), ...rows.map(line), '', ...notes].join('\n')
}

const last = ({ epochs }: Result['history']): number | undefined => epochs.at(-1)?.logs['val_accuracy']

/** Validation accuracy after an epoch, counted from 1; of a shorter training a dash. */
const after = ({ history }: Pick<Result, 'history'>, epoch: number): string => score(history.epochs[epoch - 1]?.logs['val_accuracy'])

/** Seconds of all epochs, the trunk's once for all and the validations included, by their number. */
export const secondsPerEpoch = ({ history: { epochs } }: Pick<Result, 'history'>): number =>
  epochs.reduce((sum, e) => sum + e.seconds, 0) / epochs.length

/** Cells of the lesson's table, the head first. */
export function modesCells(results: readonly Pick<Result, 'training' | 'history'>[]): string[][] {
  const rows = results.map((r) => [r.training.name, after(r, 1), after(r, 5), seconds(secondsPerEpoch(r))])
  return [['Training mode', 'Val Acc @ 1 epoch', 'Val Acc @ 5 epoch', 'Time per epoch'], ...rows]
}

/** The lesson's table. */
export function modesTable(results: readonly Pick<Result, 'training' | 'history'>[]): string {
  const cells = modesCells(results)
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)))
  return cells.map((row) => row.map((c, i) => (i ? c.padStart(widths[i]!) : c.padEnd(widths[i]!))).join(' | ')).join('\n')
}

/** The text of `--json`: an entry for each training. */
export function resultJson(adapter: string, results: readonly Result[]): string {
  const modes = results.map((result) => {
    const { training, description, params, history, testTime } = result
    const { total, trainable, nonTrainable } = params
    const epochs = history.epochs.map(({ logs, seconds }) => ({
      loss: logs.loss,
      accuracy: logs['accuracy'],
      valLoss: logs['val_loss'],
      valAccuracy: logs['val_accuracy'],
      seconds,
    }))
    return {
      mode: training.name,
      description,
      params: { total, trainable, nonTrainable },
      epochs,
      trunkSeconds: history.trunkSeconds,
      secondsPerEpoch: secondsPerEpoch(result),
      ...(testTime !== undefined && { testTimeAccuracy: testTime }),
    }
  })
  return `${JSON.stringify({ adapter, modes }, null, 2)}\n`
}
