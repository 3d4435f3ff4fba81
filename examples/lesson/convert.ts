/** Turns the network that npm carries into a Keras HDF5 weight file, which is then loaded like any other. */
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { cacheFolder, fetchPackage, kerasWeightsFile, type FetchOptions } from '../../src/node.ts'
import manifest from '../../weights/manifest.json' with { type: 'json' }
import { layersOf, readTfjsModel, type TfjsModel } from './tfjs_layers.ts'

const { nsfwjs } = manifest.packages

/** Where the InceptionV3 of the package lies, fetched on first use. */
export async function tfjsFolder(options: FetchOptions = {}): Promise<string> {
  return join(await fetchPackage(nsfwjs, options), 'dist', 'models', 'inception_v3')
}

/** Writes a tfjs network as a Keras weight file. The file is there whole or not at all. @throws FileError, the signal's reason */
export async function convert(model: TfjsModel, path: string, signal?: AbortSignal): Promise<void> {
  const layers = layersOf(model).map(({ name, weights }) => ({
    name,
    weights: weights.map((w) => ({ name: w.name, shape: w.shape, data: w.values })),
  }))
  await mkdir(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}`
  try {
    await pipeline(Readable.from(kerasWeightsFile(layers)), createWriteStream(fresh), signal ? { signal } : {})
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    signal?.throwIfAborted()
    throw error
  }
}

/** The path of the converted file in the cache, made on first use. @throws FileError, the signal's reason */
export async function convertedWeights(options: FetchOptions = {}): Promise<string> {
  const path = join(options.cacheFolder ?? cacheFolder(), `inception_v3-nsfwjs-${nsfwjs.version}.h5`)
  if (!existsSync(path)) await convert(await readTfjsModel(await tfjsFolder(options)), path, options.signal)
  return path
}
