/** The command line: what can be said, and what it means. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { PREPROCESS_MODES, type PreprocessMode } from '../preprocess_modes.ts'
import type { AdapterChoice } from '../node/adapter.ts'
import { UsageError } from './io.ts'
import { isUrl, type Said } from './input.ts'
import { isKnown, NETWORKS, type KnownName } from '../models/networks.ts'
import { replacementClasses } from './replace.ts'

export interface InspectOptions {
  readonly command: 'inspect'
  /** `diff` compares the file with the one in `other`. */
  readonly what: 'contents' | 'size' | 'diff'
  /** A path or a URL. */
  readonly file: string
  readonly other: string | undefined
  readonly json: boolean
  /** `NAME=CLASS:ARGUMENTS`, layers in place of the file's. */
  readonly replace: readonly string[]
  readonly said: Said
}

export interface PredictOptions {
  readonly command: 'predict'
  /** A path or a URL of a PNG or JPEG picture. */
  readonly image: string
  readonly model: { readonly network: KnownName; readonly weights: string } | { readonly file: string }
  readonly top: number
  readonly json: boolean
  /** A path or a URL; undefined for Keras's own, downloaded once. */
  readonly classIndex: string | undefined
  readonly size: number | undefined
  /** `NAME=CLASS:ARGUMENTS`, layers in place of the file's. */
  readonly replace: readonly string[]
  /** Undefined: as the network was trained; of a model file what it says. */
  readonly preprocess: PreprocessMode | 'none' | undefined
  readonly adapter: AdapterChoice | undefined
  readonly said: Said
}

export interface ConvertOptions {
  readonly command: 'convert'
  /** Paths or URLs: a model's file, or a config and its weights. */
  readonly from: readonly string[]
  /** A path. */
  readonly to: string
  readonly json: boolean
  /** `NAME=CLASS:ARGUMENTS`, layers in place of the file's. */
  readonly replace: readonly string[]
  readonly said: Said
}

export type Command =
  | InspectOptions
  | PredictOptions
  | ConvertOptions
  | { readonly command: 'help'; readonly about: HelpTopic }
  | { readonly command: 'version' }

export type HelpTopic = 'thaw' | 'inspect' | 'predict' | 'convert'

const KNOWN = Object.keys(NETWORKS)
const MODES = ['none', ...Object.keys(PREPROCESS_MODES)] as (PreprocessMode | 'none')[]
const ADAPTERS: readonly AdapterChoice[] = ['auto', 'hardware', 'lavapipe', 'swiftshader']

export const HELP: Readonly<Record<HelpTopic, string>> = {
  thaw: `thaw: Keras files on WebGPU, without Python

  thaw inspect FILE|URL         what a Keras file holds, and which network it fits
  thaw inspect --diff A B       in what two of them differ
  thaw predict IMAGE --model M  what a network sees in a picture
  thaw convert FILE|URL OUT     a model as a file that Keras 3 loads

thaw COMMAND --help says more; thaw --version says which version this is.`,

  inspect: `thaw inspect FILE|URL [--size] [--json]
thaw inspect --diff A B [--json]

What a Keras file holds: kind, Keras version, config, layers with the shapes and types of their weights, totals, and which network it
fits. Every kind is read: weights only or a whole model of Keras 0 to 3 (.h5), .weights.h5, .keras, a .weights.json with its shards
beside it, and a TensorFlow.js layers model (model.json, or the folder that it is in). No values are read, but for --diff: large files
take no longer, and of a URL only parts are fetched.

  --size  parameters and bytes of each layer instead, the largest first
  --diff  in what two files differ: configs, and weights with the largest difference of their values
  --json  one JSON object instead of text; with --size { file, bytes, weights: { parameters, bytes }, layers: [{ name, parameters, bytes }] };
          with --diff { a, b, equal, layersBy (name, or order), config: null or [{ path, a, b }], compared, weights: [{ weight,
          a, b (shapes, or null), different, largest (null: no number), at }] }; else
          file, bytes (with shards), variant, kerasVersion (null: not in the file)
          config    null, or { className, name, inputShape (several: by their names), layers, trainable, nonTrainable,
                    classNames (null: the file does not say), pictures (null, or { size, colorMode, interpolation, preprocess, and
                    where they are not as by default resizer, aspectRatio, orient }) },
                    or { className, error, missing }: why it cannot be built, and classes [{ name, layer, keys }] to be said by customObjects
          layers    [{ name, weights: [{ name, shape, dtype, path }] }]
          parameters  { total, weights, layers (those with weights), bytes (of their values) }
          fits      [{ network, includeTop, classes, auxiliaryHeads, mustSay, unusedInFile }]: networks whose weights are all in the file,
                    those with the fewest layers left over; mustSay: the option of loadWeights that the file leaves open, or null
  --replace NAME=CLASS:ARGUMENTS, --kernels KIND, --dim-ordering O, --keras-version V  as thaw predict has them
  --help  this text`,

  predict: `thaw predict IMAGE --model NAME|FILE [options]

What a network sees in a picture (PNG or JPEG; a path or a URL). The picture is brought to the network's size as Keras's load_img does.

  --model NAME        ${KNOWN.slice(0, 5).join(', ')},
                      ${KNOWN.slice(5).join(', ')}
  --model FILE        a whole model (.keras or .h5; a path or a URL), built from its own config
  --weights FILE|URL  a Keras weight file with top, for a NAME; the word imagenet: the official one, downloaded once (imagenet)
  --top K             how many classes to print                          (5)
  --size N            height and width of the input; needed where a model's config leaves it open  (the network's)
  --replace R         a layer in place of a FILE's, as often as needed: NAME=CLASS:ARGUMENTS, such as lambda_1=rescaling:0.00784,-1;
                      ${replacementClasses.slice(0, 4).join(', ')},
                      ${replacementClasses.slice(4).join(', ')}
  --preprocess MODE   ${MODES.join(', ')}  (as the network was trained; of a FILE what it says, or none)
  --class-index FILE  names of the classes, a path or a URL: a text with a name a line, a JSON list, a JSON object of numbers to names or
                      to [WordNet id, name], or of names to numbers  (those in the FILE; for 1000 classes Keras's, downloaded once)
  --kernels KIND      theano or tensorflow, for old files that do not say it
  --dim-ordering O    th or tf, likewise
  --keras-version V   such as 2.2.4, likewise
  --adapter A         ${ADAPTERS.join(', ')}            (THAW_ADAPTER, else auto)
  --json              one JSON object instead of text: adapter, model, weights, input (shape), preprocess, classes,
                      top: [{ index, score, wnid, label }] (no label, or no wnid, where classes have none)
  --help              this text

Downloads are kept in the folder in THAW_CACHE, else with the user's other caches. Ctrl-C stops.`,

  convert: `thaw convert FILE|URL OUT [--json]
thaw convert CONFIG WEIGHTS OUT [--json]

A model of any kind that is read (thaw inspect --help), as a file that Keras 3 loads, with the same predictions. Or a config (model.json) and
the file with its weights. Values stream from the one file to the other; no GPU is needed. An optimizer's state is left behind. A file that is
called OUT is replaced when the new one is whole.

  OUT     by its ending: .keras (the archive of Keras 3), .h5 or .hdf5 (a whole model in HDF5), .weights.h5 (weights only, of Keras 3)
  --replace NAME=CLASS:ARGUMENTS, --kernels KIND, --dim-ordering O, --keras-version V  as thaw predict has them
  --json  one JSON object instead of text: from, variant (what was read), to, bytes, layers, weights, parameters
  --help  this text

A layer that Keras 3 does not have is named, and nothing is written.`,
}

/** Endings of files that are written. */
const WRITTEN = /\.(keras|h5|hdf5)$/

type Flags = NonNullable<ParseArgsConfig['options']>

const string = { type: 'string' } as const
const boolean = { type: 'boolean' } as const

const SAID = { kernels: string, 'dim-ordering': string, 'keras-version': string } as const satisfies Flags
const COMMON = {
  ...SAID,
  json: boolean,
  replace: { type: 'string', multiple: true },
  help: { ...boolean, short: 'h' },
} as const satisfies Flags
const INSPECT = { ...COMMON, size: boolean, diff: boolean } as const satisfies Flags
const PREDICT = {
  ...COMMON,
  model: string,
  weights: string,
  top: string,
  size: string,
  preprocess: string,
  'class-index': string,
  adapter: string,
} as const satisfies Flags

function parsed<F extends Flags>(args: readonly string[], options: F) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0])
  }
}

function onlyOne(command: string, what: string, given: readonly string[]): string {
  if (given.length === 1 && given[0] !== '') return given[0]!
  throw new UsageError(`thaw ${command} must be given one ${what}, got ${given.filter(Boolean).join(' ') || 'none'}`)
}

function oneOf<T extends string>(flag: string, given: string | undefined, known: readonly T[]): T | undefined {
  if (given === undefined) return undefined
  const found = known.find((k) => k === given)
  if (found === undefined) throw new UsageError(`--${flag} must be one of ${known.join(', ')}, got ${given}`)
  return found
}

function wholeNumber(flag: string, given: string | undefined, most: number): number | undefined {
  if (given === undefined) return undefined
  const n = Number(given)
  if (!/^\d+$/.test(given) || n < 1 || n > most) throw new UsageError(`--${flag} must be a whole number from 1 to ${most}, got ${given}`)
  return n
}

const SAID_FLAGS = Object.keys(SAID) as (keyof typeof SAID)[]

function saidOf(values: Readonly<Partial<Record<keyof typeof SAID, string>>>): Said {
  const kernels = oneOf('kernels', values.kernels, ['theano', 'tensorflow'])
  const dimOrdering = oneOf('dim-ordering', values['dim-ordering'], ['th', 'tf'])
  const kerasVersion = values['keras-version']
  return { ...(kernels && { kernels }), ...(dimOrdering && { dimOrdering }), ...(kerasVersion !== undefined && { kerasVersion }) }
}

/** A word is a network's name; whatever looks like a path or a URL is a file. */
function modelOf(name: string | undefined, weights: string | undefined): PredictOptions['model'] {
  if (name !== undefined && isKnown(name)) return { network: name, weights: weights ?? 'imagenet' }
  if (!name || !(isUrl(name) || /[./\\]/.test(name)))
    throw new UsageError(`--model must be one of ${KNOWN.join(', ')}, or a .keras or .h5 file of a whole model, got ${name || 'none'}`)
  if (weights !== undefined) throw new UsageError(`--weights is for a network by its name, got it with the model file ${name}`)
  return { file: name }
}

function predictOptions(args: readonly string[]): PredictOptions | 'help' {
  const { values, positionals } = parsed(args, PREDICT)
  if (values.help) return 'help'
  for (const flag of ['weights', 'class-index'] as const) if (values[flag] === '') throw new UsageError(`--${flag} must not be empty`)
  const image = onlyOne('predict', 'IMAGE', positionals)
  const model = modelOf(values.model, values.weights)
  if (values.replace && 'network' in model) throw new UsageError('--replace is for a model file, got it with a network')
  for (const flag of SAID_FLAGS) {
    if (values[flag] !== undefined && 'network' in model && model.weights === 'imagenet')
      throw new UsageError(`--${flag} is for a file of one's own, got it without --weights FILE or --model FILE`)
  }
  return {
    command: 'predict',
    image,
    model,
    top: wholeNumber('top', values.top, 1_000_000) ?? 5,
    json: values.json ?? false,
    classIndex: values['class-index'],
    size: wholeNumber('size', values.size, 16_384),
    replace: values.replace ?? [],
    preprocess: oneOf('preprocess', values.preprocess, MODES),
    adapter: oneOf('adapter', values.adapter, ADAPTERS),
    said: saidOf(values),
  }
}

function inspectOptions(args: readonly string[]): InspectOptions | 'help' {
  const { values, positionals } = parsed(args, INSPECT)
  if (values.help) return 'help'
  const { json = false, replace = [], size, diff } = values
  for (const flag of ['replace', ...SAID_FLAGS] as const)
    if (values[flag] !== undefined && (size || diff)) throw new UsageError(`--${flag} must not go with --size or --diff, got both`)
  const said = saidOf(values)
  if (!diff) {
    const file = onlyOne('inspect', 'FILE', positionals)
    return { command: 'inspect', what: size ? 'size' : 'contents', file, other: undefined, json, replace, said }
  }
  if (size) throw new UsageError('--size must not go with --diff, got both')
  const [file, other] = positionals
  if (!file || !other || positionals.length > 2)
    throw new UsageError(`thaw inspect --diff must be given two FILEs, got ${positionals.filter(Boolean).join(' ') || 'none'}`)
  return { command: 'inspect', what: 'diff', file, other, json, replace, said }
}

function convertOptions(args: readonly string[]): ConvertOptions | 'help' {
  const { values, positionals } = parsed(args, COMMON)
  if (values.help) return 'help'
  const given = positionals.filter(Boolean)
  const to = given.at(-1)
  if (to === undefined || given.length < 2)
    throw new UsageError(`thaw convert must be given FILE and OUT, got ${given.join(' ') || 'none'}`)
  if (!WRITTEN.test(to)) throw new UsageError(`OUT must end in .keras, .h5, .hdf5 or .weights.h5, got ${to}`)
  return {
    command: 'convert',
    from: given.slice(0, -1),
    to,
    json: values.json ?? false,
    replace: values.replace ?? [],
    said: saidOf(values),
  }
}

/**
 * @param argv what follows the program's name
 * @throws UsageError for an unknown command or flag, a flag without its value, a value out of range
 */
export function parseCommand([command, ...args]: readonly string[]): Command {
  if (command === 'inspect' || command === 'predict') {
    const options = command === 'inspect' ? inspectOptions(args) : predictOptions(args)
    return options === 'help' ? { command: 'help', about: command } : options
  }
  if (command === 'convert') {
    const options = convertOptions(args)
    return options === 'help' ? { command: 'help', about: command } : options
  }
  if (command === '--help' || command === '-h') return { command: 'help', about: 'thaw' }
  if (command === '--version') return { command: 'version' }
  throw new UsageError(`a command must be inspect, predict or convert, got ${command ?? 'none'}`)
}
