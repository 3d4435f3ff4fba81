/** `summary()`: the table that Keras prints. */
import { formatShape } from '../shape.ts'
import type { Network } from './network.ts'

const group = (n: number): string => n.toLocaleString('en-US')

/** One line per layer and the totals. */
export function summarize(network: Network): string {
  const rows = network.layers.map((l) => [
    `${l.name} (${l.className})`,
    formatShape(network.outputOf(l.name).shape),
    group(l.countParams()),
  ])
  const head = ['Layer (type)', 'Output shape', 'Params']
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)))
  const line = ([name, shape, params]: readonly string[]): string =>
    `${name!.padEnd(widths[0]!)}  ${shape!.padEnd(widths[1]!)}  ${params!.padStart(widths[2]!)}`
  const rule = '-'.repeat(widths.reduce((a, b) => a + b, 4))
  const { total, trainable, nonTrainable } = network.paramCounts()
  const totals = [`Total params: ${group(total)}`, `Trainable params: ${group(trainable)}`, `Non-trainable params: ${group(nonTrainable)}`]
  return [`Model: ${network.name}`, rule, line(head), rule, ...rows.map(line), rule, ...totals].join('\n')
}
