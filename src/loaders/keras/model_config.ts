/** Finds the config of a whole model: `model_config` in an HDF5 file, `config.json` in a `.keras` archive. */
import { FileError } from '../../errors.ts'
import type { ByteSource } from '../bytes/bytes.ts'
import { unwrapped } from './archive.ts'
import { openHdf5 } from '../hdf5/group.ts'
import { isJson, isTfjs } from './sharded.ts'
import { memberNamed, openMember, zipMembers, isZip, type Member } from '../bytes/zip.ts'

export interface ModelConfig {
  /** As parsed from JSON: `{ class_name, config }`. */
  readonly config: unknown
  /** Version of Keras that wrote it, such as `3.15.1`; undefined where the file does not say. */
  readonly version: string | undefined
  /** True for a `.keras` archive. */
  readonly archive: boolean
  /** `training_config` of an HDF5 file, parsed. */
  readonly training?: unknown
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

function parse(name: string, text: string): unknown {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw new FileError('corrupt', `[${name}] the config must be JSON, got ${String(cause)}`, {}, { cause })
  }
  return shallow(name, content)
}

function shallow<T>(name: string, content: T): T {
  if (!nestsDeeper(content, NESTING_LIMIT)) return content
  throw new FileError('corrupt', `[${name}] the config must be nested at most ${NESTING_LIMIT} deep, got more`)
}

async function readText(source: ByteSource, member: Member, signal: AbortSignal | undefined): Promise<string> {
  const opened = await openMember(source, member, signal)
  if (opened.size > CONFIG_LIMIT)
    throw new FileError('corrupt', `[${opened.name}] a config must be smaller than ${CONFIG_LIMIT} bytes, got ${opened.size}`)
  return new TextDecoder().decode(await opened.read(0, opened.size, signal))
}

async function fromArchive(source: ByteSource, signal: AbortSignal | undefined): Promise<ModelConfig | undefined> {
  const members = await zipMembers(source, signal)
  const [config, metadata] = [memberNamed(members, 'config.json'), memberNamed(members, 'metadata.json')]
  if (!config) return undefined
  const about = metadata && parse(source.name, await readText(source, metadata, signal))
  return { config: parse(source.name, await readText(source, config, signal)), version: versionIn(about), archive: true }
}

/** The version in the content of a `metadata.json`. */
function versionIn(about: unknown): string | undefined {
  const version = (about as { keras_version?: unknown } | null | undefined)?.keras_version
  return typeof version === 'string' ? version : undefined
}

/**
 * The config among the members of an archive that was unpacked: `config.json` beside `metadata.json` and `model.weights.h5`, told by their
 * content. Undefined where there is none.
 * @returns it, and the files that it was in
 * @throws as readModelConfig
 */
export async function readLooseConfig(
  sources: readonly ByteSource[],
  signal?: AbortSignal,
): Promise<{ found: ModelConfig; files: readonly ByteSource[] } | undefined> {
  let config: unknown
  let version: string | undefined
  const files: ByteSource[] = []
  for (const source of sources) {
    if (source.size > CONFIG_LIMIT || !(await isJson(source, signal))) continue
    const content = parse(source.name, new TextDecoder().decode(await source.read(0, source.size, signal))) as Record<string, unknown>
    if ('class_name' in content) config = content
    version ??= versionIn(content)
    if ('class_name' in content || versionIn(content) !== undefined) files.push(source)
  }
  return config === undefined ? undefined : { found: { config, version, archive: true }, files }
}

/**
 * The config of a model in a file, or undefined for one that holds weights only.
 * @throws FileError `corrupt` for a config that is no JSON; whatever is wrong with the file; the signal's reason
 */
export async function readModelConfig(source: ByteSource, signal?: AbortSignal): Promise<ModelConfig | undefined> {
  const file = await unwrapped(source, signal)
  if (await isZip(file, signal)) return fromArchive(file, signal)
  if (await isTfjs(file, signal)) {
    const { config, version } = await (await import('./tfjs.ts')).tfjsConfig(file, signal)
    return { config: shallow(file.name, config), version, archive: false }
  }
  if (await isJson(file, signal)) return undefined // a list of shards
  const root = await openHdf5(file, signal ? { signal } : {})
  const [text] = (await root.attributes.strings('model_config')) ?? []
  if (text === undefined) return undefined
  const [version] = (await root.attributes.strings('keras_version')) ?? []
  const [training] = (await root.attributes.strings('training_config')) ?? []
  return {
    config: parse(file.name, text),
    version,
    archive: false,
    ...(training !== undefined && { training: parse(file.name, training) }),
  }
}
