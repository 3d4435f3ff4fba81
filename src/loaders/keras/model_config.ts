/** Finds the config of a whole model: `model_config` in an HDF5 file, `config.json` in a `.keras` archive. */
import { isRecord } from '../../described.ts'
import { ArgumentError, FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { besideFound } from './beside.ts'
import { openHdf5 } from '../hdf5/group.ts'
import { isJson, isTfjs } from './json_files.ts'
import { isZip } from '../bytes/is_zip.ts'
import { parsePython } from './python_json.ts'
import { unwrapped } from './unwrapped.ts'

export interface ModelConfig {
  /** As parsed from JSON: `{ class_name, config }`. */
  readonly config: unknown
  /** Version of Keras that wrote it, such as `3.15.1`; undefined where the file does not say. */
  readonly version: string | undefined
  /** When, as an archive says it: `2026-05-01@12:00:00`. */
  readonly saved?: string
  /** `training_config` of an HDF5 file, parsed. */
  readonly training?: unknown
  /** What the file says of classes and pictures, parsed; see about.ts. */
  readonly about?: unknown
  /** Whether that is from a file beside it, which may be of another model. */
  readonly aboutBeside?: boolean
}

/** Largest config that is read. */
const CONFIG_LIMIT = 64 * 1024 * 1024

/** Lists and objects in each other. Models in models take three each; whoever reads a config may walk it by recursion. */
const NESTING_LIMIT = 512

function nestsDeeper(value: unknown, limit: number): boolean {
  let level = [value]
  for (let depth = 0; level.length; depth++) {
    if (depth > limit) return true
    level = level.flatMap((v): unknown[] => (typeof v === 'object' && v !== null ? Object.values(v) : []))
  }
  return false
}

/** What a text says; one that is itself JSON in a string, as `json.dump(model.to_json(), f)` writes it, is opened. */
function parse(name: string, text: string): unknown {
  let content: unknown = text
  try {
    do content = parsePython(content as string)
    while (typeof content === 'string')
  } catch (cause) {
    throw new FileError('corrupt', `[${name}] the config must be JSON, got ${String(cause)}`, {}, { cause })
  }
  return shallow(name, content)
}

function shallow<T>(name: string, content: T): T {
  if (!nestsDeeper(content, NESTING_LIMIT)) return content
  throw new FileError('corrupt', `[${name}] the config must be nested at most ${NESTING_LIMIT} deep, got more`)
}

async function fromArchive(source: ByteSource, signal: AbortSignal | undefined): Promise<ModelConfig | undefined> {
  const { textIn } = await lazy(import('./archive.ts'))
  const config = await textIn(source, 'config.json', CONFIG_LIMIT, signal)
  if (config === undefined) return undefined
  const about = await textIn(source, 'metadata.json', CONFIG_LIMIT, signal)
  return { config: parse(source.name, config), ...aboutIn(about === undefined ? undefined : parse(source.name, about)) }
}

/** What the content of a `metadata.json` says. */
function aboutIn(content: unknown): Pick<ModelConfig, 'version' | 'saved' | 'about'> {
  const { date_saved: saved, thaw: about } = isRecord(content) ? content : {}
  return { version: versionIn(content), about, ...(typeof saved === 'string' && { saved }) }
}

/** The version in the content of a `metadata.json`. */
function versionIn(about: unknown): string | undefined {
  const version = (about as { keras_version?: unknown } | null | undefined)?.keras_version
  return typeof version === 'string' ? version : undefined
}

/**
 * The config of a model in the content of a JSON file: what `to_json` gives, or `get_config` alone, of a Functional model or a Sequential, which
 * Keras 1 and 2 wrote as a list. Undefined for anything else.
 */
function modelIn(content: unknown): unknown {
  const isLayer = (entry: unknown) => isRecord(entry) && typeof entry['class_name'] === 'string'
  if (Array.isArray(content)) return content.length && content.every(isLayer) ? { class_name: 'Sequential', config: content } : undefined
  if (!isRecord(content)) return undefined
  if (isLayer(content)) return content
  const { layers } = content
  if (!Array.isArray(layers) || !layers.every(isLayer)) return undefined
  return { class_name: 'input_layers' in content ? 'Functional' : 'Sequential', config: content }
}

/** True for a file that may be JSON, by its first character. */
async function mayBeJson(source: ByteSource, signal: AbortSignal | undefined): Promise<boolean> {
  const head = await source.read(0, Math.min(16, source.size), signal)
  return /^\s*["[]/.test(new TextDecoder().decode(head)) || isJson(source, signal)
}

/** A file's content. Undefined for one that is no JSON and does not look like an object of it. */
async function contentOf(source: ByteSource, signal: AbortSignal | undefined): Promise<unknown> {
  const text = new TextDecoder().decode(await source.read(0, source.size, signal))
  try {
    return parse(source.name, text)
  } catch (error) {
    if (text.trimStart().startsWith('{')) throw error
    return undefined
  }
}

/**
 * The config among files that were given with a file of weights, told by their content: `config.json` and `metadata.json` of an archive that
 * was unpacked, or what `to_json` or `get_config` gave, also as JSON in JSON. Undefined where there is none.
 * @returns it, and the files that it was in
 * @throws ArgumentError where there are several; and as readModelConfig
 */
export async function readLooseConfig(
  sources: readonly ByteSource[],
  signal?: AbortSignal,
): Promise<{ found: ModelConfig; files: readonly ByteSource[] } | undefined> {
  const configs: { source: ByteSource; config: unknown }[] = []
  let about: ReturnType<typeof aboutIn> = { version: undefined }
  const files: ByteSource[] = []
  for (const source of sources) {
    if (source.size > CONFIG_LIMIT || !(await mayBeJson(source, signal))) continue
    const content = await contentOf(source, signal)
    const config = modelIn(content)
    if (config !== undefined) configs.push({ source, config })
    if (about.version === undefined) about = aboutIn(content)
    if (config !== undefined || versionIn(content) !== undefined) files.push(source)
  }
  const [only, second] = configs
  if (second)
    throw new ArgumentError('loadModel', `one config must be given, got ${configs.map(({ source }) => source.name).join(' and ')}`)
  return only && { found: { config: only.config, ...about }, files }
}

/**
 * The config of a model in a file, or undefined for one that holds weights only.
 * @throws FileError `corrupt` for a config that is no JSON; whatever is wrong with the file; the signal's reason
 */
export async function readModelConfig(source: ByteSource, signal?: AbortSignal): Promise<ModelConfig | undefined> {
  const file = await unwrapped(source, signal)
  if (await isZip(file, signal)) return fromArchive(file, signal)
  if (await isTfjs(file, signal)) {
    const { tfjsConfig, teachableAbout } = await lazy(import('./rare.ts'))
    const { config, version } = await tfjsConfig(file, signal)
    const own = version?.startsWith('tfjs-layers') ?? false // not converted, as those of Teachable Machine are not
    const about = own ? { about: await teachableAbout(besideFound(file), signal), aboutBeside: true } : {}
    return { config: shallow(file.name, config), version, ...about }
  }
  if (await isJson(file, signal)) return undefined // a list of shards
  const root = await openHdf5(file, signal ? { signal } : {})
  const [text] = (await root.attributes.strings('model_config')) ?? []
  if (text === undefined) return undefined
  const [version] = (await root.attributes.strings('keras_version')) ?? []
  const [training] = (await root.attributes.strings('training_config')) ?? []
  const [about] = (await root.attributes.strings('thaw')) ?? []
  return {
    config: parse(file.name, text),
    version,
    ...(training !== undefined && { training: parse(file.name, training) }),
    ...(about !== undefined && { about: parse(file.name, about) }),
  }
}
