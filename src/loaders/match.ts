/** Which weight of a file goes into which weight of a network. Pure: names, shapes and order; no value is read. */
import { ArgumentError, WeightsError, type WeightsErrorCode } from '../errors.ts'
import { formatShape, sameShape, type Shape } from '../shape.ts'
import type { FileLayer, KerasWeightsFile } from './keras.ts'
import type { TensorSource } from './tensor_source.ts'

export interface MatchOptions {
  /** `name`: layers of the same name. `order`: the n-th layer with weights of the one and of the other. Default `name`. */
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
  file: KerasWeightsFile, targets: readonly WeightTarget[], { by = 'name', skipMismatch = false, rename = {} }: MatchOptions = {},
): { report: LoadReport; assignments: Assignment[] } {
  if (by !== 'name' && by !== 'order') throw new ArgumentError('loadWeights', `by must be name or order, got ${String(by)}`)
  if (by === 'order' && Object.keys(rename).length) throw new ArgumentError('loadWeights', 'rename is for matching by name, got it with by order')
  checkRenames(rename, targets)
  const find = by === 'order' ? byOrder(file, targets) : byName(file, rename)
  const used = new Set<FileLayer>()
  const assignments: Assignment[] = []
  const loaded: LoadReport['loaded'][number][] = []
  const problems: Problem[] = []
  targets.forEach((target, i) => {
    const found = find(target, i)
    const problem = found ? compare(target, found) : missing(target, file, rename)
    if (found) used.add(found)
    if (problem) return void problems.push(problem)
    target.parameters.forEach((p, index) => {
      const { source } = found!.weights[index]!
      assignments.push({ layer: target.layer, index, source })
      loaded.push({ layer: target.layer, weight: p.name, path: source.path })
    })
  })
  if (problems.length && !skipMismatch) throw refusal(problems)
  const unusedInFile = file.layers.filter((l) => l.weights.length && !used.has(l)).map((l) => l.name)
  return { report: { variant: file.variant, loaded, skipped: problems.map(({ layer, rule }) => ({ layer, reason: rule })), unusedInFile }, assignments }
}

function checkRenames(rename: Readonly<Record<string, string>>, targets: readonly WeightTarget[]): void {
  const stray = Object.keys(rename).find((name) => !targets.some((t) => t.layer === name))
  if (stray !== undefined) throw new ArgumentError('loadWeights', `rename must name layers of the network that have weights, got ${stray}`)
}

type Find = (target: WeightTarget, index: number) => FileLayer | undefined

function byName(file: KerasWeightsFile, rename: Readonly<Record<string, string>>): Find {
  const layers = new Map(file.layers.filter((l) => l.weights.length).map((l) => [l.name, l]))
  return ({ layer }) => layers.get(rename[layer] ?? layer)
}

function byOrder(file: KerasWeightsFile, targets: readonly WeightTarget[]): Find {
  const layers = file.layers.filter((l) => l.weights.length)
  if (layers.length !== targets.length) {
    const rule = `the file must have as many layers with weights as the network for loading by order, got ${layers.length} and ${targets.length}`
    throw new WeightsError('layer-count', 'loadWeights', rule)
  }
  return (_target, i) => layers[i]
}

function compare({ layer, parameters }: WeightTarget, found: FileLayer): Problem | undefined {
  if (found.weights.length !== parameters.length) {
    const names = (list: readonly { name: string }[]) => `${list.length} (${list.map((w) => w.name).join(', ')})`
    return { code: 'weight-count', layer, rule: `must have ${names(parameters)} weights, got ${names(found.weights)} in the file's ${found.name}` }
  }
  for (const [i, { name, shape }] of parameters.entries()) {
    const { source } = found.weights[i]!
    if (!sameShape(shape, source.shape)) {
      return { code: 'weight-shape', layer, rule: `${name} must have shape ${formatShape(shape)}, got ${formatShape(source.shape)} in the file's ${source.path}` }
    }
  }
  return undefined
}

function missing({ layer }: WeightTarget, file: KerasWeightsFile, rename: Readonly<Record<string, string>>): Problem {
  const wanted = rename[layer] ?? layer
  const names = file.layers.filter((l) => l.weights.length).map((l) => l.name)
  const near = [...names].sort((a, b) => distance(a, wanted) - distance(b, wanted)).slice(0, 3)
  return { code: 'missing-layer', layer, rule: `must be in the file, got ${names.length} other layers${near.length ? `, the nearest ${near.join(', ')}` : ''}` }
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
