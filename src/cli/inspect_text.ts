/** What `thaw inspect` prints for people. */
import type { PictureSpec } from '../about.ts'
import type { SymbolicShape } from '../layers/layer.ts'
import { MODELS, type MissingClass } from '../models/entries.ts'
import { notRun, partBefore } from '../models/not_run.ts'
import { formatShape } from '../shape.ts'
import type { Said } from './input.ts'
import type { InspectedConfig, Inspection } from './inspect.ts'
import { grouped, printable, printableLines } from './io.ts'
import type { Fit } from '../models/networks.ts'

/** Layers left over that are named. */
const SHOWN = 8

/** Rows as columns, the first row a heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((r) => r[i]!.length)))
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()) // prettier-ignore
  return [lines[0]!, '-'.repeat(Math.max(...lines.map((l) => l.length))), ...lines.slice(1)].join('\n')
}

function configText(config: InspectedConfig | null): string {
  if (!config) return 'none (weights only)'
  if ('error' in config) return `${config.className}, which cannot be built: ${config.error}`
  const { className, name, inputShape, layers, trainable, nonTrainable } = config
  const params = `${grouped(trainable)} trainable and ${grouped(nonTrainable)} non-trainable parameters`
  return `${className} ${printable(name)}, ${inputText(inputShape)}, ${layers} layers, ${params}`
}

/** `224x224 rgb, bilinear, preprocessing tf`, and what is not as by default. */
function pictureText({ size, colorMode, interpolation, preprocess, resizer, aspectRatio, orient }: PictureSpec): string {
  const how = [interpolation, resizer && `resized as by ${resizer}`, aspectRatio, orient === false && 'not turned by EXIF']
  return [`${size.join('x')} ${colorMode}`, ...how, `preprocessing ${preprocess}`].filter(Boolean).join(', ')
}

/** Classes by their names, and what the model takes. */
function aboutLines({ config }: Inspection): string[] {
  if (!config || 'error' in config) return []
  const { classNames, pictures } = config
  const rest = (classNames?.length ?? 0) - SHOWN
  const names = classNames && `${classNames.slice(0, SHOWN).map(printable).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`
  const how = pictures && pictureText(pictures)
  return [...(names ? [`Classes: ${names}`] : []), ...(how ? [`Picture: ${how}`] : [])]
}

function inputText(shape: Extract<InspectedConfig, { inputShape: unknown }>['inputShape']): string {
  if (Array.isArray(shape)) return `input ${formatShape(shape as SymbolicShape)}`
  return `inputs ${Object.entries(shape as Readonly<Record<string, SymbolicShape>>)
    .map(([name, one]) => `${printable(name)} ${formatShape(one)}`)
    .join(', ')}`
}

/** `vgg16 with top (1000 classes)` */
function fitText({ network, includeTop, classes, auxiliaryHeads, mustSay, unusedInFile }: Fit): string {
  const which = includeTop ? `with top (${classes} classes)${auxiliaryHeads ? ' and auxiliary heads' : ''}` : 'without top'
  const open = mustSay ? `; loading it needs the option ${mustSay}, which the file leaves open` : ''
  if (!unusedInFile.length) return `${network} ${which}${open}`
  const more = unusedInFile.length > SHOWN ? `, and ${unusedInFile.length - SHOWN} more` : ''
  return `${network} ${which}${open}; left over in the file: ${unusedInFile.slice(0, SHOWN).map(printable).join(', ')}${more}`
}

function fitLines({ config, fits }: Inspection): string[] {
  const own = config && !('error' in config) ? ['its own config'] : []
  const all = [...own, ...fits.map(fitText)]
  return all.length ? all : ['none known']
}

/** A file's name as a shell takes it. */
const quoted = (name: string): string => (/^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`)

/** Keys of every layer's config, which say nothing of what it does. */
const COMMON_KEYS = ['name', 'trainable', 'dtype', 'batch_input_shape']

/** `mine>LayerScale` -> `layerScale`. */
function variableOf(className: string): string {
  const plain = className
    .split('>')
    .at(-1)!
    .replace(/^\W+|\W+$/g, '')
    .replace(/\W+/g, '_')
  return /^[A-Za-z]/.test(plain) ? plain.slice(0, 1).toLowerCase() + plain.slice(1) : `layer${plain}`
}

/** How classes of somebody's own are said: what to call, and what to write for each. */
function customText(missing: readonly MissingClass[], file: string): readonly string[] {
  const classes = missing.map(({ name, keys }) => ({ key: JSON.stringify(name), variable: variableOf(name), keys }))
  const objects = classes.map(({ key, variable }) => `${key}: ${variable}`).join(', ')
  const definitions = classes.map(({ key, variable, keys }) => {
    const own = keys.filter((k) => /^[A-Za-z_]\w*$/.test(k) && !COMMON_KEYS.includes(k))
    const config = own.length ? `, config: { ${own.join(', ')} }` : ''
    return `const ${variable} = defineLayer({ name: ${key}, call: ({ ops, weights${config} }, x) => ... })`
  })
  return [`loadModel(${file}, { customObjects: { ${objects} } }), where (docs/custom-layers.md)`, ...definitions]
}

/** What to do about classes that are not known: Keras's that are not run, and others. */
function missingText(missing: readonly MissingClass[], file: string): readonly string[] {
  const isOwn = (c: MissingClass) => notRun(c.name) === undefined
  const cut = missing.find((c) => !isOwn(c))
  if (!cut) return customText(missing, file)
  const save = [`in Keras, save what comes before the layers of ${notRun(cut.name)!}:`, partBefore(cut.layer)]
  const own = missing.filter(isOwn)
  return own.length ? [...save, 'and say what is left of classes that are not known:', ...customText(own, '"part.keras"')] : save
}

const FLAGS = { kernels: '--kernels', dimOrdering: '--dim-ordering', kerasVersion: '--keras-version' } as const
const CHOICES = { kernels: 'theano|tensorflow', dimOrdering: 'th|tf' } as const

/** What to type, or to write, to use the file; a line, or several. @param said what was said of the file, to be said again */
function nextText({ config, fits }: Inspection, given: string, said: Said): string | readonly string[] {
  const name = JSON.stringify(given)
  const facts = Object.entries(said) as [keyof Said, string][]
  const flags = facts.map(([key, value]) => ` ${FLAGS[key]} ${quoted(value)}`).join('')
  if (config && !('error' in config)) return `thaw predict PICTURE --model ${quoted(given)}${flags}`
  if (config && !MODELS.includes(config.className))
    return `in Keras, save the models that it is made of, or build the network and call loadWeights(${name})`
  if (config?.missing.length) return missingText(config.missing, name)
  if (config) return `loadModel(${name}, { replaceLayers: { ... } }), or inputShape, as the error above has it`
  const [fit] = fits
  if (!fit) return `loadModel(['model.json', ${name}]) with the model's config, or build the network and call loadWeights(${name})`
  const { network, includeTop, auxiliaryHeads, mustSay } = fit
  if (includeTop && !auxiliaryHeads) {
    const option = mustSay ? ` ${FLAGS[mustSay]} ${CHOICES[mustSay]}` : ''
    return `thaw predict PICTURE --model ${network} --weights ${quoted(given)}${flags}${option}`
  }
  const loading = [...facts.map(([key, value]) => `${key}: '${value}'`), ...(mustSay ? [`${mustSay}: ...`] : [])]
  const options = [
    ...(includeTop ? [] : ['includeTop: false']),
    ...(auxiliaryHeads ? ['auxiliaryHeads: true'] : []),
    `weights: ${name}`,
    ...(loading.length ? [`loading: { ${loading.join(', ')} }`] : []),
  ]
  return `${network.replace(/_(\w)/g, (_, c: string) => c.toUpperCase())}({ ${options.join(', ')} })`
}

/** For people; nothing in it can steer a terminal. @param given the file as it was called, and what was said of it */
export function inspectionText(i: Inspection, given: string, said: Said): string {
  const { parameters: p } = i
  const rows = i.layers.flatMap(({ name, weights }) =>
    weights.map((w, k) => [k ? '' : printable(name), printable(w.name), formatShape(w.shape), w.dtype]),
  )
  const without = i.layers.length - p.layers
  return [
    `${printable(i.file)}: ${grouped(i.bytes)} bytes`,
    `Kind:    ${printable(i.variant)}`,
    `Keras:   ${i.kerasVersion === null ? 'the file does not say' : printable(i.kerasVersion)}`,
    `Config:  ${printableLines(configText(i.config))}`,
    ...aboutLines(i),
    ...fitLines(i).map((line, k) => `${k ? '        ' : 'Network:'} ${line}`),
    '',
    table([['Layer', 'Weight', 'Shape', 'Type'], ...rows]),
    '',
    `Parameters: ${grouped(p.total)} in ${grouped(p.weights)} weights of ${grouped(p.layers)} layers, ${grouped(p.bytes)} bytes` +
      (without ? `; ${grouped(without)} layers without weights` : ''),
    `Next:       ${[nextText(i, given, said)]
      .flat()
      .map(printable)
      .join(`\n${' '.repeat(12)}`)}`,
  ].join('\n')
}
