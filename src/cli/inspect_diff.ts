/** `thaw inspect --diff A B`: in what two files differ, config and weights. */
import { isRecord } from '../described.ts'
import { readModelConfig } from '../loaders/keras/model_config.ts'
import type { KerasWeightsFile } from '../loaders/keras/weights_file.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import type { TensorSource } from '../tensor_source.ts'
import { openFile } from './input.ts'
import { table } from './inspect_text.ts'
import { grouped, printable, type CliIo } from './io.ts'

/** A place in the two configs, such as `layers/conv1/config/filters`; a value that is missing on one side is left out. */
export interface ConfigDifference {
  readonly path: string
  readonly a?: unknown
  readonly b?: unknown
}

/** A weight that the files do not have alike: `layer/name`. */
export interface WeightDifference {
  readonly weight: string
  /** Null where the file has no such weight. */
  readonly a: Shape | null
  readonly b: Shape | null
  /** Where both have one shape: how many values differ. */
  readonly different?: number
  /** The largest difference of two values; null where one of them is no number. */
  readonly largest?: number | null
  /** Its place, the first one. */
  readonly at?: number
}

/** What `--diff --json` writes. */
export interface DiffReport {
  readonly a: string
  readonly b: string
  readonly equal: boolean
  /** How the layers of the two were put together: by name, or by order where not one name is in both. */
  readonly layersBy: 'name' | 'order'
  /** Null where a file holds no config. */
  readonly config: readonly ConfigDifference[] | null
  /** Weights in both, alike or not. */
  readonly compared: number
  readonly weights: readonly WeightDifference[]
}

/** Values that are compared at a time. */
const SLICE = 1024 * 1024
/** Differences of the config that people are shown. */
const SHOWN = 20

/** Leaves by their paths. Layers, inputs and whatever else in a list has a name go by it, so that one more does not move the others. */
function leaves(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (!isRecord(value) && !Array.isArray(value)) return found.set(path, value)
  const entries = Array.isArray(value) ? value.map((v, i) => [nameOf(v) ?? String(i), v] as const) : Object.entries(value)
  if (!entries.length) found.set(path, value)
  for (const [key, inner] of entries) leaves(inner, path ? `${path}/${key}` : key, found)
  return found
}

function nameOf(value: unknown): string | undefined {
  const config = isRecord(value) ? value['config'] : undefined
  const name = isRecord(config) ? config['name'] : undefined
  return typeof name === 'string' ? name : undefined
}

function configDifferences(a: unknown, b: unknown): ConfigDifference[] {
  const [left, right] = [leaves(a), leaves(b)]
  const paths = [...new Set([...left.keys(), ...right.keys()])]
  return paths
    .filter((path) => JSON.stringify(left.get(path)) !== JSON.stringify(right.get(path)))
    .map((path) => ({ path, ...(left.has(path) && { a: left.get(path) }), ...(right.has(path) && { b: right.get(path) }) }))
}

/** How weights of two files are put together. */
interface Pairing {
  readonly layersBy: DiffReport['layersBy']
  /** Within a layer: by name, or by place where the weights of one file have only numbers. */
  readonly byPlace: boolean
}

interface FoundWeight {
  /** For people. */
  readonly label: string
  readonly source: TensorSource
}

/** Weights by what they are put together by; what comes again, in a nested model, also by how often it has come. */
function weightsOf(file: KerasWeightsFile, { layersBy, byPlace }: Pairing): Map<string, FoundWeight> {
  const found = new Map<string, FoundWeight>()
  const layers = file.layers.filter((l) => l.weights.length)
  layers.forEach((layer, index) => {
    const own = layersBy === 'name' ? (layer.fullName ?? layer.name) : String(index)
    layer.weights.forEach(({ name, source }, place) => {
      const key = `${own}/${byPlace ? place : name}`
      let [free, n] = [key, 1]
      while (found.has(free)) free = `${key} (${++n})`
      found.set(free, { label: `${own}/${name}${n > 1 ? ` (${n})` : ''}`, source })
    })
  })
  return found
}

/** @returns the weights of both, and how their layers were put together */
function paired(a: KerasWeightsFile, b: KerasWeightsFile) {
  const numbered = (file: KerasWeightsFile) => file.layers.every((l) => l.weights.every((w) => /^\d+$/.test(w.name)))
  const byPlace = numbered(a) || numbered(b)
  const by = (layersBy: DiffReport['layersBy']) =>
    ({ layersBy, ours: weightsOf(a, { layersBy, byPlace }), theirs: weightsOf(b, { layersBy, byPlace }) }) as const
  const named = by('name')
  const { ours, theirs } = named
  return ours.size && theirs.size && ![...ours.keys()].some((key) => theirs.has(key)) ? by('order') : named
}

/** Values by value; undefined where all are the same. NaN is the same as NaN. */
async function valueDifference(a: TensorSource, b: TensorSource, signal: AbortSignal) {
  let different = 0
  let largest = 0
  let at = 0
  const count = sizeOf(a.shape)
  for (let begin = 0; begin < count; begin += SLICE) {
    const end = Math.min(count, begin + SLICE)
    const [left, right] = await Promise.all([a.read(begin, end, signal), b.read(begin, end, signal)])
    for (let i = 0; i < left.length; i++) {
      if (Object.is(left[i], right[i]) || left[i] === right[i]) continue
      const difference = Math.abs(left[i]! - right[i]!)
      if (!different || difference > largest || (Number.isNaN(difference) && !Number.isNaN(largest))) {
        largest = difference
        at = begin + i
      }
      different++
    }
  }
  return different ? { different, largest: Number.isFinite(largest) ? largest : null, at } : undefined
}

/** @param a a path or a URL, as b is @throws as inspect does, for either */
export async function inspectDiff(a: string, b: string, io: Pick<CliIo, 'signal' | 'progress'>): Promise<DiffReport> {
  const { signal } = io
  await using left = await openFile(a, signal)
  await using right = await openFile(b, signal)
  const configs = [await readModelConfig(left.source, signal), await readModelConfig(right.source, signal)]
  const config = configs[0] && configs[1] ? configDifferences(configs[0].config, configs[1].config) : null
  const { layersBy, ours, theirs } = paired(left.keras, right.keras)
  const weights: WeightDifference[] = []
  let compared = 0
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [x, y] = [ours.get(key), theirs.get(key)]
    const weight = x && !/\/\d+$/.test(x.label) ? x.label : (y ?? x)!.label // a name, where one of them has one
    io.progress?.(`Comparing ${printable(weight)}`)
    const shapes = { weight, a: x?.source.shape ?? null, b: y?.source.shape ?? null }
    if (x && y) compared++
    if (!x || !y || formatShape(x.source.shape) !== formatShape(y.source.shape)) weights.push(shapes)
    else {
      const found = await valueDifference(x.source, y.source, signal)
      if (found) weights.push({ ...shapes, ...found })
    }
  }
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
