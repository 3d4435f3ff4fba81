/** `loadModel`: a model from a Keras file, by the config in it, with its weights. */
import { FileError } from '../errors.ts'
import { isRecord } from '../described.ts'
import type { KerasVersion, RawConfig } from '../layers/config.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { openGiven, type WeightsInput } from '../loaders/keras/given.ts'
import { openKerasWeights } from '../loaders/keras/keras.ts'
import type { LoadWeightsOptions } from '../loaders/keras/load_weights.ts'
import { snakeCase } from '../loaders/keras/keras3.ts'
import { readLooseConfig, readModelConfig, type ModelConfig } from '../loaders/keras/model_config.ts'
import type { LoadReport } from '../loaders/keras/match.ts'
import { savedOptimizerIn } from '../loaders/keras/saved_optimizer.ts'
import type { ByteSource } from '../loaders/bytes/bytes.ts'
import type { Structure } from '../structure.ts'
import type { Model } from '../training/model.ts'
import { modelFromConfig, type FromConfigOptions } from './from_config.ts'

export interface LoadModelOptions extends FromConfigOptions, Pick<LoadWeightsOptions, 'onProgress' | 'signal' | 'skipMismatch'> {
  /** What was loaded, and what of the file was not used. */
  onReport?: (report: LoadReport) => void
}

/** The dialect of a version; files that do not say are from before Keras 2. TensorFlow.js writes what Keras 2 does. */
function dialect(version: string | undefined): KerasVersion {
  if (version?.startsWith('tfjs-layers')) return 2
  const major = Number.parseInt(version ?? '1', 10)
  return major >= 3 ? 3 : major === 2 ? 2 : 1
}

/** How archives name the places of weights that have no names. */
interface PlaceRule {
  readonly container: string
  /** Numbers of a class that a layer with weights takes up. */
  readonly step: number
}

/** The rule of archives from before Keras 3.6. Until 2.13, each layer with weights is listed twice, and stored the first time. */
function placeRule({ archive, version = '' }: ModelConfig): PlaceRule | undefined {
  if (!archive) return undefined
  if (/^2\.1[234]\b/.test(version)) return { container: '_layer_checkpoint_dependencies', step: version.startsWith('2.14') ? 1 : 2 }
  return /^(2\.15|3\.[0-5])\b/.test(version) ? { container: 'layers', step: 1 } : undefined
}

/**
 * Where such an archive keeps the layers that have weights: HDF5 paths by name, of classes counted within each model.
 * @throws FileError `unsupported` where two layers have one name
 */
function placesOf(config: unknown, model: Network, { container, step }: PlaceRule): Record<string, string> {
  const weighted = new Set(model.weights.map((w) => w.layer))
  const places: Record<string, string> = {}
  /** @returns whether the layer, or one in it, has weights */
  const walk = (entry: RawConfig, path: string): boolean => {
    const config = isRecord(entry['config']) ? entry['config'] : {}
    const name = typeof config['name'] === 'string' && weighted.has(config['name']) ? config['name'] : undefined
    if (name !== undefined && Object.hasOwn(places, name)) {
      const rule = 'layers of several models in a model must have names of their own in an archive from before Keras 3.6'
      throw new FileError('unsupported', `[${model.name}] ${rule}, got ${name} twice`)
    }
    if (name !== undefined) places[name] = path
    const list = Array.isArray(config['layers']) ? (config['layers'] as unknown[]).filter(isRecord) : []
    const counts = new Map<string, number>()
    const inner = list.map((layer) => {
      const base = snakeCase(String(layer['class_name']))
      const count = counts.get(base) ?? 0
      const held = walk(layer, `${path}/${container}/${base}${count ? `_${count}` : ''}`)
      counts.set(base, count + (held ? step : 1))
      return held
    })
    return name !== undefined || inner.includes(true)
  }
  if (isRecord(config)) walk(config, '')
  return places
}

/** The config, and what to read the weights from. @throws FileError `not-keras` where there is no config */
async function open(
  input: WeightsInput,
  signal: AbortSignal | undefined,
): Promise<{ found: ModelConfig; weights: WeightsInput; own?: ByteSource }> {
  const { file, others, sibling } = await openGiven(input, 'loadModel', signal)
  const own = await readModelConfig(file, signal)
  if (own) return { found: own, weights: [file, ...others], own: file }
  const loose = await readLooseConfig(others, signal)
  if (loose) return { found: loose.found, weights: [file, ...others.filter((s) => !loose.files.includes(s))], own: file }
  await openKerasWeights(file, { ...(signal && { signal }), ...(sibling && { sibling }) }) // which says what it is, if it is none
  const hint = 'a model file must hold its config (weights only: build the network and call loadWeights)'
  throw new FileError('not-keras', `[${file.name}] ${hint}, got none`)
}

/**
 * Builds a model from its own config and gives it the file's weights: `.keras` archives, the files of an unpacked one together (as model hubs
 * have them: `config.json`, `metadata.json`, `model.weights.h5`), `.h5` files of whole models from Keras 1, 2 or 3, and layers models of
 * TensorFlow.js (`model.json`).
 * Values are streamed when the model is compiled.
 * @typeParam Y what outputs the model has, if not one: `SymbolicTensor[]` for several
 * @throws FileError `unsupported` naming the layer that cannot be; `not-keras` for files without a config; WeightsError; ArgumentError,
 * ShapeError for layers that do not fit; the signal's reason
 */
export async function loadModel<Y extends Structure<SymbolicTensor> = SymbolicTensor>(
  file: WeightsInput,
  options: LoadModelOptions = {},
): Promise<Model<Y>> {
  const { replaceLayers, inputShape, onProgress, onReport, signal, skipMismatch } = options
  const { found, weights, own } = await open(file, signal)
  const model = modelFromConfig<Y>(found.config, dialect(found.version), {
    ...(replaceLayers && { replaceLayers }),
    ...(inputShape && { inputShape }),
  })
  const rule = placeRule(found)
  const report = await model.loadWeights(weights, {
    ...(rule && { rename: placesOf(found.config, model, rule) }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
    ...(skipMismatch && { skipMismatch }),
  })
  model.savedOptimizer = own && savedOptimizerIn(own, found)
  onReport?.(report)
  return model
}
