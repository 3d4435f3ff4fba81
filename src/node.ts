/** Thaw for Node: everything that browsers have, and an adapter, files and pictures. */
import { openDevice as openWith, type Device } from './device/device.ts'
import type { OpenDeviceOptions } from './device/device_options.ts'
import { ArgumentError } from './errors.ts'
import { setPathOpener } from './loaders/bytes/location.ts'
import { setPictureLoader } from './loaders/images/picture_source.ts'
import { isShown } from './loaders/images/shown.ts'
import { setDefaultWeightCache } from './loaders/weights/weight_store.ts'
import { classifierOf, type Classifier, type ClassifierOptions } from './models/classifier.ts'
import { loadImage as loadShown } from './loaders/images/load_image.ts'
import { loadClassIndex } from './node/class_names.ts'
import { loadImage } from './node/image.ts'
import { nodeGpu, type AdapterChoice } from './node/adapter.ts'
import { pathSource } from './node/file.ts'
import { folders } from './node/folders.ts'
import { weightCache } from './node/weight_cache.ts'
import type { WeightsInput } from './loaders/keras/load_weights.ts'
import type { AnyModel } from './training/model.ts'
import { setFolders } from './training/callbacks/stores.ts'

export * from './index.ts'
export { availableAdapters, type AdapterChoice, type AvailableAdapter } from './node/adapter.ts'
export { fileSource, type FileSource } from './node/file.ts'
export { cacheFolder } from './node/cache_folder.ts'
export { fetchPackage, type FetchOptions, type PinnedPackage } from './node/package.ts'
export { loadClassIndex } from './node/class_names.ts'
export { loadImage, loadImages } from './node/image.ts'
export { flowFromDirectory, type FlowFromDirectoryOptions } from './node/flow_from_directory.ts'
export { imageDataset, imageDatasetFromDirectory, type ImageDirectoryOptions, type ThreadOptions } from './node/image_directory.ts'
export type { FileInput } from './node/input.ts'
export { decodePng } from './node/png.ts'
export { saveModel, saveWeights, writeKerasFile, type SaveOptions } from './node/save.ts'
export { weightCache, type WeightCacheOptions } from './node/weight_cache.ts'

// Official weights are kept in a folder, unless the user sets another cache; a weight file may be a path, and what callbacks write is files.
setDefaultWeightCache(weightCache())
setPathOpener(pathSource)
setFolders(folders)
setPictureLoader((input, options) => (isShown(input) ? loadShown(input, options) : loadImage(input, options)))

/** Options of {@link openDevice} in Node. */
export interface NodeDeviceOptions extends OpenDeviceOptions {
  /**
   * `auto` (hardware, else lavapipe, else the embedded SwiftShader) or one of them. Default: the environment's THAW_ADAPTER, else
   * `auto`. Not together with `gpu`.
   */
  adapter?: AdapterChoice
}

/**
 * Opens a device on an adapter of this machine.
 * @throws DeviceError `no-adapter` where the chosen one is not there, `no-webgpu` without the package webgpu; ArgumentError
 * @example
 * using device = await openDevice({ adapter: 'auto', memoryBudget: 2 ** 30 })
 * console.log(adapterLabel(device.info))
 */
export async function openDevice({ adapter, ...options }: NodeDeviceOptions = {}): Promise<Device> {
  if (adapter && options.gpu)
    throw new ArgumentError('device', `adapter must not be given together with gpu, got adapter ${adapter} and a gpu`)
  return openWith({ ...options, gpu: options.gpu ?? (await nodeGpu(adapter)) })
}

/**
 * As in browsers, with paths, and an adapter of this machine.
 * @example
 * using classifier = await createClassifier('model.keras', { labels: 'labels.txt', preprocess: 'unit' })
 * const [best] = await classifier.classify('photo.png')
 * console.log(best!.className, best!.probability)
 */
export function createClassifier(file: WeightsInput | AnyModel, options: ClassifierOptions = {}): Promise<Classifier> {
  return classifierOf({ openDevice, loadClassIndex }, file, options)
}
