/** Which weight of a file goes into which weight of a network. Pure: names, shapes and order; no value is read. */
import { ArgumentError, WeightsError } from '../../errors.ts'
import { snakeCase } from '../../layers/config.ts'
import { numberedAgain, withoutNumbers } from './numbered.ts'
import { missing, refusal, type Problem } from './problems.ts'
import { differ, otherRelease } from './resnet_names.ts'
import type { TensorSource } from '../../tensor_source.ts'
import { dialectOf, fit, type ConvertOptions, type Pairing } from './theano.ts'
import type { FileLayer, FileWeight, KerasWeightsFile, WeightTarget } from './weights_file.ts'

/** How a file that is not laid out as the network is comes to its layers. Options of {@link loadModel}, too. */
export interface MatchOptions extends ConvertOptions {
  /**
   * `name`: layers of the same name. `order`: the n-th layer with weights of the one and of the other. Default `name`, but for files of
   * Keras 0, which have no names and for which `name` is refused.
   *
   * A `.weights.h5` file keeps order only within a class: there, `order` is the n-th layer of a class. One from before Keras 3.6 has no
   * names, and is matched like that by name too, except for layers that `rename` leads to an HDF5 path such as `/layers/conv2d_5`.
   */
  by?: 'name' | 'order'
  /** Leave layers as they are that the file lacks or has in another shape, and report them. Default false: an error. */
  skipMismatch?: boolean
  /**
   * The network's layer name -> the file's, where they differ. Several names: each weight is joined from theirs along its last axis, as for
   * a grouped convolution that old files have in halves: `{ conv2: ['conv_2_1', 'conv_2_2'] }`. By name only.
   */
  rename?: Rename
}

type Rename = Readonly<Record<string, string | readonly string[]>>

/** What loading has found: what was loaded, what was skipped and why, what the file has besides. See {@link loadModel}. */
export interface LoadReport {
  /** What kind of file it is, and what was converted. */
  readonly variant: string
  /** Each weight of the network that the file gives, and the path of its values in the file. */
  readonly loaded: readonly { readonly layer: string; readonly weight: string; readonly path: string }[]
  /** Layers left as they were, and why. Empty unless skipMismatch. */
  readonly skipped: readonly { readonly layer: string; readonly reason: string }[]
  /** Layers of the file that the network has no use for, such as the classifier of a trunk's file. */
  readonly unusedInFile: readonly string[]
  /** Names of files that were given with the one that was loaded, and are no part of it. */
  readonly unusedFiles: readonly string[]
}

export interface Assignment {
  readonly layer: string
  /** Position of the layer among the targets: layers of two nested models may have one name. */
  readonly target: number
  /** Position in the layer's weights. */
  readonly index: number
  readonly source: TensorSource
}

/** What is known where the network was made of the config that the file belongs to. */
export interface OwnConfig {
  /** Layers of a file without names by the paths of the network's layers. */
  readonly places?: ReadonlyMap<string, FileLayer>
  /**
   * Where layers are not found by name, the n-th of the file is that of the network, as in Keras, if there are as many, of the same shapes. Default
   * false.
   */
  readonly ownOrder?: boolean
}

interface Matched {
  readonly report: Omit<LoadReport, 'unusedFiles'>
  readonly assignments: Assignment[]
}

/**
 * @throws WeightsError listing every mismatch: `missing-layer`, `weight-count`, `weight-shape`; `layer-count` by order.
 * ArgumentError for options that do not go together, or where the file does not say what an option must say then.
 */
export function matchWeights(
  file: KerasWeightsFile,
  targets: readonly WeightTarget[],
  options: MatchOptions = {},
  own: OwnConfig = {},
): Matched {
  try {
    return matchAll(file, targets, options, own.places)
  } catch (error) {
    const ordered = own.ownOrder && error instanceof WeightsError ? inOrderOfFile(file, targets, options) : undefined
    if (ordered) return ordered
    throw error
  }
}

/** Layers by order, whose names say otherwise: undefined unless numbers are all that differs, or none of the names is on the other side. */
function inOrderOfFile(file: KerasWeightsFile, targets: readonly WeightTarget[], options: MatchOptions): Matched | undefined {
  const theirs = weighted(file)
  const flat = file.named && !file.positional && theirs.every((l) => l.group === undefined && !l.place)
  if (!flat || options.by !== undefined || Object.keys(options.rename ?? {}).length || theirs.length !== targets.length) return undefined
  const names = new Set([...theirs.map((l) => l.name), ...targets.map((t) => t.layer)])
  const common = names.size < theirs.length + targets.length
  const alike = theirs.every((l, i) => withoutNumbers(l.name) === withoutNumbers(targets[i]!.layer))
  if (common && !alike) return undefined
  try {
    const { report, assignments } = matchAll(file, targets, { ...options, by: 'order' }, undefined)
    return { report: { ...report, variant: `${report.variant}, by order, since its layers have other names` }, assignments }
  } catch (error) {
    if (error instanceof WeightsError) return undefined
    throw error
  }
}

function matchAll(
  file: KerasWeightsFile,
  targets: readonly WeightTarget[],
  options: MatchOptions,
  places: OwnConfig['places'],
): { report: Omit<LoadReport, 'unusedFiles'>; assignments: Assignment[] } {
  const { by = file.positional ? 'order' : 'name', skipMismatch = false, rename = {} } = options
  if (by !== 'name' && by !== 'order') throw new ArgumentError('loadWeights', `by must be name or order, got ${String(by)}`)
  if (by === 'name' && file.positional)
    throw new ArgumentError('loadWeights', `by must be order for a file whose layers have no names, got name with ${file.variant}`)
  if (by === 'order' && Object.keys(rename).length)
    throw new ArgumentError('loadWeights', 'rename is for matching by name, got it with by order')
  checkRenames(rename, targets)
  const find = by === 'order' ? byOrder(file, targets) : byName(file, targets, rename, places)
  const used = new Set<FileLayer>()
  const problems: Problem[] = []
  const paired = targets.flatMap((target, i) => {
    const found = find(target, i)
    if ('rule' in found) return (problems.push(found), [])
    found.forEach((l) => used.add(l))
    const weights = pair(target, found)
    return 'rule' in weights ? (problems.push(weights), []) : [weights]
  })
  const dialect = dialectOf(file, paired.flat(), options)
  const assignments: Assignment[] = []
  const loaded: LoadReport['loaded'][number][] = []
  for (const pairings of paired) {
    const { target } = pairings[0]!
    const { layer } = target
    const sources = pairings.map((p) => fit(dialect, p))
    const wrong = sources.find((s) => typeof s === 'string')
    if (wrong !== undefined) {
      problems.push({ code: 'weight-shape', layer, rule: wrong })
      continue
    }
    pairings.forEach(({ parameter, parts }, index) => {
      assignments.push({ layer, target: targets.indexOf(target), index, source: sources[index] as TensorSource })
      loaded.push({ layer, weight: parameter.name, path: parts.map(({ source }) => source.path).join(' + ') })
    })
  }
  if (problems.length && !skipMismatch) throw refusal(inOrder(problems, targets))
  const unusedInFile = file.layers.filter((l) => l.weights.length && !file.positional && !used.has(l)).map((l) => l.name)
  const converted = dialect.done.size ? `, converted from ${[...dialect.done].join(', ')}` : ''
  const skipped = inOrder(problems, targets).map(({ layer, rule }) => ({ layer, reason: rule }))
  return { report: { variant: `${file.variant}${converted}`, loaded, skipped, unusedInFile }, assignments }
}

/** Problems as the network's layers follow each other. */
function inOrder(problems: readonly Problem[], targets: readonly WeightTarget[]): Problem[] {
  const place = new Map(targets.map(({ layer }, i) => [layer, i]))
  return [...problems].sort((a, b) => place.get(a.layer)! - place.get(b.layer)!)
}

function checkRenames(rename: Rename, targets: readonly WeightTarget[]): void {
  const stray = Object.keys(rename).find((name) => !targets.some((t) => t.layer === name))
  if (stray !== undefined) throw new ArgumentError('loadWeights', `rename must name layers of the network that have weights, got ${stray}`)
  const empty = Object.entries(rename).find(([, names]) => !names.length)
  if (empty) throw new ArgumentError('loadWeights', `rename must give a name of the file's for ${empty[0]}, got none`)
}

type Find = (target: WeightTarget, index: number) => readonly FileLayer[] | Problem

const weighted = (file: KerasWeightsFile): FileLayer[] => file.layers.filter((l) => l.weights.length)

/** By the places that a config tells. */
const inPlaces =
  (places: ReadonlyMap<string, FileLayer>): Find =>
  ({ layer, path = layer, className }) => {
    const found = places.get(path)
    if (found) return [found]
    const rule = `must be one of as many ${className} layers in the file as in its model, since its layers have no names, got another number`
    return { code: 'missing-layer', layer, rule }
  }

function byName(file: KerasWeightsFile, targets: readonly WeightTarget[], rename: Rename, places: OwnConfig['places']): Find {
  const layers = new Map<string, FileLayer[]>()
  for (const l of weighted(file)) {
    for (const name of l.fullName === undefined ? [l.name] : [l.name, l.fullName]) layers.set(name, [...(layers.get(name) ?? []), l])
  }
  const other = otherRelease(
    [...layers.keys()],
    targets.filter((t) => !Object.hasOwn(rename, t.layer)).map((t) => t.layer),
  )
  if (other) throw new WeightsError('missing-layer', 'loadWeights', other)
  const place = file.named ? undefined : places ? inPlaces(places) : byPlace(file, targets)
  const again = numberedAgain(weighted(file), targets)
  const groups = new Map<string, FileLayer[]>()
  for (const l of weighted(file)) groups.set(l.group ?? l.name, [...(groups.get(l.group ?? l.name) ?? []), l])
  const attributes = new Map(weighted(file).flatMap((l) => (l.attribute === undefined ? [] : [[l.attribute, l] as const])))
  const named = (layer: string, name: string, path: string, wrapper?: string): FileLayer | Problem => {
    // What holds layers of a user's class in Python is a model here, whose layers may have the names of the attributes.
    const held = name === layer ? attributes.get(path) : undefined
    if (held) return held
    // A layer of the network itself is what its group holds, whatever that is called: a layer can be renamed when its weights are made.
    const [only, more] = name === path ? (groups.get(name) ?? []) : []
    if (only && !more) return only
    const all = layers.get(name) ?? []
    const [found, second] = all
    const [wrapped, another] = found || wrapper === undefined ? [] : (groups.get(wrapper) ?? [])
    if (wrapped && !another) return wrapped
    if (!found) return missing(layer, name, [...layers.keys()])
    if (!second) return found
    const [exact, other] = all.filter((l) => (l.fullName ?? l.name) === path)
    if (exact && !other) return exact
    const [one, two] = [found, second].map((l) => l.weights[0]!.source.path)
    return { code: 'layer-count', layer, rule: `must be in the file once, got ${one} and ${two}` }
  }
  return (target, i) => {
    const { layer } = target
    const renamed = Object.hasOwn(rename, layer)
    if (place && !renamed) return place(target, i)
    const numbered = again.get(target)
    if (numbered && !renamed) return [numbered]
    const found = [renamed ? rename[layer]! : layer].flat().map((name) => named(layer, name, target.path ?? layer, target.wrapper))
    return found.find((f) => 'rule' in f) ?? (found as FileLayer[])
  }
}

function byOrder(file: KerasWeightsFile, targets: readonly WeightTarget[]): Find {
  const layers = file.positional === 'flat' ? dealt(file, targets) : weighted(file)
  const other = otherRelease(
    layers.map((l) => l.name),
    targets.map((t) => t.layer),
  )
  if (other) throw new WeightsError('missing-layer', 'loadWeights', other)
  if (layers.length !== targets.length) {
    const rule = `the file must have as many layers with weights as the network for loading by order, got ${layers.length} and ${targets.length}`
    throw new WeightsError('layer-count', 'loadWeights', rule)
  }
  if (layers.some((l) => l.place)) return byPlace(file, targets)
  return ({ layer }, i) => {
    const found = layers[i]!
    if (!differ(found.name, layer)) return [found]
    return { code: 'missing-layer', layer, rule: `must not get the weights of another layer by order, got the file's ${found.name}` }
  }
}

/** A list of weights without layers, dealt out to the network's layers. */
function dealt(file: KerasWeightsFile, targets: readonly WeightTarget[]): FileLayer[] {
  const weights = file.layers.flatMap((l) => l.weights)
  const wanted = targets.reduce((n, t) => n + t.parameters.length, 0)
  if (weights.length !== wanted) {
    const rule = `the file must have as many weights as the network for loading by order, got ${weights.length} and ${wanted}`
    throw new WeightsError('weight-count', 'loadWeights', rule)
  }
  let at = 0
  return targets.map(({ parameters }, i) => ({ name: `layer ${i}`, weights: weights.slice(at, (at += parameters.length)) }))
}

/** The n-th layer of a class, which Keras 3 numbers in the order of the model's layers, whatever they are called. */
function byPlace(file: KerasWeightsFile, targets: readonly WeightTarget[]): Find {
  const classes = new Map<string, FileLayer[]>()
  const layers = weighted(file).filter((l) => l.place!.holder === undefined) // parts of a layer would be taken for the model's own
  for (const l of layers) classes.set(l.place!.className, [...(classes.get(l.place!.className) ?? []), l])
  return ({ layer, className }, i) => {
    const key = snakeCase(className)
    const layers = classes.get(key) ?? []
    const models = [...new Set(layers.map((l) => l.place!.model))]
    const position = targets.slice(0, i).filter((t) => t.className === className).length
    if (models.length > 1) {
      const rule = `must lie in the only model of the file that has ${className} layers, since its layers have no names, got ${models.join(' and ')}`
      return { code: 'layer-count', layer, rule }
    }
    const found = layers[position]
    if (found) return [found]
    const rule = `must be number ${position} of the ${className} layers in the file, whose layers have no names, got ${layers.length} of them`
    return { code: 'missing-layer', layer, rule }
  }
}

/** Names of weights that mean one thing, so that two different ones never belong together. */
const CLEAR = new Set(['kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'])

/** What the file has for each weight, of one layer or joined from several. */
function pair(target: WeightTarget, layers: readonly FileLayer[]): readonly Pairing[] | Problem {
  const lists = layers.map((found) => inOurOrder(target, found))
  const problem = lists.find((l) => 'rule' in l)
  if (problem) return problem
  return target.parameters.map((parameter, i) => ({ target, parameter, parts: (lists as (readonly FileWeight[])[]).map((l) => l[i]!) }))
}

/** The file's weights in the network's order: by their names where these are the same, else as they stand. */
function inOurOrder({ layer, parameters }: WeightTarget, found: FileLayer): readonly FileWeight[] | Problem {
  const names = (list: readonly { name: string }[]) => `${list.length} (${list.map((w) => w.name).join(', ')})`
  const byName = parameters.map(({ name }) => found.weights.find((w) => w.name === name))
  const weights = byName.every((w) => w !== undefined) ? byName : found.weights
  const clash = parameters.some(({ name }, i) => CLEAR.has(name) && weights[i]?.name !== name && CLEAR.has(weights[i]?.name ?? ''))
  if (found.weights.length === parameters.length && !clash) return weights
  return {
    code: 'weight-count',
    layer,
    rule: `must have ${names(parameters)} weights, got ${names(found.weights)} in the file's ${found.name}`,
  }
}
