/**
 * Where an archive from before Keras 3.6 keeps the layers of a config. Its groups have no names: they are called by class, with numbers that
 * versions count in ways of their own. In each model, the k-th layer of a class in the config is the k-th of the file.
 */
import { isRecord } from '../described.ts'
import { snakeCase } from '../layers/config.ts'
import { counted } from '../loaders/keras/keras3.ts'
import type { FileLayer, KerasWeightsFile } from '../loaders/keras/weights_file.ts'
import type { Layer } from '../layers/layer.ts'
import { Network } from '../layers/network.ts'
import { weightedLayers } from '../layers/weighted_layers.ts'

const CONTAINER = /\/(?:layers|_layer_checkpoint_dependencies)\/([^/]+)$/

function add<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

/** What a model of the file holds, by class, in the order of the numbers. */
interface Held {
  readonly layers: Map<string, FileLayer[]>
  readonly models: Map<string, string[]>
}

/** The paths above one: `/layers/attention/query` -> `/layers/attention`, `/layers`. */
function upTo(path: string): string[] {
  const above: string[] = []
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) above.push(path.slice(0, at))
  return above
}

/** The models of a file by their paths; that of the outermost is empty. */
function modelsIn(file: KerasWeightsFile): Map<string, Held> {
  const found = new Map<string, Held>()
  const heldIn = (path: string): Held => {
    const known = found.get(path)
    if (known) return known
    const held: Held = { layers: new Map(), models: new Map() }
    found.set(path, held)
    const own = CONTAINER.exec(path)
    if (own) add(heldIn(path.slice(0, own.index)).models, counted(own[1]!)[0], path)
    return held
  }
  const whole = new Set(file.layers.flatMap(({ place }) => (place ? upTo(place.path) : [])))
  for (const { weights, place, ...layer } of file.layers) {
    if (!place || place.holder !== undefined || !(weights.length || whole.has(place.path))) continue
    add(heldIn(place.model.replace(/\/$/, '')).layers, place.className, { ...layer, weights, place })
  }
  const number = (path: string) => counted(CONTAINER.exec(path)![1]!)[1]
  for (const { models } of found.values()) for (const paths of models.values()) paths.sort((a, b) => number(a) - number(b))
  return found
}

/** The layers in the config of a model. */
function listOf(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  const config = entry['config']
  const list = isRecord(config) ? config['layers'] : config
  return Array.isArray(list) ? (list as unknown[]).filter(isRecord) : []
}

function nameOf(entry: Readonly<Record<string, unknown>>): string {
  const config = isRecord(entry['config']) ? entry['config'] : {}
  return String([entry['name'], config['name']].find((n) => typeof n === 'string') ?? '')
}

/** A config's entry of a layer, what it has become, and where. */
interface Ours {
  readonly entry: Readonly<Record<string, unknown>>
  readonly layer: Layer
  readonly path: string
}

/** Goes through a config, its model and the file at once. */
class Places {
  readonly found = new Map<string, FileLayer>()
  readonly #models: ReadonlyMap<string, Held>
  readonly #byPath: ReadonlyMap<string, FileLayer>
  readonly #weighted: ReadonlySet<string>

  constructor(model: Network, file: KerasWeightsFile) {
    this.#models = modelsIn(file)
    this.#byPath = new Map(file.layers.flatMap((l) => (l.place ? [[l.place.path, l] as const] : [])))
    // With the models and layers that they are in.
    this.#weighted = new Set(weightedLayers(model).flatMap(({ path }) => [path, ...upTo(path)]))
  }

  /** @param at the model's path in the file */
  model(entry: Readonly<Record<string, unknown>>, model: Network, at: string, prefix: string): void {
    const held = this.#models.get(at)
    const byClass = new Map<string, Ours[]>()
    for (const inner of listOf(entry)) {
      const path = prefix + nameOf(inner)
      const layer = model.layers.find(({ name }) => name === nameOf(inner))
      if (layer && this.#weighted.has(path)) add(byClass, snakeCase(String(inner['class_name'])), { entry: inner, layer, path })
    }
    for (const [className, ours] of byClass) {
      const [groups, paths] = [held?.layers.get(className) ?? [], held?.models.get(className) ?? []]
      if (ours.length !== groups.length + paths.length) continue
      const [models, layers] = [ours.filter(({ entry }) => listOf(entry).length), ours.filter(({ entry }) => !listOf(entry).length)]
      models.forEach((o, i) => paths[i] !== undefined && this.#place(o, paths[i]))
      layers.forEach((o, i) => groups[i] && this.#place(o, groups[i].place!.path))
    }
  }

  #place({ entry, layer, path }: Ours, at: string): void {
    if (layer instanceof Network) return this.model(entry, layer, at, `${path}/`)
    const config = isRecord(entry['config']) ? entry['config'] : {}
    for (const { attribute, layer: part } of layer.parts) {
      const inner = isRecord(config[attribute]) ? config[attribute] : {}
      // tf.keras, whose attributes are private: `_query_dense`.
      const of = [`${at}/${attribute}`, `${at}/_${attribute}`]
      const group = of.find((p) => this.#byPath.has(p) || this.#models.has(p))
      if (group !== undefined) this.#place({ entry: inner, layer: part, path: `${path}/${part.name}` }, group)
    }
    const own = this.#byPath.get(at)
    if (own?.weights.length) this.found.set(path, own)
  }
}

/**
 * The file's layers by the paths of the model's, such as `trunk/conv1`. A class of which a model of the file has more or fewer layers than the
 * config is left out: none of them could be told.
 */
export function placesOf(config: unknown, model: Network, file: KerasWeightsFile): ReadonlyMap<string, FileLayer> {
  const places = new Places(model, file)
  if (isRecord(config)) places.model(config, model, '', '')
  return places.found
}
