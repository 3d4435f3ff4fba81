/** Which weight of a file goes into which weight of a network. Pure: names, shapes and order; no value is read. */
import { ArgumentError, WeightsError, type WeightsErrorCode } from '../errors.ts'
import { formatShape, sameShape, type Shape } from '../shape.ts'
import type { FileLayer, FileWeight, KerasWeightsFile } from './keras.ts'
import { snakeCase } from './keras3.ts'
import type { TensorSource } from './tensor_source.ts'

export interface MatchOptions {
  /**
   * `name`: layers of the same name. `order`: the n-th layer with weights of the one and of the other. Default `name`.
   *
   * A `.weights.h5` file keeps order only within a class: there, `order` is the n-th layer of a class. One from before Keras 3.6 has no
   * names, and is matched like that by name too, except for layers that `rename` leads to an HDF5 path such as `/layers/conv2d_5`.
   */
  by?: 'name' | 'order'
  /** Leave layers as they are that the file lacks or has in another shape, and report them. Default false: an error. */
  skipMismatch?: boolean
  /** The network's layer name -> the file's, where they differ. By name only. */
  rename?: Readonly<Record<string, string>>
}

export interface WeightTarget {
  readonly layer: string
  readonly className: string
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[]
}

export interface LoadReport {
  /** What kind of file it is. */
  readonly variant: string
  readonly loaded: readonly { readonly layer: string; readonly weight: string; readonly path: string }[]
  /** Layers left as they were, and why. Empty unless skipMismatch. */
  readonly skipped: readonly { readonly layer: string; readonly reason: string }[]
  /** Layers of the file that the network has no use for, such as the classifier of a trunk's file. */
  readonly unusedInFile: readonly string[]
}

export interface Assignment {
  readonly layer: string
  /** Position in the layer's weights. */
  readonly index: number
  readonly source: TensorSource
}

interface Problem {
  readonly code: WeightsErrorCode
  readonly layer: string
  readonly rule: string
}

/** Errors listed in one message. */
const SHOWN = 8

/**
 * @throws WeightsError listing every mismatch: `missing-layer`, `weight-count`, `weight-shape`; `layer-count` by order.
 * ArgumentError for options that do not go together.
 */
export function matchWeights(
  file: KerasWeightsFile,
  targets: readonly WeightTarget[],
  { by = 'name', skipMismatch = false, rename = {} }: MatchOptions = {},
): { report: LoadReport; assignments: Assignment[] } {
  if (by !== 'name' && by !== 'order') throw new ArgumentError('loadWeights', `by must be name or order, got ${String(by)}`)
  if (by === 'order' && Object.keys(rename).length)
    throw new ArgumentError('loadWeights', 'rename is for matching by name, got it with by order')
  checkRenames(rename, targets)
  const find = by === 'order' ? byOrder(file, targets) : byName(file, targets, rename)
  const used = new Set<FileLayer>()
  const assignments: Assignment[] = []
  const loaded: LoadReport['loaded'][number][] = []
  const problems: Problem[] = []
  targets.forEach((target, i) => {
    const found = find(target, i)
    if ('rule' in found) return void problems.push(found)
    used.add(found)
    const weights = pair(target, found)
    if ('rule' in weights) return void problems.push(weights)
    target.parameters.forEach((p, index) => {
      const { source } = weights[index]!
      assignments.push({ layer: target.layer, index, source })
      loaded.push({ layer: target.layer, weight: p.name, path: source.path })
    })
  })
  if (problems.length && !skipMismatch) throw refusal(problems)
  const unusedInFile = file.layers.filter((l) => l.weights.length && !used.has(l)).map((l) => l.name)
  return {
    report: { variant: file.variant, loaded, skipped: problems.map(({ layer, rule }) => ({ layer, reason: rule })), unusedInFile },
    assignments,
  }
}

function checkRenames(rename: Readonly<Record<string, string>>, targets: readonly WeightTarget[]): void {
  const stray = Object.keys(rename).find((name) => !targets.some((t) => t.layer === name))
  if (stray !== undefined) throw new ArgumentError('loadWeights', `rename must name layers of the network that have weights, got ${stray}`)
}

type Find = (target: WeightTarget, index: number) => FileLayer | Problem

const weighted = (file: KerasWeightsFile): FileLayer[] => file.layers.filter((l) => l.weights.length)

function byName(file: KerasWeightsFile, targets: readonly WeightTarget[], rename: Readonly<Record<string, string>>): Find {
  const layers = new Map<string, FileLayer[]>()
  for (const l of weighted(file)) layers.set(l.name, [...(layers.get(l.name) ?? []), l])
  const place = file.named ? undefined : byPlace(file, targets)
  return (target, i) => {
    const { layer } = target
    if (place && rename[layer] === undefined) return place(target, i)
    const [found, second] = layers.get(rename[layer] ?? layer) ?? []
    if (!found) return missing(layer, rename[layer] ?? layer, [...layers.keys()])
    if (!second) return found
    const [one, two] = [found, second].map((l) => l.weights[0]!.source.path)
    return { code: 'layer-count', layer, rule: `must be in the file once, got ${one} and ${two}` }
  }
}

function byOrder(file: KerasWeightsFile, targets: readonly WeightTarget[]): Find {
  const layers = weighted(file)
  if (layers.length !== targets.length) {
    const rule = `the file must have as many layers with weights as the network for loading by order, got ${layers.length} and ${targets.length}`
    throw new WeightsError('layer-count', 'loadWeights', rule)
  }
  return layers.some((l) => l.place) ? byPlace(file, targets) : (_target, i) => layers[i]!
}

/** The n-th layer of a class, which Keras 3 numbers in the order of the model's layers, whatever they are called. */
function byPlace(file: KerasWeightsFile, targets: readonly WeightTarget[]): Find {
  const classes = new Map<string, FileLayer[]>()
  for (const l of weighted(file)) classes.set(l.place!.className, [...(classes.get(l.place!.className) ?? []), l])
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
    if (found) return found
    const rule = `must be number ${position} of the ${className} layers in the file, whose layers have no names, got ${layers.length} of them`
    return { code: 'missing-layer', layer, rule }
  }
}

/** Names of weights that mean one thing, so that two different ones never belong together. */
const CLEAR = new Set(['kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'])

/** The file's weights in the network's order: by their names where these are the same, else as they stand. */
function pair({ layer, parameters }: WeightTarget, found: FileLayer): readonly FileWeight[] | Problem {
  const names = (list: readonly { name: string }[]) => `${list.length} (${list.map((w) => w.name).join(', ')})`
  const byName = parameters.map(({ name }) => found.weights.find((w) => w.name === name))
  const weights = byName.every((w) => w !== undefined) ? byName : found.weights
  const clash = parameters.some(({ name }, i) => CLEAR.has(name) && weights[i]?.name !== name && CLEAR.has(weights[i]?.name ?? ''))
  if (found.weights.length !== parameters.length || clash) {
    return {
      code: 'weight-count',
      layer,
      rule: `must have ${names(parameters)} weights, got ${names(found.weights)} in the file's ${found.name}`,
    }
  }
  for (const [i, { name, shape }] of parameters.entries()) {
    const { source } = weights[i]!
    if (!sameShape(shape, source.shape)) {
      const rule = `${name} must have shape ${formatShape(shape)}, got ${formatShape(source.shape)} in the file's ${source.path}`
      return { code: 'weight-shape', layer, rule }
    }
  }
  return weights
}

/** Letters of a name that are compared. */
const COMPARED = 64

function missing(layer: string, wanted: string, names: readonly string[]): Problem {
  const near = names
    .map((name) => ({ name, far: distance(name.slice(0, COMPARED), wanted.slice(0, COMPARED)) }))
    .sort((a, b) => a.far - b.far)
  const hint = near.length
    ? `, the nearest ${near
        .slice(0, 3)
        .map((n) => n.name)
        .join(', ')}`
    : ''
  return { code: 'missing-layer', layer, rule: `must be in the file, got ${names.length} other layers${hint}` }
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

function refusal(problems: readonly Problem[]): WeightsError {
  const { code, layer, rule } = problems[0]!
  const others = problems.slice(1, SHOWN).map((p) => `\n  ${p.layer} ${p.rule}`)
  const rest = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : ''
  return new WeightsError(code, layer, `${rule}${others.join('')}${rest}`)
}
