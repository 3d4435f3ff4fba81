/** `thaw inspect`: what a Keras file holds. Reads names, shapes and types, no values. */
import type { PictureSpec } from '../about.ts'
import { ThawError } from '../errors.ts'
import { dtypeName } from '../loaders/hdf5/types.ts'
import { readModelConfig, type ModelConfig } from '../loaders/keras/model_config.ts'
import { originOf } from '../loaders/keras/origin.ts'
import { missingClasses, type MissingClass } from '../models/entries.ts'
import { loadModel } from '../models/load_model.ts'
import { isOperationKnown } from '../models/operation_refs.ts'
import { sizeOf, type Shape } from '../shape.ts'
import type { SymbolicShape } from '../layers/layer.ts'
import { openFile, type OpenedFile } from './input.ts'
import { fittingNetworks, parametersIn, type Fit } from '../models/networks.ts'
import type { InspectOptions } from './options.ts'
import { replacements } from './replace.ts'

export interface InspectedWeight {
  readonly name: string
  readonly shape: Shape
  /** As NumPy names it, such as `float32`; what it is where it is no number. */
  readonly dtype: string
  /** In the HDF5 file. */
  readonly path: string
}

/** A model that can be built from the file's own config, or why not. */
export type InspectedConfig =
  | {
      readonly className: string
      readonly name: string
      /** By name where there are several. */
      readonly inputShape: SymbolicShape | Readonly<Record<string, SymbolicShape>>
      readonly layers: number
      readonly trainable: number
      readonly nonTrainable: number
      /** What the file calls the classes; null where it does not say. */
      readonly classNames: readonly string[] | null
      /** Which pictures the model takes; null for another model. */
      readonly pictures: PictureSpec | null
    }
  | {
      readonly className: string
      readonly error: string
      /** Classes that `customObjects` would have to say. */
      readonly missing: readonly MissingClass[]
    }

/** What `--json` writes. */
export interface Inspection {
  readonly file: string
  /** With its shards. */
  readonly bytes: number
  readonly variant: string
  readonly kerasVersion: string | null
  readonly config: InspectedConfig | null
  readonly layers: readonly { readonly name: string; readonly weights: readonly InspectedWeight[] }[]
  readonly parameters: {
    /** Values in all weights. */
    readonly total: number
    readonly weights: number
    /** Layers that have weights. */
    readonly layers: number
    /** Of the values, in the types that the file has them in. */
    readonly bytes: number
  }
  /** Networks that the command line knows. */
  readonly fits: readonly Fit[]
}

/** What the command line says of the file. */
type Asked = Pick<InspectOptions, 'replace' | 'said'>

/** None where the config is broken, which the error says. */
function missingIn({ config }: ModelConfig): readonly MissingClass[] {
  try {
    return missingClasses(config, isOperationKnown)
  } catch (error) {
    if (error instanceof ThawError) return []
    throw error
  }
}

async function inspectConfig(
  file: OpenedFile,
  config: ModelConfig,
  { replace, said }: Asked,
  signal: AbortSignal,
): Promise<InspectedConfig> {
  const given = (config.config as { class_name?: unknown } | null)?.class_name
  const className = typeof given === 'string' ? given : 'a model of no class'
  const replaceLayers = replacements(replace)
  try {
    const model = await loadModel(file.sources, { ...said, signal, replaceLayers })
    const { trainable, nonTrainable } = model.paramCounts()
    const shapes = model.inputs.map(({ shape }, i) => [model.inputNames[i]!, shape] as const)
    const inputShape = shapes.length === 1 ? shapes[0]![1] : Object.fromEntries(shapes)
    const { name, classNames = null, pictures = null, layers } = model
    return { className, name, inputShape, layers: layers.length, trainable, nonTrainable, classNames, pictures }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ThawError)) throw error
    return { className, error: error.message, missing: missingIn(config) }
  }
}

/**
 * Looks into a Keras file.
 * @param name a path or a URL; the shards of a `.weights.json` must lie beside it
 * @param asked layers in place of the file's, and what the file does not say itself
 * @throws FileError for what is no Keras file or a broken one; UsageError for rules that are none; the signal's reason
 */
export async function inspect(name: string, asked: Asked, signal: AbortSignal): Promise<Inspection> {
  await using file = await openFile(name, signal, asked.said)
  const { keras, source, sources } = file
  const config = await readModelConfig(file.source, signal)
  const weights = keras.layers.flatMap((l) => l.weights)
  return {
    file: source.name,
    bytes: sources.reduce((n, s) => n + s.size, 0),
    variant: keras.variant,
    kerasVersion: (await originOf(source, config, signal)).version ?? null,
    config: config ? await inspectConfig(file, config, asked, signal) : null,
    layers: keras.layers.map((l) => ({
      name: l.name,
      weights: l.weights.map((w) => ({ name: w.name, shape: w.source.shape, dtype: dtypeName(w.source.type), path: w.source.path })),
    })),
    parameters: {
      total: parametersIn(keras),
      weights: weights.length,
      layers: keras.layers.filter((l) => l.weights.length).length,
      bytes: weights.reduce((n, w) => n + sizeOf(w.source.shape) * w.source.type.size, 0),
    },
    fits: await fittingNetworks(keras, sources, asked.said, signal),
  }
}
