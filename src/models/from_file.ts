/** What `loadModel` does: a model from a Keras file, by the config in it, with its weights. A page loads it, and all layers that files have, when it first loads a model. */
import { checkClassNames, classCount, readAbout } from '../about.ts'
import { isRecord } from '../described.ts'
import { FileError } from '../errors.ts'
import { lazy } from '../lazy.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import { openGiven, type Given, type WeightsInput } from '../loaders/keras/given.ts'
import { openKerasWeights } from '../loaders/keras/keras.ts'
import { READING_OPTIONS, takeWeights, type LoadWeightsOptions } from '../loaders/keras/load_weights.ts'
import { readLooseConfig, readModelConfig, type ModelConfig } from '../loaders/keras/model_config.ts'
import type { LoadReport } from '../loaders/keras/match.ts'
import { savedOptimizerIn } from '../loaders/keras/saved_optimizer.ts'
import type { ByteSource } from '../loaders/bytes/bytes.ts'
import type { KerasWeightsFile } from '../loaders/keras/weights_file.ts'
import { orderingIn } from '../loaders/keras/orders.ts'
import { checkOptions } from '../options.ts'
import type { Structure } from '../structure.ts'
import { learn } from '../training/about_network.ts'
import type { AnyModel, Model } from '../training/model.ts'
import { writerOf } from './dialect.ts'
import { loadLayersOf, modelFromConfig, type FromConfigOptions } from './from_config.ts'
import { placesOf } from './places.ts'

/** Options of {@link loadModel}. */
export interface LoadModelOptions extends FromConfigOptions, Pick<LoadWeightsOptions, Passed | 'signal' | 'fetch' | 'headers'> {
  /** What was loaded, and what of the file was not used. */
  onReport?: (report: LoadReport) => void
}

/** What is asked of the weights, as in `loadWeights`. */
const PASSED = ['kerasVersion', 'kernels', 'dimOrdering', 'kerasOneBatchNorm', 'onProgress', 'skipMismatch'] as const

type Passed = (typeof PASSED)[number]

const OPTIONS = { ...READING_OPTIONS, customObjects: 'record', replaceLayers: 'record', inputShape: 'any', onReport: 'function' } as const

/** A config, and the weights that go with it. */
interface Opened {
  readonly found: ModelConfig
  readonly weights: KerasWeightsFile
  /** The file that the weights are in. */
  readonly file: ByteSource
  /** Names of files that were given with it, and are no part of it. */
  readonly unusedFiles: readonly string[]
}

/** Whether a config has a Lambda layer, whose function is Python's. */
function hasLambda(config: unknown): boolean {
  if (Array.isArray(config)) return config.some(hasLambda)
  return isRecord(config) && (config['class_name'] === 'Lambda' || Object.values(config).some(hasLambda))
}

/** The config of what was given, and the files that it is in. */
async function configOf(
  { file, others }: Given,
  signal: AbortSignal | undefined,
): Promise<{ found: ModelConfig; files: readonly ByteSource[] } | undefined> {
  const own = await readModelConfig(file, signal)
  return own ? { found: own, files: [] } : readLooseConfig(others, signal)
}

/** With the order of axes that a config beside the file says. */
function withOrdering(file: KerasWeightsFile, { config }: ModelConfig): KerasWeightsFile {
  const open = file.dimOrdering === undefined && (file.era < 2 || file.kernels === 'theano')
  const ordering = open ? orderingIn(JSON.stringify(config)) : undefined
  return ordering ? { ...file, dimOrdering: ordering } : file
}

/** @throws FileError `not-keras` where there is no config */
async function open(input: WeightsInput, options: LoadModelOptions): Promise<Opened> {
  const { kerasVersion, signal } = options
  const given = await openGiven(input, 'loadModel', options)
  const { file, sibling, unused } = given
  const config = await configOf(given, signal)
  const weights = await openKerasWeights(file, {
    ...(signal && { signal }),
    ...(sibling && { sibling }),
    ...(kerasVersion !== undefined && { kerasVersion }),
  })
  if (!config) {
    const next = `give the config with it, ['model.json', '${file.name}'], or build the network and call loadWeights; thaw inspect says which network fits`
    throw new FileError('not-keras', `[${file.name}] a model file must hold its config (weights only: ${next}), got none`)
  }
  const rest = unused().filter((s) => !config.files.includes(s))
  return { found: config.found, weights, file, unusedFiles: rest.map((s) => s.name) }
}

/**
 * Gives a model what its file says of classes and pictures; where layers were replaced, as far as it fits. Another file says it of this model only where
 * it names as many classes.
 * @throws FileError `corrupt` for names of other classes than the model has
 */
function describe(model: AnyModel, file: string, { about, aboutBeside }: ModelConfig, replaced: boolean): void {
  const said = readAbout(file, about)
  if (aboutBeside && !replaced && said.classNames?.length !== classCount(model.outputs)) return
  learn(model, said)
  if (replaced || !said.classNames) return
  try {
    checkClassNames(file, said.classNames, model.outputs)
  } catch (cause) {
    throw new FileError('corrupt', (cause as Error).message, {}, { cause })
  }
}

/** See `loadModel`. */
export async function modelFromFile<Y extends Structure<SymbolicTensor> = SymbolicTensor>(
  file: WeightsInput,
  options: LoadModelOptions = {},
): Promise<Model<Y>> {
  checkOptions<Required<LoadModelOptions>>('loadModel', options as Required<LoadModelOptions>, OPTIONS)
  const { customObjects, replaceLayers, inputShape, kerasVersion, onReport } = options
  const asked = Object.fromEntries(PASSED.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])))
  const { found, weights, file: source, unusedFiles } = await open(file, options)
  const { keras, version } = writerOf(found.config, [kerasVersion, found.version, weights.version], source.name)
  const theano = (options.kernels ?? weights.kernels) === 'theano'
  const building = {
    ...(customObjects && { customObjects }),
    ...(replaceLayers && { replaceLayers }),
    ...(inputShape !== undefined && { inputShape }),
  }
  const lambdas = hasLambda(found.config) ? await lazy(import('../loaders/python/lambda.ts')) : undefined
  await loadLayersOf(found.config)
  const model = modelFromConfig<Y>(found.config, keras, building, { version, theano }, lambdas)
  const places = weights.named ? undefined : placesOf(found.config, model, weights)
  const report = takeWeights(model, withOrdering(weights, found), asked, { ownOrder: true, ...(places && { places }) })
  model.savedOptimizer = savedOptimizerIn(source, found)
  describe(model as AnyModel, source.name, found, replaceLayers !== undefined)
  onReport?.({ ...report, unusedFiles })
  return model
}
