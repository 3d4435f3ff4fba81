/** The layers in a model's config, before anything is made of them. */
import { isRecord } from '../described.ts'
import { FileError } from '../errors.ts'
import type { RawConfig } from '../layers/config.ts'
import { currentName, knownClasses } from '../layers/registry.ts'
import { notRun, partBefore } from './not_run.ts'

/** One layer of a model's config. */
export interface Entry {
  readonly name: string
  readonly className: string
  readonly config: RawConfig
  readonly raw: RawConfig
}

/** Layers of one model, so that a hostile config is refused before anything is built; the deepest of Keras have about 1000. */
const LAYER_LIMIT = 10_000

/** Models in models; more is no Keras file. */
export const DEPTH_LIMIT = 32

export const LAMBDA = 'Lambda'

/** Classes of models. */
export const MODELS = ['Functional', 'Model', 'Sequential']

/** What a file says that cannot be. */
export function unsupported(where: string, rule: string, got: string): FileError {
  return new FileError('unsupported', `[${where}] ${rule}, got ${got}`)
}

/** @param i place in the model, for layers without a name: models in a Sequential of Keras 1 */
export function entryOf(model: string, raw: unknown, i = 0): Entry {
  if (!isRecord(raw) || typeof raw['class_name'] !== 'string')
    throw unsupported(model, 'a layer must have a class_name', String(JSON.stringify(raw)).slice(0, 100))
  // Old Sequential configs have a list of layers as their config.
  const config = isRecord(raw['config']) ? raw['config'] : { layers: raw['config'] }
  const name = [raw['name'], config['name']].find((n) => typeof n === 'string') ?? `${raw['class_name'].toLowerCase()}_${i + 1}`
  return { name, className: currentName(raw['class_name']), config, raw }
}

/** The layers of a model. @throws FileError `unsupported` where there is no list of them, or too long a one */
export function entriesOf({ name, config }: Entry): Entry[] {
  const list = config['layers']
  if (!Array.isArray(list)) throw unsupported(name, 'a model must have a list of layers', String(JSON.stringify(list)).slice(0, 100))
  if (list.length > LAYER_LIMIT) throw unsupported(name, `a model must have at most ${LAYER_LIMIT} layers`, String(list.length))
  return list.map((raw, i) => entryOf(name, raw, i))
}

const KERAS_MODULE = /^(keras|keras\.src|tf_keras|tf_keras\.src|tensorflow\.(python\.)?keras)(\.(layers|models|engine|applications)\b.*)?$/

/** The full name of a class that is not Keras's layer of that name: an op of Keras 3, or an object of the user's. */
export function foreignName({ raw }: Entry): string | undefined {
  const [className, module, registered] = [String(raw['class_name']), raw['module'], raw['registered_name']]
  if (typeof registered === 'string' && registered.includes('>')) return registered
  return typeof module === 'string' && !KERAS_MODULE.test(module) ? `${module}.${className}` : undefined
}

/** Whether an entry is a Merge of Keras 1 that has the models in it which it merges. */
export const beginsWithModels = ({ className, config }: Entry): boolean => className === 'Merge' && Array.isArray(config['layers'])

/** What wraps an operation before Keras 3. */
export const OPERATION_CLASSES = ['TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer'] as const

/** Whether an entry of a config is an operation: in Keras 3 by its module, since classes of layers have the same names. */
export function isOperation({ className, raw }: Pick<Entry, 'className' | 'raw'>): boolean {
  const { module } = raw
  const ofKeras3 = typeof module === 'string' && /^keras(\.src)?\.(ops|activations)(\.|$)/.test(module)
  return ofKeras3 || (OPERATION_CLASSES as readonly string[]).includes(className) || looksLikeOperation({ className, raw })
}

/**
 * Whether an entry may be an operation of Keras 3 in an HDF5 file, which keeps no modules: it is called as Keras 3 calls, and its config has not what
 * every layer's has. A class of the user's that does not write that either looks the same.
 */
export function looksLikeOperation({ className, raw }: Pick<Entry, 'className' | 'raw'>): boolean {
  const { module, config, inbound_nodes: nodes } = raw
  const called = Array.isArray(nodes) && nodes.length > 0 && nodes.every((n) => isRecord(n) && Array.isArray(n['args']))
  const plain = isRecord(config) && !('trainable' in config)
  return module === undefined && called && plain && !MODELS.includes(className)
}

/** What `customObjects` calls the class of a layer. */
export function registeredName({ raw }: Entry): string {
  const [className, registered] = [String(raw['class_name']), raw['registered_name']]
  return typeof registered === 'string' && registered.includes('>') ? registered : className
}

/**
 * The config of a layer, with the data format that Keras 1 and 2 did not write: SpatialDropout2D's, which is that of the other layers.
 * @param orders that those say
 * @throws FileError where they say both
 */
export function withDataFormat({ name, className, config }: Entry, orders: () => ReadonlySet<string>): RawConfig {
  const says = ['data_format', 'dim_ordering'].some((key) => config[key] !== undefined && config[key] !== null)
  if (className !== 'SpatialDropout2D' || says) return config
  const found = orders()
  if (found.size > 1) {
    const hint = `put another in its place: replaceLayers: { ${JSON.stringify(name)}: layers.spatialDropout2d({ rate, dataFormat }) }`
    throw unsupported(name, `data_format must be said where other layers have both orders (${hint})`, 'none')
  }
  return { ...config, data_format: found.has('th') ? 'channels_first' : 'channels_last' }
}

/** That a layer is not known, and what to do. */
export function unknownLayer(entry: Entry): FileError {
  const className = String(entry.raw['class_name'])
  const foreign = foreignName(entry)
  const kind = foreign === undefined ? notRun(className) : undefined
  const place = `put another in its place: replaceLayers: { ${JSON.stringify(entry.name)}: layer }`
  if (kind !== undefined) {
    const rule = `a layer must be one that is run here, and those of ${kind} are not`
    return unsupported(
      entry.name,
      `${rule} (save what comes before it, in Keras: ${partBefore(entry.name)}; or ${place})`,
      `class ${className}`,
    )
  }
  const own = `customObjects: { ${JSON.stringify(registeredName(entry))}: (config) => layer }`
  return unsupported(
    entry.name,
    `a layer must be one that is known (say what makes it: ${own}; or ${place})`,
    `class ${foreign ?? className}`,
  )
}

/** That a class is none of a model: one of the user's, whose layers Keras keeps in Python alone. */
export function unknownModel({ name, className }: Entry): FileError {
  const hint =
    'save the models that it is made of, in Keras: model.encoder.save("encoder.keras"), or build the network and call loadWeights'
  return unsupported(name, `a model must be one of ${MODELS.join(', ')} (${hint})`, className)
}

/** Whether a layer of a config is one that is made here. @param lambdas whether Lambda layers are */
export function isKnown(entry: Entry, lambdas: boolean): boolean {
  const known = ['InputLayer', ...MODELS, ...knownClasses, ...(lambdas ? [LAMBDA] : [])].includes(entry.className)
  return known && !foreignName(entry)
}

/** A class in a config that is not known here. */
export interface MissingClass {
  /** As `customObjects` calls it. */
  readonly name: string
  /** The name of its first layer. */
  readonly layer: string
  /** What the config of its first layer has. */
  readonly keys: readonly string[]
}

/**
 * The classes of a model's config that are not known here, each once.
 * @param isOperationKnown whether Keras 3 has an operation of the name that is known here
 * @throws FileError for what is no config of a model
 */
export function missingClasses(config: unknown, isOperationKnown: (className: string) => boolean): readonly MissingClass[] {
  const found = new Map<string, MissingClass>()
  const walk = (model: Entry, depth: number): void => {
    for (const entry of depth > DEPTH_LIMIT ? [] : entriesOf(model)) {
      if (isOperation(entry) && (!looksLikeOperation(entry) || isOperationKnown(entry.className))) continue
      if (!isKnown(entry, true)) {
        const name = registeredName(entry)
        found.set(name, found.get(name) ?? { name, layer: entry.name, keys: Object.keys(entry.config) })
      } else if (MODELS.includes(entry.className) || beginsWithModels(entry)) walk(entry, depth + 1)
    }
  }
  walk(entryOf('model', config), 0)
  return [...found.values()]
}

/** @throws FileError for a layer that `quantize` changed: Keras rounds what goes into one, too, so no weights in floats give what it does */
export function checkFloats({ name, config: { dtype } }: Entry): void {
  const policy = isRecord(dtype) && isRecord(dtype['config']) ? dtype['config'] : {}
  const mode = typeof dtype === 'string' ? /^(\w+)_from_/.exec(dtype)?.[1] : policy['mode']
  if (typeof mode === 'string') throw unsupported(name, 'a layer must compute in floats (save the model before quantize())', mode)
}

const makesMasks = (config: unknown): boolean => {
  if (Array.isArray(config)) return config.some(makesMasks)
  if (!isRecord(config)) return false
  return config['class_name'] === 'Masking' || config['mask_zero'] === true || Object.values(config).some(makesMasks)
}

/** @throws FileError for a Lambda where a layer makes masks: what its function does with one is not followed, and Keras lets none out of it */
export function checkUnmasked(lambda: string, config: unknown): void {
  if (!makesMasks(config)) return
  const rule = `a Lambda must be in a model without masks (put another layer in its place: replaceLayers: { ${JSON.stringify(lambda)}: layer })`
  throw unsupported(lambda, rule, 'one with a Masking layer, or mask_zero')
}
