/** Whose a weight is, by its name: `conv1/kernel:0` is the layer conv1's. */
import type { FileLayer, FileWeight } from './weights_file.ts'

/** Names that Keras 1 gave weights, behind `layer_`. */
const KERAS_1: Readonly<Record<string, string>> = {
  W: 'kernel',
  b: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  running_mean: 'moving_mean',
  running_std: 'moving_variance',
}

/** `conv1/kernel:0` and Keras 1's `conv1_W_1:0` -> [`conv1`, `kernel`]. A layer's name may have slashes in it. */
export function parseName(path: string, layer: string): [owner: string, name: string] {
  const plain = path.replace(/:\d+$/, '')
  const [, stem, keras1] = /^(.*)_(W|b|gamma|beta|running_mean|running_std)(?:_\d+)?$/.exec(plain) ?? []
  if (keras1 !== undefined && (stem === layer || !stem!.includes('/'))) return [stem!, KERAS_1[keras1]!]
  const cut = plain.lastIndexOf('/')
  return [plain.slice(0, Math.max(0, cut)), plain.slice(cut + 1).replace(/_\d+$/, '')]
}

export const lastStep = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/**
 * The layers that weights belong to, in the order of their first ones: called by the last step of their names where that tells them apart.
 * @param group the group of the file that all of them are in, if any
 */
export function layersByOwner(weights: readonly (readonly [owner: string, weight: FileWeight])[], group?: string): FileLayer[] {
  const owners = new Map<string, FileWeight[]>()
  for (const [owner, weight] of weights) owners.set(owner, [...(owners.get(owner) ?? []), weight])
  const short = new Map<string, number>()
  for (const owner of owners.keys()) short.set(lastStep(owner), (short.get(lastStep(owner)) ?? 0) + 1)
  return [...owners].map(([owner, own]) => {
    const name = short.get(lastStep(owner)) === 1 ? lastStep(owner) : owner
    return { name, ...(group !== undefined && { group }), ...(name !== owner && { fullName: owner }), weights: own }
  })
}
