/** In what two Keras files differ: config, layers, weights. */
import { isRecord } from '../../described.ts'
import { formatShape, sizeOf, type Shape } from '../../shape.ts'
import type { TensorSource } from '../../tensor_source.ts'
import type { KerasWeightsFile } from './weights_file.ts'

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

/** A weight of two files, or of one of them. */
export interface WeightPair {
  /** `layer/name` */
  readonly weight: string
  readonly a?: TensorSource
  readonly b?: TensorSource
}

/** How the layers of two files are put together: by name, or by order where not one name is in both. */
export type LayersBy = 'name' | 'order'

/** In what the layers of two configs differ, those of models in them behind their model's name. */
export interface LayerDifferences {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly { readonly layer: string; readonly differences: readonly ConfigDifference[] }[]
}

/** Values that are compared at a time. */
const SLICE = 1024 * 1024

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

/** In what two configs differ, by the leaves. */
export function configDifferences(a: unknown, b: unknown): ConfigDifference[] {
  const [left, right] = [leaves(a), leaves(b)]
  const paths = [...new Set([...left.keys(), ...right.keys()])]
  return paths
    .filter((path) => JSON.stringify(left.get(path)) !== JSON.stringify(right.get(path)))
    .map((path) => ({ path, ...(left.has(path) && { a: left.get(path) }), ...(right.has(path) && { b: right.get(path) }) }))
}

/** How weights of two files are put together. */
interface Pairing {
  readonly layersBy: LayersBy
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

/** The weights of two files, put together: by name, or by order where not one name is in both. No value is read. */
export function pairedWeights(
  a: KerasWeightsFile,
  b: KerasWeightsFile,
): { readonly layersBy: LayersBy; readonly pairs: readonly WeightPair[] } {
  const numbered = (file: KerasWeightsFile) => file.layers.every((l) => l.weights.every((w) => /^\d+$/.test(w.name)))
  const byPlace = numbered(a) || numbered(b)
  const by = (layersBy: LayersBy) =>
    ({ layersBy, ours: weightsOf(a, { layersBy, byPlace }), theirs: weightsOf(b, { layersBy, byPlace }) }) as const
  const named = by('name')
  const { ours, theirs } = named
  const found = ours.size && theirs.size && ![...ours.keys()].some((key) => theirs.has(key)) ? by('order') : named
  const keys = new Set([...found.ours.keys(), ...found.theirs.keys()])
  const pairs = [...keys].map((key): WeightPair => {
    const [x, y] = [found.ours.get(key), found.theirs.get(key)]
    const weight = x && !/\/\d+$/.test(x.label) ? x.label : (y ?? x)!.label // a name, where one of them has one
    return { weight, ...(x && { a: x.source }), ...(y && { b: y.source }) }
  })
  return { layersBy: found.layersBy, pairs }
}

/** Values by value; undefined where all are the same. NaN is the same as NaN. */
async function valueDifference(a: TensorSource, b: TensorSource, signal: AbortSignal | undefined) {
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

/** Reads both weights, a slice at a time. @returns in what they differ; undefined where they are alike @throws FileError; the signal's reason */
export async function weightDifference({ weight, a, b }: WeightPair, signal?: AbortSignal): Promise<WeightDifference | undefined> {
  const shapes = { weight, a: a?.shape ?? null, b: b?.shape ?? null }
  if (!a || !b || formatShape(a.shape) !== formatShape(b.shape)) return shapes
  const found = await valueDifference(a, b, signal)
  return found && { ...shapes, ...found }
}

/** What a config says of each layer but for the layers in it, by their paths. */
function layersIn(model: unknown, prefix = '', found = new Map<string, unknown>()): Map<string, unknown> {
  const config = isRecord(model) ? model['config'] : undefined
  const list = isRecord(config) ? config['layers'] : config // a Sequential of Keras 1 is a list
  if (!Array.isArray(list)) return found
  list.forEach((entry: unknown, i) => {
    const path = prefix + (nameOf(entry) ?? String(i))
    const own = isRecord(entry) && isRecord(entry['config']) ? { ...entry, config: { ...entry['config'], layers: undefined } } : entry
    found.set(path, own)
    layersIn(entry, `${path}/`, found)
  })
  return found
}

/** @param a the config of a model, as b is */
export function layerDifferences(a: unknown, b: unknown): LayerDifferences {
  const [before, after] = [layersIn(a), layersIn(b)]
  const both = [...before.keys()].filter((layer) => after.has(layer))
  return {
    added: [...after.keys()].filter((layer) => !before.has(layer)),
    removed: [...before.keys()].filter((layer) => !after.has(layer)),
    changed: both
      .map((layer) => ({ layer, differences: configDifferences(before.get(layer), after.get(layer)) }))
      .filter(({ differences }) => differences.length),
  }
}
