/**
 * Layers models of TensorFlow.js: a `model.json` that has a Keras config, and tells which values of which weight follow each other in the files
 * beside it. Written by tensorflowjs_converter out of Keras files, by tfjs itself, and by Teachable Machine. Quantized values become
 * what TensorFlow.js makes of them (tfjs-core, io_utils.ts, `decodeWeights`).
 */
import { areNames } from '../../about.ts'
import { FileError } from '../../errors.ts'
import { isRecord } from '../../described.ts'
import { sizeOf, type Shape } from '../../shape.ts'
import { joinedSource, type ByteSource } from '../bytes/bytes.ts'
import { toFloat32, type Datatype } from '../hdf5/types.ts'
import { layersByOwner, parseName } from './owners.ts'
import type { FileTensor, KerasWeightsFile } from './weights_file.ts'

/** Bytes of the JSON. */
const JSON_LIMIT = 64 * 1024 * 1024

const INTEGER = { kind: 'int', little: true, signed: false } as const
const FLOAT = { kind: 'float', little: true, brain: false } as const

/** Types of stored values, by TensorFlow.js's names. */
const TYPES: Readonly<Record<string, Datatype>> = {
  float32: { ...FLOAT, size: 4 },
  float16: { ...FLOAT, size: 2 },
  int32: { ...INTEGER, size: 4, signed: true },
  uint16: { ...INTEGER, size: 2 },
  uint8: { ...INTEGER, size: 1 },
  bool: { ...INTEGER, size: 1 },
}

/** What a quantized value `q` stands for: `q * scale + min`. */
interface Scale {
  readonly scale: number
  readonly min: number
}

/** A weight, as the JSON describes it. */
interface Described {
  readonly name: string
  readonly shape: Shape
  readonly type: Datatype
  readonly scale?: Scale
}

interface Manifest {
  /** `model_config` and its Keras, or a config that TensorFlow.js wrote itself. */
  readonly topology: Readonly<Record<string, unknown>>
  /** For people. */
  readonly writer: string
  /** Files whose values follow each other, and whose. */
  readonly groups: readonly { readonly paths: readonly string[]; readonly weights: readonly Described[] }[]
}

const refuse = (source: ByteSource, rule: string, got: string): FileError =>
  new FileError('corrupt', `[${source.name}] ${rule}, got ${got}`)

async function parsed(source: ByteSource, signal: AbortSignal | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (source.size > JSON_LIMIT) throw refuse(source, `a model.json must have at most ${JSON_LIMIT} bytes`, String(source.size))
  const bytes = await source.read(0, source.size, signal)
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
  } catch (cause) {
    throw new FileError('corrupt', `[${source.name}] a model.json must be whole JSON, got ${String(cause)}`, {}, { cause })
  }
}

/** @throws FileError `corrupt`; `unsupported` for a graph model */
async function readManifest(source: ByteSource, signal: AbortSignal | undefined): Promise<Manifest> {
  const { modelTopology: topology, weightsManifest: groups, format, generatedBy } = await parsed(source, signal)
  if (format === 'graph-model' || (isRecord(topology) && 'node' in topology)) {
    const next =
      'export the Keras model again, tensorflowjs_converter --input_format=keras --output_format=tfjs_layers_model, or load its Keras file'
    throw new FileError('unsupported', `[${source.name}] a TensorFlow.js model must keep its layers (${next}), got a graph model`)
  }
  if (!isRecord(topology)) throw refuse(source, 'modelTopology must be an object', String(JSON.stringify(topology)).slice(0, 100))
  if (!Array.isArray(groups)) throw refuse(source, 'weightsManifest must be a list', String(JSON.stringify(groups)).slice(0, 100))
  const keras = typeof topology['keras_version'] === 'string' ? topology['keras_version'] : undefined
  const writer = typeof generatedBy === 'string' ? generatedBy : (keras?.replace(/^(?=\d)/, 'Keras ') ?? 'no version in the file')
  return { topology, writer, groups: groups.map((group: unknown) => readGroup(source, group)) }
}

function readGroup(source: ByteSource, group: unknown): Manifest['groups'][number] {
  const { paths, weights } = isRecord(group) ? group : {}
  if (!Array.isArray(paths) || !Array.isArray(weights)) throw refuse(source, 'weightsManifest must list paths and weights', 'neither')
  const names = paths.map((path: unknown) => {
    const name = typeof path === 'string' ? path.replace(/^(\.\/)+/, '') : ''
    if (/^[^/\\:?#]+$/.test(name) && name !== '..') return name
    throw refuse(source, 'files with weights must lie beside the model.json', String(JSON.stringify(path)).slice(0, 100))
  })
  return { paths: names, weights: weights.map((weight: unknown) => readWeight(source, weight)) }
}

function readWeight(source: ByteSource, weight: unknown): Described {
  const { name, shape, dtype, quantization } = isRecord(weight) ? weight : {}
  if (typeof name !== 'string') throw refuse(source, 'a weight must have a name', String(JSON.stringify(weight)).slice(0, 100))
  const whole = (d: unknown) => Number.isSafeInteger(d) && (d as number) >= 0
  if (!Array.isArray(shape) || !shape.every(whole) || !Number.isSafeInteger(sizeOf(shape as Shape)))
    throw refuse(source, `the shape of ${name} must be a list of sizes`, String(JSON.stringify(shape)).slice(0, 100))
  const { dtype: stored = dtype, scale, min } = isRecord(quantization) ? quantization : {}
  const type = typeof stored === 'string' && Object.hasOwn(TYPES, stored) ? TYPES[stored]! : undefined
  if (!type) {
    const rule = `${name} must hold ${Object.keys(TYPES).join(', ')}`
    throw new FileError('unsupported', `[${source.name}] ${rule}, got ${String(JSON.stringify(stored))}`, { path: name })
  }
  const described = { name, shape: shape as Shape, type }
  if (!isRecord(quantization) || stored === 'float16') return described
  if (typeof scale === 'number' && typeof min === 'number') return { ...described, scale: { scale, min } }
  throw refuse(source, `quantization of ${name} must have a scale and a min`, JSON.stringify(quantization).slice(0, 100))
}

/** The config of such a model, and the version of its Keras (`tfjs-layers 4.22.0` is TensorFlow.js's own). @throws as openTfjs */
export async function tfjsConfig(
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<{ config: unknown; version: string | undefined }> {
  const { topology } = await readManifest(source, signal)
  const version = topology['keras_version']
  return { config: topology['model_config'] ?? topology, version: typeof version === 'string' ? version : undefined }
}

/** Bytes of a metadata.json, at most. */
const METADATA_LIMIT = 1024 * 1024

/**
 * What Teachable Machine says beside a model, as Keras files of ours keep it (about.ts): what the classes are called, and that pictures go in as -1 to 1
 * (it divides by 127, `tf` by 127.5), cut to a square around their middle. It scales as the browser's canvas does, which is another resizing in each
 * browser; here it is Pillow's. Undefined where there is no such file.
 */
export async function teachableAbout(
  beside: ((name: string) => Promise<ByteSource>) | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  try {
    const source = await beside?.('metadata.json')
    if (!source || source.size > METADATA_LIMIT) return undefined
    const content: unknown = JSON.parse(new TextDecoder().decode(await source.read(0, source.size, signal)))
    if (!isRecord(content) || !areNames(content['labels'])) return undefined
    return {
      class_names: content['labels'],
      ...('imageSize' in content && { pictures: { preprocess: 'tf', interpolation: 'bilinear', aspect_ratio: 'crop' } }),
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof FileError || error instanceof SyntaxError) return undefined // none is there, or another file of that name
    throw error
  }
}

/** Values of one weight, in files that follow each other. */
function storedTensor(bytes: ByteSource, begin: number, { name, shape, type, scale: by }: Described): FileTensor {
  return {
    path: name,
    shape,
    type,
    async read(from, to, signal) {
      const values = toFloat32(type, await bytes.read(begin + from * type.size, (to - from) * type.size, signal), name)
      return by ? values.map((q) => q * by.scale + by.min) : values
    },
  }
}

/**
 * Opens the files that a `model.json` names and lists the weights in them.
 * @param sibling opens a file beside it
 * @throws FileError `corrupt`; `truncated` where values are missing; `not-found` for files that are not there; `unsupported` for a graph model;
 * the signal's reason
 */
export async function openTfjs(
  source: ByteSource,
  sibling: ((name: string) => Promise<ByteSource>) | undefined,
  signal: AbortSignal | undefined,
): Promise<KerasWeightsFile> {
  const { writer, groups } = await readManifest(source, signal)
  const paths = groups.flatMap((g) => g.paths)
  if (!sibling && paths.length) {
    const rule = `the files with its weights must be given with the model.json, got none of ${paths.slice(0, 8).join(', ')}`
    throw new FileError('not-found', `[${source.name}] ${rule}`, { path: paths[0]! })
  }
  const tensors: FileTensor[] = []
  for (const { paths, weights } of groups) {
    const bytes = joinedSource(await Promise.all(paths.map((path) => sibling!(path))), paths.join(', '))
    let at = 0
    for (const weight of weights) {
      const end = at + sizeOf(weight.shape) * weight.type.size
      if (end > bytes.size) {
        const rule = `${bytes.name} must have ${end} bytes to hold ${weight.name}, got ${bytes.size}`
        throw new FileError('truncated', `[${source.name}] ${rule}`, { path: weight.name, offset: at })
      }
      tensors.push(storedTensor(bytes, at, weight))
      at = end
    }
  }
  const quantized = [...new Set(groups.flatMap((g) => g.weights).map((w) => w.type).filter((t) => t.size < 4))] // prettier-ignore
  const types = quantized.map((t) => `${t.kind === 'float' ? 'float' : 'uint'}${8 * t.size}`).join(', ')
  const named = tensors.map((tensor) => [...parseName(tensor.path, ''), tensor] as const)
  return {
    variant: `TensorFlow.js layers model, ${writer}${types && `, quantized to ${types}`}`,
    fileName: source.name,
    era: 2,
    named: true,
    layers: layersByOwner(named.map(([owner, name, source]) => [owner, { name, source }])),
  }
}
