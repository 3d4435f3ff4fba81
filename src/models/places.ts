/**
 * Where an archive from before Keras 3.6 keeps the layers of a config. Its groups have no names: they are called by class, with numbers that
 * versions count in ways of their own. In each model, the k-th layer of a class in the config is the k-th of the file.
 */
import { isRecord } from '../described.ts'
import { snakeCase } from '../layers/config.ts'
import { counted } from '../loaders/keras/keras3.ts'
import type { FileLayer, KerasWeightsFile } from '../loaders/keras/weights_file.ts'
import { weightedLayers, type Network } from '../layers/network.ts'

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
  for (const layer of file.layers) {
    if (layer.weights.length && layer.place) add(heldIn(layer.place.model.replace(/\/$/, '')).layers, layer.place.className, layer)
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

/**
 * The file's layers by the paths of the model's, such as `trunk/conv1`. A class of which a model of the file has more or fewer layers than the
 * config is left out: none of them could be told.
 */
export function placesOf(config: unknown, model: Network, file: KerasWeightsFile): ReadonlyMap<string, FileLayer> {
  const wanted = weightedLayers(model).map(({ path }) => path)
  const weighted = new Set(wanted)
  // With the models that they are in.
  for (const path of wanted) for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) weighted.add(path.slice(0, at))
  const models = modelsIn(file)
  const places = new Map<string, FileLayer>()
  const walk = (entry: Readonly<Record<string, unknown>>, held: Held | undefined, prefix: string): void => {
    const byClass = new Map<string, { entry: Readonly<Record<string, unknown>>; path: string; isModel: boolean }[]>()
    for (const inner of listOf(entry)) {
      const path = prefix + nameOf(inner)
      if (weighted.has(path))
        add(byClass, snakeCase(String(inner['class_name'])), { entry: inner, path, isModel: listOf(inner).length > 0 })
    }
    for (const [className, ours] of byClass) {
      const [groups, paths] = [held?.layers.get(className) ?? [], held?.models.get(className) ?? []]
      if (ours.length !== groups.length + paths.length) continue
      let at = 0
      for (const { entry: inner, path, isModel } of ours) {
        if (isModel) walk(inner, models.get(paths[at++]!), `${path}/`)
      }
      at = 0
      for (const { path, isModel } of ours) if (!isModel && groups[at]) places.set(path, groups[at++]!)
    }
  }
  if (isRecord(config)) walk(config, models.get(''), '')
  return places
}
