/** Files for the command line and the examples, written where they are told. */
import { createWriteStream } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PNG } from 'pngjs'
import { layOutFile, type FileGroup } from '../../src/loaders/hdf5/write.ts'
import { kerasWeightsFile } from '../../src/loaders/keras/keras_file.ts'
import type { LayerToWrite } from '../../src/loaders/keras/writer.ts'
import type { AnyModel } from '../../src/training/model.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { noise } from './pictures.ts'
import { recipeValues } from './recipe.ts'

/** The layers of a network, with recipe values. @param rename layer's name in the file */
export function layersOf(model: AnyModel, rename: (name: string) => string = (name) => name): LayerToWrite[] {
  return model.layers.map((l) => ({
    name: rename(l.name),
    weights: l.weights.map((w) => ({ name: w.name, shape: w.shape, data: () => recipeValues(l.name, w.name, w.shape) })),
  }))
}

/** A Keras 2 weight file. */
export async function weightFile(path: string, layers: readonly LayerToWrite[]): Promise<string> {
  await pipeline(Readable.from(kerasWeightsFile(layers)), createWriteStream(path))
  return path
}

/** The bytes before the values of a Keras 2 weight file, and the size of the whole. */
export async function fileHead(layers: readonly LayerToWrite[]): Promise<{ head: Uint8Array; size: number }> {
  const head = (await kerasWeightsFile(layers).next()).value as Uint8Array
  const weights = layers.flatMap((l) => l.weights)
  return { head, size: head.length + weights.reduce((n, w) => n + 8 * Math.ceil(sizeOf(w.shape) / 2), 0) }
}

/** The same file with all values 0, which takes next to no room on the disk. */
export async function sparseFile(path: string, layers: readonly LayerToWrite[]): Promise<string> {
  const { head, size } = await fileHead(layers)
  await writeFile(path, head)
  await truncate(path, size)
  return path
}

const group = (attributes: FileGroup['attributes'], members: readonly (readonly [string, FileGroup])[] = []): FileGroup => ({
  kind: 'group',
  attributes,
  members: new Map(members),
})

/** A whole model of layers without weights, as Keras 2 saves it. */
export async function wholeModel(
  path: string,
  layers: readonly { class_name: string; config: object }[],
  className = 'Sequential',
): Promise<string> {
  const config = { class_name: className, config: { name: 'plain', layers } }
  const names = layers.map((_, i) => `layer_${i}`)
  const empty = names.map((name) => [name, group([{ name: 'weight_names', value: [] }])] as const)
  const root = group(
    [
      { name: 'model_config', value: JSON.stringify(config) },
      { name: 'keras_version', value: '2.15.0' },
    ],
    [['model_weights', group([{ name: 'layer_names', value: names }], empty)]],
  )
  await writeFile(path, layOutFile(root).metadata)
  return path
}

/** The group at a path, made where it is missing: names of layers may have slashes. */
function groupAt(root: FileGroup, path: string): FileGroup {
  return path.split('/').reduce((at, step) => {
    if (!at.members.has(step)) at.members.set(step, group([]))
    return at.members.get(step) as FileGroup
  }, root)
}

/** Of each group, shapes of the weights by their names, which may be paths. */
type NamedWeights = Readonly<Record<string, Readonly<Record<string, Shape>>>>

/** The groups of a weight file of Keras 1 or 2. */
function namedGroups(groups: NamedWeights): FileGroup {
  const root = group([{ name: 'layer_names', value: Object.keys(groups) }])
  for (const [name, weights] of Object.entries(groups)) {
    groupAt(root, name).attributes.push({ name: 'weight_names', value: Object.keys(weights) })
    for (const [path, shape] of Object.entries(weights)) {
      const steps = path.split('/')
      groupAt(root, [name, ...steps.slice(0, -1)].join('/')).members.set(steps.at(-1)!, { kind: 'dataset', shape })
    }
  }
  return root
}

/** A weight file of Keras 1 with kernels in Theano's order, which does not say which backend computed with them; values all 0. */
export async function theanoFile(path: string, model: AnyModel): Promise<string> {
  const layers = model.layers.filter((l) => l.weights.length)
  const short: Record<string, string> = { kernel: 'W', bias: 'b:0' } // names of both backends
  const turned = (shape: Shape): Shape => (shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : shape) // [K,C,R,S]
  const groups = layers.map(({ name, weights }) => [
    name,
    Object.fromEntries(weights.map((w) => [`${name}_${short[w.name]}`, turned(w.shape)])),
  ])
  const { metadata, datasets } = layOutFile(namedGroups(Object.fromEntries(groups) as NamedWeights))
  await writeFile(path, metadata)
  await truncate(path, Math.max(...datasets.map((d) => d.address + 4 * sizeOf(d.dataset.shape))))
  return path
}

/** 60x40 pixels of noise, the same always. */
export async function pictureFile(path: string): Promise<string> {
  const png = new PNG({ width: 60, height: 40 })
  const rgb = noise(60 * 40 * 3, 1)
  for (let i = 0; i < 60 * 40; i++) png.data.set([...rgb.subarray(3 * i, 3 * i + 3), 255], 4 * i)
  await writeFile(path, PNG.sync.write(png))
  return path
}

/** Names of 1000 classes, in Keras's format. @param bytes pads the file to this size */
export async function classIndexFile(path: string, bytes = 0): Promise<string> {
  const index = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, [`n${String(i).padStart(8, '0')}`, `thing_${i}`]]))
  await writeFile(path, JSON.stringify(index).padEnd(bytes))
  return path
}

/**
 * A weight file of Keras 2 whose variables have names of their own: of each group the weights, by path; a weight's values are all its number in the
 * file, from 1.
 */
export function namedFile(groups: NamedWeights): Uint8Array<ArrayBuffer> {
  const { metadata, datasets } = layOutFile(namedGroups(groups))
  const bytes = new Uint8Array(Math.max(...datasets.map((d) => d.address + 4 * sizeOf(d.dataset.shape))))
  bytes.set(metadata)
  datasets.forEach((d, i) => new Float32Array(bytes.buffer, d.address, sizeOf(d.dataset.shape)).fill(i + 1))
  return bytes
}
