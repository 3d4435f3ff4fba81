/** `loadModel`: a model from a Keras file, by the config in it, with its weights. */
import { FileError } from '../errors.ts'
import type { KerasVersion } from '../layers/config.ts'
import { openSource, type LoadWeightsOptions, type WeightsFileInput } from '../layers/load_weights.ts'
import { readModelConfig } from '../loaders/model_config.ts'
import type { LoadReport } from '../loaders/match.ts'
import type { Model } from '../training/model.ts'
import { modelFromConfig, type FromConfigOptions } from './from_config.ts'

export interface LoadModelOptions extends FromConfigOptions, Pick<LoadWeightsOptions, 'onProgress' | 'signal' | 'skipMismatch'> {
  /** What was loaded, and what of the file was not used. */
  onReport?: (report: LoadReport) => void
}

/** The dialect of a version; files that do not say are from before Keras 2. */
function dialect(version: string | undefined): KerasVersion {
  const major = Number.parseInt(version ?? '1', 10)
  return major >= 3 ? 3 : major === 2 ? 2 : 1
}

/**
 * Builds a model from its own config and gives it the file's weights: `.keras` archives, and `.h5` files of whole models from Keras 1, 2 or 3.
 * Values are streamed when the model is compiled.
 * @throws FileError `unsupported` naming the layer that cannot be; `not-keras` for files without a config; WeightsError; ArgumentError,
 * ShapeError for layers that do not fit; the signal's reason
 */
export async function loadModel(file: WeightsFileInput, options: LoadModelOptions = {}): Promise<Model> {
  const { replaceLayers, inputShape, onReport, onProgress, signal, skipMismatch } = options
  const source = await openSource(file, { ...(onProgress && { onProgress }), ...(signal && { signal }) })
  const found = await readModelConfig(source, signal)
  if (!found) {
    const rule = 'a model file must hold its config (weights only: build the network and call loadWeights)'
    throw new FileError('not-keras', `[${source.name}] ${rule}, got none`)
  }
  const model = modelFromConfig(found.config, dialect(found.version), {
    ...(replaceLayers && { replaceLayers }),
    ...(inputShape && { inputShape }),
  })
  const report = await model.loadWeights(source, { ...(signal && { signal }), ...(skipMismatch && { skipMismatch }) })
  onReport?.(report)
  return model
}
