/** `summary()`: the table that Keras prints. */
import { formatShape } from '../shape.ts'

export interface SummaryRow {
  /** Name and class: `conv1 (Conv2D)`. */
  readonly layer: string
  /** Of each output, with the batch. */
  readonly shapes: readonly (readonly (number | null)[])[]
  /** Elements of all weights. */
  readonly params: number
  /** What its applications are applied to: `conv1[0][0]`. */
  readonly from: readonly string[]
}

/** Elements of all weights of a network, each weight counted once. See {@link vgg16}. */
export interface ParamCounts {
  /** All. */
  readonly total: number
  /** Those that an optimizer changes. */
  readonly trainable: number
  /** The frozen ones, and moving statistics. */
  readonly nonTrainable: number
}

const group = (n: number): string => n.toLocaleString('en-US')

/** Of f32, as Keras writes it: `87.19 MB`. */
function size(params: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, 4 * params)) / 10))
  return `${((4 * params) / 1024 ** power).toFixed(2)} ${['B', 'KB', 'MB', 'GB', 'TB'][power]}`
}

/** One line per layer and the totals. @param chain whether each layer is connected to the one before it, which goes without saying */
export function summaryText(name: string, layers: readonly SummaryRow[], counts: ParamCounts, chain: boolean): string {
  const cells = layers.map(({ layer, shapes, params, from }) => [layer, shapes.map(formatShape).join(', '), group(params), from.join(', ')])
  const head = ['Layer (type)', 'Output Shape', 'Param #', 'Connected to'].slice(0, chain ? 3 : 4)
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map((r) => r[i]!.length)))
  const pad = (cell: string, i: number) => (i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
  const line = (row: readonly string[]) => row.slice(0, head.length).map(pad).join('  ').trimEnd()
  const rule = '-'.repeat(widths.reduce((a, b) => a + b, 2 * (head.length - 1)))
  const total = (what: string, n: number) => `${what} params: ${group(n)} (${size(n)})`
  const totals = [total('Total', counts.total), total('Trainable', counts.trainable), total('Non-trainable', counts.nonTrainable)]
  return [`Model: "${name}"`, rule, line(head), rule, ...cells.map(line), rule, ...totals].join('\n')
}
