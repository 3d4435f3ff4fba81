/** Which Keras wrote a config: what an option says, else the file, else the config itself by its form. Never a guess. */
import { isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { KerasVersion } from '../layers/config.ts'

/** What writes a config in a form that others do not have. `today`: Keras 2 and 3 alike. */
interface Signs {
  keras1: boolean
  keras2: boolean
  keras3: boolean
  today: boolean
  /** Keras 1 and 2 alike. */
  older: boolean
}

const KERAS_1_KEYS = ['nb_filter', 'border_mode', 'dim_ordering', 'subsample', 'init', 'W_regularizer', 'input_dtype', 'p']
const KEYS_SINCE_2 = [
  'filters',
  'units',
  'kernel_size',
  'kernel_initializer',
  'gamma_initializer',
  'data_format',
  'use_bias',
  'rate',
  'dtype',
]

/** Configs of layers that are looked at; far more than any model has. */
const ENTRY_LIMIT = 100_000

/** The layers of a config and of the models in it. */
function entriesIn(config: unknown): Readonly<Record<string, unknown>>[] {
  const open = [config]
  for (const entry of open) {
    const inner = isRecord(entry) ? (isRecord(entry['config']) ? entry['config']['layers'] : entry['config']) : undefined
    if (Array.isArray(inner) && open.length < ENTRY_LIMIT) open.push(...(inner as unknown[]))
  }
  return open.filter(isRecord)
}

/** Ways to say what a layer is applied to: `[["conv1",0,0]]` in Keras 1, `[["conv1",0,0,{}]]` in Keras 2, `[{"args":...}]` in Keras 3. */
function nodeSigns(nodes: unknown, signs: Signs): void {
  const [first] = Array.isArray(nodes) ? (nodes as unknown[]) : []
  if (isRecord(first) && 'args' in first) signs.keras3 = true
  const [triple] = Array.isArray(first) ? (first as unknown[]) : []
  if (!Array.isArray(triple) || typeof triple[0] !== 'string') return
  if (triple.length === 3) signs.keras1 = true
  if (triple.length === 4) signs.keras2 = true
}

function signsOf(config: unknown): Signs {
  const signs: Signs = { keras1: false, keras2: false, keras3: false, today: false, older: false }
  for (const entry of entriesIn(config)) {
    nodeSigns(entry['inbound_nodes'], signs)
    const own = isRecord(entry['config']) ? entry['config'] : {}
    const has = (key: string) => Object.hasOwn(own, key)
    signs.keras1 ||= KERAS_1_KEYS.some(has) || /^(Convolution[12]D|Deconvolution2D|Merge)$/.test(String(entry['class_name']))
    signs.today ||= KEYS_SINCE_2.some(has)
    signs.older ||= has('batch_input_shape')
    signs.keras3 ||= has('batch_shape') || (isRecord(own['dtype']) && own['dtype']['class_name'] === 'DTypePolicy')
  }
  return signs
}

/** The one dialect that a config can be in; undefined where its form fits several, or none. */
export function dialectByForm(config: unknown): KerasVersion | undefined {
  const { keras1, keras2, keras3, today, older } = signsOf(config)
  const fits: KerasVersion[] = []
  if (keras1 && !keras2 && !keras3 && !today) fits.push(1)
  if ((keras2 || (older && today)) && !keras1 && !keras3) fits.push(2)
  if (keras3 && !keras1 && !keras2 && !older) fits.push(3)
  return fits[0]
}

/** The dialect of a version. TensorFlow.js writes what Keras 2 does. */
function dialectOf(version: string): KerasVersion {
  if (version.startsWith('tfjs-layers')) return 2
  const major = Number.parseInt(version, 10)
  return major >= 3 ? 3 : major === 2 ? 2 : 1
}

/**
 * @param versions what says the version, the surest first
 * @param where whose config it is, for messages
 * @throws ArgumentError naming the option where nothing tells
 */
export function writerOf(
  config: unknown,
  versions: readonly (string | undefined)[],
  where: string,
): { keras: KerasVersion; version: string | undefined } {
  const [said, own, beside] = versions
  const version = said ?? own
  if (version !== undefined) return { keras: dialectOf(version), version }
  const form = dialectByForm(config)
  // What the weights beside it say holds for the config unless its form is another one.
  const near = beside !== undefined && (form === undefined || form === dialectOf(beside)) ? beside : undefined
  const keras = form ?? (near === undefined ? undefined : dialectOf(near))
  if (keras !== undefined) return { keras, version: near }
  const rule = "the option kerasVersion must say which Keras wrote the config, such as '2.2.4' or '3.0', since the config does not"
  throw new ArgumentError(where, `${rule}, got none`)
}
