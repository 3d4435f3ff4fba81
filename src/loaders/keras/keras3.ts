/**
 * Finds the layers in Keras's `.weights.h5` files (Keras 3, and tf.keras from 2.12). Groups in them are named by class and count, as in
 * `layers/conv2d_5/vars/0`, where 5 is the layer's position among the model's layers of that class. That is not its name: a layer that is
 * itself called `conv2d_5` usually lies elsewhere. Keras 3.6 and later write the name beside it, as an attribute of `vars`.
 */
import { FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import type { Dataset } from '../hdf5/dataset.ts'
import type { Group } from '../hdf5/group.ts'
import type { FileLayer, FileWeight, GroupLike, KerasWeightsFile } from './weights_file.ts'

/** Where a model's layers are: Keras 2.15 and later; tf.keras 2.11 to 2.14. */
const CONTAINERS = ['layers', '_layer_checkpoint_dependencies'] as const

/** Models in models; more is no Keras file. */
const DEPTH_LIMIT = 32

/** The group that holds a model's layers, if this is a model. */
const containerOf = (group: Pick<GroupLike, 'has'>): string | undefined => CONTAINERS.find((name) => group.has(name))

/** True for the root of such a file, of a model whose layers Keras knows. On Windows, tf.keras joined the steps of a path by backslashes. */
export const isKeras3 = ({ names }: Group): boolean =>
  names.some((name) => (CONTAINERS as readonly (string | undefined)[]).includes(name.split('\\').find(Boolean)))

/** A file's root with a tree of groups, also where the file, of Windows, has them all on its root. */
export async function treeOf(root: GroupLike): Promise<GroupLike> {
  return root.names.some((name) => name.includes('\\')) ? (await lazy(import('./rare.ts'))).withSlashes(root) : root
}

/** Members of a group that are no layers: its own values, the optimizer's and the metrics'. */
const OTHERS: readonly string[] = ['vars', 'optimizer', 'metrics', ...CONTAINERS]

/** What a class of the user's has under the names of its attributes: layers, models, lists of them. */
const attributesOf = ({ names }: Pick<GroupLike, 'names'>): string[] => names.filter((name) => !OTHERS.includes(name))

/** True for the root of a file of a subclassed model, which has its attributes' names: `block1/layers/conv2d/vars/0`. */
export async function isSubclassed(root: Group): Promise<boolean> {
  const names = attributesOf(root)
  if (!root.has('vars') || containerOf(root) || !names.length) return false
  const holds = async (name: string) => {
    const part = await root.group(name)
    return part.has('vars') || containerOf(part) !== undefined || attributesOf(part).length > 0
  }
  return (await Promise.all(names.map((name) => holds(name).catch(() => false)))).every(Boolean)
}

/** `conv2d_5` -> [`conv2d`, 5]; the number is 0 where there is none. */
export function counted(name: string): [className: string, count: number] {
  const found = /^(.*?)_(\d+)$/.exec(name)
  return found ? [found[1]!, Number(found[2])] : [name, 0]
}

/** @throws FileError; the signal's reason */
export async function readKeras3(given: GroupLike, signal: AbortSignal | undefined): Promise<Omit<KerasWeightsFile, 'fileName'>> {
  const root = await treeOf(given)
  const layers: FileLayer[] = []
  const container = containerOf(root)
  await readModel(root, { layers, seen: new Set([root.id]), signal, listed: container !== undefined }, [])
  const named = layers.every((l) => l.weights.length === 0 || l.name !== l.place!.path)
  const writer = container === '_layer_checkpoint_dependencies' ? 'tf.keras 2.11 to 2.14 weights' : 'Keras 3 weights'
  const variant = `${writer}${container ? '' : ' of a subclassed model'}, ${named ? 'with' : 'without'} layer names`
  return { variant, era: 2, named, layers }
}

function corrupt({ path }: GroupLike, rule: string): FileError {
  return new FileError('corrupt', `[keras] ${path} ${rule}`, { path })
}

/** What a walk through a file has come by. */
interface Walk {
  readonly layers: FileLayer[]
  readonly seen: Set<string>
  readonly signal: AbortSignal | undefined
  /** Whether the outermost model is one of Keras's own. */
  readonly listed: boolean
}

/** Names of the models that a group is in and its own, without the outermost; undefined for one that the file does not name. */
type Path = readonly (string | undefined)[]

/** Appends a model's layers class by class, each class in the model's order; nested models' layers where their model stands. */
async function readModel(model: GroupLike, walk: Walk, path: Path): Promise<void> {
  if (path.length > DEPTH_LIMIT) throw corrupt(model, `must be at most ${DEPTH_LIMIT} models deep`)
  const container = containerOf(model)
  if (container) {
    const group = await model.group(container)
    await readMembers(model, group, group.names, walk, path)
  } else await readMembers(model, model, attributesOf(model), walk, path)
}

/** @param group the members' own: the model's list of layers, or the model itself, whose attributes they are */
async function readMembers(model: GroupLike, group: GroupLike, names: readonly string[], walk: Walk, path: Path): Promise<void> {
  const members = names.map((name) => ({ name, key: counted(name) }))
  members.sort((a, b) => (a.key[0] === b.key[0] ? a.key[1] - b.key[1] : a.key[0] < b.key[0] ? -1 : 1))
  const positions = new Map<string, number>()
  for (const {
    name,
    key: [className],
  } of members) {
    walk.signal?.throwIfAborted()
    const member = await group.group(name)
    if (walk.seen.has(member.id)) throw corrupt(member, 'must be a layer that is in the file once, got one already read')
    walk.seen.add(member.id)
    const vars = member.has('vars') ? await member.group('vars') : undefined
    const [given] = (await vars?.attributes.strings('name')) ?? []
    const own = [...path, given]
    if (containerOf(member)) {
      await readModel(member, walk, own)
      continue
    }
    const weights = vars ? await readVars(vars) : []
    if (weights.length === 1 && isSeed(weights[0]!)) continue
    // Only layers with weights count: a network's other layers are no targets.
    const position = positions.get(className) ?? 0
    if (weights.length) positions.set(className, position + 1)
    const whole = path.length > 0 && given !== undefined && !path.includes(undefined)
    const fullName = whole ? { fullName: own.join('/') } : {}
    const held = group === model && path.length > 0 && !path.includes(undefined) ? { attribute: [...path, name].join('/') } : {}
    const holder = walk.listed && group === model && path.includes(undefined) ? { holder: model.path } : {}
    const place = { model: model.path, className, position, path: member.path, ...holder }
    // A list of layers has no values.
    if (vars || group !== model) walk.layers.push({ name: given ?? member.path, ...fullName, ...held, weights, place })
    if (attributesOf(member).length) await readModel(member, walk, vars || group !== model ? own : path)
  }
}

/** What a layer that draws keeps: two words, of which it makes the next numbers. */
const isSeed = ({ source: { type, shape } }: FileWeight): boolean =>
  type.kind === 'int' && !type.signed && type.size === 4 && shape.length === 1 && shape[0] === 2

/** Datasets `0`, `1`, ... in the layer's order. They have no names. */
async function readVars(vars: GroupLike): Promise<FileWeight[]> {
  const weights: { name: string; source: Dataset }[] = []
  for (const [i, name] of vars.names
    .map(Number)
    .sort((a, b) => a - b)
    .entries()) {
    if (name !== i) throw corrupt(vars, `must hold weights 0, 1, ..., got ${vars.names.slice(0, 8).join(', ')}`)
    weights.push({ name: String(i), source: await vars.dataset(String(i)) })
  }
  return weights
}
