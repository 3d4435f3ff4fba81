/**
 * Layers of nested models whose variables have other names than the layers: TensorFlow 1 put a number behind a name that was taken, so that
 * a model that is loaded and saved again holds `conv2d_1_2/kernel:0` of its layer `conv2d_1`. The names of a nested model's layers are in no
 * attribute; those of its config are held against them.
 */
import { counted } from './keras3.ts'
import type { FileLayer, WeightTarget } from './weights_file.ts'

/** Bases of automatic names in other versions: Keras 1, and tf.keras 1.13 to 1.15. */
const ALIASES: Readonly<Record<string, string>> = {
  convolution2d: 'conv2d',
  batchnormalization: 'batch_normalization',
  batch_normalization_v1: 'batch_normalization',
  batch_normalization_v2: 'batch_normalization',
  deconvolution2d: 'conv2d_transpose',
  separableconvolution2d: 'separable_conv2d',
}

/** What a layer's name says without its number, as Keras calls the class today: `convolution2d_3` -> `conv2d`. */
export function baseOf(name: string): string {
  const [own] = counted(name)
  return Object.hasOwn(ALIASES, own) ? ALIASES[own]! : own
}

/** Without any number: a model that was saved again has `dense_1_4` for `dense_1`. */
export function withoutNumbers(name: string): string {
  const base = baseOf(name)
  return base === name ? name : withoutNumbers(base)
}

function add<V>(lists: Map<string, Set<V>>, key: string, value: V): void {
  const list = lists.get(key) ?? new Set()
  lists.set(key, list.add(value))
}

/**
 * One of `theirs` for each of `ours`, of the same name or with one more number behind it; undefined unless there is just one way. Each step takes
 * a name that only one is left for: where `conv2d_1` and `conv2d_1_1` stand for `conv2d` and `conv2d_1`, the first has no other.
 */
function pairs(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): ReadonlyMap<string, string> | undefined {
  const fitting = new Map<string, Set<string>>()
  const fits = (name: string) => [name, name.replace(/_\d+$/, '')].filter((n) => ours.has(n))
  for (const name of theirs) for (const own of fits(name)) add(fitting, own, name)
  const found = new Map<string, string>()
  const sure = [...fitting].filter(([, names]) => names.size === 1).map(([own]) => own)
  for (const own of sure) {
    const [name] = fitting.get(own)!
    if (name === undefined) return undefined
    found.set(own, name)
    for (const other of fits(name)) {
      const left = fitting.get(other)!
      if (other !== own && left.delete(name) && left.size === 1) sure.push(other)
    }
  }
  return found.size === ours.size && found.size === theirs.size ? found : undefined
}

/** By target: the file's layer, where names of a nested model differ from the network's in such numbers. */
export function numberedAgain(layers: readonly FileLayer[], targets: readonly WeightTarget[]): ReadonlyMap<WeightTarget, FileLayer> {
  const found = new Map<WeightTarget, FileLayer>()
  const groups = new Map<string, Set<FileLayer>>()
  for (const l of layers) if (l.group !== undefined) add(groups, l.group, l)
  for (const [group, held] of groups) {
    const ours = targets.filter(({ path }) => path?.startsWith(`${group}/`))
    const theirs = new Map([...held].map((l) => [l.name, l]))
    const names = new Set(ours.map((t) => t.layer))
    const once = names.size === ours.length && theirs.size === held.size
    const paired = once && ours.some((t) => !theirs.has(t.layer)) ? pairs(names, new Set(theirs.keys())) : undefined
    if (paired) for (const target of ours) found.set(target, theirs.get(paired.get(target.layer)!)!)
  }
  return found
}
