/** `thaw inspect --diff A B`: in what two files differ, config and weights. */
import {
  configDifferences,
  pairedWeights,
  weightDifference,
  type ConfigDifference,
  type LayersBy,
  type WeightDifference,
} from '../loaders/keras/compare.ts'
import { readModelConfig } from '../loaders/keras/model_config.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { openFile } from './input.ts'
import { table } from './inspect_text.ts'
import { grouped, printable, type CliIo } from './io.ts'

/** What `--diff --json` writes. */
export interface DiffReport {
  readonly a: string
  readonly b: string
  readonly equal: boolean
  /** How the layers of the two were put together: by name, or by order where not one name is in both. */
  readonly layersBy: LayersBy
  /** Null where a file holds no config. */
  readonly config: readonly ConfigDifference[] | null
  /** Weights in both, alike or not. */
  readonly compared: number
  readonly weights: readonly WeightDifference[]
}

/** Differences of the config that people are shown. */
const SHOWN = 20

/** @param a a path or a URL, as b is @throws as inspect does, for either */
export async function inspectDiff(a: string, b: string, io: Pick<CliIo, 'signal' | 'progress'>): Promise<DiffReport> {
  const { signal } = io
  await using left = await openFile(a, signal)
  await using right = await openFile(b, signal)
  const configs = [await readModelConfig(left.source, signal), await readModelConfig(right.source, signal)]
  const config = configs[0] && configs[1] ? configDifferences(configs[0].config, configs[1].config) : null
  const { layersBy, pairs } = pairedWeights(left.keras, right.keras)
  const weights: WeightDifference[] = []
  for (const pair of pairs) {
    io.progress?.(`Comparing ${printable(pair.weight)}`)
    const found = await weightDifference(pair, signal)
    if (found) weights.push(found)
  }
  const compared = pairs.filter(({ a, b }) => a && b).length
  io.progress?.('')
  const names = { a: left.source.name, b: right.source.name }
  const equal = !weights.length && !config?.length && !configs[0] === !configs[1]
  return { ...names, equal, layersBy, config, compared, weights }
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : printable(JSON.stringify(value)))

function weightRow({ weight, a, b, different, largest, at }: WeightDifference): string[] {
  const shape = (s: Shape | null) => (s ? formatShape(s) : 'none')
  if (different === undefined) return [printable(weight), shape(a), shape(b), '', '']
  const most = largest === null ? 'no number' : (largest ?? 0).toPrecision(4)
  return [printable(weight), shape(a), shape(b), `${grouped(different)} of ${grouped(sizeOf(a!))}`, `${most} at ${at}`]
}

/** For people. */
export function diffText({ a, b, equal, layersBy, config, compared, weights }: DiffReport): string {
  const lines = [`A: ${printable(a)}`, `B: ${printable(b)}`, '']
  if (equal)
    return [...lines, `Equal: ${config ? 'the same config, and ' : ''}${grouped(compared)} weights with the same values`].join('\n')
  if (!config) lines.push('Config:  not compared, since not both files hold one')
  else if (!config.length) lines.push('Config:  the same')
  else {
    lines.push(`Config:  ${grouped(config.length)} ${config.length === 1 ? 'difference' : 'differences'}`)
    for (const d of config.slice(0, SHOWN)) lines.push(`  ${printable(d.path)}: ${shown(d.a)} in A, ${shown(d.b)} in B`)
    if (config.length > SHOWN) lines.push(`  and ${grouped(config.length - SHOWN)} more (--json lists all)`)
  }
  if (layersBy === 'order') lines.push('Layers:  put together by their order, since no name is in both')
  lines.push(`Weights: ${grouped(weights.length)} of ${grouped(compared + weights.filter((w) => !w.a || !w.b).length)} differ`)
  if (weights.length)
    lines.push('', table([['Weight', 'Shape in A', 'Shape in B', 'Values that differ', 'Largest difference'], ...weights.map(weightRow)]))
  return lines.join('\n')
}
