/** `summary()`: the table that Keras prints. */
import { formatShape } from '../shape.ts'

export interface SummaryRow {
  /** Name and class: `conv1 (Conv2D)`. */
  readonly layer: string
  /** Of each output, with the batch. */
  readonly shapes: readonly (readonly (number | null)[])[]
  /** Elements of all weights. */
  readonly params: number
}

/** Elements of all weights of a network, each weight counted once. */
export interface ParamCounts {
  readonly total: number
  readonly trainable: number
  readonly nonTrainable: number
}

const group = (n: number): string => n.toLocaleString('en-US')

/** One line per layer and the totals. */
export function summaryText(name: string, layers: readonly SummaryRow[], { total, trainable, nonTrainable }: ParamCounts): string {
  const rows = layers.map(({ layer, shapes, params }) => [layer, shapes.map(formatShape).join(', '), group(params)])
  const head = ['Layer (type)', 'Output shape', 'Params']
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)))
  const line = ([layer, shape, params]: readonly string[]): string =>
    `${layer!.padEnd(widths[0]!)}  ${shape!.padEnd(widths[1]!)}  ${params!.padStart(widths[2]!)}`
  const rule = '-'.repeat(widths.reduce((a, b) => a + b, 4))
  const totals = [`Total params: ${group(total)}`, `Trainable params: ${group(trainable)}`, `Non-trainable params: ${group(nonTrainable)}`]
  return [`Model: ${name}`, rule, line(head), rule, ...rows.map(line), rule, ...totals].join('\n')
}
